import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { groupQuery } from '../../src-main/contract/evaluate.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { madeCrop, madeDataset, scratchProject } from './standIns.ts'

// Classes 0 and 10: number 1 with either hand (mirror images); 42: the finger wag, 0's moving twin; 110: another number 1.
const poseIds = [0, 10, 42, 110]
const dataset = madeDataset({
  names: { 0: '숫자 1', 10: '숫자 1', 42: '부정(검지 흔들기)', 110: '숫자1' },
  sequences: [
    { folder: 'train/2', poseId: 0, actor: 'kim', hand: 'left' },
    { folder: 'train/10', poseId: 10, actor: 'lee' },
    { folder: 'train/30', poseId: 42, actor: 'lee', hand: 'left' },
    { folder: 'train/31', poseId: 110, actor: 'park' },
    { folder: 'test/7', poseId: null },
  ],
})

let project: ReturnType<typeof scratchProject>
let evaluate: ReturnType<typeof createEvaluate>
const row = (folder: string, frame: number, ...probabilities: number[]) => ({ folder, frame, probabilities: Float32Array.from(probabilities) })

beforeEach(() => {
  project = scratchProject()
  evaluate = createEvaluate({ db: project.db, dataset, crop: madeCrop([1, 0, 2, -1]), emit: project.emit })
})
afterEach(() => project.close())

const ln = (probability: number): number => -Math.log(probability)

function storeBoth(): void {
  evaluate.store({
    runId: 1, fold: 0, part: 'validation', poseIds,
    rows: [row('train/2', 0, 0.5, 0.25, 0.25, 0), row('train/2', 1, 0, 0.75, 0.25, 0), row('train/30', 4, 0.75, 0, 0.25, 0)],
  })
  evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds, rows: [row('train/10', 0, 0, 0.125, 0, 0.875), row('train/31', 0, 0.25, 0, 0, 0.75)] })
}

describe('summary', () => {
  it('scores frames and sequences by fold, class and altogether', () => {
    storeBoth()
    // Means: train/2 (0.25, 0.5, 0.25, 0), train/10 (… 0.125 …), train/30 (… 0.25 …), train/31 (… 0.75).
    const sequenceLosses = [ln(0.25), ln(0.125), ln(0.25), ln(0.75)]
    const zero = ln(2 ** -52)
    const summary = evaluate.summary({ runId: 1 })
    const close = (value: number) => expect.closeTo(value, 10)
    expect(summary).toEqual({
      runId: 1,
      folds: [
        { fold: 0, frame: { logLoss: close((ln(0.5) + zero + ln(0.25)) / 3), accuracy: close(1 / 3), count: 3 }, sequence: { logLoss: close(ln(0.25)), accuracy: 0, count: 2 } },
        { fold: 1, frame: { logLoss: close((ln(0.125) + ln(0.75)) / 2), accuracy: 0.5, count: 2 }, sequence: { logLoss: close((ln(0.125) + ln(0.75)) / 2), accuracy: 0.5, count: 2 } },
      ],
      frame: { logLoss: close((ln(0.5) + zero + ln(0.25) + ln(0.125) + ln(0.75)) / 5), accuracy: close(2 / 5), count: 5 },
      sequence: { logLoss: close(sequenceLosses.reduce((a, b) => a + b) / 4), accuracy: 0.25, count: 4 },
      perClass: [
        { poseId: 0, name: '숫자 1', logLoss: close(ln(0.25)), accuracy: 0, sequences: 1 },
        { poseId: 10, name: '숫자 1', logLoss: close(ln(0.125)), accuracy: 0, sequences: 1 },
        { poseId: 42, name: '부정(검지 흔들기)', logLoss: close(ln(0.25)), accuracy: 0, sequences: 1 },
        { poseId: 110, name: '숫자1', logLoss: close(ln(0.75)), accuracy: 1, sequences: 1 },
      ],
      chance: Math.log(4),
      classes: 4,
      topTenShare: close(1),
      afterRules: null,
      // All three that are wrong: each reaches the threshold of another class, its only sequence's own probability.
      labelIssues: 3,
      triaged: 0,
      unknown: 0,
      against: null,
    })
  })

  it('gives the share of the ten worst of more than ten', () => {
    const many = madeDataset({ sequences: Array.from({ length: 20 }, (_, number) => ({ folder: `train/${number}`, poseId: number % 2 })) })
    const room = createEvaluate({ db: project.db, dataset: many, crop: madeCrop([0, 1]), emit: project.emit })
    // Ten sequences with −ln p = 3 ln 2, ten with ln 2: the worst ten carry three quarters.
    room.store({
      runId: 5, fold: 0, part: 'validation', poseIds: [0, 1],
      rows: Array.from({ length: 20 }, (_, number) => {
        const probability = number < 10 ? 0.125 : 0.5
        return row(`train/${number}`, 0, ...(number % 2 === 0 ? [probability, 1 - probability] : [1 - probability, probability]))
      }),
    })
    expect(room.summary({ runId: 5 }).topTenShare).toBeCloseTo(0.75, 12)
    expect(room.groups(groupQuery.parse({ runId: 5, limit: 1 })).rows[0]).toMatchObject({ group: 'train/0', answerName: '0', share: expect.closeTo(0.075, 12) })
  })

  it('says when there is nothing to score', () => {
    expect(() => evaluate.summary({ runId: 9 })).toThrow(/Run 9 has no out-of-fold predictions/)
    expect(() => evaluate.runPoseIds(9)).toThrow(/Run 9 has no predictions/)
    expect(evaluate.sequenceProbabilities(9, 'test')).toEqual([])
  })
})

describe('store', () => {
  it('replaces a fold and a part only, and forgets what it had computed', () => {
    storeBoth()
    expect(evaluate.summary({ runId: 1 }).sequence.count).toBe(4)
    evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: [row('train/2', 0, 1, 0, 0, 0)] })
    expect(evaluate.sequenceProbabilities(1, 'validation').map(({ folder, fold, frames, probabilities }) => [folder, fold, frames, ...probabilities])).toEqual([
      ['train/2', 0, 1, 1, 0, 0, 0],
      ['train/10', 1, 1, 0, 0.125, 0, 0.875],
      ['train/31', 1, 1, 0.25, 0, 0, 0.75],
    ])
    expect(evaluate.runPoseIds(1)).toEqual(poseIds)
    expect(project.events.map(({ type }) => type)).toEqual(['evaluation', 'evaluation', 'evaluation'])
  })

  it('averages test sequences over the frames of a fold, then over folds', () => {
    evaluate.store({ runId: 1, fold: 0, part: 'test', poseIds, rows: [row('test/7', 0, 1, 0, 0, 0), row('test/7', 1, 0, 1, 0, 0)] })
    evaluate.store({ runId: 1, fold: 1, part: 'test', poseIds, rows: [row('test/7', 0, 0, 0, 1, 0)] })
    expect(evaluate.sequenceProbabilities(1, 'test')).toEqual([{ folder: 'test/7', fold: null, frames: 2, probabilities: Float64Array.of(0.25, 0.25, 0.5, 0) }])
  })

  it('is shared by nobody: what a caller does to probabilities does not come back', () => {
    storeBoth()
    evaluate.sequenceProbabilities(1, 'validation')[0]?.probabilities.fill(0)
    expect([...(evaluate.sequenceProbabilities(1, 'validation')[0]?.probabilities ?? [])]).toEqual([0.25, 0.5, 0.25, 0])
  })

  it('stores nothing when a row is no probability vector, is there twice, or the run has other classes', () => {
    storeBoth()
    const store = (...rows: ReturnType<typeof row>[]) => () => evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows })
    expect(store(row('train/2', 0, 1, 0))).toThrow(/train\/2, frame 0 has 2 probabilities for 4 classes/)
    expect(store(row('train/2', 0, Number.NaN, 0, 0, 1))).toThrow(/holds NaN/)
    expect(store(row('train/2', 0, 4, -3, 0, 0))).toThrow(/holds 4/)
    expect(store(row('train/2', 0, 0, 0, 0, 0))).toThrow(/sums to 0/)
    expect(store(row('train/2', 0, 1, 0, 0, 0), row('train/2', 0, 1, 0, 0, 0))).toThrow(/twice/)
    expect(() => evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds: [0, 1], rows: [row('train/2', 0, 1, 0)] })).toThrow(/other classes/)
    expect(evaluate.summary({ runId: 1 }).frame.count).toBe(5)
  })

  it('survives a new room on the same database', () => {
    storeBoth()
    const again = createEvaluate({ db: project.db, dataset, crop: madeCrop([1, 0, 2, -1]), emit: project.emit })
    expect(again.summary({ runId: 1 })).toEqual(evaluate.summary({ runId: 1 }))
  })

  it('refuses stored numbers that are no predictions any more', () => {
    storeBoth()
    project.db.prepare("UPDATE prediction_block SET probabilities = substr(probabilities, 1, 30) WHERE fold = 0").run()
    const again = () => createEvaluate({ db: project.db, dataset, crop: madeCrop([]), emit: project.emit })
    expect(() => again().summary({ runId: 1 })).toThrow(/predictions of fold 0 in run 1 are damaged/)
    for (const frames of ['[["train/2", "0"]]', '{}', '[[', '[]']) {
      project.db.prepare('UPDATE prediction_block SET frames = ? WHERE fold = 0').run(frames)
      expect(() => again().summary({ runId: 1 })).toThrow(/damaged/)
    }
  })

  it('takes a fold over from another run, and nothing where there is none or the classes differ', () => {
    storeBoth()
    evaluate.store({ runId: 1, fold: 0, part: 'test', poseIds, rows: [row('test/7', 0, 1, 0, 0, 0)] })
    evaluate.store({ runId: 2, fold: 0, part: 'validation', poseIds, rows: [row('train/31', 0, 1, 0, 0, 0)] })
    evaluate.carryOver({ from: 1, to: 2, fold: 0 })
    const foldZero = evaluate.sequenceProbabilities(1, 'validation').filter(({ fold }) => fold === 0)
    expect([evaluate.sequenceProbabilities(2, 'validation'), evaluate.sequenceProbabilities(2, 'test')]).toEqual([foldZero, evaluate.sequenceProbabilities(1, 'test')])
    expect(project.events.at(-1)).toEqual({ type: 'evaluation', runId: 2 })
    expect(() => evaluate.carryOver({ from: 1, to: 2, fold: 4 })).toThrow(/Run 1 has no predictions of fold 4/)
    evaluate.store({ runId: 3, fold: 1, part: 'validation', poseIds: [0, 10], rows: [row('train/2', 0, 1, 0)] })
    expect(() => evaluate.carryOver({ from: 1, to: 3, fold: 0 })).toThrow(/other classes/)
    expect(evaluate.sequenceProbabilities(3, 'validation').map(({ folder }) => folder)).toEqual(['train/2'])
  })

  it('gives a sequence of several folds to the fold of most of its frames', () => {
    evaluate.store({ runId: 2, fold: 0, part: 'validation', poseIds, rows: [row('train/2', 1, 1, 0, 0, 0)] })
    evaluate.store({ runId: 2, fold: 3, part: 'validation', poseIds, rows: [row('train/2', 0, 0.5, 0.5, 0, 0), row('train/2', 5, 0, 0, 1, 0)] })
    expect(evaluate.sequenceProbabilities(2, 'validation')).toEqual([{ folder: 'train/2', fold: 3, frames: 3, probabilities: Float64Array.of(0.5, 0.5 / 3, 1 / 3, 0) }])
    expect(evaluate.summary({ runId: 2 }).folds.map(({ fold, sequence }) => [fold, sequence.count, sequence.logLoss])).toEqual([
      [0, 1, -Math.log(1 - 2 ** -52)],
      [3, 1, Math.log(4)],
    ])
  })
})

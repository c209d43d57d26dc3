import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { groupQuery, type GroupQueryInput, type GroupRow } from '../../src-main/contract/evaluate.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { jensenShannon, matchClasses } from '../../src-main/evaluate/divergence.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { madeCrop, madeDataset, scratchProject } from './standIns.ts'

const poseIds = [0, 10, 42]
const made = () =>
  madeDataset({
    names: { 0: '숫자 1', 10: '숫자 2', 42: '주먹', 77: '총' },
    sequences: [
      { folder: 'train/1', poseId: 10 },
      { folder: 'train/2', poseId: 0 },
      { folder: 'train/3', poseId: 42 },
      { folder: 'train/4', poseId: 77 },
    ],
  })

let project: ReturnType<typeof scratchProject>
let dataset: ReturnType<typeof made>
let evaluate: ReturnType<typeof createEvaluate>
const roomOn = (db: typeof project.db) => createEvaluate({ db, dataset, crop: madeCrop([]), emit: project.emit, runName: (runId) => `run number ${runId}` })
const row = (folder: string, frame: number, ...probabilities: number[]) => ({ folder, frame, probabilities: Float32Array.from(probabilities) })
const store = (runId: number, fold: number, rows: ReturnType<typeof row>[], classes = poseIds) => evaluate.store({ runId, fold, part: 'validation', poseIds: classes, rows })
const ln = (probability: number): number => -Math.log(probability)
const [zero, one] = [ln(2 ** -52), ln(1 - 2 ** -52)]
const close = (value: number) => expect.closeTo(value, 12) as number

beforeEach(() => {
  project = scratchProject()
  dataset = made()
  evaluate = roomOn(project.db)
  store(1, 0, [row('train/1', 0, 0.75, 0.25, 0), row('train/2', 0, 0.5, 0, 0.5), row('train/3', 0, 0, 0, 1)])
  store(2, 0, [row('train/1', 0, 0.25, 0.75, 0), row('train/2', 0, 0.5, 0.5, 0), row('train/3', 0, 1, 0, 0)])
})
afterEach(() => project.close())

const rows = (query: Omit<GroupQueryInput, 'runId'> = {}) => evaluate.groups(groupQuery.parse({ runId: 1, against: 2, ...query })).rows
const groups = (query: Omit<GroupQueryInput, 'runId'> = {}) => rows(query).map(({ group, frame }) => (frame === null ? group : `${group}/${frame}`))
const disagreements = (of: GroupRow[]) => of.map(({ group, frame, against }) => [frame === null ? group : `${group}/${frame}`, against && against.disagreement])

describe('a run beside another one', () => {
  // Of (3/4, 1/4) and (1/4, 3/4) the mean has 1 bit and each 2 − ¾ log2 3; of (½, 0, ½) and (½, ½, 0) the mean has 1.5 bits and each 1; the third have nothing in common.
  const bits = [close(0.75 * Math.log2(3) - 1), 0.5, 1]

  it('shows in each row what the other one says', () => {
    expect(rows({ sort: 'group', descending: false }).map(({ group, logLoss, against }) => ({ group, logLoss, against }))).toEqual([
      { group: 'train/1', logLoss: ln(0.25), against: { logLoss: ln(0.75), predictedPoseId: 10, predictedName: '숫자 2', confidence: 0.75, answerProbability: 0.75, disagreement: bits[0], change: close(Math.log(3)) } },
      { group: 'train/2', logLoss: ln(0.5), against: { logLoss: ln(0.5), predictedPoseId: 0, predictedName: '숫자 1', confidence: 0.5, answerProbability: 0.5, disagreement: bits[1], change: 0 } },
      { group: 'train/3', logLoss: one, against: { logLoss: zero, predictedPoseId: 0, predictedName: '숫자 1', confidence: 1, answerProbability: 0, disagreement: bits[2], change: one - zero } },
    ])
    expect(rows({ against: undefined }).map(({ against }) => against)).toEqual([null, null, null])
    const { frameRows, top, examples, ...whole } = evaluate.group({ runId: 1, group: 'train/1', against: 2 })
    expect([whole, frameRows.length, top.length, examples.poseId]).toEqual([rows()[0], 1, 3, 0])
  })

  it('is sorted by how much they disagree and by the size of the change, and filtered by whether they disagree', () => {
    store(1, 1, [row('train/4', 0, 1, 0, 0)])
    const both = (sort: GroupQueryInput['sort']) => [groups({ sort }), groups({ sort, descending: false })]
    expect({ disagreement: both('disagreement'), change: both('change'), loss: groups(), disagree: groups({ disagreeOnly: true }), wrong: groups({ disagreeOnly: true, wrongOnly: true }) }).toEqual({
      // train/4, which the other run did not predict, is last either way.
      disagreement: [['train/3', 'train/2', 'train/1', 'train/4'], ['train/1', 'train/2', 'train/3', 'train/4']],
      change: [['train/3', 'train/1', 'train/2', 'train/4'], ['train/2', 'train/1', 'train/3', 'train/4']],
      loss: ['train/4', 'train/1', 'train/2', 'train/3'],
      disagree: ['train/1', 'train/3'],
      wrong: ['train/1'],
    })
    expect(rows({ poseId: 77 })).toMatchObject([{ group: 'train/4', against: null }])
  })

  it('is scored over what both predicted, and so is the mean of both', () => {
    store(1, 1, [row('train/4', 0, 1, 0, 0)])
    store(2, 1, [row('train/9', 0, 1, 0, 0)])
    const { against, unknown, sequence } = evaluate.summary({ runId: 1, against: 2 })
    // Means: (½, ½, 0), (½, ¼, ¼), (½, 0, ½): each is right with ½, but only the second is taken for its class.
    expect([against, unknown, sequence.count]).toEqual([
      {
        runId: 2, name: 'run number 2', sequences: 3, disagreements: 2,
        own: { logLoss: close((ln(0.25) + ln(0.5) + one) / 3), accuracy: close(2 / 3), count: 3 },
        other: { logLoss: close((ln(0.75) + ln(0.5) + zero) / 3), accuracy: close(2 / 3), count: 3 },
        both: { logLoss: close(ln(0.5)), accuracy: close(1 / 3), count: 3 },
      }, 0, 4,
    ])
    expect(evaluate.summary({ runId: 1 }).against).toBeNull()
    store(3, 0, [row('train/4', 0, 1, 0, 0)])
    const none = { logLoss: 0, accuracy: 0, count: 0 }
    expect(evaluate.summary({ runId: 2, against: 3 }).against).toEqual({ runId: 3, name: 'run number 3', sequences: 0, disagreements: 0, own: none, other: none, both: none })
  })

  it('matches frames by their numbers', () => {
    store(1, 0, [row('train/1', 0, 1, 0, 0), row('train/1', 2, 0, 1, 0), row('train/1', 7, 0, 1, 0), row('train/2', 2, 1, 0, 0), row('train/3', 4, 0, 0, 1)])
    store(2, 0, [row('train/1', 2, 0, 1, 0), row('train/1', 3, 1, 0, 0), row('train/1', 7, 1, 0, 0), row('train/3', 4, 0, 0.5, 0.5)])
    store(2, 1, [row('train/1', 9, 1, 0, 0)])
    const frames = { level: 'frame', sort: 'disagreement' } as const
    expect(disagreements(rows({ ...frames, sort: 'group', descending: false }))).toEqual([['train/1/0', null], ['train/1/2', 0], ['train/1/7', 1], ['train/2/2', null], ['train/3/4', close(1.5 - 0.75 * Math.log2(3))]])
    expect([groups(frames), groups({ ...frames, disagreeOnly: true }), groups({ ...frames, descending: false, fold: 0, groups: ['train/1'] })]).toEqual([
      ['train/1/7', 'train/3/4', 'train/1/2', 'train/1/0', 'train/2/2'], ['train/1/7', 'train/3/4'], ['train/1/2', 'train/1/7', 'train/1/0'],
    ])
  })

  it('has no word against it where one of them can say nothing', () => {
    const third = ln(Math.fround(1 / 3))
    store(1, 0, [row('train/1', 0, 1 / 3, 1 / 3, 1 / 3), row('train/2', 0, 0, 1, 0), row('train/3', 0, 0, 0, 1)])
    store(2, 0, [row('train/1', 0, 0, 1, 0), row('train/2', 0, 1 / 3, 1 / 3, 1 / 3), row('train/3', 0, 0, 1, 0)])
    expect(rows({ sort: 'group', descending: false }).map(({ unknown, against }) => [unknown, against?.disagreement, against?.change])).toEqual([
      [true, 0, close(third - one)], [false, 0, close(zero - third)], [false, 1, one - zero],
    ])
    expect([groups({ disagreeOnly: true }), groups({ sort: 'disagreement' }), groups({ level: 'frame', disagreeOnly: true })]).toEqual([['train/3'], ['train/3', 'train/1', 'train/2'], ['train/3/0']])
    expect([1, 2].map((runId) => evaluate.summary({ runId }).unknown)).toEqual([1, 1])
    expect(evaluate.summary({ runId: 1, against: 2 }).against).toMatchObject({ sequences: 3, disagreements: 1 })
  })

  it('may know other classes', () => {
    store(3, 0, [row('train/1', 0, 0.5, 0, 0.5), row('train/2', 0, 0, 1, 0)], [10, 42, 77])
    store(3, 1, [row('train/4', 0, 0.25, 0, 0.75)], [10, 42, 77])
    store(1, 1, [row('train/4', 0, 0.5, 0.5, 0)])
    const shared = (0.25 * Math.log2(2 / 3) + 0.5 * Math.log2(4 / 3)) / 2
    expect(rows({ against: 3, sort: 'group', descending: false }).map(({ group, against }) => [group, against?.predictedPoseId, against?.predictedName, against?.answerProbability, against?.disagreement])).toEqual([
      ['train/1', 10, '숫자 2', 0.5, close(0.375 + 0.25 + shared)],
      // (½, 0, ½) beside all on 42: the other lacks its class.
      ['train/2', 42, '주먹', 0, close(0.25 + (0.5 * Math.log2(2 / 3) + Math.log2(4 / 3)) / 2)],
      ['train/3', undefined, undefined, undefined, undefined],
      ['train/4', 77, '총', 0.75, close(0.25 + 0.375 + (0.5 * Math.log2(4 / 3) + 0.25 * Math.log2(2 / 3)) / 2)],
    ])
    // Means of what both predicted: train/1 has 3/8 on 10 and on 0, train/2 ¼ on 0 and ¾ on 42, train/4 3/8 on 77, 3/8 on 10.
    expect(evaluate.summary({ runId: 1, against: 3 }).against).toMatchObject({ sequences: 3, disagreements: 3, both: { logLoss: close((ln(0.375) + ln(0.25) + ln(0.375)) / 3), count: 3 } })
    expect(groups({ against: 3, disagreeOnly: true })).toEqual(['train/4', 'train/1', 'train/2'])
  })

  it('is not needed: without one nothing disagrees, and rows are as by log loss', () => {
    const alone = (query: Omit<GroupQueryInput, 'runId'>) => groups({ against: undefined, ...query })
    expect([alone({ disagreeOnly: true }), alone({ sort: 'disagreement' }), alone({ sort: 'change', descending: false })]).toEqual([[], alone({}), alone({ descending: false })])
  })

  it('is compared as predicted, whatever the rules make of it', () => {
    const before = rows({ sort: 'group' }).map(({ against }) => against)
    evaluate.setRules({ rulesKey: () => 'all on the first class', refine: (_runId, given) => given.map(({ folder, probabilities }) => (probabilities.fill(0).set([1]), folder)) })
    project.db.prepare("INSERT INTO project (key, value) VALUES ('changed', '1')").run()
    expect([rows({ sort: 'group', afterRules: true }).map(({ against }) => against), groups({ afterRules: true, disagreeOnly: true, sort: 'change' })]).toEqual([before, ['train/3', 'train/1']])
  })

  it('cannot be the same, or one that predicted nothing', () => {
    const ask = (against: number) => [
      () => evaluate.groups(groupQuery.parse({ runId: 1, against })), () => evaluate.summary({ runId: 1, against }), () => evaluate.group({ runId: 1, group: 'train/1', against }),
    ]
    evaluate.store({ runId: 8, fold: 0, part: 'test', poseIds, rows: [row('test/7', 0, 1, 0, 0)] })
    for (const question of ask(1)) expect(question).toThrow(expect.objectContaining({ kind: 'bad-request', message: expect.stringMatching(/Run 1 cannot be compared with itself/) as string }) as Error)
    for (const against of [8, 9]) for (const question of ask(against)) expect(question).toThrow(expect.objectContaining({ kind: 'not-found', message: expect.stringMatching(`Run ${against} has no out-of-fold`) as string }) as Error)
  })
})

describe('what was compared', () => {
  const seen = (room = evaluate) => {
    const { rows: found } = room.groups(groupQuery.parse({ runId: 1, against: 2, sort: 'disagreement' }))
    return { disagreements: disagreements(found), both: room.summary({ runId: 1, against: 2 }).against?.both.logLoss, issues: found.filter(({ labelIssue }) => labelIssue).map(({ group }) => group) }
  }

  it('is compared again when either run predicts anew, or a label changes', () => {
    const reading = openDatabase(project.folder)
    const elsewhere = roomOn(reading.db)
    const compared = () => {
      const here = seen()
      expect([reading.readOnly, seen(elsewhere)]).toEqual([true, here])
      return here
    }
    const first = compared()
    store(2, 0, [row('train/1', 0, 0, 1, 0), row('train/2', 0, 0.5, 0, 0.5), row('train/3', 0, 0, 0, 1)])
    const second = compared()
    store(1, 0, [row('train/1', 0, 0, 1, 0), row('train/2', 0, 0.5, 0, 0.5)])
    const third = compared()
    const { summaries } = dataset
    dataset.summaries = (role) => summaries(role).map((summary) => (summary.folder === 'train/1' ? { ...summary, poseId: 0 } : summary))
    project.db.prepare("INSERT INTO project (key, value) VALUES ('changed', '1')").run()
    const fourth = compared()
    reading.close()
    expect([first.disagreements.map(([group]) => group), second, third, fourth]).toEqual([
      ['train/3', 'train/2', 'train/1'],
      // (3/8, 5/8, 0) is of class 10.
      { disagreements: [['train/1', expect.any(Number)], ['train/2', 0], ['train/3', 0]], both: close((ln(0.625) + ln(0.5) + one) / 3), issues: [] },
      { disagreements: [['train/1', 0], ['train/2', 0]], both: close((one + ln(0.5)) / 2), issues: [] },
      // No row has 10 any more: nothing is counted to it.
      { disagreements: [['train/1', 0], ['train/2', 0]], both: close((zero + ln(0.5)) / 2), issues: [] },
    ])
  })

  it('doubts labels by both: one that a run alone doubts, and one that it does not', () => {
    const issues = (query: Omit<GroupQueryInput, 'runId'>) => [groups({ ...query, issuesOnly: true, sort: 'group', descending: false }), evaluate.summary({ runId: 1, against: query.against }).labelIssues]
    store(1, 0, [row('train/1', 0, 0.5, 0.25, 0.25), row('train/2', 0, 0.5, 0.5, 0), row('train/3', 0, 0, 0, 1)])
    store(2, 0, [row('train/1', 0, 0, 1, 0), row('train/2', 0, 0, 1, 0), row('train/3', 0, 0, 0, 1)])
    // Alone: train/1 reaches class 0's threshold of ½. Of both: means (¼, 5/8, 1/8) and (¼, ¾, 0), thresholds ¼, 5/8, 1: train/2 is counted to 10.
    expect([issues({ against: undefined }), issues({})]).toEqual([[['train/1'], 1], [['train/2'], 1]])
    expect(rows({ sort: 'labelQuality', descending: false })).toMatchObject([
      { group: 'train/2', labelQuality: 0.25, labelIssue: true, suggestedPoseId: 10, suggestedName: '숫자 2' }, { group: 'train/1', labelQuality: 0.6875, labelIssue: false, suggestedPoseId: null }, { group: 'train/3', labelQuality: 1 },
    ])
    expect(groups({ against: undefined, sort: 'labelQuality', descending: false })).toEqual(['train/1', 'train/2', 'train/3'])
  })
})

describe('Jensen-Shannon divergence', () => {
  it('lies between 0 and 1 bit, is 0 of the same, and does not mind which run is the first', () => {
    const prediction = fc.uniqueArray(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 6 }).chain((ids) =>
      fc.record({ ids: fc.constant(ids), values: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1, noNaN: true })), { minLength: ids.length, maxLength: ids.length }).filter((values) => values.some((value) => value > 0)) }),
    )
    fc.assert(
      fc.property(prediction, prediction, (a, b) => {
        const [there, back] = [jensenShannon(a.values, b.values, matchClasses(a.ids, b.ids)), jensenShannon(b.values, a.values, matchClasses(b.ids, a.ids))]
        expect(there).toBeCloseTo(back, 12)
        expect(there >= 0 && there <= 1).toBe(true)
        expect(jensenShannon(a.values, a.values, matchClasses(a.ids, a.ids))).toBe(0)
      }),
    )
  })
})

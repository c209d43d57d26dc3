import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HandloomError } from '../../src-main/contract/errors.ts'
import type { TrainRoom } from '../../src-main/contract/rooms.ts'
import { scratchProject } from '../evaluate/standIns.ts'
import { madeRooms, madeRun, poseIds, row, type RoomOptions } from './madeRooms.ts'

let project: ReturnType<typeof scratchProject>
let data: string
beforeEach(() => {
  project = scratchProject()
  data = join(project.folder, 'data')
  mkdirSync(data)
})
afterEach(() => project.close())

const sample = 'Image_Path,5,100,142\n./test/9,0,0,0\n./test/10,0,0,0\n'
const rooms = (options: RoomOptions = {}) => madeRooms(project, data, { sample, ...options })
type Rooms = ReturnType<typeof madeRooms>

const frame = (folder: string, number: number, ...probabilities: number[]) => ({ ...row(folder, ...probabilities), frame: number })

/** Fold 0 gives the answers of what it validates ½ each, fold 1 ⅛. */
function storeRun(evaluate: Rooms['evaluate'], runId = 1): void {
  evaluate.store({ runId, fold: 0, part: 'validation', poseIds, rows: [row('train/0', 0.5, 0.25, 0.25), row('train/1', 0.25, 0.5, 0.25)] })
  evaluate.store({ runId, fold: 1, part: 'validation', poseIds, rows: [row('train/2', 0.75, 0.125, 0.125), row('train/3', 0.75, 0.125, 0.125)] })
  evaluate.store({ runId, fold: 0, part: 'test', poseIds, rows: [frame('test/9', 0, 0.5, 0.5, 0), frame('test/9', 1, 0.5, 0, 0.5), frame('test/9', 2, 1, 0, 0), frame('test/10', 0, 0, 0, 1)] })
  evaluate.store({ runId, fold: 1, part: 'test', poseIds, rows: [frame('test/9', 0, 0, 1, 0), frame('test/9', 1, 0, 1, 0), frame('test/9', 2, 0, 1, 0), frame('test/10', 0, 0, 1, 0)] })
}

const submit = { runIds: [1], rules: false }
const rowsIn = (path: string): number[][] => readFileSync(path, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',').slice(1).map(Number))
const lineageIn = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
const near = (...values: number[]): unknown[] => values.map((value) => expect.closeTo(value, 12))
const notOfFolds = expect.stringContaining('out of fold a sequence is judged by the one fold that did not learn from it')
const refusal = async (work: Promise<unknown>): Promise<[string, string]> => work.then(() => ['made', ''], (error: HandloomError) => [error.kind, error.message])

describe('a submission by another way', () => {
  it('pools the frames of each fold as it is asked to, and estimates by the same', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate)
    // test/9, fold 0: the medians ½, 0, 0 are 1, 0, 0 together; the mean is ⅔, ⅙, ⅙. Fold 1 is sure of class 100.
    const [mean, median] = [await ensemble.submit(submit), await ensemble.submit({ ...submit, pooling: 'median' })]
    expect([rowsIn(mean.path)[0], rowsIn(median.path)[0]]).toEqual([near(1 / 3, 7 / 12, 1 / 12), near(0.5, 0.5, 0)])
    expect([median.pooling, median.estimatedLogLoss, lineageIn(median.lineagePath)]).toEqual(['median', mean.estimatedLogLoss, expect.objectContaining({ pooling: 'median', averaging: 'median over the frames of a sequence, class by class, normalised, then over folds, then over runs; each probability at least 1e-15, the rest of a row in proportion' })])
    evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: [frame('train/0', 0, 0.9, 0.1, 0), frame('train/0', 1, 0.1, 0.9, 0)] })
    evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds, rows: [] })
    // The geometric mean of 0.9, 0.1, 0 and 0.1, 0.9, 0 is 0.3, 0.3, 10⁻¹⁵, normalised.
    expect((await ensemble.submit({ ...submit, pooling: 'geometric' })).estimatedLogLoss).toBeCloseTo(Math.log(2), 10)
  })

  it('weighs folds by what they give the answers, or takes the best; says what that says nothing of', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate)
    const [weighted, best] = [await ensemble.submit({ ...submit, folds: 'weighted' }), await ensemble.submit({ ...submit, folds: 'best' })]
    // ½ : ⅛ is 4 : 1.
    expect([rowsIn(weighted.path)[1], rowsIn(best.path)[1]]).toEqual([near(0, 0.2, 0.8), near(0, 0, 1)])
    expect([weighted.warnings, best.warnings, weighted.estimatedLogLoss, best.estimatedLogLoss]).toEqual([[notOfFolds], [notOfFolds], ...near(2 * Math.log(2), 2 * Math.log(2))])
    const weights = (path: string) => (lineageIn(path) as { runs: { folds: { weight: number }[] }[] }).runs[0]?.folds.map(({ weight }) => weight)
    expect([weights(weighted.lineagePath), weights(best.lineagePath), lineageIn(best.lineagePath)]).toEqual([near(0.8, 0.2), [1, 0], expect.objectContaining({ folds: 'best', averaging: expect.stringContaining('then the fold with the lowest out-of-fold log loss alone, then over runs') })])
  })

  it('raises to the clip, counts it, and estimates with it', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate)
    const clipped = await ensemble.submit({ ...submit, clip: 0.01, folds: 'best' })
    expect([rowsIn(clipped.path), clipped.clip, clipped.clipped, clipped.problems]).toEqual([[near(2 / 3, 1 / 6, 1 / 6), near(0.01, 0.01, 0.98)], 0.01, 2, []])
    evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: [row('train/0', 0, 0, 1)] })
    evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds, rows: [] })
    expect((await ensemble.submit({ ...submit, clip: 0.01 })).estimatedLogLoss).toBeCloseTo(-Math.log(0.01), 10)
    expect(await refusal(rooms({ sample: `Image_Path,${Array.from({ length: 101 }, (_, index) => index).join()}\n` }).ensemble.submit({ ...submit, clip: 0.01 }))).toEqual(['conflict', expect.stringContaining('no test sequences')])
    expect(await refusal(rooms({ sample: `Image_Path,${Array.from({ length: 101 }, (_, index) => index).join()}\n./test/9${',0'.repeat(101)}\n` }).ensemble.submit({ ...submit, clip: 0.01 }))).toEqual(['bad-request', expect.stringContaining('at most 0.0099')])
  })

  it('predicts by other views first where that was not done, once', async () => {
    let asked = 0
    const predictFolds: TrainRoom['predictFolds'] = async () => {
      asked++
      return { poseIds, folds: [0, 1].map((fold) => ({ fold, validation: [row(fold ? 'train/2' : 'train/0', 0.25, 0.5, 0.25)], test: [row('test/9', 0, 0.25, 0.75), row('test/10', 1, 0, 0)] })) }
    }
    const { evaluate, ensemble } = rooms({ predictFolds })
    storeRun(evaluate)
    const views = { testFlip: true, testMargins: [] }
    const [first, again, own] = [await ensemble.submit({ ...submit, views }), await ensemble.submit({ ...submit, views }), await ensemble.submit({ ...submit, views: { testFlip: false, testMargins: [] } })]
    expect([asked, rowsIn(first.path), first.views, first.estimatedLogLoss]).toEqual([1, [near(0, 0.25, 0.75), near(1, 0, 0)], views, expect.closeTo((Math.log(4) + Math.log(2)) / 2, 10)])
    expect([readFileSync(again.path, 'utf8') === readFileSync(first.path, 'utf8'), rowsIn(own.path)[0], lineageIn(first.lineagePath)]).toEqual([true, near(1 / 3, 7 / 12, 1 / 12), expect.objectContaining({ views, runs: [expect.objectContaining({ views })] })])
    expect(project.events.filter((event) => event.type === 'job').at(-1)).toMatchObject({ job: { kind: 'views', state: 'done' } })
  })

  it('pools what it predicts itself the same way, and cannot tell its folds apart', async () => {
    const rows = [frame('test/9', 0, 1, 0, 0), frame('test/9', 1, 0, 1, 0), frame('test/9', 2, 1, 0, 0)]
    const { ensemble } = rooms({ predict: async () => ({ poseIds, rows, failures: [] }), frameQuality: () => new Map([[0, 0.25], [1, 0.75]]) })
    const first = async (options: object) => rowsIn((await ensemble.submit({ ...submit, ...options })).path)[0]
    expect([await first({}), await first({ pooling: 'median' }), await first({ pooling: 'quality' })]).toEqual([near(2 / 3, 1 / 3, 0), near(1, 0, 0), near(0.25, 0.75, 0)])
    expect(await refusal(ensemble.submit({ ...submit, folds: 'best' }))).toEqual(['conflict', expect.stringContaining('none can be weighted or chosen')])
  })

  it('with the same options is the same to the byte', async () => {
    const { evaluate, ensemble } = rooms({ runs: [madeRun(1), madeRun(2)] })
    storeRun(evaluate)
    storeRun(evaluate, 2)
    for (const options of [{}, { pooling: 'trimmed', folds: 'weighted', clip: 1e-4 }, { blend: 'fitted', pooling: 'geometric' }] as const) {
      const [first, second] = [await ensemble.submit({ runIds: [1, 2], rules: false, ...options }), await ensemble.submit({ runIds: [1, 2], rules: false, ...options })]
      expect(readFileSync(second.path).equals(readFileSync(first.path))).toBe(true)
    }
  })

  it('is refused for runs without a common class, whether they are fitted or not', async () => {
    const { evaluate, ensemble } = rooms({ runs: [madeRun(1), madeRun(2), madeRun(3)] })
    storeRun(evaluate)
    evaluate.store({ runId: 2, fold: 0, part: 'test', poseIds: [8, 9], rows: [row('test/9', 0.5, 0.5)] })
    evaluate.store({ runId: 3, fold: 0, part: 'test', poseIds: [100, 142], rows: [row('test/9', 0.5, 0.5)] })
    const refused = async (...runIds: number[]) => refusal(ensemble.submit({ runIds, rules: false }))
    expect([await refused(2, 1), await refused(1, 3, 2), await refused(1, 3)]).toEqual([
      ['bad-request', 'Runs 2 and 1 have no class in common, so they cannot be put together. Choose runs of the same class table.'],
      ['bad-request', 'Run 2 has no class in common with runs 1 and 3, so they cannot be put together. Choose runs of the same class table.'],
      ['made', ''],
    ])
  })
})

describe('the sample', () => {
  it('is followed in whatever order its rows and columns stand, and sequences that the data set does not have keep their rows', async () => {
    const { evaluate, ensemble } = rooms({ sample: 'id,142,5,100\r\n./test/10,0,0,0\r\n./test/77,0,0,0\r\n./test/9,0,0,0\r\n./elsewhere/9,0,0,0\r\n' })
    storeRun(evaluate)
    const { path, problems, missing, warnings } = await ensemble.submit(submit)
    expect(readFileSync(path, 'utf8').split('\r\n').map((line) => line.split(',')[0])).toEqual(['id', './test/10', './test/77', './test/9', './elsewhere/9', ''])
    expect([rowsIn(path), problems, missing, warnings]).toEqual([
      [near(0.5, 0, 0.5), near(1 / 3, 1 / 3, 1 / 3), near(1 / 12, 1 / 3, 7 / 12), near(1 / 3, 1 / 3, 1 / 3)], [], ['test/77', 'elsewhere/9'], ['The data set does not have sequences test/77 and elsewhere/9 of the sample; all classes get the same there.'],
    ])
  })
})

describe('what changed', () => {
  it('against an earlier submission is told from what was kept, and from the file of an older Handloom while it is as it was', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate)
    const [first, second] = [await ensemble.submit(submit), await ensemble.submit({ ...submit, folds: 'best' })]
    const expected = {
      id: 2, against: 1,
      rows: [
        { folder: 'test/10', before: { poseId: 100, name: '숫자1', probability: expect.closeTo(0.5, 10) }, after: { poseId: 142, name: '부정(검지 흔들기)', probability: expect.closeTo(1, 10) }, distance: expect.closeTo(0.5, 10), drop: expect.closeTo(Math.log(0.5e15), 6) },
        { folder: 'test/9', before: { poseId: 100, name: '숫자1', probability: expect.closeTo(7 / 12, 10) }, after: { poseId: 5, name: '하나', probability: expect.closeTo(2 / 3, 10) }, distance: expect.closeTo(5 / 12, 10), drop: expect.closeTo(Math.log(3.5), 6) },
      ],
      otherClass: 2, same: 0, onlyHere: [], onlyThere: [],
      divergence: expect.closeTo((Math.log(2) + (2 / 3) * Math.log(2) + (1 / 6) * Math.log(2 / 7) + (1 / 6) * Math.log(2)) / 2, 10),
    }
    expect(await ensemble.changes({ id: 2, against: 1 })).toEqual(expected)
    rmSync(second.path)
    project.db.exec('DELETE FROM submission_matrix WHERE submission_id = 1')
    expect(await ensemble.changes({ id: 2, against: 1 })).toEqual(expected)

    const changes = () => refusal(Promise.resolve(ensemble.changes({ id: 2, against: 1 })))
    const [text, lineage] = [readFileSync(first.path, 'utf8'), readFileSync(first.lineagePath, 'utf8')]
    const told: [string, string][] = []
    writeFileSync(first.path, text.replace('0.5', '0.4'))
    told.push(await changes())
    writeFileSync(first.path, text)
    writeFileSync(first.lineagePath, lineage.replace('"submission": 1', '"submission": 7'))
    told.push(await changes())
    writeFileSync(first.lineagePath, 'no JSON')
    told.push(await changes())
    rmSync(first.path)
    told.push(await changes())
    project.db.exec('DELETE FROM submission_matrix')
    told.push(await refusal(Promise.resolve(ensemble.changes({ id: 2, against: 2 }))), await refusal(Promise.resolve(ensemble.changes({ id: 9, against: 2 }))))
    const older = (id: number, what: string): [string, unknown] => ['not-found', expect.stringMatching(new RegExp(`^Submission ${id} was made by an older Handloom that did not keep its rows, and .*${what}\\. Put the file and its lineage back as they were, or make the submission again`))]
    expect(told).toEqual([
      older(1, 'was changed since'), older(1, 'is not its lineage any more'), older(1, 'is not its lineage any more'), older(1, 'cannot be read any more'), older(2, 'cannot be read any more'), ['not-found', 'There is no submission 9.'],
    ])
  })

  it('keeps the record and its matrix together or neither', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate)
    project.db.exec("CREATE TRIGGER full BEFORE INSERT ON submission_matrix BEGIN SELECT raise(ABORT, 'full'); END")
    expect(await refusal(ensemble.submit(submit))).toEqual(['internal', 'full'])
    expect([ensemble.submissions(), project.db.prepare('SELECT count(*) FROM submission_matrix').pluck().get()]).toEqual([[], 0])
  })
})

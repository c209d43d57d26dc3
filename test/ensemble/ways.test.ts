import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WayScore } from '../../src-main/contract/ensemble.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { Job } from '../../src-main/contract/project.ts'
import type { PredictionRow, TrainRoom } from '../../src-main/contract/rooms.ts'
import { trainConfig, type Run, type TestViews, type TrainConfigInput } from '../../src-main/contract/train.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { gainOf } from '../../src-main/ensemble/blend/bootstrap.ts'
import { createWays } from '../../src-main/ensemble/ways/ways.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { madeCrop, madeDataset, scratchProject, type MadeSequence } from '../evaluate/standIns.ts'

const classes = [5, 100, 142]
const frames = 5
const trained = Array.from({ length: 60 }, (_, number): MadeSequence => ({ folder: `train/${number}`, poseId: classes[number % 3] as number }))
const foldOf = (number: number): number => Math.floor(number / 3) % 3
const mirrored: TestViews = { testFlip: true, testMargins: [] }
const plainViews: TestViews = { testFlip: false, testMargins: [] }
const wider: TestViews = { testFlip: false, testMargins: [50] }

let project: ReturnType<typeof scratchProject>
let evaluate: ReturnType<typeof createEvaluate>
let runs: Map<number, Run>
beforeEach(() => {
  project = scratchProject()
  runs = new Map()
  evaluate = createEvaluate({ db: project.db, dataset: madeDataset({ sequences: [...trained, { folder: 'train/90', poseId: null }, { folder: 'test/91', poseId: null }] }), crop: madeCrop([]), emit: project.emit })
})
afterEach(() => project.close())

const run = (id: number, config: TrainConfigInput = {}): void => void runs.set(id, { id, name: `run ${id}`, config: trainConfig.parse(config) } as Partial<Run> as Run)

/** A frame of a run: noise and `edge` for the answer, but for the last of a sequence, which a stray hand spoils. */
function frameOf(folder: string, poseId: number, frame: number, { seed, edge, poseIds = classes }: { seed: number; edge: number; poseIds?: number[] }): PredictionRow {
  const random = randomStream(seed, Number(folder.slice(6)), frame)
  const stray = frame === frames - 1
  const powers = poseIds.map((id, index) => Math.exp(random.normal() + (stray ? (index === 0 ? 8 : 0) : id === poseId ? edge : 0)))
  const sum = powers.reduce((whole, power) => whole + power, 0)
  return { folder, frame, probabilities: Float32Array.from(powers, (power) => power / sum) }
}

type Said = Parameters<typeof frameOf>[3]
const predictions = (said: Said) => [0, 1, 2].map((fold) => ({
  fold,
  validation: trained.flatMap(({ folder, poseId }, number) => (foldOf(number) === fold ? Array.from({ length: frames }, (_, frame) => frameOf(folder, poseId as number, frame, said)) : [])),
  test: [frameOf('test/91', 5, 0, said)],
}))

function store(runId: number, said: Partial<Said> = {}, views?: TestViews): void {
  for (const { fold, ...parts } of predictions({ seed: runId, edge: 2, ...said }))
    for (const part of ['validation', 'test'] as const) evaluate.store({ runId, fold, part, poseIds: said.poseIds ?? classes, rows: parts[part], views })
}

const train = (predictFolds?: TrainRoom['predictFolds']) => ({
  run: ({ id }: { id: number }) => runs.get(id) as Run,
  predictFolds: predictFolds ?? (async () => { throw new Error('There is nothing to predict') }),
})
const open = (predictFolds?: TrainRoom['predictFolds']) => createWays({
  dataset: madeDataset({ sequences: trained }), evaluate, train: train(predictFolds), emit: project.emit,
})

const losses = (runId: number, pooling: 'mean' | 'median') => evaluate.sequenceProbabilities(runId, 'validation', { pooling }).map(({ folder, probabilities }) => -Math.log(probabilities[Number(folder.slice(6)) % 3] as number))
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const none = { gain: 0, low: 0, high: 0 }

describe('ways', () => {
  it('scores every pooling over the same sequences, with what it gains over the mean', async () => {
    run(1)
    store(1)
    const { sequences, poolings, views, caveats } = await open().ways({ runIds: [1] })
    const [asMean, asMedian] = [losses(1, 'mean'), losses(1, 'median')]
    expect({ sequences, caveats, named: poolings.map(({ pooling }) => pooling), mean: poolings[0], median: poolings[1], views }).toEqual({
      sequences: 60, caveats: ['few-folds'], named: ['mean', 'median', 'geometric', 'trimmed', 'quality'],
      mean: { pooling: 'mean', logLoss: expect.closeTo(mean(asMean), 6), accuracy: expect.any(Number), gain: none },
      median: { pooling: 'median', logLoss: expect.closeTo(mean(asMedian), 6), accuracy: expect.any(Number), gain: expect.any(Object) },
      views: [{ views: null, logLoss: poolings[0]?.logLoss, accuracy: poolings[0]?.accuracy, gain: none }],
    })
    // A stray frame in five: the median does not follow it, and the whole interval says so.
    const { gain, low, high } = gainOf(asMean.map((loss, place) => loss - (asMedian[place] as number)))
    expect([poolings[1]?.gain, low > 0]).toEqual([{ gain: expect.closeTo(gain, 6), low: expect.closeTo(low, 6), high: expect.closeTo(high, 6) }, true])
  })

  it('tells the folds apart by what they validate, and which of a run is best', async () => {
    for (const id of [1, 2]) run(id)
    store(1)
    store(2, { edge: 4 })
    const { folds } = await open().ways({ runIds: [2, 1, 2] })
    const scores = [2, 1].flatMap((runId) => evaluate.foldScores(runId).map((score) => ({ runId, ...score })))
    expect(folds).toEqual(scores.map(({ runId, fold, losses: own, weight }) => {
      const { gain: logLoss, low, high } = gainOf([...own])
      return { runId, fold, sequences: own.length, logLoss, low, high, weight, best: scores.every((other) => other.runId !== runId || other.weight <= weight) }
    }))
    expect(folds.every(({ low, logLoss, high }) => low < logLoss && logLoss < high)).toBe(true)
  })

  it('takes the equal mean of runs, classes matched by pose id, and leaves a sequence of which a run says nothing to the others', async () => {
    for (const id of [1, 2, 3]) run(id)
    store(1)
    store(2, { poseIds: [5, 100, 142, 196] })
    const silent = (fold: number) => trained.flatMap(({ folder }, number) => (foldOf(number) === fold ? [{ folder, frame: 0, probabilities: Float32Array.of(1 / 3, 1 / 3, 1 / 3) }] : []))
    for (const fold of [0, 1, 2]) evaluate.store({ runId: 3, fold, part: 'validation', poseIds: classes, rows: silent(fold) })
    const ways = open()
    const answers = (runId: number) => evaluate.sequenceProbabilities(runId, 'validation').map(({ probabilities }, number) => probabilities[number % 3] as number)
    const second = answers(2)
    const logLossOf = async (...runIds: number[]) => (await ways.ways({ runIds })).poolings[0]?.logLoss
    expect([await logLossOf(1, 2), await logLossOf(1, 3)]).toEqual([expect.closeTo(mean(answers(1).map((first, number) => -Math.log((first + (second[number] as number)) / 2))), 6), expect.closeTo(mean(losses(1, 'mean')), 6)])
  })

  it('compares over the sequences that all of the runs predicted, and says when these are few', async () => {
    for (const id of [1, 2]) run(id)
    store(1)
    for (const { fold, validation } of predictions({ seed: 2, edge: 2 }).slice(0, 2)) evaluate.store({ runId: 2, fold, part: 'validation', poseIds: classes, rows: validation })
    const { sequences, caveats, folds } = await open().ways({ runIds: [1, 2] })
    expect([sequences, caveats, folds.length]).toEqual([42, ['few-folds', 'few-sequences'], 5])
  })

  it('does not warn of the folds where one is clearly better than another', async () => {
    run(1)
    const [good, bad] = [9, 0].map((edge) => predictions({ seed: 1, edge }))
    for (const fold of [0, 1, 2]) evaluate.store({ runId: 1, fold, part: 'validation', poseIds: classes, rows: (fold === 0 ? good : bad)?.[fold]?.validation.filter(({ frame }) => frame < frames - 1) ?? [] })
    const { caveats, folds } = await open().ways({ runIds: [1] })
    expect([caveats, folds.map(({ best }) => best)]).toEqual([[], [true, false, false]])
  })

  it('refuses runs that cannot be compared', async () => {
    for (const id of [1, 2, 3]) run(id)
    store(1)
    evaluate.store({ runId: 2, fold: 0, part: 'validation', poseIds: [8, 9], rows: [{ folder: 'train/0', frame: 0, probabilities: Float32Array.of(0.5, 0.5) }] })
    evaluate.store({ runId: 3, fold: 0, part: 'validation', poseIds: classes, rows: [{ folder: 'train/90', frame: 0, probabilities: Float32Array.of(0.5, 0.25, 0.25) }] })
    run(4)
    const ways = open()
    const refused = async (runIds: number[]) => ways.ways({ runIds }).then(() => null, (error: HandloomError) => [error.kind, error.message])
    expect([await refused([]), await refused([1, 2]), await refused([1, 3]), await refused([1, 4])]).toEqual([
      ['bad-request', expect.stringContaining('No run was named')], ['bad-request', expect.stringContaining('Runs 1 and 2 have no class in common')],
      ['bad-request', expect.stringContaining('no labelled sequence that runs 1, 3 all predicted')], ['bad-request', expect.stringContaining('Run 4 has no out-of-fold predictions')],
    ])
  })
})

describe('views', () => {
  const named = (scored: ({ views: TestViews | null } & WayScore)[]) => scored.map(({ views }) => views)

  it('are those that all of the runs were predicted by, a config\'s own among them', async () => {
    run(1)
    run(2, mirrored)
    for (const id of [1, 2]) store(id)
    store(1, { edge: 3 }, mirrored)
    store(1, { edge: 3 }, wider)
    const ways = open()
    // Together: run 1 by other views, run 2 by its own.
    expect([named((await ways.ways({ runIds: [1] })).views), named((await ways.ways({ runIds: [1, 2] })).views), named((await ways.ways({ runIds: [2] })).views)]).toEqual([[null, mirrored, wider], [null, mirrored], [null]])
    const [own, other] = (await ways.ways({ runIds: [1] })).views
    expect([other?.gain.gain, (other?.gain.low ?? 0) > 0]).toEqual([expect.closeTo((own?.logLoss ?? 0) - (other?.logLoss ?? 0), 10), true])
    store(2, {}, plainViews)
    expect(named((await ways.ways({ runIds: [1, 2] })).views)).toEqual([null, plainViews, mirrored])
  })

  const jobs = (): Job[] => project.events.flatMap((event) => (event.type === 'job' ? [event.job] : []))
  const predicting = (asked: number[], work?: (signal: AbortSignal | undefined) => Promise<void>): TrainRoom['predictFolds'] => async ({ runId, signal, onProgress }) => {
    asked.push(runId)
    onProgress?.(0, 200)
    onProgress?.(50, 200)
    await work?.(signal)
    onProgress?.(200, 200)
    return { poseIds: classes, folds: predictions({ seed: runId, edge: 3 }) }
  }

  it('are predicted for the runs that lack them, kept, and scored', async () => {
    for (const id of [1, 2]) run(id)
    run(3, mirrored)
    for (const id of [1, 2, 3]) store(id)
    store(2, {}, mirrored)
    const asked: number[] = []
    const ways = open(predicting(asked))
    const { views } = await ways.predictViews({ runIds: [1, 2, 3], views: mirrored })
    await ways.predictViews({ runIds: [1, 2, 3], views: mirrored })
    expect({ asked, views: named(views), stored: evaluate.storedViews(1), test: evaluate.sequenceProbabilities(1, 'test', { views: mirrored }).map(({ folder }) => folder) }).toEqual({ asked: [1], views: [null, mirrored], stored: [mirrored], test: ['test/91'] })
    expect(jobs().map(({ kind, state, done, total }) => [kind, state, done / total])).toEqual([['views', 'running', 0], ['views', 'running', 0], ['views', 'running', 0.25], ['views', 'running', 1], ['views', 'done', 1]])
    expect([jobs().map(({ secondsLeft }) => secondsLeft === null), new Set(jobs().map(({ id }) => id)).size]).toEqual([[true, true, false, false, false], 1])
  })

  it('keep what is done when they are cancelled; what waits does not begin', async () => {
    for (const id of [1, 2]) run(id)
    for (const id of [1, 2]) store(id)
    const asked: number[] = []
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const ways = open(predicting(asked, async (signal) => {
      if (asked.length < 2) return
      begin()
      await new Promise((_, reject) => { signal?.addEventListener('abort', () => reject(new HandloomError('interrupted', 'Predicting was stopped.'))) })
    }))
    const both = ways.predictViews({ runIds: [1, 2], views: mirrored }).catch((error: HandloomError) => error.kind)
    const waiting = ways.predictViews({ runIds: [1], views: wider }).catch((error: HandloomError) => error.kind)
    await begun
    await ways.cancelViews()
    expect([await both, await waiting, asked, evaluate.storedViews(1), evaluate.storedViews(2), jobs().at(-1)?.state]).toEqual(['interrupted', 'interrupted', [1, 2], [mirrored], [], 'cancelled'])
    // And they can be asked for again.
    const again = open(predicting(asked))
    expect(named((await again.predictViews({ runIds: [1, 2], views: mirrored })).views)).toEqual([null, mirrored])
    expect(asked).toEqual([1, 2, 2])
  })

  it('are cancelled at once while they wait for a device, and not kept of a run that was fitted again meanwhile', async () => {
    run(1)
    store(1)
    const waiting = open(() => new Promise(() => undefined))
    const never = waiting.predictViews({ runIds: [1], views: mirrored }).catch((error: HandloomError) => error.kind)
    await new Promise(setImmediate)
    await waiting.cancelViews()
    expect([await never, jobs().at(-1)?.state]).toEqual(['interrupted', 'cancelled'])
    const refitted = open(predicting([], async () => { runs.set(1, { ...(runs.get(1) as Run), provenance: { editsHash: 'other' } as Run['provenance'] }) }))
    await expect(refitted.predictViews({ runIds: [1], views: mirrored })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('Run 1 was fitted again') })
    expect(evaluate.storedViews(1)).toEqual([])
  })

  it('tell what went wrong, and keep nothing half', async () => {
    run(1)
    store(1)
    const failing = open(async () => { throw new HandloomError('out-of-memory', 'Memory ran out.') })
    await expect(failing.predictViews({ runIds: [1], views: mirrored })).rejects.toMatchObject({ kind: 'out-of-memory', message: 'Memory ran out.' })
    expect([jobs().at(-1), evaluate.storedViews(1)]).toEqual([expect.objectContaining({ state: 'failed', message: 'Memory ran out.' }), []])
  })

  it('of keypoints have no margins', async () => {
    run(1)
    run(7, { model: 'keypoint_temporal' })
    for (const id of [1, 7]) store(id)
    const asked: number[] = []
    const ways = open(predicting(asked))
    await expect(ways.predictViews({ runIds: [1, 7], views: wider })).rejects.toMatchObject({ kind: 'bad-request', message: expect.stringContaining('Run 7 sees keypoints') })
    expect(named((await ways.predictViews({ runIds: [1, 7], views: mirrored })).views)).toEqual([null, mirrored])
    expect(asked).toEqual([1])
  })
})

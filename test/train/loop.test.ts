import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sides } from '../../src-main/contract/crop.ts'
import type { TrainConfigInput } from '../../src-main/contract/train.ts'
import { epochOrder, evenBatches, prefetched } from '../../src-main/train/batches.ts'
import { loadBest, loadLast, type Progress } from '../../src-main/train/checkpoint.ts'
import { createClassifier } from '../../src-main/train/classifier.ts'
import { openCrops } from '../../src-main/train/cropReader.ts'
import { predictFolds } from '../../src-main/train/foldPredictions.ts'
import type { PredictJob, TrainJob } from '../../src-main/train/job.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { readPredictions, score, softmax } from '../../src-main/train/predictions.ts'
import { tinyClasses, tinyJob } from './tinyJob.ts'
import { countingClassifier, epochs, last, run, type Create } from './tinyRun.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-loop-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('epochs', () => {
  it('show every sample once, in another order each time', () => {
    const job = tinyJob(root)
    const orders = [0, 1].map((epoch) => epochOrder(job, epoch))
    expect([orders.map((order) => order.toSorted((a, b) => a - b)), orders[0]?.join() === orders[1]?.join()]).toEqual([[job.train, job.train], false])
  })
  it('are cut into batches as equal as can be', () => {
    const lengths = (samples: number, batch: number) => evenBatches(Array.from({ length: samples }, (_, index) => index), batch).map((part) => part.length)
    expect([lengths(18, 4), lengths(16, 16), lengths(3, 16), lengths(0, 4)]).toEqual([[3, 4, 3, 4, 4], [16], [3], []])
  })
})

describe('what is prefetched', () => {
  /** Fills that end when they are told to, and what happened in order. */
  function filling(failing = -1) {
    const events: string[] = []
    const ends: (() => void)[] = []
    const fill = async (buffer: { item: number }, item: number): Promise<void> => {
      events.push(`begin ${item}`)
      await new Promise<void>((resolve) => ends.push(resolve))
      if (item === failing) throw new Error(`no ${item}`)
      buffer.item = item
      events.push(`end ${item}`)
    }
    return { events, ends, fill }
  }

  it('comes in order, the next begun before the one before is used, in the other buffer', async () => {
    const { events, ends, fill } = filling()
    const buffers = [{ item: -1 }, { item: -1 }] as const
    const items = prefetched([0, 1, 2], buffers, fill)
    for (let expected = 0; expected < 3; expected++) {
      ends[expected]?.()
      const next = items.next()
      await new Promise((resolve) => setImmediate(resolve))
      ends[expected]?.()
      const { value } = await next
      events.push(`use ${value?.[1]} in ${buffers.indexOf(value?.[0] as never)}: ${value?.[0].item}`)
    }
    expect([events, await items.next()]).toEqual([
      ['begin 0', 'end 0', 'begin 1', 'use 0 in 0: 0', 'end 1', 'begin 2', 'use 1 in 1: 1', 'end 2', 'use 2 in 0: 2'],
      { done: true, value: undefined },
    ])
  })

  it('throws what a fill throws when its turn comes, and waits for what it began when nobody wants more', async () => {
    const { events, ends, fill } = filling(1)
    const buffers = [{ item: -1 }, { item: -1 }] as const
    const items = prefetched([0, 1], buffers, fill)
    const first = items.next()
    ends[0]?.()
    await first
    ends[1]?.()
    await new Promise((resolve) => setImmediate(resolve))
    await expect(items.next()).rejects.toThrow('no 1')
    const left = filling()
    const unwanted = prefetched([0, 1], buffers, left.fill)
    const begun = unwanted.next()
    left.ends[0]?.()
    await begun
    const ended = unwanted.return(undefined).then(() => left.events.push('left'))
    await new Promise((resolve) => setImmediate(resolve))
    left.ends[1]?.()
    await ended
    expect([events, left.events]).toEqual([['begin 0', 'end 0', 'begin 1'], ['begin 0', 'end 0', 'begin 1', 'end 1', 'left']])
  })
})

describe('with TensorFlow', () => {
  it('learns, predicts out of fold and test frames, and says so in order', async () => {
    const job = tinyJob(root, { epochs: 12, labelSmoothing: 0 })
    job.augment = { ...job.augment, colour: 0 }
    const said = await run(job)
    const curve = epochs(said)
    const predictions = await readPredictions(job.predictions)
    const rows = [...predictions].map(([part, list]) => [part, list.map(({ folder }) => folder), list.every(({ probabilities }) => Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1) < 1e-5)])
    const validation = predictions.get('validation') ?? []
    const best = Math.min(...curve.map(({ validationLogLoss }) => validationLogLoss ?? Infinity))
    const labels = job.validation.map((position) => job.samples[position]?.label ?? -1)
    const probabilities = Float32Array.from(validation.flatMap((row) => [...row.probabilities]))
    const folders = job.validation.map((position) => `train/${position}`)
    expect({ first: said[0]?.type, last: last(said), epochs: curve.length, rows, best: score(probabilities, labels, tinyClasses).logLoss, better: best < 0.6 }).toEqual({
      first: 'started',
      last: 'done',
      epochs: 12,
      rows: [['validation', folders, true], ['test', folders, true]],
      best: expect.closeTo(best, 6) as number,
      better: true,
    })
  })

  it.each<[string, TrainConfigInput]>([
    ['Lamb, clipped, by accumulated gradients', { optimizer: 'lamb', learningRate: 1e-2, gradientClip: 1, accumulate: 2 }],
    ['AdamW', {}],
  ])('stopped at any step and resumed, ends with the same weights, curve and predictions, bit for bit: %s', async (_, changes) => {
    const job = (folder: string): TrainJob => ({ ...tinyJob(join(root, folder), changes), classWeights: [1, 2, 0.5] })
    const whole = job('whole')
    const curve = epochs(await run(whole))
    const broken = job('broken')
    const pieces: ComputeMessage[][] = []
    // Five steps an epoch: stops within an epoch, at its very end before it is validated, and after one step.
    for (const stopAfter of [3, 2, 1, Infinity]) pieces.push(await run(broken, { stopAfter }))
    const untimed = (progress: Progress) => ({ ...progress, epochs: progress.epochs?.map((metric) => ({ ...metric, imagesPerSecond: null, load: null })) })
    const end = async ({ folder }: TrainJob) => (await loadLast(folder)).checkpoint
    const [a, b] = [await end(whole), await end(broken)]
    expect({
      states: pieces.map(last),
      starts: pieces.map(([started]) => started?.type === 'started' && [started.step, started.epochs.length]),
      curve: pieces.flatMap(epochs),
      progress: b && untimed(b.progress),
      state: b?.state,
      predictions: await readPredictions(broken.predictions),
    }).toEqual({ states: ['stopped', 'stopped', 'stopped', 'done'], starts: [[0, 0], [3, 0], [5, 0], [6, 1]], curve, progress: a && untimed(a.progress), state: a?.state, predictions: await readPredictions(whole.predictions) })
  })

  it('predicts the average of the picture, its mirror image and wider crops, the classes mirrored back', async () => {
    const plain = tinyJob(root, { epochs: 1 })
    await run(plain)
    const { version, runId, classes, shardSize, shards, recipes, flipTargets, samples } = plain
    const crops = openCrops(shards, shardSize)
    const predicted = async (changes: Partial<TrainJob['config']>, part: Partial<Pick<TrainJob, 'flipTargets' | 'recipes'>> = {}): Promise<number[][]> => {
      const predictions = join(root, 'again.safetensors')
      const job: PredictJob = { version, kind: 'predict', runId, classes, shardSize, shards, recipes, flipTargets, outputs: null, samples: samples.slice(18), folders: [plain.folder], ...part, config: { ...plain.config, ...changes }, predictions }
      await predictFolds(job, { createClassifier, crops, report: () => undefined, stopRequested: () => null })
      return [...(await readPredictions(predictions)).values()].flat().map(({ probabilities }) => [...probabilities])
    }
    const wider = { ...recipes, validation: { ...recipes.validation, margin: sides(80) } }
    // Mirrored onto themselves, the classes of the average of both say what the mirror image alone got.
    const [base, both, wide] = [await predicted({}), await predicted({ testFlip: true }, { flipTargets: { horizontal: [0, 1, 2], vertical: [] } }), await predicted({}, { recipes: wider })]
    const mirror = both.map((row, index) => row.map((value, place) => 2 * value - (base[index]?.[place] ?? 0)))
    const all = await predicted({ testFlip: true })
    const margins = await predicted({ testMargins: [30] })
    crops.close()
    const back = ([a = 0, b = 0]: number[], [, , never = 0]: number[]): number[] => [b, a, never].map((value) => value / (a + b + never))
    const near = (rows: number[][]) => rows.map((row) => row.map((value) => expect.closeTo(value, 5)))
    expect(mirror).not.toEqual(near(base))
    expect(all).toEqual(near(base.map((row, index) => back(mirror[index] ?? [], row).map((value, place) => (value + (row[place] ?? 0)) / 2))))
    expect(margins).toEqual(near(base.map((row, index) => row.map((value, place) => (value + (wide[index]?.[place] ?? 0)) / 2))))
  })

  it('predicts with finished folds as training did', async () => {
    const job = tinyJob(root, { epochs: 1 })
    await run(job)
    const trained = (await readPredictions(job.predictions)).get('validation')
    const crops = openCrops(job.shards, job.shardSize)
    const again = join(root, 'again.safetensors')
    const { version, runId, config, classes, shardSize, shards, recipes, flipTargets, samples } = job
    await predictFolds({ version, kind: 'predict', runId, config, classes, shardSize, shards, recipes, flipTargets, outputs: null, samples: samples.slice(18), folders: [job.folder], predictions: again }, { createClassifier, crops, report: () => undefined, stopRequested: () => null })
    crops.close()
    expect((await readPredictions(again)).get('checkpoint 0')).toEqual(trained)
  })
})

describe('the loop itself', () => {
  it('mirrored samples are trained under the mirrored class', async () => {
    const seen = new Map<number, number>()
    const job = { ...tinyJob(root, { epochs: 1, batchSize: 18 }), flipTargets: { horizontal: [1, 0, -1], vertical: [] } }
    job.augment = { ...job.augment, flipRatio: 1 }
    const create: Create = async (options) => {
      const classifier = await countingClassifier(() => [0, 0, 0])(options)
      return { ...classifier, step: (batch, ...rest) => (batch.labels.subarray(0, batch.count).forEach((label) => seen.set(label, (seen.get(label) ?? 0) + 1)), classifier.step(batch, ...rest)) }
    }
    job.train = job.train.filter((position) => job.samples[position]?.label !== 1)
    await run(job, { create })
    expect([...seen].sort()).toEqual([[1, 6], [2, 6]])
  })

  it('keeps the epoch with the lowest validation log loss as best and stops when patience is out', async () => {
    // The log loss is lowest after the second epoch.
    const job = tinyJob(root, { epochs: 20, patience: 3 })
    let epoch = 0
    const create: Create = async (options) => {
      const classifier = await countingClassifier(() => [0, 0, 0])(options)
      return { ...classifier, step: (batch, rate, step) => ((epoch = Math.floor(step / 5)), classifier.step(batch, rate, step)), predict: ({ labels, count }) => Float32Array.from([...labels.subarray(0, count)].flatMap((label) => [0, 1, 2].map((index) => (index === label ? 3 - Math.abs(epoch - 1) : 0)))) }
    }
    const curve = epochs(await run(job, { create }))
    expect({ epochs: curve.length, best: (await loadBest(job.folder)).checkpoint.progress.best?.epoch, end: (await loadLast(job.folder)).checkpoint?.progress.finished }).toEqual({ epochs: 5, best: 2, end: true })
  })

  it('a step that is not finite fails, names the frames of its batch and leaves the last checkpoint', async () => {
    const job = { ...tinyJob(root), checkpointSeconds: 0 }
    const create = countingClassifier(() => [0, 0, 0], (step) => (step === 7 ? NaN : 1))
    const failed = run(job, { create })
    await expect(failed).rejects.toThrow(/not finite.*--resume --set learningRate=0\.0007\..*train\/\d+\/0/)
    expect((await loadLast(job.folder)).checkpoint?.progress.step).toBe(7)
    const calmer = await run({ ...job, config: { ...job.config, learningRate: 7e-4 } }, { create: countingClassifier(() => [0, 0, 0]) })
    expect([calmer[0]?.type === 'started' && calmer[0].step, last(calmer)]).toEqual([7, 'done'])
  })

  it('a checkpoint of another run is refused', async () => {
    const job = tinyJob(root)
    await run(job, { create: countingClassifier(() => [0, 0, 0]), stopAfter: 2 })
    await expect(run({ ...job, config: { ...job.config, seed: 7 } }, { create: countingClassifier(() => [0, 0, 0]) })).rejects.toMatchObject({ kind: 'conflict' })
  })
})

describe('scores', () => {
  it('softmax, log loss and accuracy by hand', () => {
    expect([...softmax([0, Math.log(3)])]).toEqual([expect.closeTo(0.25, 12), expect.closeTo(0.75, 12)])
    expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5])
    const { logLoss, accuracy } = score(Float32Array.of(0.5, 0.5, 0, 0.25, 0.25, 0.5), [0, 2], 3)
    expect([logLoss, accuracy]).toEqual([expect.closeTo(Math.LN2, 6), 1])
    expect(score(Float32Array.of(1, 0), [1], 2)).toEqual({ logLoss: expect.closeTo(34.5388, 4) as number, accuracy: 0 })
  })
})

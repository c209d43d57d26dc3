import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadBest, loadLast } from '../../src-main/train/checkpoint.ts'
import { openCrops } from '../../src-main/train/cropReader.ts'
import { predictFolds } from '../../src-main/train/foldPredictions.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { readPredictions } from '../../src-main/train/predictions.ts'
import { tinyJob } from './tinyJob.ts'
import { countingClassifier, epochs, last, run, type Create } from './tinyRun.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-wishes-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const equal = countingClassifier(() => [0, 0, 0])
const types = (said: readonly ComputeMessage[]): string[] => said.map((message) => (message.type === 'metric' ? message.metric.kind : message.type))

describe('a wish to stop after the epoch', () => {
  it('lets the epoch end, be validated and kept', async () => {
    const job = tinyJob(root)
    let steps = 0
    const create: Create = async (options) => {
      const classifier = await equal(options)
      return { ...classifier, step: (...input) => (steps++, classifier.step(...input)) }
    }
    const said = await run(job, { create, stopRequested: () => (steps >= 2 ? 'after-epoch' : null) })
    expect({ steps, end: types(said).slice(-4), stopped: said.at(-1), saved: (await loadLast(job.folder)).checkpoint?.progress.step }).toEqual({
      steps: 5, end: ['epoch', 'best', 'checkpoint', 'stopped'], stopped: { type: 'stopped', step: 5, epoch: 1 }, saved: 5,
    })
    const again = await run(job, { create: equal })
    expect([epochs(again).map(({ epoch }) => epoch), last(again)]).toEqual([[2, 3], 'done'])
  })
  it('is none in the last epoch, or in the last before patience is out', async () => {
    expect(last(await run(tinyJob(join(root, 'last'), { epochs: 1 }), { create: equal, stopRequested: () => 'after-epoch' }))).toBe('done')
    // The log loss never improves after the first epoch.
    const said = await run(tinyJob(join(root, 'patient'), { epochs: 9, patience: 1 }), { create: equal, stopRequested: () => null })
    const patient = tinyJob(join(root, 'again'), { epochs: 9, patience: 1 })
    await run(patient, { create: equal, stopAfter: 6 })
    expect([epochs(said).length, last(await run(patient, { create: equal, stopRequested: () => 'after-epoch' }))]).toEqual([2, 'done'])
  })
})

it('a stop while it validates keeps the epoch’s steps; it validates when it goes on', async () => {
  const job = tinyJob(root, { epochs: 1, batchSize: 2 })
  const report: ComputeMessage[] = []
  let predicted = 0
  const create: Create = async (options) => {
    const classifier = await equal(options)
    return { ...classifier, predict: (batch) => (predicted++, classifier.predict(batch)) }
  }
  await run(job, { create, report: (message) => void report.push(message), stopRequested: () => (predicted > 0 ? 'now' : null) })
  expect([types(report).slice(-2), predicted]).toEqual([['checkpoint', 'stopped'], 1])
  const again = await run(job, { create: equal })
  expect([again[0]?.type === 'started' && again[0].step, epochs(again).length, last(again)]).toEqual([9, 1, 'done'])
})

it('a stop while it predicts ends it at once; it predicts when it goes on', async () => {
  const job = tinyJob(root, { epochs: 1, batchSize: 2 })
  let predicting = 0
  const report: ComputeMessage[] = []
  await run(job, { create: equal, report: (message) => void (report.push(message), (predicting += message.type === 'predicting' ? 1 : 0)), stopRequested: () => (predicting > 1 ? 'now' : null) })
  expect([types(report).slice(-3), (await readdir(job.folder)).includes('predictions.safetensors')]).toEqual([['predicting', 'predicting', 'stopped'], false])
  const again = await run(job, { create: equal })
  expect([epochs(again), last(again), (await readPredictions(job.predictions)).get('validation')?.length]).toEqual([[], 'done', 6])
})

it('the batch that somebody asks for is told once, as the next step is fed it', async () => {
  const job = tinyJob(root)
  let asks = 0
  const said = await run(job, { create: equal, batchWanted: () => ++asks === 8 })
  const shown = said.flatMap((message) => (message.type === 'batch' ? [message] : []))
  const [batch] = shown
  const pixels = await readFile(join(job.folder, batch?.file ?? ''))
  expect({ times: shown.length, step: batch?.step, epoch: batch?.epoch, size: batch?.size, bytes: pixels.length, of: batch?.samples.every(({ position }) => job.train.includes(position)) }).toEqual({
    times: 1, step: 8, epoch: 2, size: 32, bytes: (batch?.samples.length ?? 0) * 32 * 32 * 3, of: true,
  })
  expect([3, 4]).toContain(batch?.samples.length)
})

it('each metric tells what the machine did', async () => {
  const load = { cpu: 0.5, memoryBytes: 1, gpu: null, gpuMemoryBytes: null }
  const said = await run(tinyJob(root), { create: equal, measureLoad: async () => () => load })
  const loads = said.flatMap((message) => (message.type === 'metric' ? [message.metric.load] : []))
  expect([loads.length > 3, loads.every((one) => one === load)]).toEqual([true, true])
})

it('tells epochs of an older checkpoint, which knows of no load, without one', async () => {
  const job = tinyJob(root)
  await run(job, { create: equal, stopAfter: 7, measureLoad: async () => () => undefined as never })
  const [started] = await run(job, { create: equal })
  expect(started?.type === 'started' && started.epochs.map(({ load }) => load)).toEqual([null])
})

it.each([['best', loadBest], ['last', loadLast]] as const)('predicts with the %s weights, in training and afterwards', async (predictWith, load) => {
  // One weight, the sum of labels seen: the class that is right falls with it, so the first epoch is the best.
  const job = tinyJob(root, { epochs: 4, predictWith })
  const create = countingClassifier((weight) => [weight / 20, 0, 0])
  const said = await run(job, { create })
  const weight = (await load(job.folder)).checkpoint?.state.get('weights/w')?.data[0] ?? NaN
  const share = Math.exp(weight / 20) / (Math.exp(weight / 20) + 2)
  const again = join(root, 'again')
  const crops = openCrops(job.shards, job.shardSize)
  const { version, runId, config, classes, shardSize, shards, recipes, flipTargets, samples } = job
  await predictFolds({ version, kind: 'predict', runId, config, classes, shardSize, shards, recipes, flipTargets, outputs: null, samples: samples.slice(18), folders: [job.folder], predictions: again }, { createClassifier: create, crops, report: () => undefined, stopRequested: () => null })
  crops.close()
  const [trained, later] = [(await readPredictions(job.predictions)).get('test'), (await readPredictions(again)).get('checkpoint 0')]
  expect({ end: last(said), first: [trained?.[0]?.probabilities[0], later?.[0]?.probabilities[0]], differ: (await loadBest(job.folder)).checkpoint.progress.step < 20 }).toEqual({ end: 'done', first: [share, share].map((value) => expect.closeTo(value, 5)), differ: true })
})

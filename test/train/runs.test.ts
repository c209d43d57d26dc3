import { mkdtemp, readFile, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import type { Run, TrainConfigInput } from '../../src-main/contract/train.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { forkCompute, type SpawnCompute } from '../../src-main/train/computeProcess.ts'
import type { TrainJob } from '../../src-main/train/job.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { makeTinyData, tinyConfig } from './tinyData.ts'

let root = ''
let project: Project
let events: HandloomEvent[] = []

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-runs-'))
  await makeTinyData(join(root, 'data'))
})
afterEach(async () => {
  await project.close()
  await rm(root, { recursive: true, force: true })
})

async function open(spawnCompute?: SpawnCompute): Promise<void> {
  events = []
  project = openProject({ folder: join(root, 'data'), project: join(root, 'project'), emit: (event) => void events.push(event), spawnCompute })
  await project.dataset.scan()
}

/** Real processes; `hear` is told what they say. */
const watched = (hear: (message: ComputeMessage) => void): SpawnCompute => (jobFile) => {
  const compute = forkCompute(jobFile)
  compute.onMessage(hear)
  return compute
}
const instantly: SpawnCompute = () => {
  const listeners: ((message: ComputeMessage) => void)[] = []
  return {
    send: () => undefined,
    kill: () => undefined,
    onMessage: (listener) => void listeners.push(listener),
    exited: new Promise((resolve) => setTimeout(() => {
      for (const listener of listeners) listener({ type: 'stopped', step: 0, epoch: 0 })
      resolve({ code: 0, signal: null, lastLines: [] })
    }, 1)),
  }
}

async function trained(config: TrainConfigInput, folds: number[] | null = null): Promise<Run> {
  const { id } = await project.train.start({ config, folds })
  await project.train.idle()
  return project.train.run({ id })
}
const probabilities = (id: number) => project.evaluate.sequenceProbabilities(id, 'validation')

describe('a run once more', () => {
  it('trains to the same predictions, whatever was edited since, and refuses when pictures are others', async () => {
    await open()
    const first = await trained(tinyConfig, [0])
    await project.annotation.apply({ label: 'wrist', changes: [{ folder: 'train/0', frame: 0, index: 0, to: { x: 1, y: 1 } }] })
    await project.crop.setAugment({ ...(await project.crop.settings()).augment, flipRatio: 0.9 })
    const { id } = await project.train.again({ id: first.id })
    await project.train.idle()
    const second = await project.train.run({ id })
    expect({ state: second.state, madeFrom: second.madeFrom, config: second.config, same: probabilities(id) }).toEqual({ state: 'done', madeFrom: { runId: first.id, how: 'again' }, config: first.config, same: probabilities(first.id) })
    expect(second.provenance).toEqual(first.provenance)

    await utimes(join(root, 'data', 'train', '3', '1.png'), 1, 1)
    await project.dataset.rescan()
    await project.dataset.scan()
    await expect(project.train.again({ id: first.id })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('train/3/1.png') as string })
  })
})

describe('after an edit', () => {
  it('says which folds learnt from the sequence and which validates it, and trains one anew, the other taken over', async () => {
    await open()
    const first = await trained(tinyConfig)
    expect(await project.train.changesSince({ id: first.id })).toEqual({ folders: [], added: [], removed: [], recipes: false, folds: [0, 1].map((fold) => ({ fold, validates: [], trains: [] })) })
    const { folds } = await project.split.get({ id: first.splitId })
    const asked = folds.find(({ folder }) => folder === 'train/2')?.fold ?? -1
    await project.annotation.apply({ label: 'wrist', changes: [{ folder: 'train/2', frame: 0, index: 0, to: { x: 1, y: 1 } }] })
    expect(await project.train.changesSince({ id: first.id })).toEqual({
      folders: ['train/2'], added: [], removed: [], recipes: false,
      folds: [0, 1].map((fold) => (fold === asked ? { fold, validates: ['train/2'], trains: [] } : { fold, validates: [], trains: ['train/2'] })),
    })

    const begun = await project.train.retrain({ id: first.id, folds: [asked] })
    await project.train.idle()
    const { state, madeFrom, folds: rows, splitId } = await project.train.run({ id: begun.id })
    const other = 1 - asked
    const of = (id: number, fold: number) => probabilities(id).filter((sequence) => sequence.fold === fold)
    expect({ state, madeFrom, splitId, carried: rows.map(({ carriedFrom, state: own }) => [carriedFrom, own]), same: of(begun.id, other) }).toEqual({
      state: 'done', madeFrom: { runId: first.id, how: 'retrained' }, splitId: first.splitId, carried: [0, 1].map((fold) => [fold === other ? first.id : null, 'done']), same: of(first.id, other),
    })
    expect((await project.train.metrics({ runId: begun.id, fold: other })).length).toBe((await project.train.metrics({ runId: first.id, fold: other })).length)
    // Both folds' weights are there.
    expect((await project.train.predict({ runId: begun.id, part: 'test' })).rows.length).toBe(2)
    expect(await project.train.changesSince({ id: begun.id })).toMatchObject({ folders: [], recipes: false })
  })

  it('an edit that changes no box changes nothing that training sees; new recipes are told', async () => {
    await open(instantly)
    const run = await trained(tinyConfig, [0])
    await project.annotation.apply({ label: 'inside', changes: [{ folder: 'train/2', frame: 0, index: 3, to: { x: 34, y: 23 } }] })
    await project.crop.setAugment({ ...(await project.crop.settings()).augment, rotateDegrees: 1 })
    expect(await project.train.changesSince({ id: run.id })).toMatchObject({ folders: [], recipes: true })
  })
})

describe('a sweep', () => {
  it('is a run for each combination, named by what differs; a value that cannot be makes none', async () => {
    await open(instantly)
    const vary = [{ key: 'flipRatio', values: [0.1, 0.3] }, { key: 'crop.margin', values: [10, 20] }]
    await expect(project.train.startSweep({ config: tinyConfig, folds: [0], vary: [{ key: 'flipRatio', values: [0.1, 7] }] })).rejects.toMatchObject({ kind: 'bad-request', message: expect.stringContaining('flipRatio 7') as string })
    await expect(project.train.startSweep({ config: tinyConfig, folds: [0], vary: [{ key: 'nonsense', values: [1] }] })).rejects.toMatchObject({ kind: 'bad-request' })
    expect(await project.train.runs()).toEqual([])
    const runs = await project.train.startSweep({ config: { ...tinyConfig, name: 'sweep' }, folds: [0], vary })
    await project.train.idle()
    expect(runs.map(({ name, sweep, config }) => [name, sweep?.values, config.flipRatio, config.crop.margin])).toEqual([
      ['sweep · flipRatio 0.1, crop.margin 10', { flipRatio: 0.1, 'crop.margin': 10 }, 0.1, expect.objectContaining({ left: 10 })],
      ['sweep · flipRatio 0.1, crop.margin 20', { flipRatio: 0.1, 'crop.margin': 20 }, 0.1, expect.objectContaining({ left: 20 })],
      ['sweep · flipRatio 0.3, crop.margin 10', { flipRatio: 0.3, 'crop.margin': 10 }, 0.3, expect.objectContaining({ left: 10 })],
      ['sweep · flipRatio 0.3, crop.margin 20', { flipRatio: 0.3, 'crop.margin': 20 }, 0.3, expect.objectContaining({ left: 20 })],
    ])
    expect(new Set(runs.map(({ sweep }) => sweep?.id)).size).toBe(1)
  })
})

describe('several devices', () => {
  it('take a fold each, told by the number of their GPU', async () => {
    vi.stubEnv('HANDLOOM_DEVICES', '0,2')
    const running: string[] = []
    let most = 0
    await open((jobFile) => {
      const compute = instantly(jobFile)
      running.push(jobFile)
      most = Math.max(most, running.length)
      return { ...compute, exited: sleep(80).then(() => (running.splice(running.indexOf(jobFile), 1), compute.exited)) }
    })
    const run = await project.train.start({ config: { ...tinyConfig, folds: 4 }, folds: null })
    const { devices } = await project.train.queue()
    await project.train.idle()
    const gpus = await Promise.all([0, 1, 2, 3].map(async (fold) => (JSON.parse(await readFile(join(root, 'project', 'runs', String(run.id), `fold-${fold}`, 'job.json'), 'utf8')) as TrainJob).gpu))
    expect({ devices: devices.map(({ name }) => name), most, gpus: gpus.toSorted() }).toEqual({ devices: ['GPU 0', 'GPU 2'], most: 2, gpus: [0, 0, 2, 2] })
    vi.unstubAllEnvs()
  })
})

describe('the queue of real folds', () => {
  it('pauses after the epoch, keeps the fold first, and goes on to the curve of a run that was never paused', async () => {
    const config = { ...tinyConfig, epochs: 12 }
    let pausing: Promise<unknown> | null = null
    await open(watched((message) => {
      if (message.type === 'metric' && message.metric.kind === 'epoch' && message.metric.epoch === 2) pausing ??= Promise.resolve(project.train.pauseQueue({ when: 'after-epoch' }))
    }))
    const { id } = await project.train.start({ config, folds: null })
    await project.train.idle()
    await pausing
    const paused = await project.train.queue()
    const [half] = (await project.train.run({ id })).folds
    await project.train.continueQueue()
    await project.train.idle()
    const { folds } = await project.train.run({ id })
    const epochs = (await project.train.metrics({ runId: id, fold: 0 })).filter(({ kind }) => kind === 'epoch').map(({ epoch }) => epoch)
    expect({ state: paused.state, waiting: paused.waiting.map(({ fold }) => fold), half: [half?.state, (half?.epoch ?? 0) >= 2 && (half?.epoch ?? 99) < 12], now: folds.map(({ state, restarts }) => [state, restarts]), epochs }).toEqual({
      state: 'paused', waiting: [0, 1], half: ['queued', true], now: [['done', 0], ['done', 0]], epochs: Array.from({ length: 12 }, (_, epoch) => epoch + 1),
    })
  })

  it('stops one fold after its epoch, the others go on; closed and opened again, it goes on by itself', async () => {
    const config = { ...tinyConfig, epochs: 60 }
    let told = 0
    await open(watched((message) => {
      if (message.type !== 'metric' || message.metric.kind !== 'epoch') return
      told++
      if (told === 1) void project.train.stop({ id: 1, folds: [0], when: 'after-epoch' })
    }))
    await project.train.start({ config, folds: null })
    await expect.poll(async () => (await project.train.run({ id: 1 })).folds[1]?.epoch, { timeout: 60_000, interval: 20 }).toBeGreaterThan(1)
    await project.close()
    await open()
    const opened = (await project.train.run({ id: 1 })).folds.map(({ state }) => state)
    project.train.goOn()
    await project.train.idle()
    const { folds } = await project.train.run({ id: 1 })
    expect({ opened, now: folds.map(({ state }) => state), early: (folds[0]?.epoch ?? 99) < 60 }).toEqual({ opened: ['stopped', 'queued'], now: ['stopped', 'done'], early: true })
  })

  it('shows the batch that a fold is fed, and a frame as it was fed for validation', async () => {
    let shown: Promise<unknown[]> | null = null
    await open(watched((message) => {
      if (message.type !== 'started') return
      shown = (async () => {
        const batch = await project.train.batch({ runId: 1, fold: 0 })
        return [batch, batch && await project.train.batchPictures({ runId: 1, fold: 0, step: batch.step })]
      })()
    }))
    await trained({ ...tinyConfig, epochs: 20, flipRatio: 0, crop: { margin: 0, randomMargin: 0, wristExtra: 0 } }, [0])
    expect(await shown).toEqual([
      { step: expect.any(Number) as number, epoch: expect.any(Number) as number, size: 32, samples: Array.from({ length: 4 }, () => ({ folder: expect.stringMatching(/^train\/\d$/) as string, frame: expect.any(Number) as number, hand: null, poseId: expect.toBeOneOf([100, 110]) as number, mirrored: false, derived: false })) },
      { width: 4 * 32, height: 32, pixels: expect.any(Uint8Array) as Uint8Array },
    ])
    expect(await project.train.batch({ runId: 1, fold: 0 })).toBe(null)
    const { pixels, size } = await project.train.fedCrop({ runId: 1, folder: 'train/3', frame: 1, hand: null })
    // The picture is one grey: 40 + 130 · 1 + 5 · 3 + 1.
    expect([size, ...pixels.slice(0, 3)]).toEqual([32, 186, 186, 60])
    await expect(project.train.fedCrop({ runId: 1, folder: 'train/3', frame: 9, hand: null })).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('measures steps before a run, which the preflight then tells, finds batches that fit and a learning rate', async () => {
    await open()
    const measured = await project.train.measure({ config: tinyConfig })
    const told = await project.train.preflight({ config: tinyConfig, folds: null })
    expect({ measured: told.measured, from: told.timeFrom, seconds: told.secondsPerEpoch }).toEqual({ measured, from: 'measured', seconds: 2 * measured.secondsPerStep + 8 / measured.imagesPerSecond / 3 })
    expect(await project.train.findBatch({ config: tinyConfig })).toMatchObject({ batchSize: 4, accumulate: 1, fitting: [{ batch: 1 }, { batch: 2 }, { batch: 4 }] })
    const rates = await project.train.findLearningRate({ config: tinyConfig, fold: 1 })
    const heard = events.flatMap((event) => (event.type === 'rate' ? [event.learningRate] : []))
    expect({ rising: rates.points.every(({ learningRate }, at) => at === 0 || learningRate > (rates.points[at - 1]?.learningRate ?? 0)), heard: heard.length, jobs: [...new Set(events.flatMap((event) => (event.type === 'job' && event.job.state === 'done' ? [event.job.kind] : [])))] }).toEqual({ rising: true, heard: rates.points.length, jobs: expect.arrayContaining(['measure', 'batch-size', 'learning-rate']) as string[] })
    const cancelled = project.train.measure({ config: { ...tinyConfig, imageSize: 64 } })
    await expect.poll(() => events.some((event) => event.type === 'job' && event.job.kind === 'measure' && event.job.state === 'running' && event.job.done === 0)).toBe(true)
    await project.train.cancelTrial({ kind: 'measure' })
    await expect(cancelled).rejects.toMatchObject({ kind: 'interrupted' })
  })
})

import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sides } from '../../src-main/contract/crop.ts'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { forkCompute, type ComputeProcess, type SpawnCompute } from '../../src-main/train/computeProcess.ts'
import type { TrainJob } from '../../src-main/train/job.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { makeTinyData, tinyConfig } from './tinyData.ts'

let data = ''
let root = ''
let project: Project
let events: HandloomEvent[] = []

beforeAll(async () => {
  data = join(await mkdtemp(join(tmpdir(), 'handloom-train-data-')), 'data')
  await makeTinyData(data)
})
afterAll(() => rm(join(data, '..'), { recursive: true, force: true }))
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-train-'))
})
afterEach(async () => {
  await project.close()
  await rm(root, { recursive: true, force: true })
})

async function open(spawnCompute?: SpawnCompute): Promise<Project> {
  events = []
  project = openProject({ folder: data, project: join(root, 'project'), emit: (event) => void events.push(event), spawnCompute })
  await project.dataset.scan()
  return project
}

const states = async (id: number) => (await project.train.run({ id })).folds.map(({ state }) => state)

/** Starts real processes and calls `at` with each message, so that a test can stop or kill at a certain step. */
const watched = (at: (message: ComputeMessage, compute: ComputeProcess) => void): SpawnCompute => (jobFile) => {
  const compute = forkCompute(jobFile)
  compute.onMessage((message) => at(message, compute))
  return compute
}

/** A compute process that says the given and ends. */
const scripted = (says: readonly ComputeMessage[], exit: Partial<Awaited<ComputeProcess['exited']>> = {}): SpawnCompute => () => {
  const listeners: ((message: ComputeMessage) => void)[] = []
  return {
    send: () => undefined,
    kill: () => undefined,
    onMessage: (listener) => void listeners.push(listener),
    exited: new Promise((resolve) => setTimeout(() => {
      for (const message of says) for (const listener of listeners) listener(message)
      resolve({ code: 0, signal: null, lastLines: [], ...exit })
    }, 5)),
  }
}

describe('a run with real processes', () => {
  it('trains all folds, stores out-of-fold and test predictions, and can predict pictures', async () => {
    await open()
    const before = await project.train.preflight({ config: tinyConfig, folds: null })
    const run = await project.train.start({ config: tinyConfig, folds: null })
    await project.train.idle()
    const done = await project.train.run({ id: run.id })
    const { sequence, frame, classes } = await project.evaluate.summary({ runId: run.id })
    const curve = (await project.train.metrics({ runId: run.id })).filter(({ kind }) => kind === 'epoch').map(({ fold, epoch, step }) => [fold, epoch, step])
    expect({ state: done.state, folds: done.folds.map((fold) => [fold.state, fold.epoch, fold.trainFrames, fold.validationFrames, fold.bestLogLoss !== null, fold.message]) }).toEqual({ state: 'done', folds: [['done', 3, 8, 8, true, null], ['done', 3, 8, 8, true, null]] })
    expect({ frames: frame.count, sequences: sequence.count, classes, test: project.evaluate.sequenceProbabilities(run.id, 'test').map(({ folder, frames }) => [folder, frames]) }).toMatchObject({ frames: 16, sequences: 8, classes: 2, test: [['test/8', expect.any(Number)]] })
    expect(curve).toEqual([0, 1].flatMap((fold) => [1, 2, 3].map((epoch) => [fold, epoch, 2 * epoch])))
    expect(before).toMatchObject({ trainFrames: 8, validationFrames: 8, skippedFrames: 0, stepsPerEpoch: 2, classesMissingInFolds: [], leakingSequences: 0, shardBytes: 18 * 40 * 40 * 3, secondsPerEpoch: null })
    expect(await project.train.preflight({ config: tinyConfig, folds: null })).toMatchObject({ shardBytes: 0, secondsPerEpoch: expect.any(Number) })
    expect(Object.values(done.provenance).every((value) => typeof value === 'string')).toBe(true)
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['run', 'metric', 'checkpoint', 'job', 'evaluation', 'split']))

    const picture = join(root, 'hand.png')
    await sharp({ create: { width: 50, height: 40, channels: 3, background: '#ddd' } }).png().toFile(picture)
    const images = await project.train.predict({ runId: run.id, part: 'images', images: [picture] })
    const test = await project.train.predict({ runId: run.id, part: 'test' })
    const stored = project.evaluate.sequenceProbabilities(run.id, 'test')[0]?.probabilities ?? []
    const mean = [0, 1].map((index) => test.rows.reduce((sum, row) => sum + (row.probabilities[index] ?? 0) / test.rows.length, 0))
    expect({ rows: images.rows.map(({ folder, frame, probabilities }) => [folder, frame, probabilities.length]), poseIds: images.poseIds }).toEqual({ rows: [[picture, 0, 2]], poseIds: [100, 110] })
    expect([...stored]).toEqual(mean.map((value) => expect.closeTo(value, 5) as number))
    await writeFile(join(root, 'broken.png'), 'not a picture')
    await expect(project.train.predict({ runId: run.id, part: 'images', images: [join(root, 'broken.png')] })).rejects.toMatchObject({ kind: 'bad-input' })
  })

  it('stopped, closed, reopened and resumed, is the run that was never stopped', async () => {
    await open()
    const config = { ...tinyConfig, epochs: 25 }
    const whole = await project.train.start({ config, folds: [0] })
    await project.train.idle()
    const curve = (id: number) => Promise.resolve(project.train.metrics({ runId: id })).then((list) => list.filter(({ kind }) => kind === 'epoch').map((metric) => ({ ...metric, imagesPerSecond: null, gradientNorm: null, load: null })))
    const expected = await curve(whole.id)
    const predicted = project.evaluate.sequenceProbabilities(whole.id, 'validation')
    await project.close()

    let stop: Promise<unknown> | null = null
    await open(watched((message) => {
      if (message.type === 'metric' && message.metric.kind === 'epoch') stop ??= Promise.resolve(project.train.stop({ id: whole.id + 1 }))
    }))
    const broken = await project.train.start({ config, folds: [0] })
    await project.train.idle()
    await stop
    const stopped = await project.train.run({ id: broken.id })
    await project.close()

    await open()
    await project.train.resume({ id: broken.id })
    await project.train.idle()
    expect({ stopped: stopped.state, early: (stopped.folds[0]?.epoch ?? 99) < 25, sameSplit: stopped.splitId === whole.splitId, now: await states(broken.id), curve: await curve(broken.id), predicted: project.evaluate.sequenceProbabilities(broken.id, 'validation') }).toEqual({
      stopped: 'stopped', early: true, sameSplit: true, now: ['done'], curve: expected, predicted,
    })
  })

  it('a killed process is started again from its last checkpoint, and no point of the curve is doubled', async () => {
    let killed = false
    await open(watched((message, compute) => {
      if (killed || message.type !== 'metric' || message.metric.kind !== 'epoch' || message.metric.epoch !== 2) return
      killed = true
      compute.kill()
    }))
    const run = await project.train.start({ config: { ...tinyConfig, epochs: 25 }, folds: null })
    await project.train.idle()
    const { folds } = await project.train.run({ id: run.id })
    const epochs = (await project.train.metrics({ runId: run.id, fold: 0 })).filter(({ kind }) => kind === 'epoch').map(({ epoch }) => epoch)
    expect({ folds: folds.map(({ state, restarts, failure }) => [state, restarts, failure]), killed, epochs }).toEqual({ folds: [['done', 1, null], ['done', 0, null]], killed: true, epochs: Array.from({ length: 25 }, (_, epoch) => epoch + 1) })
  })
})

it('a loss that grows beyond all bounds fails the fold, keeps the last good checkpoint and goes on from it at a lower rate', async () => {
  await open()
  // Weight decay that turns the weights over and makes them a hundred times larger in each step.
  const config = { ...tinyConfig, epochs: 8, optimizer: 'sgd', schedule: 'constant', warmupEpochs: 0, ema: 0, learningRate: 10, weightDecay: 10 } as const
  const run = await project.train.start({ config, folds: [0] })
  await project.train.idle()
  const [failed] = (await project.train.run({ id: run.id })).folds
  const files = await readdir(join(root, 'project', 'runs', String(run.id), 'fold-0'))
  const keptEpochs = Math.max(...files.flatMap((name) => /^last-(\d+)/.exec(name)?.[1] ?? []).map(Number)) / 2
  const resumed = await project.train.resume({ id: run.id, config: { learningRate: 1e-4, accumulate: 2 } })
  await project.train.idle()
  const [done] = (await project.train.run({ id: run.id })).folds
  const rates = (await project.train.metrics({ runId: run.id })).filter(({ kind }) => kind === 'epoch').map(({ learningRate }) => learningRate)
  expect({ failed: [failed?.state, failed?.message], kept: keptEpochs > 0, config: resumed.config, done: done?.state, rates }).toEqual({
    failed: ['failed', expect.stringMatching(/step \d+ is not finite at a learning rate of 10\. .*--resume --set learningRate=3\. Frames of that batch: train\/\d/)],
    kept: true,
    config: { ...run.config, learningRate: 1e-4, accumulate: 2 },
    done: 'done',
    rates: Array.from({ length: 8 }, (_, epoch) => (epoch < keptEpochs ? 10 : 1e-4)),
  })
})

describe('the queue', () => {
  it('what was running or waiting when the program died goes on in that order, and begins no earlier than it is told', async () => {
    await open(scripted([{ type: 'done', notes: [] }]))
    const run = await project.train.start({ config: tinyConfig, folds: null })
    await project.train.idle()
    await project.close()
    // What a killed core leaves behind.
    const { openDatabase } = await import('../../src-main/db/open.ts')
    const { db, close } = openDatabase(join(root, 'project'))
    db.prepare("UPDATE run_fold SET state = CASE fold WHEN 1 THEN 'training' ELSE 'queued' END").run()
    db.prepare('INSERT INTO queue_entry (run_id, fold, position) VALUES (?, 1, 0), (?, 0, 1)').run(run.id, run.id)
    close()
    const begun: number[] = []
    await open((jobFile) => (begun.push(Number(/fold-(\d)/.exec(jobFile)?.[1])), scripted([{ type: 'done', notes: [] }])(jobFile)))
    const found = await project.train.run({ id: run.id })
    const waiting = async () => (await project.train.queue()).waiting.map(({ fold }) => fold)
    await project.train.idle()
    expect({ begun, waiting: await waiting(), folds: found.folds.map(({ state, restarts, message }) => [state, restarts, message?.includes('Handloom ended') ?? false]) }).toEqual({ begun: [], waiting: [1, 0], folds: [['queued', 0, false], ['queued', 1, true]] })
    project.train.goOn()
    await project.train.idle()
    expect({ begun, waiting: await waiting() }).toEqual({ begun: [1, 0], waiting: [] })
  })

  it('a fold that Handloom never came back from is not begun a fourth time', async () => {
    await open(scripted([{ type: 'stopped', step: 0, epoch: 0 }]))
    const run = await project.train.start({ config: tinyConfig, folds: [0] })
    await project.train.idle()
    await project.close()
    const db = new Database(join(root, 'project', 'project.sqlite'))
    db.prepare("UPDATE run_fold SET state = 'training', value = json_set(value, '$.fruitless', 3)").run()
    db.prepare('INSERT INTO queue_entry (run_id, fold, position) VALUES (?, 0, 0)').run(run.id)
    db.close()
    await open(scripted([{ type: 'done', notes: [] }]))
    project.train.goOn()
    await project.train.idle()
    const [fold] = (await project.train.run({ id: run.id })).folds
    expect({ state: fold?.state, message: fold?.message, waiting: (await project.train.queue()).waiting }).toEqual({ state: 'failed', message: expect.stringContaining('3 times'), waiting: [] })
  })

  it.each([
    ['says that it ran out of memory', scripted([{ type: 'failed', kind: 'out-of-memory', message: 'OOM when allocating tensor.' }], { code: 1 }), /^Memory ran out: OOM.*--resume --set accumulate=2/],
    ['dies with bad_alloc', scripted([], { code: null, signal: 'SIGABRT', lastLines: ['terminate called', "what():  std::bad_alloc"] }), /^Memory ran out in the compute process.*bad_alloc/],
    ['dies without a word', scripted([], { code: 139 }), /ended unexpectedly \(exit code 139\).*Resume/],
    ['fails with a message', scripted([{ type: 'failed', kind: 'internal', message: 'The loss of step 7 is not finite.' }], { code: 1 }), /^The loss of step 7 is not finite\.$/],
  ])('a process that %s fails its fold with the reason, one that ends by itself at the third time', async (_, spawn, reason) => {
    await open(spawn)
    const run = await project.train.start({ config: tinyConfig, folds: [1] })
    await project.train.idle()
    expect((await project.train.run({ id: run.id })).folds.map(({ fold, state, message }) => [fold, state, message])).toEqual([[1, 'failed', expect.stringMatching(reason)]])
  })

  it('a fold that is resumed waits last, and what waits stays where it is', async () => {
    const hanging: (() => void)[] = []
    const failing = scripted([{ type: 'failed', kind: 'internal', message: 'no.' }], { code: 1 })
    await open((jobFile) => {
      if (/fold-0/.test(jobFile)) return failing(jobFile)
      const { promise, resolve } = Promise.withResolvers<Awaited<ComputeProcess['exited']>>()
      const end = (): void => resolve({ code: null, signal: 'SIGTERM', lastLines: [] })
      hanging.push(end)
      return { send: end, kill: end, onMessage: () => undefined, exited: promise }
    })
    const first = await project.train.start({ config: tinyConfig, folds: null })
    const second = await project.train.start({ config: tinyConfig, folds: [1] })
    await expect.poll(() => hanging.length, { timeout: 10_000 }).toBe(1)
    await project.train.resume({ id: first.id })
    expect((await project.train.queue()).waiting.map(({ runId, fold }) => [runId, fold])).toEqual([[second.id, 1], [first.id, 0]])
    await project.train.stop({ id: second.id })
    await project.train.stop({ id: first.id })
  })

  it('stops a fold that waits without starting it', async () => {
    let spawned = 0
    await open((jobFile) => (spawned++, scripted([{ type: 'stopped', step: 0, epoch: 0 }])(jobFile)))
    const run = await project.train.start({ config: tinyConfig, folds: null })
    await project.train.stop({ id: run.id })
    await project.train.idle()
    expect({ spawned, states: await states(run.id) }).toEqual({ spawned: 0, states: ['stopped', 'stopped'] })
  })

  it('removes points of the curve after the step at which a process begins', async () => {
    const metric = (step: number) => ({ type: 'metric' as const, secondsLeft: null, metric: { fold: 0, kind: 'step' as const, step, epoch: 1, loss: step, learningRate: 1, gradientNorm: null, imagesPerSecond: null, trainAccuracy: null, validationLogLoss: null, validationAccuracy: null, load: null } })
    const started = (step: number) => ({ type: 'started' as const, step, epoch: 0, parameters: 1, compileSeconds: 0, notes: [], epochs: [], best: null })
    const scripts: ComputeMessage[][] = [[started(0), ...[1, 2, 3, 4].map(metric)], [started(2), metric(3), { type: 'stopped', step: 3, epoch: 0 }]]
    await open((jobFile) => scripted(scripts.shift() ?? [], { code: 1 })(jobFile))
    const run = await project.train.start({ config: tinyConfig, folds: [0] })
    await project.train.idle()
    expect((await project.train.metrics({ runId: run.id })).map(({ step }) => step)).toEqual([1, 2, 3])
  })

  it('learns from the checkpoint of epochs that ended when nobody listened', async () => {
    const epoch = (step: number, loss: number) => ({ fold: 0, kind: 'epoch' as const, step, epoch: step / 2, loss, learningRate: 1, gradientNorm: null, imagesPerSecond: null, trainAccuracy: null, validationLogLoss: loss, validationAccuracy: 0, load: null })
    const started = { type: 'started' as const, step: 4, epoch: 2, parameters: 1, compileSeconds: 0, notes: [], epochs: [epoch(2, 3), epoch(4, 2)], best: { epoch: 2, logLoss: 2, accuracy: 0 } }
    const scripts: ComputeMessage[][] = [[{ ...started, step: 0, epoch: 0, epochs: [], best: null }, { type: 'metric', secondsLeft: null, metric: epoch(2, 3) }], [started, { type: 'stopped', step: 4, epoch: 2 }]]
    await open((jobFile) => scripted(scripts.shift() ?? [], { code: 1 })(jobFile))
    const run = await project.train.start({ config: tinyConfig, folds: [0] })
    await project.train.idle()
    const [fold] = (await project.train.run({ id: run.id })).folds
    expect({ points: (await project.train.metrics({ runId: run.id })).map(({ step, loss }) => [step, loss]), best: fold?.bestLogLoss, told: events.filter(({ type }) => type === 'metric').length }).toEqual({ points: [[2, 3], [4, 2]], best: 2, told: 2 })
  })
})

describe('what the disk refuses', () => {
  /** A second connection that makes the database refuse changes of folds, as a full disk does. */
  const refusing = () => {
    const db = new Database(join(root, 'project', 'project.sqlite'))
    db.exec("CREATE TRIGGER refuse BEFORE UPDATE ON run_fold BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    return { again: () => void db.exec('DROP TRIGGER refuse').close() }
  }

  it('a fold whose failure cannot even be stored is shown as failed, with the reason, and can be resumed', async () => {
    await open(scripted([{ type: 'stopped', step: 0, epoch: 0 }]))
    const disk = refusing()
    const run = await project.train.start({ config: tinyConfig, folds: [0] })
    await project.train.idle()
    const [fold] = (await project.train.run({ id: run.id })).folds
    disk.again()
    const resumed = await project.train.resume({ id: run.id })
    await project.train.idle()
    expect({ before: [fold?.state, fold?.message], resumed: resumed.state, now: await states(run.id) }).toEqual({ before: ['failed', 'the disk is full'], resumed: 'queued', now: ['stopped'] })
  })

  it('a run whose list of frames cannot be written does not begin and leaves no row', async () => {
    await open()
    await writeFile(join(root, 'project', 'runs'), 'in the way')
    await expect(project.train.start({ config: tinyConfig, folds: null })).rejects.toThrow(/EEXIST|ENOTDIR/)
    expect({ runs: await project.train.runs() }).toEqual({ runs: [] })
  })
})

describe('what a run is made from', () => {
  it('the config over the project\'s crop settings, each role its own', async () => {
    await open(scripted([{ type: 'stopped', step: 0, epoch: 0 }]))
    const run = await project.train.start({ config: { ...tinyConfig, flipRatio: 0.1, crop: { margin: 20, randomMargin: 7 } }, folds: [0] })
    await project.train.idle()
    const job = JSON.parse(await readFile(join(root, 'project', 'runs', String(run.id), 'fold-0', 'job.json'), 'utf8')) as TrainJob
    expect({ recipes: Object.entries(job.recipes).map(([role, { margin, randomMargin }]) => [role, margin, randomMargin]), augment: job.augment, flips: job.flipTargets }).toEqual({
      recipes: [['train', sides(20), 7], ['validation', sides(20), 0], ['test', sides(20), 0]],
      augment: { ...(await project.crop.settings()).augment, flipRatio: 0.1 },
      flips: { horizontal: [1, 0], vertical: [1, 0] },
    })
    const saved = (await project.crop.settings()).references
    const { objects } = await project.train.run({ id: run.id })
    const [split] = await project.split.list()
    expect(objects).toEqual({
      ...saved,
      ...Object.fromEntries((['train', 'validation', 'test', 'augment'] as const).map((slot) => [slot, { ...saved[slot], version: null, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string }])),
      split: { kind: 'split', name: split?.name, version: 1, hash: split?.hash },
    })
    expect(objects?.train.hash).not.toBe(saved.train.hash)
  })

  it('a planned split: by frames siblings are learnt and asked; classes always trained are asked nowhere; merged ones share an output', async () => {
    await open(scripted([{ type: 'stopped', step: 0, epoch: 0 }]))
    const jobOf = async (split: number): Promise<TrainJob> => {
      const run = await project.train.start({ config: { ...tinyConfig, split }, folds: [0] })
      await project.train.idle()
      expect([run.splitId, run.config.folds]).toEqual([split, 2])
      return JSON.parse(await readFile(join(root, 'project', 'runs', String(run.id), 'fold-0', 'job.json'), 'utf8')) as TrainJob
    }
    const folders = (job: TrainJob, list: 'train' | 'validation'): string[] => job[list].map((position) => `${job.samples[position]?.folder ?? ''} ${job.samples[position]?.frame ?? ''}`)
    const base = { splitter: 'StratifiedGroupKFold', folds: 2, seed: 1 } as const

    const leaky = await jobOf((await project.split.make({ splitter: 'KFold', unit: 'frame', folds: 2, seed: 1 })).id)
    const [learnt, asked] = [folders(leaky, 'train'), folders(leaky, 'validation')]
    expect({ all: [...learnt, ...asked].toSorted(), twice: learnt.filter((frame) => asked.includes(frame)), siblings: asked.some((frame) => learnt.some((other) => other.split(' ')[0] === frame.split(' ')[0])) }).toEqual({
      all: Array.from({ length: 16 }, (_, index) => `train/${Math.floor(index / 2)} ${index % 2}`), twice: [], siblings: true,
    })

    const always = await jobOf((await project.split.make({ ...base, always: [110] })).id)
    const odd = [1, 3, 5, 7].flatMap((number) => [`train/${number} 0`, `train/${number} 1`])
    expect({ learnt: folders(always, 'train').filter((frame) => odd.includes(frame)), asked: folders(always, 'validation').filter((frame) => odd.includes(frame)), even: folders(always, 'validation').length }).toEqual({ learnt: odd, asked: [], even: 4 })
    expect(await project.train.preflight({ config: { ...tinyConfig, split: 1 }, folds: null })).toMatchObject({ leakingSequences: expect.any(Number) as number, classesMissingInFolds: [] })

    const merged = await jobOf((await project.split.make({ ...base, merge: [[100, 110]] })).id)
    expect({ classes: merged.classes, outputs: merged.outputs }).toEqual({ classes: 1, outputs: { of: [0, 0], share: [0.5, 0.5] } })
    await expect(project.train.start({ config: { ...tinyConfig, split: 77 }, folds: null })).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('a picture that became unreadable is left out and named', async () => {
    const copy = join(root, 'data')
    await makeTinyData(copy)
    project = openProject({ folder: copy, project: join(root, 'project'), emit: () => undefined, spawnCompute: scripted([{ type: 'stopped', step: 0, epoch: 0 }]) })
    await project.dataset.scan()
    await truncate(join(copy, 'train', '3', '1.png'), 90)
    const run = await project.train.start({ config: tinyConfig, folds: [0] })
    await project.train.idle()
    const [fold] = (await project.train.run({ id: run.id })).folds
    expect({ state: fold?.state, frames: (fold?.trainFrames ?? 0) + (fold?.validationFrames ?? 0), named: fold?.message?.includes('train/3/1.png') }).toEqual({ state: 'stopped', frames: 15, named: true })
  })

  it('wrong wishes are refused with what to do', async () => {
    await open()
    await expect(project.train.start({ config: tinyConfig, folds: [5] })).rejects.toMatchObject({ kind: 'bad-request' })
    await expect(project.train.start({ config: { ...tinyConfig, model: 'resnet50' }, folds: null })).rejects.toThrow('resnet50')
    expect(() => project.train.run({ id: 77 })).toThrow('no run 77')
    expect({ runs: await project.train.runs(), folder: existsSync(join(root, 'project', 'runs')) }).toEqual({ runs: [], folder: false })
  })

  it('the learning rate curve has a value for each step', async () => {
    await open()
    const curve = await project.train.schedule({ config: { ...tinyConfig, epochs: 4, warmupEpochs: 1, learningRate: 0.1 }, stepsPerEpoch: 10 })
    expect({ steps: curve.length, peak: Math.max(...curve), at: curve.indexOf(Math.max(...curve)), rising: (curve[0] ?? 1) < 0.01, end: (curve.at(-1) ?? 1) < 0.001 }).toEqual({ steps: 40, peak: 0.1, at: 9, rising: true, end: true })
  })
})

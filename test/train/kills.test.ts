import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Metric } from '../../src-main/contract/train.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { loadCheckpoint, loadLast } from '../../src-main/train/checkpoint.ts'
import { createClassifier } from '../../src-main/train/classifier.ts'
import { openCrops } from '../../src-main/train/cropReader.ts'
import { readExplanations } from '../../src-main/train/explanations.ts'
import type { TrainJob } from '../../src-main/train/job.ts'
import { trainFold, type LoopDeps } from '../../src-main/train/loop.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { createPictureTrainee } from '../../src-main/train/pictureTrainee.ts'
import { readPredictions } from '../../src-main/train/predictions.ts'
import type { TensorMap } from '../../src-main/train/tensorFile.ts'
import { tinyJob } from './tinyJob.ts'

/** Kills of the training process; HANDLOOM_KILLS=100 is the full proof. */
const kills = Number(process.env.HANDLOOM_KILLS ?? 8)
const program = join(import.meta.dirname, '../../src-main/train/compute.ts')
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-kills-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Saves as often as it can, so that many kills come while it saves. */
const jobIn = (folder: string): TrainJob => ({ ...tinyJob(join(root, folder), { epochs: 12, patience: 0 }), checkpointSeconds: 0.02 })

const untimed = (metric: Metric): Metric => ({ ...metric, imagesPerSecond: null, load: null })

/** A fold's curve, kept as the core keeps it: a point that is told again takes the place of the one before. */
class Curve {
  private points = new Map<string, Metric>()
  hear(message: ComputeMessage): void {
    const put = (metric: Metric): void => void this.points.set(`${metric.kind} ${metric.step}`, metric)
    if (message.type === 'metric') put(message.metric)
    if (message.type !== 'started') return
    for (const [key, { step }] of this.points) if (step > message.step) this.points.delete(key)
    message.epochs.forEach(put)
  }
  private of = (wanted: Metric['kind']): Metric[] => [...this.points.values()].filter(({ kind }) => kind === wanted).sort((a, b) => a.step - b.step)
  epochs = (): Metric[] => this.of('epoch').map(untimed)
  losses = (): [step: number, loss: number][] => this.of('step').map(({ step, loss }) => [step, loss])
}

/** Trains on in a process of its own and kills it so many milliseconds after its first step could begin; null: not at all. */
async function trainOn(jobFile: string, killAfter: number | null, curve: Curve): Promise<'killed' | 'done'> {
  const child: ChildProcess = fork(program, [jobFile], { execArgv: ['--disable-warning=DEP0044'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  let done = false
  child.on('message', (message: ComputeMessage) => {
    curve.hear(message)
    if (message.type === 'done') done = true
    if (message.type === 'failed') throw new Error(message.message)
    if (message.type === 'started' && killAfter !== null) setTimeout(() => child.kill('SIGKILL'), killAfter)
  })
  await once(child, 'close')
  return done ? 'done' : 'killed'
}

const bits = (state: TensorMap = new Map()): string[][] => [...state].map(([name, { shape, data }]) => [name, shape.join(), Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')])

/** All that a finished fold leaves, without what depends on the time it took. */
async function end({ folder, predictions, explanations }: TrainJob): Promise<unknown> {
  const { checkpoint, problems } = await loadLast(folder)
  return {
    problems,
    progress: checkpoint && { ...checkpoint.progress, epochs: checkpoint.progress.epochs?.map(untimed) },
    state: bits(checkpoint?.state),
    best: bits((await loadCheckpoint(join(folder, 'best.safetensors'))).state),
    predictions: await readPredictions(predictions),
    explanations: await readExplanations(explanations),
  }
}

it(`killed ${kills} times at any moment and resumed, training leaves no damaged checkpoint and ends as if nothing had been, bit for bit`, { timeout: 60_000 + kills * 20_000 }, async () => {
  const whole = jobIn('whole')
  const losses: number[] = []
  const reference = new Curve()
  const crops = openCrops(whole.shards, whole.shardSize)
  const deps: LoopDeps = { report: (message) => reference.hear(message), stopRequested: () => null, batchWanted: () => false, measureLoad: async () => () => null }
  const trainee = await createPictureTrainee(whole, { ...deps, createClassifier, crops })
  await trainFold(whole, {
    ...trainee,
    step(...input) {
      const result = trainee.step(...input)
      losses.push(result.loss)
      return result
    },
  }, deps)
  crops.close()
  const expected = await end(whole)

  const stream = randomStream(20, kills)
  const outcome = { killed: 0, finished: 0, damaged: [] as string[], temporaries: 0, differing: [] as string[] }
  for (let round = 0; outcome.killed < kills || outcome.finished === 0; round++) {
    const job = jobIn(`round-${round}`)
    const file = join(root, `job-${round}.json`)
    await writeFile(file, JSON.stringify(job))
    const curve = new Curve()
    let state: 'killed' | 'done' = 'killed'
    while (state === 'killed') {
      state = await trainOn(file, outcome.killed < kills ? stream.uniform() ** 2 * 1000 : null, curve)
      if (state === 'killed') outcome.killed++
      const names = await readdir(job.folder).catch(() => [])
      outcome.temporaries = Math.max(outcome.temporaries, names.filter((name) => name.endsWith('.tmp')).length)
      for (const name of names.filter((one) => /^(last-\d+|best)\.safetensors$/.test(one))) await loadCheckpoint(join(job.folder, name)).catch((error: unknown) => outcome.damaged.push(`${name}: ${String(error)}`))
    }
    outcome.finished++
    // Each epoch as if nothing had been, and every step's loss too.
    expect(curve.epochs()).toEqual(reference.epochs())
    expect(curve.losses()).toEqual(curve.losses().map(([step]) => [step, losses[step - 1]]))
    expect(await end(job)).toEqual(expected)
    await rm(join(root, `round-${round}`), { recursive: true })
  }
  process.stdout.write(`${outcome.killed} kills, ${outcome.finished} folds finished, at most ${outcome.temporaries} unfinished files at once\n`)
  expect({ damaged: outcome.damaged, temporaries: outcome.temporaries <= 2 }).toEqual({ damaged: [], temporaries: true })
})

const canMount = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0

if (!canMount) process.stdout.write('A full disk is not tried: this system mounts none for a process of its own (unshare -rm).\n')

describe.runIf(canMount)('on a full disk', () => {
  it('training stops with a sentence and leaves the checkpoint before', async () => {
    const room = jobIn('roomy')
    const file = join(root, 'roomy.json')
    await writeFile(file, JSON.stringify({ ...room, config: { ...room.config, epochs: 1 } }))
    await trainOn(file, null, new Curve())
    const [last = ''] = (await readdir(room.folder)).filter((name) => name.startsWith('last-'))
    const { size } = await stat(join(room.folder, last))

    // Room for the first epoch's two checkpoints and half of another.
    const [disk, kept] = [join(root, 'disk'), join(root, 'kept')]
    await Promise.all([mkdir(disk), mkdir(kept)])
    const full: TrainJob = { ...jobIn('full'), checkpointSeconds: 1000, folder: join(disk, 'fold-0'), predictions: join(disk, 'p'), explanations: join(disk, 'e') }
    await writeFile(file, JSON.stringify(full))
    const { stdout } = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=$5 none "$1" && "$2" "$3" "$4"; cp "$1"/fold-0/* "$6"', 'sh', disk, process.execPath, program, file, String(Math.ceil(size * 2.5)), kept], { encoding: 'utf8' })
    const said = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as ComputeMessage)
    const failed = said.findLast(({ type }) => type === 'failed')
    const saved = said.findLast((message) => message.type === 'checkpoint')
    const names = (await readdir(kept)).filter((name) => name.endsWith('.safetensors')).sort()
    for (const name of names) await loadCheckpoint(join(kept, name))
    expect({ failed, names, step: (await loadLast(kept)).checkpoint?.progress.step }).toEqual({
      failed: { type: 'failed', kind: 'storage', message: expect.stringMatching(/disk is full/) as string },
      names: ['best.safetensors', expect.stringMatching(/^last-\d{9}\.safetensors$/)],
      step: saved?.step,
    })
  })
})

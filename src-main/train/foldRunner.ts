import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import { seesKeypoints } from '../contract/keypoints.ts'
import type { DatasetRoom, EvaluateRoom, Explanations } from '../contract/rooms.ts'
import { writeDurably } from '../crop/durableFile.ts'
import { shardSizeFor } from '../crop/geometry.ts'
import { cutCrops, type CropRequest, type CutCrops } from '../crop/shards.ts'
import type { ComputeExit, ComputeProcess, SpawnCompute } from './computeProcess.ts'
import type { TrainingDevice } from './devices.ts'
import { readExplanations } from './explanations.ts'
import type { FoldControl } from './foldControl.ts'
import { keypointTrainJob, trainJob } from './foldJobs.ts'
import type { ComputeJob, FoldJob } from './job.ts'
import { frameCount, keypointNotes } from './keypointLists.ts'
import { showsHands } from './keypointPlan.ts'
import { smallerAdvice } from './memory.ts'
import type { ComputeMessage } from './messages.ts'
import { outOfMemoryKills, saysOutOfMemory } from './outOfMemory.ts'
import { classOfOutput, classProbabilities } from './outputs.ts'
import type { FoldEnd } from './queue.ts'
import { readPredictions } from './predictions.ts'
import { readPlan, shardFolder } from './runPlan.ts'
import { idleFold, type RunStore, type StoredFold, type StoredRun } from './runStore.ts'
import { cropRequest, type SkippedFrame } from './samples.ts'

export interface RunnerDeps {
  dataset: Pick<DatasetRoom, 'folder'>
  evaluate: Pick<EvaluateRoom, 'store' | 'storeExplanations'>
  store: RunStore
  emit: Emit
  projectFolder: string
  spawnCompute: SpawnCompute
  /** Whether nothing else trains or predicts now. */
  alone(): boolean
  /** Tells the listeners that a run changed; `soon` may wait and fold several changes into one. */
  changed(runId: number, how: 'now' | 'soon'): void
}

export interface ComputeOutcome {
  /** Said `done` and its predictions can be read. */
  done: boolean
  /** Ended because it was told to. */
  stopped: boolean
  /** `crashed`: it ended by itself, without a word of why. */
  failure: { kind: HandloomError['kind']; message: string; crashed: boolean } | null
  notes: string[]
}

/** A process that is silent for as long is taken for hung. Compiling a large network takes a minute or two. */
const silenceMilliseconds = 15 * 60_000
/** Time to finish a step and save after a stop. */
const stopMilliseconds = 120_000

/** Cuts the crops that samples need, as a job that the listeners see. */
export async function prepareCrops(
  { emit, projectFolder, alone }: Pick<RunnerDeps, 'emit' | 'projectFolder' | 'alone'>,
  name: string,
  imageSize: number,
  requests: readonly CropRequest[],
  signal: AbortSignal,
): Promise<CutCrops> {
  const job = { id: `crops of ${name}`, kind: 'crop' } as const
  let last = 0
  const progress = { done: 0, total: requests.length, secondsLeft: null as number | null }
  try {
    const cut = await cutCrops(shardFolder(projectFolder, imageSize), shardSizeFor(imageSize), requests, {
      signal,
      keepOthers: !alone(),
      onProgress(now) {
        Object.assign(progress, now)
        if (performance.now() - last < 250) return
        last = performance.now()
        emit({ type: 'job', job: { ...job, ...progress, state: 'running', message: null } })
      },
    })
    const left = cut.failures.length ? `${cut.failures.length} pictures could not be cut; the first: ${cut.failures[0]?.name}: ${cut.failures[0]?.reason}` : null
    emit({ type: 'job', job: { ...job, ...progress, done: progress.total, secondsLeft: 0, state: 'done', message: left } })
    return cut
  } catch (error) {
    emit({ type: 'job', job: { ...job, ...progress, secondsLeft: null, state: signal.aborted ? 'cancelled' : 'failed', message: toHandloomError(error).message } })
    throw error
  }
}

/**
 * Runs one compute process on a job to its end. Never throws for what the process does.
 * @param begun is given the process, to send it messages of its own
 */
export async function runCompute(
  spawnCompute: SpawnCompute,
  jobFile: string,
  job: ComputeJob,
  signal: AbortSignal,
  listen: (message: ComputeMessage) => void,
  begun: (compute: Pick<ComputeProcess, 'send' | 'kill'>) => void = () => undefined,
): Promise<ComputeOutcome> {
  await mkdir(join(jobFile, '..'), { recursive: true })
  await writeDurably(jobFile, [JSON.stringify(job)])
  const outcome: ComputeOutcome = { done: false, stopped: false, failure: null, notes: [] }
  if (signal.aborted) return { ...outcome, stopped: true }
  const killsBefore = outOfMemoryKills()
  const compute: ComputeProcess = spawnCompute(jobFile)
  let killed: string | null = null
  const kill = (why: string): void => {
    killed = why
    compute.kill()
  }
  const silence = setTimeout(() => kill('The compute process gave no sign of life for 15 minutes and was ended.'), silenceMilliseconds)
  let patience: NodeJS.Timeout | undefined
  const stop = (): void => {
    compute.send({ type: 'stop' })
    patience = setTimeout(() => kill('The compute process did not stop in time and was ended; its last checkpoint stands.'), stopMilliseconds)
  }
  signal.addEventListener('abort', stop, { once: true })
  let listenerError: unknown = null
  compute.onMessage((message) => {
    silence.refresh()
    if (message.type === 'heartbeat') return
    if (message.type === 'done') Object.assign(outcome, { done: true, notes: message.notes })
    if (message.type === 'stopped') outcome.stopped = true
    if (message.type === 'failed') outcome.failure = { ...message, crashed: false }
    try {
      listen(message)
    } catch (error) {
      listenerError ??= error
      compute.send({ type: 'stop' })
    }
  })
  begun(compute)
  const exit = await compute.exited
  clearTimeout(silence)
  clearTimeout(patience)
  signal.removeEventListener('abort', stop)
  if (listenerError !== null) throw toHandloomError(listenerError)
  if (outcome.done || outcome.stopped) return outcome
  if (signal.aborted && (killed !== null || outcome.failure?.kind === 'interrupted' || exit.signal !== null)) return { ...outcome, stopped: true, failure: null, notes: killed ? [killed] : [] }
  const advice = smallerAdvice(job.config)
  return { ...outcome, failure: outcome.failure ? explained(outcome.failure, advice) : crashed(exit, killed, outOfMemoryKills() > killsBefore, advice) }
}

/** @throws HandloomError why a process did not do its work: what failed, or `interrupted` with the given words */
export function requireDone({ done, failure }: ComputeOutcome, stopped: string): void {
  if (failure) throw new HandloomError(failure.kind, failure.message)
  if (!done) throw new HandloomError('interrupted', stopped)
}

function explained({ kind, message }: { kind: HandloomError['kind']; message: string }, smaller: string): ComputeOutcome['failure'] {
  return { kind, message: kind === 'out-of-memory' ? `Memory ran out: ${message} ${smaller}` : message, crashed: false }
}

/** @param killedForMemory whether the system ended a process for want of memory meanwhile */
function crashed({ code, signal, lastLines }: ComputeExit, killed: string | null, killedForMemory: boolean, smaller: string): ComputeOutcome['failure'] {
  if (killed) return { kind: 'internal', message: killed, crashed: true }
  const said = lastLines.length ? ` Its last lines: ${lastLines.join(' | ')}` : ''
  if (saysOutOfMemory(lastLines.join('\n'))) return { kind: 'out-of-memory', message: `Memory ran out in the compute process. ${smaller}${said}`, crashed: false }
  if (signal === 'SIGKILL' && killedForMemory) return { kind: 'out-of-memory', message: `The system ended the compute process because memory ran out. ${smaller}${said}`, crashed: false }
  if (signal === 'SIGKILL') return { kind: 'internal', message: `The compute process was killed (SIGKILL). Resume goes on from the last checkpoint. Should it happen again, memory may be short. ${smaller}${said}`, crashed: true }
  return { kind: 'internal', message: `The compute process ended unexpectedly (${signal ?? `exit code ${code}`}). Resume goes on from the last checkpoint.${said}`, crashed: true }
}

/** Processes in a row that may end by themselves before their first checkpoint, until the fold has failed. */
export const mostFruitless = 3

/**
 * Brings one fold to its end: crops, compute process, predictions into the evaluate room. The fold's row says at each moment where it is;
 * a failure is kept there and does not throw. A process that ends by itself is started again, as long as it gets to checkpoints.
 */
export async function runFold(deps: RunnerDeps, run: StoredRun, fold: number, device: TrainingDevice, control: FoldControl): Promise<FoldEnd> {
  const { store, changed, evaluate } = deps
  const update = (changes: Partial<StoredFold>, how: 'now' | 'soon' = 'now'): void => {
    store.updateFold(run.id, fold, changes)
    changed(run.id, how)
  }
  const left: { out: string | null } = { out: null }
  const ended = (failed: { kind: HandloomError['kind']; message: string } | null, ...notes: string[]): FoldEnd => {
    const again = failed === null && control.leave === 'queued'
    update({ ...idleFold, state: failed ? 'failed' : control.leave, failure: failed?.kind ?? null, message: failed?.message ?? joined(left.out, ...notes), ...(again ? { fruitless: 0 } : {}) })
    return again ? 'again' : 'over'
  }
  try {
    update({ state: 'preparing', message: null, failure: null, device: device.name, fruitless: store.fold(run.id, fold).fruitless + 1 })
    const { job, note, ...counts } = await prepareFold(deps, run, fold, device, control.signal)
    left.out = note
    if (job.train.length === 0) throw new HandloomError('bad-input', `Fold ${fold} has no training ${job.kind === 'train' ? 'frame that can be cut' : 'sequence with keypoints'}. ${note ?? ''}`)
    update({ state: 'training', ...counts, message: note })

    const follow = followFold(deps, run.id, fold, left.out)
    const outcome = await runCompute(deps.spawnCompute, join(job.folder, 'job.json'), job, control.signal, (message) => {
      control.hear(message)
      follow(message)
    }, control.attach)
    if (outcome.stopped) return ended(null, ...outcome.notes)
    if (!outcome.done) {
      const failure = outcome.failure ?? { kind: 'internal', message: 'The compute process ended without a word.', crashed: true }
      const { fruitless, restarts } = store.fold(run.id, fold)
      if (failure.crashed && control.stopping) return ended(null, failure.message)
      if (!failure.crashed || fruitless >= mostFruitless) return ended(failure)
      update({ ...idleFold, state: 'queued', restarts: restarts + 1, message: failure.message })
      return 'again'
    }
    const predictions = await readPredictions(job.predictions)
    for (const part of ['validation', 'test'] as const) {
      const rows = (predictions.get(part) ?? []).map((row) => ({ ...row, probabilities: classProbabilities(run.outputs, row.probabilities) }))
      evaluate.store({ runId: run.id, fold, part, poseIds: run.poseIds, rows })
    }
    const explanations = await storedExplanations(run, job)
    if (explanations) evaluate.storeExplanations({ runId: run.id, fold, ...explanations })
    update({ ...idleFold, state: 'done', message: joined(left.out, ...outcome.notes), fruitless: 0 })
    return 'over'
  } catch (error) {
    const { kind, message } = toHandloomError(error)
    return ended(kind === 'interrupted' ? null : { kind, message }, message)
  }
}

/** A fold's job, all that it needs in place, and what of the data is not as it should be. */
async function prepareFold(deps: RunnerDeps, run: StoredRun, fold: number, device: TrainingDevice, signal: AbortSignal): Promise<{ job: FoldJob; note: string | null; trainFrames: number; validationFrames: number }> {
  const plan = await readPlan(deps.projectFolder, run.id)
  if (seesKeypoints(run.config.model)) {
    const job = keypointTrainJob(deps.projectFolder, run, fold, plan, device)
    const known = new Set(job.sequences.flatMap((sequence) => (showsHands(sequence) ? sequence.folder : [])))
    const note = joined(...keypointNotes(job), leftOut(plan.skipped.filter(({ folder }) => known.has(folder)).map(inWords), 'are left out'), leftOut(plan.partial.map(inWords), 'are used in part'))
    return { job, note, trainFrames: frameCount(job.sequences, job.train), validationFrames: frameCount(job.sequences, job.validation) }
  }
  const requests = plan.samples.map((sample) => cropRequest(deps.dataset.folder, sample))
  const cut = await prepareCrops(deps, `run ${run.id}`, run.config.imageSize, requests, signal)
  const job = trainJob(deps.projectFolder, run, fold, plan, cut, device)
  const note = leftOut([...plan.skipped.map(inWords), ...cut.failures.map(({ name, reason }) => `${name}: ${reason}`)], 'are left out')
  return { job, note, trainFrames: job.train.length, validationFrames: job.validation.length }
}

const joined = (...parts: (string | null)[]): string | null => parts.filter(Boolean).join(' ') || null

/** What a fold's process wrote of why it predicts as it does, outputs named by the first class that each is; null when it wrote nothing. */
async function storedExplanations(run: StoredRun, job: FoldJob): Promise<Explanations | null> {
  if (!existsSync(job.explanations)) return null
  const { embeddings, maps } = await readExplanations(job.explanations)
  const poseIdOf = (output: number): number => run.poseIds[classOfOutput(run.outputs, output)] as number
  return { embeddings, maps: maps.map(({ outputs, ...map }) => ({ ...map, classes: outputs.map(({ output, values }) => ({ poseId: poseIdOf(output), values })) })) }
}

const inWords = ({ folder, frame, reason }: SkippedFrame): string => `${folder} frame ${frame}: ${reason}`

const leftOut = (reasons: readonly string[], how: string): string | null => (reasons.length ? `${reasons.length} frames ${how}; the first: ${reasons[0]}` : null)

/** Keeps a fold's row and curves in step with what its process says. */
function followFold({ store, emit, changed }: RunnerDeps, runId: number, fold: number, left: string | null): (message: ComputeMessage) => void {
  let epochEnded: number | null = null
  let fruitful = false
  const update = (changes: Partial<StoredFold>, how: 'now' | 'soon'): void => {
    store.updateFold(runId, fold, changes)
    changed(runId, how)
  }
  return (message) => {
    if (message.type === 'started') {
      store.removeMetricsAfter(runId, fold, message.step)
      const known = new Set(store.metrics(runId, fold).flatMap(({ kind, step }) => (kind === 'epoch' ? step : [])))
      for (const metric of message.epochs) {
        if (known.has(metric.step)) continue
        store.addMetric(runId, metric)
        emit({ type: 'metric', runId, metric })
      }
      const best = message.best ? { bestLogLoss: message.best.logLoss, bestAccuracy: message.best.accuracy, bestEpoch: message.best.epoch } : {}
      update({ epoch: message.epoch, message: joined(left, ...message.notes), ...best }, 'now')
    } else if (message.type === 'metric') {
      const { metric, secondsLeft } = message
      const now = performance.now()
      const secondsPerEpoch = metric.kind === 'epoch' && epochEnded !== null ? { secondsPerEpoch: (now - epochEnded) / 1000 } : {}
      if (metric.kind === 'epoch') epochEnded = now
      const epoch = metric.kind === 'epoch' ? metric.epoch : metric.epoch - 1
      store.addMetric(runId, metric, { epoch, secondsLeft, ...(metric.imagesPerSecond === null ? {} : { imagesPerSecond: metric.imagesPerSecond }), ...secondsPerEpoch })
      emit({ type: 'metric', runId, metric })
      changed(runId, 'soon')
    } else if (message.type === 'best') {
      update({ bestLogLoss: message.logLoss, bestAccuracy: message.accuracy, bestEpoch: message.epoch }, 'soon')
      emit({ type: 'checkpoint', runId, fold, epoch: message.epoch, step: message.step, best: true })
    } else if (message.type === 'checkpoint') {
      // Once is enough: the process has got somewhere.
      if (!fruitful) update({ fruitless: 0 }, 'soon')
      fruitful = true
      emit({ type: 'checkpoint', runId, fold, epoch: message.epoch, step: message.step, best: false })
    }
  }
}

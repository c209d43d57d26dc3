import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Metric } from '../contract/train.ts'
import { readTensorFile, writeTensorFile, type TensorMap } from './tensorFile.ts'

/** Where a fold's training stands; with the weights it is all that the next step depends on. */
export interface Progress {
  /** Epoch that is running, from 0; `epochs` when all are done. */
  epoch: number
  /** Steps of the running epoch that are done. */
  stepInEpoch: number
  /** Steps done since the start. */
  step: number
  /** Sums over the running epoch's training samples. */
  lossSum: number
  correct: number
  seen: number
  /** Of the last step; absent in checkpoints of an older Handloom. */
  gradientNorm?: number | null
  /** The epoch (from 1) with the lowest validation log loss so far. */
  best: { epoch: number; logLoss: number; accuracy: number } | null
  /** Stopped early: nothing is left but to predict. */
  finished: boolean
  /** What was measured at the end of each epoch so far. */
  epochs?: Metric[]
}

/** What a checkpoint must agree on with the job that resumes it. */
export interface CheckpointIdentity {
  runId: number
  fold: number
  model: string
  classes: number
  imageSize: number
  seed: number
}

export interface Checkpoint {
  file: string
  /** Weights, batch norm statistics, optimiser slots, averaged weights. */
  state: TensorMap
  progress: Progress
  identity: CheckpointIdentity
}

interface CheckpointNote {
  format: 'handloom-checkpoint'
  version: 1
  progress: Progress
  identity: CheckpointIdentity
  config: unknown
}

const lastName = /^last-(\d{9})\.safetensors$/
const leftOver = /^((last-\d{9}|best|predictions|explanations)\.safetensors|job\.json|batch\.rgb)\.[0-9a-f]{8}\.tmp$/
const bestName = 'best.safetensors'

/**
 * Saves where training stands. The file is whole and proved before the one before last is removed, so two are kept as a rule.
 * @throws HandloomError `internal` when a weight is not finite (nothing is written), `storage`
 */
export async function saveLast(folder: string, state: TensorMap, progress: Progress, identity: CheckpointIdentity, config: unknown): Promise<string> {
  const file = join(folder, `last-${String(progress.step).padStart(9, '0')}.safetensors`)
  await save(folder, file, state, progress, identity, config)
  for (const old of (await lastFiles(folder)).slice(2)) await rm(join(folder, old), { force: true })
  // What a process that was killed had begun to write.
  for (const name of await readdir(folder)) if (leftOver.test(name)) await rm(join(folder, name), { force: true })
  return file
}

/** Saves the best weights so far, replacing the ones before. */
export async function saveBest(folder: string, state: TensorMap, progress: Progress, identity: CheckpointIdentity, config: unknown): Promise<string> {
  const file = join(folder, bestName)
  await save(folder, file, state, progress, identity, config)
  return file
}

/**
 * The newest checkpoint that is whole, and a sentence for each newer one that is not.
 * null when there is none (`problems` says whether some were damaged).
 */
export async function loadLast(folder: string): Promise<{ checkpoint: Checkpoint | null; problems: string[] }> {
  const problems: string[] = []
  for (const name of await lastFiles(folder)) {
    try {
      return { checkpoint: await loadCheckpoint(join(folder, name)), problems }
    } catch (error) {
      problems.push(toHandloomError(error).message)
    }
  }
  return { checkpoint: null, problems }
}

/** The newest whole checkpoint of a fold, with a sentence for each newer one that is not. @throws HandloomError `not-found` when there is none */
export async function loadNewest(folder: string): Promise<{ checkpoint: Checkpoint; problems: string[] }> {
  const { checkpoint, problems } = await loadLast(folder)
  if (!checkpoint) throw new HandloomError('not-found', `${folder} holds no checkpoint that can be read. Train the fold again.`, { file: folder })
  return { checkpoint, problems }
}

/** The best checkpoint of a fold; where it is missing or damaged the newest whole one, with a sentence that says so. */
export async function loadBest(folder: string): Promise<{ checkpoint: Checkpoint; problems: string[] }> {
  try {
    return { checkpoint: await loadCheckpoint(join(folder, bestName)), problems: [] }
  } catch (error) {
    const { checkpoint, problems } = await loadNewest(folder)
    return { checkpoint, problems: [toHandloomError(error).message, ...problems, `The newest checkpoint, after step ${checkpoint.progress.step}, is used in place of the best.`] }
  }
}

/** @throws HandloomError `bad-input` when the file is damaged or no checkpoint of ours */
export async function loadCheckpoint(file: string): Promise<Checkpoint> {
  const { tensors, note } = await readTensorFile(file)
  const { format, version, progress, identity } = (note ?? {}) as Partial<CheckpointNote>
  if (format !== 'handloom-checkpoint' || version !== 1 || !progress || !identity) throw new HandloomError('bad-input', `${file} is not a checkpoint of this version of Handloom.`, { file })
  return { file, state: tensors, progress, identity }
}

async function save(folder: string, file: string, state: TensorMap, progress: Progress, identity: CheckpointIdentity, config: unknown): Promise<void> {
  for (const [name, { data }] of state)
    if (!data.every(Number.isFinite)) throw new HandloomError('internal', `The weights ${name} are no longer finite after step ${progress.step}; they were not saved.`, { file })
  await mkdir(folder, { recursive: true })
  await writeTensorFile(file, state, { format: 'handloom-checkpoint', version: 1, progress, identity, config } satisfies CheckpointNote)
}

/** Names of the `last` checkpoints, newest first. */
async function lastFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => lastName.test(name)).sort().reverse()
}

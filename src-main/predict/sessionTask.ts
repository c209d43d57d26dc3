import { setTimeout as sleep } from 'node:timers/promises'
import { HandloomError } from '../contract/errors.ts'
import type { PredictionOptions } from '../contract/predict.ts'
import { createBatchSize } from './batchSize.ts'
import type { HandDetector } from './detector/handDetector.ts'
import { findSequences, type FoundSequence } from './findSequences.ts'
import { predictBatch, type BatchDeps } from './predictBatch.ts'
import { readGiven } from './readGiven.ts'
import type { NewSequence } from './sessionStore.ts'

export interface TaskDeps extends BatchDeps {
  detector: HandDetector
  /** One session predicts at a time; resolves with the way to let the next. */
  turn(): Promise<() => void>
  /** Milliseconds between two looks of a session that watches. */
  lookEvery: number
}

export interface Task {
  id: number
  options: PredictionOptions
  /** Real path of the folder. */
  root: string
  keypointsOnly: boolean
  /** Stamp of each sequence that was predicted. */
  stamps: Map<string, string>
}

/** What a task tells: how far it is, and what is to be kept. */
export interface TaskReport {
  progress(now: { state: 'running' | 'watching'; done: number; total: number; secondsLeft: number | null }, kept: readonly NewSequence[]): void
}

/** Asks a task to end: at its next rest, or, where `now`, in the middle of a batch. */
export interface TaskControl {
  asked: AbortSignal
  now: AbortSignal
  /** Whether networks are at work, whose results would be lost. */
  atWork: boolean
}

/**
 * Predicts what is in a folder and is not predicted yet, in batches; a task that watches goes on looking for what comes or changes, and takes a sequence once it was the same for a whole look.
 * @throws HandloomError `interrupted` when asked to end, `not-found` for a folder that is gone or has no sequence, what reading and predicting throw
 */
export async function runTask(deps: TaskDeps, task: Task, control: TaskControl, report: TaskReport): Promise<void> {
  const { options: { watch }, stamps, root } = task
  const size = createBatchSize(task.keypointsOnly)
  let before = new Map<string, string>()
  for (;;) {
    const looked = performance.now()
    const found = await findSequences(root, control.asked)
    if (found.length === 0 && !watch)
      throw new HandloomError('not-found', `There is no sequence in ${root}: a folder (up to eight levels down) with PNG, JPEG or WebP pictures, or with a JSON of its own name.`, { file: root })
    const waiting = found.filter(({ name, stamp }) => stamps.get(name) !== stamp && (!watch || before.get(name) === stamp))
    before = new Map(found.map(({ name, stamp }) => [name, stamp]))
    const tell = (state: 'running' | 'watching', secondsLeft: number | null, kept: readonly NewSequence[] = []): void =>
      report.progress({ state, done: found.filter(({ name, stamp }) => stamps.get(name) === stamp).length, total: found.length, secondsLeft }, kept)
    if (waiting.length > 0) {
      tell('running', null)
      await inTurn(deps, control, () => work(waiting, tell))
    }
    if (!watch) return
    tell('watching', null)
    await sleep(Math.max(deps.lookEvery / 4, deps.lookEvery - (performance.now() - looked)), undefined, { signal: control.asked }).catch(stopped)
  }

  async function work(waiting: readonly FoundSequence[], tell: (state: 'running', secondsLeft: number | null, kept?: readonly NewSequence[]) => void): Promise<void> {
    const framesOf = ({ pictures }: FoundSequence): number => Math.max(1, pictures.length)
    let left = waiting.reduce((sum, sequence) => sum + framesOf(sequence), 0)
    let perFrame: number | null = null
    for (let at = 0; at < waiting.length; ) {
      if (control.asked.aborted) stopped()
      const batch = size.next(waiting.slice(at), framesOf)
      const frames = batch.reduce((sum, sequence) => sum + framesOf(sequence), 0)
      const begin = performance.now()
      let told = begin
      const progress = (share: number): void => {
        control.atWork = true
        if (performance.now() - told < 1000) return
        told = performance.now()
        tell('running', perFrame === null ? null : perFrame * (left - share * frames))
      }
      const kept = await unlessStopped(control.now, predicted(batch, progress)).finally(() => (control.atWork = false))
      at += batch.length
      left -= frames
      const seconds = (performance.now() - begin) / 1000
      size.took(seconds)
      perFrame = seconds / frames
      for (const { name, stamp } of batch) stamps.set(name, stamp)
      tell('running', perFrame * left, kept)
    }
  }

  async function predicted(batch: readonly FoundSequence[], progress: (share: number) => void): Promise<NewSequence[]> {
    const read = []
    for (const one of batch) read.push(await readGiven(root, one))
    const { sequences, failed } = await deps.detector.complete(read, control.now)
    const stampOf = new Map(batch.map(({ name, stamp }) => [name, failed.has(name) ? '' : stamp]))
    return (await predictBatch(deps, task.options, sequences, control.now, progress)).map((sequence) => ({ ...sequence, stamp: stampOf.get(sequence.name) ?? '' }))
  }
}

const stopped = (): never => {
  throw new HandloomError('interrupted', 'The prediction was stopped.')
}

async function inTurn(deps: TaskDeps, control: TaskControl, work: () => Promise<void>): Promise<void> {
  const turn = deps.turn()
  // Whoever does not wait any longer lets the next go when it is its turn.
  const release = await unlessStopped(control.asked, turn).catch((error: unknown) => {
    void turn.then((pass) => pass())
    throw error
  })
  try {
    await work()
  } finally {
    release()
  }
}

/** What a promise gives, unless it is asked to stop before: what waits for a device would not notice. */
async function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  if (signal.aborted) return stopped()
  let stop: () => void = () => undefined
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new HandloomError('interrupted', 'The prediction was stopped.'))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, interrupted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

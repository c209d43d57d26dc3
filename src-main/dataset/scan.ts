import { extname } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Problem, ScanStatus } from '../contract/dataset.ts'
import type { Emit } from '../contract/events.ts'
import type { Db } from '../db/open.ts'
import type { SequencePlace } from './records.ts'
import type { FromWorker, ScanTask, ToWorker } from './scanWorker.ts'
import type { SequenceIndex } from './sequenceIndex.ts'
import { factsReader, loadClasses, sequenceWriter, valueStore, writeCrossProblems, writeScanned, writeTables, type SequenceRow } from './store.ts'

/** A scan under way. */
export interface RunningScan {
  /** Resolves when the scan is over; rejects when it failed or was stopped (`interrupted`). */
  over: Promise<void>
  /** Reads this sequence next. Resolves when it was read, or the scan is over; false when there is no such sequence. */
  readNext(folder: string): Promise<boolean>
  stop(): Promise<void>
}

/** Progress is told at most this often (milliseconds). */
const tellEvery = 100
/** Sequences whose facts are handed to the worker at once, between other work. */
const factsAtOnce = 100

/**
 * Brings the database up to date with the data folder: a worker thread lists, reads and compares, each of its batches is one transaction here, with
 * other work between two of them.
 * Sequences whose names, sizes and times are as before are not read again; those that are gone are removed. What was written survives a kill at
 * any time: the next scan goes on from there.
 */
export function startScan(input: {
  db: Db
  root: string
  index: SequenceIndex
  emit: Emit
  /** Changed in place as the scan goes on. */
  status: ScanStatus
  countProblems: () => number
}): RunningScan {
  const { db, root, index, emit, status } = input
  const started = performance.now()
  const writer = sequenceWriter(db)
  const values = valueStore(db)
  const known = new Map(index.all().map(({ folder, stamp }) => [folder, stamp.split(':')[0] ?? '']))
  const task: ScanTask = { root, known }
  Object.assign(status, { state: 'scanning', sequencesDone: 0, sequencesTotal: known.size, framesDone: 0, sequencesRead: 0, seconds: 0, message: null } satisfies Partial<ScanStatus>)
  const worker = new Worker(new URL(`./scanWorker${extname(import.meta.filename)}`, import.meta.url), { workerData: task, name: 'scan', execArgv: [] })
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
  const post = (message: ToWorker): void => worker.postMessage(message)
  const waiting = new Map<string, ((read: boolean) => void)[]>()
  const left = new Set<string>()
  let listed = false
  let told = -Infinity
  let toTell = new Set<string>()
  let ended = false
  const { promise: over, resolve, reject } = Promise.withResolvers<void>()

  const tell = (atOnce: boolean): void => {
    const now = performance.now()
    status.seconds = (now - started) / 1000
    if (!atOnce && now - told < tellEvery) return
    told = now
    status.problems = input.countProblems()
    emit({ type: 'scan', status: { ...status } })
    if (toTell.size > 0) emit({ type: 'sequences', folders: [...toTell] })
    toTell = new Set()
  }

  const end = (error: HandloomError | null): void => {
    if (ended) return
    ended = true
    void worker.terminate()
    status.state = error ? (error.kind === 'interrupted' ? 'idle' : 'failed') : 'done'
    status.message = error?.message ?? null
    for (const asked of waiting.values()) for (const answer of asked) answer(false)
    waiting.clear()
    tell(true)
    if (error) reject(error)
    else resolve()
  }

  const takeListing = ({ sequences, tables }: { sequences: SequencePlace[]; tables: Parameters<typeof writeTables>[1] }): void => {
    const there = new Set(sequences.map(({ folder }) => folder))
    const removed = [...known.keys()].filter((folder) => !there.has(folder))
    const classesChanged = writeTables(db, tables)
    if (removed.length > 0)
      writeScanned(db, () => {
        values.set('finished', '0')
        for (const folder of removed) writer.remove(folder)
      })
    index.update([], removed)
    if (classesChanged) index.refresh()
    for (const folder of there) left.add(folder)
    for (const folder of removed) toTell.add(folder)
    if (classesChanged) for (const { folder } of index.all()) toTell.add(folder)
    listed = true
    status.sequencesTotal = sequences.length
    for (const [folder, asked] of waiting)
      if (!left.has(folder)) {
        for (const answer of asked) answer(false)
        waiting.delete(folder)
      }
    tell(true)
  }

  const takeBatch = ({ read, unchanged }: Extract<FromWorker, { type: 'batch' }>): void => {
    const first = status.sequencesRead === 0
    let written: SequenceRow[] = []
    if (read.length > 0) {
      written = writeScanned(db, () => {
        values.set('finished', '0')
        return read.map((sequence) => writer.write(sequence))
      })
      index.update(written, [])
    }
    for (const { folder } of written) toTell.add(folder)
    status.sequencesRead += read.length
    status.sequencesDone += read.length + unchanged.length
    const folders = [...unchanged, ...written.map(({ folder }) => folder)]
    for (const folder of folders) {
      status.framesDone += index.find(folder)?.frames ?? 0
      left.delete(folder)
      for (const answer of waiting.get(folder) ?? []) answer(true)
      waiting.delete(folder)
    }
    tell(first && read.length > 0)
  }

  /** Hands all that is known to the worker, for what shows only when the whole data set is looked at. */
  const handOver = async (): Promise<void> => {
    const factsOf = factsReader(db)
    const sequences = index.all()
    for (let at = 0; at < sequences.length; at += factsAtOnce) {
      post({ type: 'facts', sequences: sequences.slice(at, at + factsAtOnce).map(factsOf) })
      await breathe()
      if (ended) return
    }
    post({ type: 'compare', classes: loadClasses(db) })
  }

  const finish = (problems: readonly Problem[]): void => {
    for (const folder of writeCrossProblems(db, problems)) toTell.add(folder)
    index.refresh()
    end(null)
  }

  const take = async (message: FromWorker): Promise<void> => {
    if (message.type === 'listing') takeListing(message)
    else if (message.type === 'batch') takeBatch(message)
    else if (message.type === 'compared') finish(message.problems)
    else if (values.get('finished') === '1') end(null)
    else await handOver()
  }

  let turn = Promise.resolve()
  worker.on('message', (message: FromWorker) => {
    turn = turn.then(async () => {
      // Several may have come at once, and each may take a while: others get their turn first.
      await breathe()
      if (ended) return
      await take(message)
      post({ type: 'taken' })
    }).catch((error: unknown) => end(toHandloomError(error)))
  })
  worker.on('error', (error: Error & { code?: string }) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') end(new HandloomError('out-of-memory', `Reading ${root} took more memory than there is. What was read so far is kept; close other programs and scan again.`, { cause: error }))
    else end(toHandloomError(error))
  })
  worker.on('exit', () => end(new HandloomError('interrupted', 'The scan was stopped. What was read so far is kept; the next scan goes on from there.')))

  return {
    over,
    readNext(folder) {
      if (ended || (listed && !left.has(folder))) return Promise.resolve(false)
      const { promise, resolve: answer } = Promise.withResolvers<boolean>()
      waiting.set(folder, [...(waiting.get(folder) ?? []), answer])
      post({ type: 'read', folder })
      return promise
    },
    async stop() {
      end(new HandloomError('interrupted', 'The scan was stopped. What was read so far is kept; the next scan goes on from there.'))
      await worker.terminate()
    },
  }
}

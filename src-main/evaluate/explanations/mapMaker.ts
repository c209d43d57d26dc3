import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import type { EmbeddingMap, EmbeddingMapOptions } from '../../contract/evaluate.ts'
import type { Emit } from '../../contract/events.ts'
import type { Job } from '../../contract/project.ts'
import type { DatasetRoom } from '../../contract/rooms.ts'
import type { Db } from '../../db/open.ts'
import type { EmbeddingBlock, EmbeddingBlocks } from './embeddingBlocks.ts'
import { keptMaps, mapKey } from './keptMaps.ts'
import type { MadeMap, MapTask } from './madeMap.ts'
import type { FromMapWorker } from './mapWorker.ts'

export interface MapMaker {
  /** @throws HandloomError `not-found`, `interrupted` */
  map(options: EmbeddingMapOptions): Promise<EmbeddingMap>
  /** Drops what is kept of a run's fold: its embeddings are others now. */
  forget(runId: number, fold: number): void
  cancel(): Promise<void>
  close(): Promise<void>
}

/** A job's progress is told in so many parts. */
const parts = 1000

/** Makes maps of embeddings in a worker thread, one after the other, and keeps them. */
export function createMapMaker({ db, dataset, emit, blocks }: { db: Db; dataset: Pick<DatasetRoom, 'summaries'>; emit: Emit; blocks: EmbeddingBlocks }): MapMaker {
  const kept = keptMaps(db)
  /** Maps that are made or wait, by options and labels. */
  const underway = new Map<string, Promise<EmbeddingMap>>()
  let last: Promise<unknown> = Promise.resolve()
  let cancelling = new AbortController()
  let forgotten = 0

  async function make(options: EmbeddingMapOptions, signal: AbortSignal, block: EmbeddingBlock, classes: Int32Array, labels: string): Promise<EmbeddingMap> {
    signal.throwIfAborted()
    const before = forgotten
    const { method, neighbours, minimumDistance, seed } = options
    const { folders, unit, width } = block
    const tell = jobOf(options, emit)
    try {
      const task: MapTask = { unit, width, count: folders.length, labels: classes, options: { method, neighbours, minimumDistance, seed } }
      const made = await inWorker(task, signal, (share) => tell('running', share))
      const map = named(made, folders)
      // Of embeddings that were stored meanwhile it would tell nothing.
      if (before === forgotten) kept.keep(options, labels, map)
      tell('done', 1)
      return map
    } catch (error) {
      const known = toHandloomError(error)
      tell(signal.aborted ? 'cancelled' : 'failed', null, known.message)
      throw known
    }
  }

  async function map(options: EmbeddingMapOptions): Promise<EmbeddingMap> {
    const { runId, fold } = options
    const block = blocks.load(runId, fold)
    if (!block || block.folders.length === 0)
      throw new HandloomError('not-found', `Fold ${fold} of run ${runId} has no embeddings. It is not trained to the end yet, or was by an older Handloom: train it anew.`)
    const poseIds = new Map(dataset.summaries().map(({ folder, poseId }) => [folder, poseId]))
    const classes = Int32Array.from(block.folders, (folder) => poseIds.get(folder) ?? -1)
    const labels = createHash('sha256').update(classes).digest('hex').slice(0, 16)
    const known = kept.find(options, labels) ?? (await shared(`${mapKey(options)} ${labels}`, (signal) => make(options, signal, block, classes, labels)))
    return {
      ...known,
      points: known.points.filter(({ folder }) => poseIds.has(folder)),
      duplicates: known.duplicates.filter(({ a, b }) => poseIds.has(a) && poseIds.has(b)),
    }
  }

  function shared(key: string, work: (signal: AbortSignal) => Promise<EmbeddingMap>): Promise<EmbeddingMap> {
    const { signal } = cancelling
    const running = underway.get(key)
    if (running) return running
    const begun = last.then(() => work(signal)).finally(() => underway.get(key) === begun && underway.delete(key))
    underway.set(key, begun)
    last = begun.catch(() => null)
    return begun
  }

  async function cancel(): Promise<void> {
    cancelling.abort(new HandloomError('interrupted', 'The embedding map was cancelled.'))
    cancelling = new AbortController()
    underway.clear()
    await last
  }

  return {
    map,
    forget(runId, fold) {
      forgotten++
      kept.forget(runId, fold)
    },
    cancel,
    close: cancel,
  }
}

/** Tells of a map's making as a job. */
function jobOf({ runId, fold, method }: EmbeddingMapOptions, emit: Emit): (state: Job['state'], share: number | null, message?: string) => void {
  const began = performance.now()
  const job: Job = { id: `embedding map of run ${runId}, fold ${fold}, ${method}`, kind: 'embedding-map', state: 'running', done: 0, total: parts, secondsLeft: null, message: null }
  emit({ type: 'job', job: { ...job } })
  return (state, share, message) => {
    job.state = state
    job.message = message ?? null
    if (share !== null) job.done = Math.round(share * parts)
    job.secondsLeft = state === 'running' && share ? ((performance.now() - began) / 1000) * (1 / share - 1) : null
    emit({ type: 'job', job: { ...job } })
  }
}

function inWorker(task: MapTask, signal: AbortSignal, onProgress: (share: number) => void): Promise<MadeMap> {
  const { promise, resolve, reject } = Promise.withResolvers<MadeMap>()
  const worker = new Worker(new URL(`./mapWorker${extname(import.meta.filename)}`, import.meta.url), { workerData: task, name: 'embedding map', execArgv: [] })
  const stop = (): void => reject(signal.reason as HandloomError)
  signal.addEventListener('abort', stop, { once: true })
  worker.on('message', (message: FromMapWorker) => (message.type === 'made' ? resolve(message.map) : onProgress(message.share)))
  worker.on('error', reject)
  worker.on('exit', (code) => reject(new HandloomError('internal', `The thread that made the embedding map ended with code ${code}. Try again.`)))
  return promise.finally(() => {
    signal.removeEventListener('abort', stop)
    return worker.terminate()
  })
}

const named = ({ places, outliers, duplicates, explained }: MadeMap, folders: readonly string[]): EmbeddingMap => ({
  points: folders.map((folder, row) => ({
    folder,
    role: folder.startsWith('test/') ? 'test' : 'train',
    x: places[row * 2] as number,
    y: places[row * 2 + 1] as number,
    outlier: outliers[row] ?? null,
  })),
  duplicates: duplicates.map(({ a, b, distance }) => ({ a: folders[a] as string, b: folders[b] as string, distance })),
  explained,
})

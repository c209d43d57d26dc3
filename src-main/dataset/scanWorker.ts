/** The scan, in a thread of its own: reads the data folder synchronously, posts what it found in small batches, and compares the sequences when all are known. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Problem } from '../contract/dataset.ts'
import { compareSequences } from './compareSequences.ts'
import { listSequences } from './layout.ts'
import { listSequence, readSequence } from './readSequence.ts'
import { readTables } from './readTables.ts'
import type { ClassRead, FolderTables, SequencePlace, SequenceRead } from './records.ts'
import type { SequenceFacts } from './store.ts'

export interface ScanTask {
  root: string
  /** Stamps of the sequences that are known already. */
  known: Map<string, string>
}

export type ToWorker =
  | { type: 'read'; folder: string }
  /** What was posted is written: another batch may come. */
  | { type: 'taken' }
  /** Some of the sequences, in folder order … */
  | { type: 'facts'; sequences: SequenceFacts[] }
  /** … and that was all of them. */
  | { type: 'compare'; classes: ClassRead[] }

export type FromWorker =
  | { type: 'listing'; sequences: SequencePlace[]; tables: FolderTables }
  | { type: 'batch'; read: SequenceRead[]; unchanged: string[] }
  /** Every sequence was read. */
  | { type: 'read' }
  /** What shows only when the whole data set is looked at. */
  | { type: 'compared'; problems: Problem[] }

/** A batch is posted when its oldest row has waited this long. */
const batchMilliseconds = 100
/** Writing a batch holds up the other side for some milliseconds. */
const batchSequences = 200
const batchFrames = 400
/** Messages on their way or being written: enough that neither side waits for the other. */
const mostUnderway = 4

const port = parentPort
if (!port) throw new Error('scanWorker.ts runs in a worker thread only')
const { root, known } = workerData as ScanTask
const wanted: string[] = []
const facts: SequenceFacts[] = []
let underway = 0
let taken: (() => void) | null = null

function post(message: FromWorker): void {
  underway++
  port?.postMessage(message)
}

port.on('message', (message: ToWorker) => {
  if (message.type === 'read') wanted.push(message.folder)
  else if (message.type === 'taken') {
    underway--
    taken?.()
  } else if (message.type === 'facts') facts.push(...message.sequences)
  else post({ type: 'compared', problems: compareSequences(root, facts, message.classes) })
})

const { sequences, problems } = listSequences(root)
const tables = readTables(root)
post({ type: 'listing', sequences, tables: { ...tables, problems: [...problems, ...tables.problems] } })

const waiting = new Map(sequences.map((place) => [place.folder, place]))
let read: SequenceRead[] = []
let frames = 0
let unchanged: string[] = []
let first = true
let posted = performance.now()

const isAhead = (): boolean => underway >= mostUnderway

async function flush(): Promise<void> {
  if (read.length > 0) first = false
  if (read.length + unchanged.length > 0) post({ type: 'batch', read, unchanged })
  read = []
  frames = 0
  unchanged = []
  while (isAhead()) await new Promise<void>((resolve) => (taken = resolve))
  posted = performance.now()
}

function scan(place: SequencePlace): void {
  waiting.delete(place.folder)
  const listing = listSequence(root, place)
  if (known.get(place.folder) === listing.stamp) unchanged.push(place.folder)
  else {
    read.push(readSequence(root, listing))
    frames += listing.frames.length
  }
}

/** Lets messages in, so that a sequence asked for is read next. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

let breathed = performance.now()
for (const place of sequences) {
  if (!waiting.has(place.folder)) continue
  scan(place)
  // The first sequence read goes out at once, so that something is on screen.
  const full = read.length >= batchSequences || frames >= batchFrames
  if ((first && read.length > 0) || full || performance.now() - posted > batchMilliseconds) await flush()
  if (performance.now() - breathed < 10) continue
  await breathe()
  breathed = performance.now()
  for (let folder = wanted.shift(); folder !== undefined; folder = wanted.shift()) {
    const next = waiting.get(folder)
    if (!next) continue
    scan(next)
    await flush()
  }
}
await flush()
post({ type: 'read' })

/** Makes a map of embeddings in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads'
import { madeMap, type MadeMap, type MapTask } from './madeMap.ts'

export type FromMapWorker = { type: 'progress'; share: number } | { type: 'made'; map: MadeMap }

/** Progress is told at most this often (milliseconds). */
const tellEvery = 400

const port = parentPort
if (!port) throw new Error('mapWorker.ts runs in a worker thread only')
const post = (message: FromMapWorker): void => port.postMessage(message)
let told = performance.now()
const map = madeMap(workerData as MapTask, (share) => {
  if (performance.now() - told < tellEvery) return
  told = performance.now()
  post({ type: 'progress', share })
})
post({ type: 'made', map })

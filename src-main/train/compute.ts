import { readFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { ParentPort } from '../contract/desktop.ts'
import { createClassifier } from './classifier.ts'
import { openCrops } from './cropReader.ts'
import { deviceLoad, hideGpus, useGpu, visibleGpu } from './deviceLoad.ts'
import { checkExport } from './export/checkExport.ts'
import { exportKeypoints } from './export/exportKeypoints.ts'
import { exportPictures } from './export/exportPictures.ts'
import { predictFolds } from './foldPredictions.ts'
import type { ComputeJob, PictureJob } from './job.ts'
import { predictKeypointFolds } from './keypoints/predict.ts'
import { createKeypointTrainee } from './keypoints/trainee.ts'
import { trainFold, type LoopDeps, type StopWish } from './loop.ts'
import type { ComputeMessage, CoreMessage } from './messages.ts'
import { saysOutOfMemory } from './outOfMemory.ts'
import { createPictureTrainee, type PictureDeps } from './pictureTrainee.ts'
import { probeSteps } from './stepProbe.ts'
import { becomeTrainer } from './onlyTrainer.ts'
import { testRates } from './rateLoop.ts'
import { deviceFacts } from './throughput/classifier.ts'

/**
 * The compute process: `node compute.ts JOBFILE`. Forked, it talks over the IPC channel and stops, with a checkpoint, when the channel
 * closes because the core is gone; started by hand, it prints its messages as JSON lines. Interrupt and terminate ask it to stop
 * with a checkpoint, again a second later they end it at once. Exit code 0: done or stopped; 1: failed.
 */
const heartbeatMilliseconds = 2000

/** In the packaged desktop app, where the shell forks compute. */
const port = (process as { parentPort?: ParentPort }).parentPort

// Whoever edits meanwhile goes first; a machine that has nothing else to do trains as fast.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

let wish: StopWish | null = null
let batchAsked = false
/** When the first signal came. One Ctrl+C may arrive as a signal to the whole process group and as the core's message, in any order. */
let signalled: number | null = null
const insistsAfterMilliseconds = 1000
let delivered: Promise<void> = Promise.resolve()
const stop = (): void => {
  if (signalled !== null && performance.now() - signalled > insistsAfterMilliseconds) process.exit(130)
  signalled ??= performance.now()
  wish = 'now'
}

// Once the core is gone nobody reads what is said.
const report = (message: ComputeMessage): void => {
  if (port) port.postMessage(message)
  else if (!process.send) process.stdout.write(`${JSON.stringify(message)}\n`)
  else if (process.connected) delivered = new Promise((resolve) => process.send?.(message, () => resolve()))
}

process.on('SIGINT', stop)
process.on('SIGTERM', stop)
process.on('disconnect', () => {
  wish = 'now'
})
const hear = (message: CoreMessage): void => {
  if (message.type === 'show-batch') batchAsked = true
  else if (message.when === 'after-epoch') wish ??= 'after-epoch'
  else wish = 'now'
}
process.on('message', hear)
port?.on('message', ({ data }) => hear(data as CoreMessage))

const deps: LoopDeps = {
  report,
  stopRequested: () => wish,
  batchWanted() {
    const asked = batchAsked
    batchAsked = false
    return asked
  },
  measureLoad: async () => deviceLoad((await deviceFacts()).device === 'gpu' ? visibleGpu() : null),
}

/** Jobs that take no GPU from what trains on pictures. */
const onlyOnCpu: ReadonlySet<ComputeJob['kind']> = new Set(['train-keypoints', 'predict-keypoints', 'export', 'export-keypoints', 'check-export'])

async function main(jobFile: string | undefined): Promise<void> {
  if (jobFile === undefined) throw new HandloomError('bad-request', 'Usage: node compute.ts JOBFILE')
  const job = JSON.parse(await readFile(jobFile, 'utf8')) as ComputeJob
  if (job.version !== 1) throw new HandloomError('bad-input', `${jobFile} is a job of another version of Handloom. Start the run again.`, { file: jobFile })
  // TensorFlow reads both when it loads. On a GPU the fastest kernels add up in any order; on a CPU ours always give the same bits.
  if (typeof job.gpu === 'number') useGpu(job.gpu)
  else if (onlyOnCpu.has(job.kind)) hideGpus()
  if (job.kind === 'train' && job.config.deterministic) process.env.TF_DETERMINISTIC_OPS = '1'
  switch (job.kind) {
    case 'probe':
      return probeSteps(job, report)
    case 'train-keypoints':
      await becomeTrainer(job.folder)
      return trainFold(job, await createKeypointTrainee(job, deps), deps)
    case 'predict-keypoints':
      return predictKeypointFolds(job, deps)
    case 'train':
      await becomeTrainer(job.folder)
      return withCrops(job, async (pictures) => trainFold(job, await createPictureTrainee(job, pictures), deps))
    case 'rate':
      return withCrops(job, (pictures) => testRates(job, pictures))
    case 'export-keypoints':
      return exportKeypoints(job, deps)
    case 'check-export':
      return checkExport(job, deps)
    case 'export':
      return withCrops(job, (pictures) => exportPictures(job, pictures))
    case 'predict':
      return withCrops(job, (pictures) => predictFolds(job, pictures))
  }
}

async function withCrops(job: PictureJob, work: (deps: PictureDeps) => Promise<void>): Promise<void> {
  const crops = openCrops(job.shards, job.shardSize)
  try {
    await work({ ...deps, createClassifier, crops })
  } finally {
    crops.close()
  }
}

const heartbeat = setInterval(() => report({ type: 'heartbeat' }), heartbeatMilliseconds)
try {
  await main(process.argv[2])
} catch (error) {
  const { kind, message } = toHandloomError(error)
  report({ type: 'failed', kind: saysOutOfMemory(message) ? 'out-of-memory' : kind, message })
  if (kind === 'internal' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
} finally {
  clearInterval(heartbeat)
  await delivered
  if (process.connected) process.disconnect()
  // The port would keep the process; its last message needs a moment to leave.
  if (port) setTimeout(() => process.exit(), 200)
}

import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { shardSizeFor } from '../crop/geometry.ts'
import { createClassifier } from './classifier.ts'
import { classifierOptions } from './classifierOptions.ts'
import { askGpu, visibleGpu } from './deviceLoad.ts'
import type { ProbeJob } from './job.ts'
import { machineMemory } from './machineMemory.ts'
import type { ComputeMessage, Measured } from './messages.ts'
import { deviceFacts, noiseBatch } from './throughput/classifier.ts'

const leastSeconds = 2
const stages = 3

/** Trains a few steps on noise and says how fast it was and how much memory it took. On a CPU the process ends itself beyond the job's limit. */
export async function probeSteps({ config, classes, limitBytes }: ProbeJob, report: (message: ComputeMessage) => void): Promise<void> {
  const stage = (done: number): void => report({ type: 'stage', done, total: stages })
  // Where the system ends a process for want of memory, this one first.
  if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '1000')
  const machine = machineMemory()
  const card = await askGpu(visibleGpu())
  const onGpu = (await deviceFacts(config.threads)).device === 'gpu'
  endBeyond(onGpu || limitBytes === null ? machine.freeBytes : Math.min(limitBytes * 1.1, machine.freeBytes))
  stage(1)

  const { batchSize } = config
  const shardSize = shardSizeFor(config.imageSize)
  const classifier = await createClassifier({ ...classifierOptions({ config, classes, shardSize }, true), colour: (config.augment.colour ?? 1) > 0 })
  const noise = { ...noiseBatch(batchSize, shardSize, config.imageSize, classes), colours: new Float32Array(batchSize * 4).fill(1) }
  // The first step on a new length plans the kernels.
  classifier.step(noise, 0, 0)
  stage(2)
  const began = performance.now()
  let steps = 0
  do classifier.step(noise, 0, ++steps)
  while (steps < 2 || performance.now() - began < leastSeconds * 1000)
  const secondsPerStep = (performance.now() - began) / 1000 / steps
  stage(stages)

  const time = { steps, secondsPerStep, imagesPerSecond: batchSize / secondsPerStep, compileSeconds: classifier.compileSeconds }
  const after = card && onGpu ? await askGpu(visibleGpu()) : null
  const measured: Measured = onGpu
    ? {
        device: `GPU ${visibleGpu()}`,
        ...time,
        // Of all programs on it: what came since is ours.
        peakBytes: card && after && Math.max(0, after.usedBytes - card.usedBytes),
        memoryBytes: card?.totalBytes ?? 0,
        freeMemoryBytes: card ? card.totalBytes - card.usedBytes : 0,
      }
    : { device: 'CPU', ...time, peakBytes: process.resourceUsage().maxRSS * 1024, memoryBytes: machine.totalBytes, freeMemoryBytes: machine.freeBytes }
  report({ type: 'measured', measured })
  report({ type: 'done', notes: [] })
}

/** Steps block this thread, so another one watches; its last words tell why the process ended. */
function endBeyond(bytes: number): void {
  const watch = `
    const { workerData: bytes } = require('node:worker_threads')
    setInterval(() => {
      if (process.memoryUsage.rss() < bytes) return
      require('node:fs').writeSync(2, 'out of memory: more than ' + bytes + ' bytes\\n')
      process.kill(process.pid, 'SIGKILL')
    }, 50)`
  new Worker(watch, { eval: true, workerData: bytes }).unref()
}

import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { toHandloomError } from '../contract/errors.ts'
import { shardSizeFor } from '../crop/geometry.ts'
import type { Measured, ProbeMessage, StepProbe } from './batchFinder.ts'
import { createClassifier } from './classifier.ts'
import { classifierOptions } from './classifierOptions.ts'
import { askGpu, useGpu, visibleGpu } from './deviceLoad.ts'
import { machineMemory } from './machineMemory.ts'
import { saysOutOfMemory } from './outOfMemory.ts'
import { deviceFacts, noiseBatch } from './throughput/classifier.ts'

/** Trains a few steps on noise, says how fast it was and how much memory it took, and ends: `fork(batchProbe.ts, [JSON of a StepProbe])`. */
const { config, classes, gpu, limitBytes } = JSON.parse(process.argv[2] ?? '{}') as StepProbe
const leastSeconds = 2
const stages = 3

const say = (message: ProbeMessage): void => void process.send?.(message)
try {
  // Where the system ends a process for want of memory, this one first.
  if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '1000')
  say({ measured: await measure() })
} catch (error) {
  const { kind, message } = toHandloomError(error)
  say({ failed: saysOutOfMemory(message) ? 'out-of-memory' : kind, message })
} finally {
  process.disconnect?.()
}

async function measure(): Promise<Measured> {
  if (gpu !== null) useGpu(gpu)
  const machine = machineMemory()
  const card = await askGpu(visibleGpu())
  const onGpu = (await deviceFacts(config.threads)).device === 'gpu'
  endBeyond(onGpu || limitBytes === null ? machine.freeBytes : Math.min(limitBytes * 1.1, machine.freeBytes))
  say({ stage: 1, of: stages })

  const { batchSize } = config
  const shardSize = shardSizeFor(config.imageSize)
  const classifier = await createClassifier({ ...classifierOptions({ config, classes, shardSize }, true), colour: (config.augment.colour ?? 1) > 0 })
  const noise = { ...noiseBatch(batchSize, shardSize, config.imageSize, classes), colours: new Float32Array(batchSize * 4).fill(1) }
  // The first step on a new length plans the kernels.
  classifier.step(noise, 0, 0)
  say({ stage: 2, of: stages })
  const began = performance.now()
  let steps = 0
  do classifier.step(noise, 0, ++steps)
  while (steps < 2 || performance.now() - began < leastSeconds * 1000)
  const secondsPerStep = (performance.now() - began) / 1000 / steps
  say({ stage: stages, of: stages })

  const time = { steps, secondsPerStep, imagesPerSecond: batchSize / secondsPerStep, compileSeconds: classifier.compileSeconds }
  if (!onGpu) return { device: 'CPU', ...time, peakBytes: process.resourceUsage().maxRSS * 1024, memoryBytes: machine.totalBytes, freeMemoryBytes: machine.freeBytes }
  const after = card && (await askGpu(visibleGpu()))
  return {
    device: `GPU ${visibleGpu()}`,
    ...time,
    // Of all programs on it: what came since is ours.
    peakBytes: card && after && Math.max(0, after.usedBytes - card.usedBytes),
    memoryBytes: card?.totalBytes ?? 0,
    freeMemoryBytes: card ? card.totalBytes - card.usedBytes : 0,
  }
}

/** Steps block this thread, so another one watches. */
function endBeyond(bytes: number): void {
  new Worker('setInterval(() => process.memoryUsage.rss() > require("node:worker_threads").workerData && process.kill(process.pid, "SIGKILL"), 50)', { eval: true, workerData: bytes }).unref()
}

import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { toHandloomError } from '../contract/errors.ts'
import { shardSizeFor } from '../crop/geometry.ts'
import type { BatchMeasure, BatchProbe } from './batchFinder.ts'
import { createClassifier } from './classifier.ts'
import { classifierOptions } from './loop.ts'
import { saysOutOfMemory } from './outOfMemory.ts'
import { deviceFacts, noiseBatch } from './throughput/classifier.ts'

/** Trains a few steps on noise, says how fast it was and how much memory it took, and ends: `fork(batchProbe.ts, [JSON of a BatchProbe])`. */
const { config, batch, classes, limitBytes } = JSON.parse(process.argv[2] ?? '{}') as BatchProbe
const leastSeconds = 2

// Steps block this thread, so another one watches.
new Worker('setInterval(() => process.memoryUsage.rss() > require("node:worker_threads").workerData && process.kill(process.pid, "SIGKILL"), 50)', { eval: true, workerData: limitBytes * 1.1 }).unref()
try {
  // Where the system ends a process for want of memory, this one first.
  if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '1000')
  process.send?.(await measure())
} catch (error) {
  const { kind, message } = toHandloomError(error)
  process.send?.({ failed: saysOutOfMemory(message) ? 'out-of-memory' : kind, message })
} finally {
  process.disconnect?.()
}

async function measure(): Promise<BatchMeasure> {
  const shardSize = shardSizeFor(config.imageSize)
  const classifier = await createClassifier({ ...classifierOptions({ config: { ...config, batchSize: batch, accumulate: 1 }, classes, shardSize }, true), colour: (config.augment.colour ?? 1) > 0 })
  const noise = { ...noiseBatch(batch, shardSize, config.imageSize, classes), colours: new Float32Array(batch * 4).fill(1) }
  // The first step on a new length plans the kernels.
  classifier.step(noise, 0, 0)
  const began = performance.now()
  let steps = 0
  do classifier.step(noise, 0, ++steps)
  while (steps < 2 || performance.now() - began < leastSeconds * 1000)
  const seconds = (performance.now() - began) / 1000
  const { device } = await deviceFacts()
  return { batch, imagesPerSecond: (batch * steps) / seconds, peakBytes: device === 'gpu' ? null : process.resourceUsage().maxRSS * 1024 }
}

import { setImmediate as breathe } from 'node:timers/promises'
import { emptyBatch, epochOrder, evenBatches, fillTrainingBatch, prefetched } from '../batches.ts'
import { createClassifier } from '../classifier.ts'
import { benchLearningRate, benchOptimizer, deviceFacts } from './classifier.ts'
import { cutFrames, type FrameSet } from './frames.ts'
import { timed, type Workload } from './workload.ts'

export interface EpochTask {
  kind: 'epoch'
  frames: FrameSet
  threads: number
}

/** Whole epochs, data and training, as a fold's training does them. The first round cuts the crops too. */
export async function epochWorkload({ frames, threads }: EpochTask): Promise<Workload> {
  const { config, classes, shardSize, augment } = frames.job
  const classifier = await createClassifier({
    architecture: config.model, classes, sourceSize: shardSize, imageSize: config.imageSize, batchSize: config.batchSize, optimizer: benchOptimizer,
    dropPath: 0, labelSmoothing: 0, ema: 0, colour: augment.colour > 0, seed: config.seed, precision: config.precision, threads,
  })
  const buffers = [emptyBatch(config.batchSize, shardSize), emptyBatch(config.batchSize, shardSize)] as const
  let cut: Awaited<ReturnType<typeof cutFrames>> | undefined
  let epoch = 0
  let steps = 0
  return {
    facts: { ...(await deviceFacts()), compile_seconds: classifier.compileSeconds },
    async round() {
      const seconds = await timed(async () => {
        const { job, crops } = (cut ??= await cutFrames(frames))
        const filled = prefetched(evenBatches(epochOrder(job, epoch), config.batchSize), buffers, (buffer, positions) => fillTrainingBatch(buffer, job, crops, positions, epoch))
        for await (const [batch] of filled) {
          await breathe()
          classifier.step(batch, benchLearningRate, steps++)
        }
        epoch++
      })
      return { items: frames.job.train.length, seconds }
    },
  }
}

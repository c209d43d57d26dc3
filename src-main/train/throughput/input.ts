import { cropBytes } from '../../crop/shards.ts'
import { kernelsOf } from '../../engine/ops/kernels.ts'
import { warpAndNormalise } from '../../engine/ops/warp.ts'
import { hasNativeOperations, loadTensorFlow, type Tensor, type Tensor2D } from '../../engine/runtime/load.ts'
import { compile } from '../../engine/trace/program.ts'
import { emptyBatch, epochOrder, evenBatches, fillTrainingBatch, prefetched } from '../batches.ts'
import { cutFrames, type FrameSet } from './frames.ts'
import { timed, type Workload } from './workload.ts'

export interface InputTask {
  kind: 'input'
  frames: FrameSet
  threads: number
  roundSeconds: number
}

/**
 * The way of training samples from the stored crops to what the network sees: random transforms, crops from the shards, colours, warp and
 * normalisation in TensorFlow. The crops are cut before, timed apart: that is done once, in front of the first epoch. A round is some epochs.
 */
export async function inputWorkload({ frames, threads, roundSeconds }: InputTask): Promise<Workload> {
  let cut: Awaited<ReturnType<typeof cutFrames>> | undefined
  const cutSeconds = await timed(async () => {
    cut = await cutFrames(frames)
  })
  const { job, crops } = cut as NonNullable<typeof cut>
  const { batchSize, imageSize } = job.config
  const { shardSize } = job
  const tf = await loadTensorFlow({ threads })
  const kernels = kernelsOf(tf, { native: hasNativeOperations() })
  const program = compile(tf, {}, {
    input: {
      feeds: {
        images: { shape: ['batch', shardSize, shardSize, 3], dtype: 'uint8' },
        transforms: { shape: ['batch', 8], dtype: 'float32' },
        colours: { shape: ['batch', 4], dtype: 'float32' },
      },
      body(_, { images, transforms, colours }) {
        const pictures = warpAndNormalise(kernels, images as Tensor, transforms as Tensor2D, imageSize, colours as Tensor2D)
        // One number comes back: in training the pictures stay inside the step.
        return { outputs: { mean: tf.mean(pictures) } }
      },
    },
  }, kernels)
  const buffers = [emptyBatch(batchSize, shardSize), emptyBatch(batchSize, shardSize)] as const
  let epoch = 0
  const runEpoch = async (): Promise<void> => {
    const filled = prefetched(evenBatches(epochOrder(job, epoch), batchSize), buffers, (buffer, positions) => fillTrainingBatch(buffer, job, crops, positions, epoch))
    for await (const [{ images, transforms, colours, count }] of filled) {
      program.run('input', { images: images.subarray(0, count * cropBytes(shardSize)), transforms: transforms.subarray(0, count * 8), colours: colours.subarray(0, count * 4) })
    }
    epoch++
  }
  await runEpoch()
  const epochs = Math.max(1, Math.ceil(roundSeconds / (await timed(runEpoch))))
  return {
    facts: { cut_seconds: cutSeconds },
    async round() {
      const seconds = await timed(async () => {
        for (let done = 0; done < epochs; done++) await runEpoch()
      })
      return { items: job.train.length * epochs, seconds }
    },
  }
}

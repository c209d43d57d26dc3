import type { Tensor, Tensor2D, Tensor4D } from '../runtime/load.ts'
import { imageNetDeviation, imageNetMean } from './imageNet.ts'
import { float32, int32 } from './kernels.ts'
import type { Kernels } from './kernels.ts'
import { reshape } from './reshape.ts'

/**
 * Changes the colours of normalised pictures as if their pixels of 0 … 255 had become min(255, max(0, gain · pixel + offset)), without
 * rounding. What lies beyond the stored picture changes too, as where torchvision's ColorJitter follows a transform. Not differentiable.
 *
 * @param images [batch, size, size, 3] as `warpAndNormalise` gives them
 * @param colours [batch, 4]: gain of red, green, blue, and the offset, as `colourNumbers` gives them
 */
export function changeColours(kernels: Kernels, images: Tensor4D, colours: Tensor2D): Tensor4D {
  const { tf } = kernels
  const perChannel = (value: (mean: number, deviation: number) => number): Tensor =>
    tf.tensor1d(imageNetMean.map((mean, channel) => value(mean, imageNetDeviation[channel] as number)))
  const black = perChannel((mean, deviation) => -mean / deviation)
  const white = perChannel((mean, deviation) => (1 - mean) / deviation)
  const [gains, offset] = kernels.runAll('SplitV', { T: float32, Tlen: int32, num_split: { int: 2 } }, [colours, tf.tensor1d([3, 1], 'int32'), tf.scalar(1, 'int32')], 2) as [Tensor, Tensor]
  // gain · pixel + offset, where pixel = 255 · (deviation · x + mean) and the result is normalised again.
  const shift = tf.add(tf.mul(offset, perChannel((_, deviation) => 1 / (255 * deviation))), tf.mul(tf.sub(1, gains), black))
  const perSample = (values: Tensor): Tensor => reshape(kernels, values, [-1, 1, 1, 3])
  return tf.minimum(tf.maximum(tf.add(tf.mul(images, perSample(gains)), perSample(shift)), black), white) as Tensor4D
}

import type { Tensor, Tensor2D, Tensor4D } from '../runtime/load.ts'
import { changeColours } from './colour.ts'
import { imageNetDeviation, imageNetMean } from './imageNet.ts'
import { float32 } from './kernels.ts'
import type { Attributes, Kernels } from './kernels.ts'

/**
 * Resamples stored pictures to what the network sees, in one bilinear interpolation, and normalises them. Pixels from outside the picture
 * are black, as in torchvision's affine and perspective transforms. Not differentiable.
 *
 * @param images [batch, height, width, 3] uint8, 0 … 255
 * @param transforms [batch, 8] a0 a1 a2 b0 b1 b2 c0 c1 of the projective map from output pixel (x, y) to input pixel:
 *   x' = (a0·x + a1·y + a2) / (c0·x + c1·y + 1), y' alike, as in `ImageProjectiveTransformV3`
 * @param colours [batch, 4]: a change of colours, as `changeColours` says; default: none
 * @returns [batch, size, size, 3] (pixel / 255 − mean) / deviation
 */
export function warpAndNormalise(kernels: Kernels, images: Tensor, transforms: Tensor2D, size: number, colours?: Tensor2D): Tensor4D {
  if (kernels.native) {
    const settings: Attributes = { size: { int: size }, coloured: { int: colours ? 1 : 0 }, mean: { floats: imageNetMean }, deviation: { floats: imageNetDeviation } }
    return kernels.run('HandloomWarp', settings, colours ? [images, transforms, colours] : [images, transforms]) as Tensor4D
  }
  const { tf } = kernels
  const pixels = kernels.run('Cast', { SrcT: { type: 'uint8' }, DstT: float32 }, [images])
  const warped = kernels.run(
    'ImageProjectiveTransformV3',
    { dtype: float32, interpolation: { string: 'BILINEAR' }, fill_mode: { string: 'CONSTANT' } },
    [pixels, transforms, tf.tensor1d([size, size], 'int32'), tf.scalar(0)],
  )
  const scale = imageNetDeviation.map((deviation) => 1 / (255 * deviation))
  const shift = imageNetMean.map((mean, channel) => -mean / (imageNetDeviation[channel] as number))
  const scaled = kernels.run('Mul', { T: float32 }, [warped, tf.tensor1d(scale)])
  const normalised = kernels.run('AddV2', { T: float32 }, [scaled, tf.tensor1d(shift)]) as Tensor4D
  return colours ? changeColours(kernels, normalised, colours) : normalised
}

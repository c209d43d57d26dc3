import type { Tensor, Tensor1D, Tensor4D } from '../runtime/load.ts'
import { convert } from './cast.ts'
import { float32, int32 } from './kernels.ts'
import type { FeatureType, Kernels } from './kernels.ts'
import { reshape } from './reshape.ts'

/** PyTorch's default. */
export const groupNormEpsilon = 1e-5

/**
 * Group norm: normalises each picture over height, width and the channels of a group, in training and evaluation alike. Wu and He, 2018;
 * `torch.nn.GroupNorm`. Computed in float32 whatever the feature maps are.
 *
 * @param input [batch, height, width, channels] of type `type`
 * @param scale [channels] float32
 * @param offset [channels] float32
 * @param groupWidth channels of a group; divides the channels
 * @returns (input − mean) / √(variance + ε) · scale + offset
 */
export function groupNorm(kernels: Kernels, input: Tensor4D, scale: Tensor1D, offset: Tensor1D, groupWidth: number, type: FeatureType = 'float32'): Tensor4D {
  const { tf } = kernels
  const channels = input.shape[3]
  const mean = (tensor: Tensor, axes: number[]): Tensor =>
    kernels.run('Mean', { T: float32, Tidx: int32, keep_dims: { bool: true } }, [tensor, tf.tensor1d(axes, 'int32')])
  /** [batch, height, width, channels] → the mean of each channel's group, [batch, 1, 1, channels]. Pixels first, then channels: so no feature map is reshaped. */
  const groupMean = (tensor: Tensor, factor?: Tensor): Tensor => {
    const channelMeans = mean(tensor, [1, 2])
    const weighted = factor ? tf.mul(channelMeans, factor) : channelMeans
    const groups = mean(reshape(kernels, weighted, [-1, channels / groupWidth, groupWidth]), [2])
    return reshape(kernels, tf.mul(groups, tf.ones([groupWidth])), [-1, 1, 1, channels])
  }
  return tf.customGrad((...given: unknown[]) => {
    const [x, gamma, beta, save] = given as [Tensor4D, Tensor1D, Tensor1D, (tensors: Tensor[]) => void]
    const wide = convert(kernels, x, 'float32')
    const center = groupMean(wide)
    const centered = tf.sub(wide, center)
    const inverse = tf.rsqrt(tf.add(groupMean(tf.square(centered)), groupNormEpsilon))
    save([x, gamma, center, inverse])
    return {
      value: convert(kernels, tf.add(tf.mul(centered, tf.mul(inverse, gamma)), beta), type),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, gamma, center, inverse] = saved as [Tensor, Tensor, Tensor, Tensor]
        const gradient = convert(kernels, dy, 'float32')
        const normalised = tf.mul(tf.sub(convert(kernels, x, 'float32'), center), inverse)
        const product = tf.mul(gradient, normalised)
        const along = tf.add(groupMean(gradient, gamma), tf.mul(normalised, groupMean(product, gamma)))
        const sum = (tensor: Tensor): Tensor => kernels.run('Sum', { T: float32, Tidx: int32, keep_dims: { bool: false } }, [tensor, tf.tensor1d([0, 1, 2], 'int32')])
        return [convert(kernels, tf.mul(tf.sub(tf.mul(gradient, gamma), along), inverse), type), sum(product), sum(gradient)]
      },
    }
  })(input, scale, offset) as Tensor4D
}

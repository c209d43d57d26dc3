import type { Tensor, Tensor1D, Tensor4D } from '../runtime/load.ts'
import { relu as rectify } from './activations.ts'
import { add } from './add.ts'
import { cast } from './cast.ts'
import { dropPath } from './dropPath.ts'
import { float32 } from './kernels.ts'
import type { Attributes, FeatureType, Kernels } from './kernels.ts'

/** PyTorch's default, also TensorFlow's for fused batch norm in RegNets. */
export const batchNormEpsilon = 1e-5

export interface BatchStatistics {
  /** Mean over batch, height and width. [channels] */
  mean: Tensor1D
  /** Unbiased variance over the same (divided by n − 1, as PyTorch's running variance is). [channels] */
  variance: Tensor1D
}

/** What follows a batch norm and is computed in the same pass where it can be. */
export interface AfterNorm {
  /** Is added, as at the end of a residual block. Shape and type of the input. */
  shortcut?: Tensor4D
  /** Stochastic depth: each sample's result is multiplied by its factor before the shortcut is added. [batch] */
  factors?: Tensor1D
  relu?: boolean
  /** Of the input. Default float32. */
  type?: FeatureType
}

/**
 * Batch norm in training: normalises by the statistics of this batch. Ioffe and Szegedy, 2015.
 *
 * @param input [batch, height, width, channels]
 * @param onStatistics is given the batch's statistics, kept alive past any tidy: the caller disposes them.
 * @returns relu?(factors · ((input − mean) / √(variance + ε) · scale + offset) + shortcut)
 */
export function batchNormTraining(
  kernels: Kernels,
  input: Tensor4D,
  scale: Tensor1D,
  offset: Tensor1D,
  onStatistics: (statistics: BatchStatistics) => void,
  after: AfterNorm = {},
): Tensor4D {
  if (kernels.native && !after.factors) return fused(kernels, input, scale, offset, onStatistics, after)
  if (kernels.native && after.factors && after.shortcut && after.relu) {
    return joinDropped(kernels, fused(kernels, input, scale, offset, onStatistics, {}), after.factors, after.shortcut)
  }
  const normalised = composed(kernels, input, scale, offset, onStatistics)
  const kept = after.factors ? dropPath(kernels, normalised, cast(kernels, after.factors, 'float32', after.type ?? 'float32')) : normalised
  const joined = after.shortcut ? add(kernels, kept, after.shortcut) : kept
  return after.relu ? rectify(kernels, joined) : joined
}

/** By Handloom's own operations, `engine/native/batch_norm.h`. */
function fused(
  kernels: Kernels,
  input: Tensor4D,
  scale: Tensor1D,
  offset: Tensor1D,
  onStatistics: (statistics: BatchStatistics) => void,
  { shortcut, relu = false }: AfterNorm,
): Tensor4D {
  const { tf } = kernels
  const residual = shortcut !== undefined
  const settings: Attributes = { T: float32, relu: { bool: relu } }
  const inputs: Tensor[] = residual ? [input, scale, offset, shortcut] : [input, scale, offset]
  return tf.customGrad((...given: unknown[]) => {
    const save = given.pop() as (tensors: Tensor[]) => void
    const tensors = given as Tensor[]
    const [x, gamma, beta] = tensors as [Tensor, Tensor, Tensor]
    const [y, mean, variance, deviation] = kernels.runAll('HandloomBatchNorm', { ...settings, residual: { int: residual ? 1 : 0 }, epsilon: { float: batchNormEpsilon } }, tensors, 4) as [Tensor4D, Tensor1D, Tensor1D, Tensor1D]
    onStatistics({ mean: tf.keep(mean), variance: tf.keep(variance) })
    // The result says where relu held the gradient back; without a shortcut the input says it too, and need not be kept as well.
    save(residual && relu ? [x, gamma, beta, mean, deviation, y] : [x, gamma, beta, mean, deviation])
    return {
      value: y,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const counts: Attributes = { outputs: { int: residual && relu ? 1 : 0 } }
        const [dx, dScale, dOffset, dShortcut] = kernels.runAll('HandloomBatchNormGradient', { ...settings, ...counts }, [dy, ...saved], residual && relu ? 4 : 3) as [Tensor, Tensor, Tensor, Tensor]
        if (!residual) return [dx, dScale, dOffset]
        return [dx, dScale, dOffset, relu ? dShortcut : dy]
      },
    }
  })(...inputs) as Tensor4D
}

/** relu(factors · branch + shortcut) by Handloom's own operations, `engine/native/gates.h`. */
function joinDropped(kernels: Kernels, branch: Tensor4D, factors: Tensor1D, shortcut: Tensor4D): Tensor4D {
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x, added, save] = given as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void]
    const y = kernels.run('HandloomJoin', { T: float32 }, [x, factors, added])
    save([y, factors])
    return { value: y, gradFunc: (dy: Tensor, saved: Tensor[]) => kernels.runAll('HandloomJoinGradient', { T: float32 }, [dy, ...saved], 2) }
  })(branch, shortcut) as Tensor4D
}

const attributes: Attributes = {
  T: float32,
  U: float32,
  epsilon: { float: batchNormEpsilon },
  data_format: { string: 'NHWC' },
  is_training: { bool: true },
}

/** By TensorFlow's `FusedBatchNormV3`. */
function composed(kernels: Kernels, input: Tensor4D, scale: Tensor1D, offset: Tensor1D, onStatistics: (statistics: BatchStatistics) => void): Tensor4D {
  const { tf } = kernels
  return tf.customGrad((...given: unknown[]) => {
    const [x, gamma, beta, save] = given as [Tensor4D, Tensor1D, Tensor1D, (tensors: Tensor[]) => void]
    const none = tf.tensor1d([])
    const outputs = kernels.runAll('FusedBatchNormV3', { ...attributes, exponential_avg_factor: { float: 1 } }, [x, gamma, beta, none, none], 6)
    const [y, mean, variance, reserve1, reserve2, reserve3] = outputs as [Tensor4D, Tensor1D, Tensor1D, Tensor, Tensor, Tensor]
    onStatistics({ mean: tf.keep(mean), variance: tf.keep(variance) })
    save([x, gamma, reserve1, reserve2, reserve3])
    return {
      value: y,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, gamma, reserve1, reserve2, reserve3] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor]
        return kernels.runAll('FusedBatchNormGradV3', attributes, [dy, x, gamma, reserve1, reserve2, reserve3], 5).slice(0, 3)
      },
    }
  })(input, scale, offset) as Tensor4D
}

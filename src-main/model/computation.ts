import { activate, silu } from '../engine/ops/activations.ts'
import type { Activation } from '../engine/ops/activations.ts'
import { add } from '../engine/ops/add.ts'
import { biasActivation } from '../engine/ops/biasActivation.ts'
import { batchNormEpsilon, batchNormTraining } from '../engine/ops/batchNorm.ts'
import type { BatchStatistics } from '../engine/ops/batchNorm.ts'
import { cast } from '../engine/ops/cast.ts'
import { conv2d } from '../engine/ops/conv2d.ts'
import { dropPath } from '../engine/ops/dropPath.ts'
import { globalAveragePool } from '../engine/ops/globalAveragePool.ts'
import { groupNorm } from '../engine/ops/groupNorm.ts'
import type { FeatureType, Kernels } from '../engine/ops/kernels.ts'
import { linear } from '../engine/ops/linear.ts'
import { matMul } from '../engine/ops/matMul.ts'
import { reshape } from '../engine/ops/reshape.ts'
import { squeezeExcite } from '../engine/ops/squeezeExcite.ts'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '../engine/runtime/load.ts'
import { finalFeatures, forward } from './network.ts'
import type { Convolution, Network, Norm, Operations } from './network.ts'

/** Tensors by timm's names. */
export type NamedTensors = ReadonlyMap<string, Tensor>

function tensorOf<T extends Tensor>(tensors: NamedTensors, name: string): T {
  const tensor = tensors.get(name)
  if (!tensor) throw new RangeError(`The network was given no ${name}`)
  return tensor as T
}

/** The type in which a network's weight is used when its feature maps have type `type`: filters alike, all else in float32. */
export function weightType(shape: readonly number[], type: FeatureType): FeatureType {
  return shape.length === 4 ? type : 'float32'
}

function common(kernels: Kernels, weights: NamedTensors, type: FeatureType): Omit<Operations<Tensor>, 'convolve' | 'join'> {
  return {
    pool: (input) => globalAveragePool(kernels, input as Tensor4D, type),
    squeezeExcite: (input, squeeze, excite, activation) =>
      squeezeExcite(kernels, input as Tensor4D, {
        squeeze: tensorOf(weights, squeeze.weight.name),
        squeezeBias: tensorOf(weights, squeeze.bias.name),
        excite: tensorOf(weights, excite.weight.name),
        exciteBias: tensorOf(weights, excite.bias.name),
      }, type, activation),
    dense: (input, { weight, bias }) =>
      linear(kernels, input as Tensor2D, tensorOf<Tensor2D>(weights, weight.name), tensorOf<Tensor1D>(weights, bias.name)),
  }
}

/** What follows a norm: activation(factors · features + shortcut). */
interface AfterNorm {
  shortcut?: Tensor4D
  /** Of `dropPath`. [batch] */
  factors?: Tensor1D
  activation?: Activation | undefined
}

/** A group norm and what follows it, in training and evaluation alike. */
function normaliseGroups(
  kernels: Kernels,
  weights: NamedTensors,
  features: Tensor4D,
  { name, groupWidth }: Norm & { groupWidth: number },
  { shortcut, factors, activation }: AfterNorm,
  type: FeatureType,
): Tensor4D {
  const normalised = groupNorm(kernels, features, tensorOf(weights, `${name}.weight`), tensorOf(weights, `${name}.bias`), groupWidth, type)
  const kept = factors ? dropPath(kernels, normalised, cast(kernels, factors, 'float32', type)) : normalised
  const joined = shortcut ? add(kernels, kept, shortcut) : kept
  return activation ? activate(kernels, joined, activation, type) : joined
}

const isGroupNorm = (norm: Norm): norm is Norm & { groupWidth: number } => norm.groupWidth !== undefined

export interface TrainingInputs {
  /** What feature maps are computed in; the filters among the weights are given in it (`weightType`). Default float32. */
  type?: FeatureType
  /** Factors of `dropPath` per block, each [batch]; undefined for a block that is never dropped. */
  pathFactors: readonly (Tensor1D | undefined)[]
  /** Is given each batch norm's statistics, kept alive: the caller disposes them. */
  onStatistics(norm: string, statistics: BatchStatistics): void
}

/**
 * Logits of a network in training: batch norms by the statistics of the batch. Differentiable in the weights.
 * @param input [batch, height, width, 3] float32
 */
export function trainingLogits(kernels: Kernels, network: Network, weights: NamedTensors, input: Tensor4D, inputs: TrainingInputs): Tensor2D {
  const { type = 'float32', pathFactors, onStatistics } = inputs
  const convolve = (features: Tensor, { filter, norm, stride }: Convolution, after: AfterNorm): Tensor => {
    const convolved = conv2d(kernels, features as Tensor4D, tensorOf<Tensor4D>(weights, filter.name), stride)
    if (isGroupNorm(norm)) return normaliseGroups(kernels, weights, convolved, norm, after, type)
    const { activation, ...joined } = after
    const scale = tensorOf<Tensor1D>(weights, `${norm.name}.weight`)
    const offset = tensorOf<Tensor1D>(weights, `${norm.name}.bias`)
    const onBatch = (statistics: BatchStatistics): void => onStatistics(norm.name, statistics)
    const normalised = batchNormTraining(kernels, convolved, scale, offset, onBatch, { ...joined, relu: activation === 'relu', type })
    return activation === 'silu' ? silu(kernels, normalised, type) : normalised
  }
  const operations: Operations<Tensor> = {
    ...common(kernels, weights, type),
    convolve: (features, convolution, activation) => convolve(features, convolution, { activation }),
    join: (branch, convolution, shortcut, block, activation) => {
      const factors = pathFactors[block]
      return convolve(branch, convolution, { shortcut: shortcut as Tensor4D, ...(factors ? { factors } : {}), activation })
    },
  }
  return forward(network, operations, cast(kernels, input, 'float32', type)) as Tensor2D
}

/** How a network in evaluation is computed: batch norms by their running statistics, folded into the filters. Not differentiable. */
function evaluationOperations(kernels: Kernels, weights: NamedTensors, statistics: NamedTensors, type: FeatureType): Operations<Tensor> {
  const { tf } = kernels
  const convolve = (features: Tensor, { filter, norm, stride }: Convolution, after: AfterNorm): Tensor => {
    const kernel = tensorOf<Tensor4D>(weights, filter.name)
    if (isGroupNorm(norm)) {
      const convolved = conv2d(kernels, features as Tensor4D, cast(kernels, kernel, 'float32', type), stride)
      return normaliseGroups(kernels, weights, convolved, norm, after, type)
    }
    const { activation, ...joined } = after
    const deviation = tf.sqrt(tf.add(tensorOf<Tensor1D>(statistics, `${norm.name}.running_var`), batchNormEpsilon))
    const scale = tf.div(tensorOf<Tensor1D>(weights, `${norm.name}.weight`), deviation)
    const shift = tf.sub(tensorOf<Tensor1D>(weights, `${norm.name}.bias`), tf.mul(tensorOf<Tensor1D>(statistics, `${norm.name}.running_mean`), scale)) as Tensor1D
    const folded = cast(kernels, tf.mul(kernel, scale) as Tensor4D, 'float32', type)
    const convolved = conv2d(kernels, features as Tensor4D, folded, stride)
    const finished = biasActivation(kernels, convolved, shift, { ...joined, relu: activation === 'relu', type })
    return activation === 'silu' ? silu(kernels, finished, type) : finished
  }
  return {
    ...common(kernels, weights, type),
    convolve: (features, convolution, activation) => convolve(features, convolution, { activation }),
    join: (branch, convolution, shortcut, _, activation) => convolve(branch, convolution, { shortcut: shortcut as Tensor4D, activation }),
  }
}

/**
 * Logits of a network in evaluation. Not differentiable.
 * @param weights all in float32
 * @param statistics running means and variances
 * @param input [batch, height, width, 3] float32
 * @param type what feature maps are computed in
 */
export function evaluationLogits(
  kernels: Kernels,
  network: Network,
  weights: NamedTensors,
  statistics: NamedTensors,
  input: Tensor4D,
  type: FeatureType = 'float32',
): Tensor2D {
  return forward(network, evaluationOperations(kernels, weights, statistics, type), cast(kernels, input, 'float32', type)) as Tensor2D
}

/**
 * The same logits [batch, classes] with what they come from: the pooled features [batch, channels], and class activation maps
 * [batch, height, width, classes] (Zhou et al., "Learning deep features for discriminative localization", 2016): the last feature map times
 * the head's weights, so that a map's mean and the class's bias are its logit.
 */
export function evaluationMaps(
  kernels: Kernels,
  network: Network,
  weights: NamedTensors,
  statistics: NamedTensors,
  input: Tensor4D,
  type: FeatureType = 'float32',
): { logits: Tensor2D; pooled: Tensor2D; maps: Tensor } {
  const operations = evaluationOperations(kernels, weights, statistics, type)
  const features = finalFeatures(network, operations, cast(kernels, input, 'float32', type))
  const [, height, width, channels] = features.shape as [number, number, number, number]
  const pooled = operations.pool(features) as Tensor2D
  const rows = reshape(kernels, cast(kernels, features, type, 'float32'), [-1, channels])
  const products = matMul(kernels, rows, tensorOf(weights, network.head.weight.name))
  return { logits: operations.dense(pooled, network.head) as Tensor2D, pooled, maps: reshape(kernels, products, [-1, height, width, network.head.outputs]) }
}

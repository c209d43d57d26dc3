import { HandloomError } from '../../contract/errors.ts'
import { batchNormEpsilon } from '../../engine/ops/batchNorm.ts'
import type { Convolution } from '../network.ts'
import type { WeightArray } from '../weights.ts'

/** Trained weights and running statistics, by our names and in our layout. */
export type NamedWeights = ReadonlyMap<string, WeightArray>

/** @throws HandloomError `internal` when there is none of this name */
export function valuesOf(weights: NamedWeights, name: string): Float32Array {
  const found = weights.get(name)
  if (!found) throw new HandloomError('internal', `There are no values for ${name}.`)
  return found.data
}

/**
 * A convolution with the batch norm behind it, by its running statistics, as one convolution with a bias: exact but for rounding, since both are linear.
 * @returns filter [kernel, kernel, inputs / groups, outputs], bias [outputs]
 */
export function foldedConvolution(weights: NamedWeights, { filter, norm, outputs }: Convolution): { filter: Float32Array; bias: Float32Array } {
  const of = (part: string): Float32Array => valuesOf(weights, `${norm.name}.${part}`)
  const [scale, offset, mean, variance] = [of('weight'), of('bias'), of('running_mean'), of('running_var')]
  const factors = Float64Array.from(scale, (value, channel) => value / Math.sqrt(variance[channel]! + batchNormEpsilon))
  return {
    filter: valuesOf(weights, filter.name).map((value, index) => value * factors[index % outputs]!),
    bias: Float32Array.from(factors, (factor, channel) => offset[channel]! - mean[channel]! * factor),
  }
}

/** Which output of a network each class is, where some share one, and the class's share of it. */
export interface ClassOutputs {
  of: readonly number[]
  share: readonly number[]
}

/** A class that has no share at all keeps this much, so that its logit is a number. */
const leastShare = 1e-30

/**
 * The weights of a network with a logit for each class where classes share an output: each class has its output's weights and log(share) more in the bias. As the
 * shares of an output sum to one, softmax gives each class its share of what the output had, and nothing else is another.
 * @param layers names of what gives the logits: matrices [inputs, outputs], and the one bias
 */
export function withClassLogits(weights: NamedWeights, outputs: ClassOutputs, layers: { matrices: readonly string[]; bias: string }): Map<string, WeightArray> {
  const widened = new Map(weights)
  for (const name of layers.matrices) {
    const { shape: [inputs = 0, before = 0], data } = weights.get(name) as WeightArray
    const classes = outputs.of.length
    widened.set(name, { shape: [inputs, classes], data: Float32Array.from({ length: inputs * classes }, (_, at) => data[Math.floor(at / classes) * before + outputs.of[at % classes]!]!) })
  }
  widened.set(layers.bias, { shape: [outputs.of.length], data: classLogits(outputs, valuesOf(weights, layers.bias)) })
  return widened
}

/** Logits of the classes from those of the outputs, one row. */
export const classLogits = ({ of, share }: ClassOutputs, logits: Float32Array): Float32Array => Float32Array.from(of, (output, index) => logits[output]! + Math.log(Math.max(leastShare, share[index]!)))

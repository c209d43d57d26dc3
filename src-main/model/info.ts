import { HandloomError } from '../contract/errors.ts'
import { keypointModels, seesKeypoints } from '../contract/keypoints.ts'
import type { ModelInfo } from '../contract/train.ts'
import { forward, layOutNetwork } from './network.ts'
import type { Convolution, Dense, Network, Operations } from './network.ts'
import { generateStages } from './regnet.ts'
import { findModel, modelNames } from './zoo.ts'
import type { ZooModel } from './zoo.ts'

/** A model of the zoo: one that sees pictures. @throws HandloomError `bad-request` with the nearest names when there is none of this name */
export function requireModel(name: string): ZooModel {
  const model = findModel(name)
  if (model) return model
  if (seesKeypoints(name)) throw new HandloomError('bad-request', `${name} sees keypoints, not pictures, and trains in seconds: this is for models that see pictures (handloom model list shows all).`)
  const family = name.slice(0, 7).toLowerCase()
  const near = modelNames().filter((known) => known.startsWith(family))
  const offer = (near.length ? near : modelNames()).slice(0, 12).join(', ')
  throw new HandloomError('bad-request', `There is no model ${JSON.stringify(name)}. Choose one of: ${offer} …, or ${keypointModels.join(' or ')}, which see keypoints (handloom model list shows all).`)
}

/** The number of trained weights of a network. */
export function parameterCount(network: Pick<Network, 'parameters'>): number {
  return network.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0)
}

interface FeatureShape {
  height: number
  width: number
  channels: number
}

/**
 * Multiply-adds and activations of one picture, counted as the RegNet paper does: FLOPs are the multiply-adds of convolutions and dense
 * layers, activations the outputs of convolutions.
 */
export function countWork(network: Network, imageSize: number): { flops: number; activations: number } {
  let flops = 0
  let activations = 0
  const convolve = ({ height, width }: FeatureShape, { kernel, stride, inputs, outputs, groups }: Convolution): FeatureShape => {
    const output = { height: Math.ceil(height / stride), width: Math.ceil(width / stride), channels: outputs }
    const values = output.height * output.width * outputs
    flops += values * kernel * kernel * (inputs / groups)
    activations += values
    return output
  }
  const dense = (_: FeatureShape, { inputs, outputs }: Dense): FeatureShape => {
    flops += inputs * outputs
    return { height: 1, width: 1, channels: outputs }
  }
  const counting: Operations<FeatureShape> = {
    convolve,
    join: convolve,
    squeezeExcite(input, squeeze, excite) {
      dense(dense(input, squeeze), excite)
      return input
    },
    pool: ({ channels }) => ({ height: 1, width: 1, channels }),
    dense,
  }
  forward(network, counting, { height: imageSize, width: imageSize, channels: 3 })
  return { flops, activations }
}

/**
 * What can be said of a model without running it; the head counted for 1000 classes, as in the published tables, unless told otherwise.
 * Needs no TensorFlow.
 * @throws HandloomError `bad-request` when the zoo has no such model
 */
export function modelInfo(name: string, options: { classes?: number; imageSize?: number } = {}): ModelInfo {
  const { config, family, imageSize: ownSize } = requireModel(name)
  const { classes = 1000, imageSize = ownSize } = options
  const stages = generateStages(config)
  const network = layOutNetwork(config, classes)
  return {
    name,
    sees: 'pictures',
    family,
    parameters: parameterCount(network),
    ...countWork(network, imageSize),
    imageSize,
    depths: stages.map(({ depth }) => depth),
    widths: stages.map(({ width }) => width),
    groupWidths: stages.map(({ groupWidth }) => groupWidth),
    squeezeExcite: config.squeezeExcite,
  }
}

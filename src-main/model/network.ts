import type { Activation } from '../engine/ops/activations.ts'
import { generateStages, roundHalfToEven } from './regnet.ts'
import type { RegNetConfig } from './regnet.ts'

/** How a weight begins: normal with variance 2 / fan-out (He et al., 2015) or 1 / fan-in (LeCun et al., 1998), normal with deviation 0.01, ones or zeros. */
export type Initialisation = 'fan-out' | 'fan-in' | 'head' | 'ones' | 'zeros'

/** A trained weight. Filters are [height, width, input channels / groups, output channels], matrices [inputs, outputs]. */
export interface Parameter {
  /** timm's name, for example `s1.b1.conv2.conv.weight`. */
  name: string
  shape: number[]
  initialisation: Initialisation
  /** Whether weight decay applies: not to norms and biases. */
  decayed: boolean
}

export interface Norm {
  /** timm's prefix, for example `s1.b1.conv2.bn`: holds `.weight` and `.bias`, a batch norm `.running_mean` and `.running_var` too. */
  name: string
  channels: number
  /** Channels of a group of a group norm; undefined for a batch norm. */
  groupWidth: number | undefined
}

export interface Convolution {
  filter: Parameter
  norm: Norm
  kernel: 1 | 3
  stride: 1 | 2
  inputs: number
  outputs: number
  groups: number
}

export interface Dense {
  weight: Parameter
  bias: Parameter
  inputs: number
  outputs: number
}

/** A residual bottleneck block: 1×1, 3×3 grouped, squeeze-and-excitation, 1×1; a projection where the shape changes. */
export interface Block {
  name: string
  convolutions: [Convolution, Convolution, Convolution]
  squeeze?: Dense
  excite?: Dense
  shortcut?: Convolution
}

export interface Network {
  stem: Convolution
  blocks: Block[]
  head: Dense
  activation: Activation
  /** All weights, the decayed ones first. */
  parameters: Parameter[]
  norms: Norm[]
}

/**
 * Lays out a RegNet for a number of classes: its layers and all its weights, without any values.
 * As in timm the last norm of each block begins with zeros, so that each block begins as its shortcut (Goyal et al., 2017).
 * @throws RangeError for a config outside the design space
 */
export function layOutNetwork(config: RegNetConfig, classes: number): Network {
  const { activation = 'relu', normGroupWidth } = config
  const parameters: Parameter[] = []
  const norms: Norm[] = []
  const parameter = (name: string, shape: number[], initialisation: Initialisation): Parameter => {
    const added = { name, shape, initialisation, decayed: initialisation === 'fan-out' || initialisation === 'head' }
    parameters.push(added)
    return added
  }
  const convolution = (
    name: string,
    inputs: number,
    outputs: number,
    { kernel = 1, stride = 1, groups = 1, last = false }: { kernel?: 1 | 3; stride?: 1 | 2; groups?: number; last?: boolean },
  ): Convolution => {
    const filter = parameter(`${name}.conv.weight`, [kernel, kernel, inputs / groups, outputs], 'fan-out')
    parameter(`${name}.bn.weight`, [outputs], last ? 'zeros' : 'ones')
    parameter(`${name}.bn.bias`, [outputs], 'zeros')
    if (normGroupWidth !== undefined && outputs % normGroupWidth !== 0) throw new RangeError(`Norms in groups of ${normGroupWidth} channels do not go with a width of ${outputs}`)
    const norm = { name: `${name}.bn`, channels: outputs, groupWidth: normGroupWidth }
    norms.push(norm)
    return { filter, norm, kernel, stride, inputs, outputs, groups }
  }
  const dense = (name: string, inputs: number, outputs: number, initialisation: Initialisation): Dense => ({
    weight: parameter(`${name}.weight`, [inputs, outputs], initialisation),
    bias: parameter(`${name}.bias`, [outputs], 'zeros'),
    inputs,
    outputs,
  })

  const stem = convolution('stem', 3, config.stemWidth, { kernel: 3, stride: config.stemStride })
  const blocks: Block[] = []
  let width = config.stemWidth
  generateStages(config).forEach((stage, stageIndex) => {
    for (let index = 0; index < stage.depth; index++) {
      const name = `s${stageIndex + 1}.b${index + 1}`
      const stride = index === 0 ? 2 : 1
      const squeezed = roundHalfToEven(width * config.squeezeExcite)
      const first = convolution(`${name}.conv1`, width, stage.width, {})
      const second = convolution(`${name}.conv2`, stage.width, stage.width, { kernel: 3, stride, groups: stage.width / stage.groupWidth })
      const gate = squeezed
        ? { squeeze: dense(`${name}.se.fc1`, stage.width, squeezed, 'fan-out'), excite: dense(`${name}.se.fc2`, squeezed, stage.width, 'fan-out') }
        : {}
      const third = convolution(`${name}.conv3`, stage.width, stage.width, { last: true })
      const shortcut = width !== stage.width || stride !== 1 ? { shortcut: convolution(`${name}.downsample`, width, stage.width, { stride }) } : {}
      blocks.push({ name, convolutions: [first, second, third], ...gate, ...shortcut })
      width = stage.width
    }
  })
  const head = dense('head.fc', width, classes, 'head')
  const ordered = [...parameters.filter(({ decayed }) => decayed), ...parameters.filter(({ decayed }) => !decayed)]
  return { stem, blocks, head, activation, parameters: ordered, norms }
}

/** What a network is computed with, for any representation T of a feature map: TensorFlow's tensors, shapes for counting, nodes of an export. */
export interface Operations<T> {
  /** Convolution and norm, and the activation where one follows. */
  convolve(input: T, convolution: Convolution, activation?: Activation): T
  /** The end of block number `block`: activation(drop path(convolution and norm of the branch) + shortcut). */
  join(branch: T, convolution: Convolution, shortcut: T, block: number, activation: Activation): T
  /** Squeeze-and-excitation: multiplies each channel by its gate. The activation is that of what was squeezed. */
  squeezeExcite(input: T, squeeze: Dense, excite: Dense, activation: Activation): T
  /** Mean over height and width. */
  pool(input: T): T
  dense(input: T, layer: Dense): T
}

/** Runs a network on an input: pictures [batch, height, width, 3] → logits [batch, classes]. */
export function forward<T>(network: Network, operations: Operations<T>, input: T): T {
  return operations.dense(operations.pool(finalFeatures(network, operations, input)), network.head)
}

/** The network up to the feature map that is pooled: [batch, height, width, channels]. */
export function finalFeatures<T>(network: Network, operations: Operations<T>, input: T): T {
  const { activation } = network
  let features = operations.convolve(input, network.stem, activation)
  network.blocks.forEach(({ convolutions: [first, second, third], squeeze, excite, shortcut }, index) => {
    let branch = operations.convolve(features, first, activation)
    branch = operations.convolve(branch, second, activation)
    if (squeeze && excite) branch = operations.squeezeExcite(branch, squeeze, excite, activation)
    features = operations.join(branch, third, shortcut ? operations.convolve(features, shortcut) : features, index, activation)
  })
  return features
}

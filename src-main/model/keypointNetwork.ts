import type { KeypointModel } from '../contract/keypoints.ts'
import type { Dense, Initialisation, Norm, Parameter } from './network.ts'

/** Convolution over three frames that follow each other, with a bias. Filter [3, 1, inputs, outputs]. */
export interface TemporalConvolution {
  filter: Parameter
  bias: Parameter
}

/** A residual block: what the frames before and after say, through a narrow layer. */
export interface TemporalBlock {
  convolution: TemporalConvolution
  out: Dense
}

/** A matrix without a bias, [inputs, outputs]. */
export interface Projection {
  weight: Parameter
}

/** The deep part of `keypoint_temporal`; `keypoint_linear` has none. */
export interface TemporalPart {
  hand: Dense
  body: Dense
  scene: Projection
  blocks: TemporalBlock[]
  context: Dense
  head: Projection
}

export interface KeypointNetwork {
  /** Weights from the standardised features straight to the logits. */
  hands: Projection
  scene: Dense
  temporal: TemporalPart | null
  /** All weights, the decayed ones first. */
  parameters: Parameter[]
  /** The standardisation of the features, as statistics: those of a hand (the same for both), then those of the scene. */
  norms: Norm[]
}

export interface KeypointNetworkShape {
  /** Numbers of a hand, of the scene. */
  handFeatures: number
  sceneFeatures: number
  classes: number
}

const handWidth = 64
export const bodyWidth = 96
const blockCount = 2

/**
 * Lays out a keypoint model: its layers and all its weights, without any values.
 *
 * Both have a linear layer from the features of a frame to its logits (multinomial logistic regression). `keypoint_temporal` adds to it: one layer for each
 * hand, the same for both; a layer over both hands and the scene; two residual blocks with a convolution over three frames; the mean over the sequence's
 * frames, fed back to each; a linear layer to the logits. What it adds begins at zero.
 */
export function layOutKeypointNetwork(model: KeypointModel, { handFeatures, sceneFeatures, classes }: KeypointNetworkShape): KeypointNetwork {
  const parameters: Parameter[] = []
  const parameter = (name: string, shape: number[], initialisation: Initialisation, decayed = true): Parameter => {
    const added = { name, shape, initialisation, decayed }
    parameters.push(added)
    return added
  }
  const projection = (name: string, inputs: number, outputs: number, initialisation: Initialisation): Projection => ({ weight: parameter(`${name}.weight`, [inputs, outputs], initialisation) })
  const dense = (name: string, inputs: number, outputs: number, initialisation: Initialisation): Dense => ({
    ...projection(name, inputs, outputs, initialisation), bias: parameter(`${name}.bias`, [outputs], 'zeros', false), inputs, outputs,
  })
  const block = (name: string): TemporalBlock => ({
    convolution: { filter: parameter(`${name}.conv.weight`, [3, 1, bodyWidth, bodyWidth], 'fan-in'), bias: parameter(`${name}.conv.bias`, [bodyWidth], 'zeros', false) },
    out: dense(`${name}.out`, bodyWidth, bodyWidth, 'zeros'),
  })
  const temporal = (): TemporalPart => ({
    hand: dense('hand', handFeatures, handWidth, 'fan-in'),
    body: dense('body', 2 * handWidth, bodyWidth, 'fan-in'),
    scene: projection('scene', sceneFeatures, bodyWidth, 'fan-in'),
    blocks: Array.from({ length: blockCount }, (_, index) => block(`blocks.${index}`)),
    context: dense('context', bodyWidth, bodyWidth, 'zeros'),
    head: projection('head', bodyWidth, classes, 'zeros'),
  })
  const network = {
    hands: projection('linear.hands', 2 * handFeatures, classes, 'zeros'),
    scene: dense('linear.scene', sceneFeatures, classes, 'zeros'),
    temporal: model === 'keypoint_temporal' ? temporal() : null,
    norms: [{ name: 'features', channels: handFeatures + sceneFeatures, groupWidth: undefined }],
  }
  return { ...network, parameters: [...parameters.filter(({ decayed }) => decayed), ...parameters.filter(({ decayed }) => !decayed)] }
}

/** What a keypoint model is computed with, for any representation T of rows of numbers: TensorFlow's tensors, or plain arrays. */
export interface KeypointOperations<T> {
  /** [rows, inputs] → [rows, outputs] */
  project(input: T, layer: Projection): T
  dense(input: T, layer: Dense): T
  /** x · σ(x) */
  silu(input: T): T
  add(one: T, other: T): T
  /** [2 · frames, n], the hands of a frame after one another → [frames, 2 · n] */
  pair(hands: T): T
  /** Over the frames of each sequence, in their order; before the first and after the last there are zeros. */
  convolve(input: T, layer: TemporalConvolution): T
  /** Drop path of block number `block`, where it is on. */
  drop(branch: T, block: number): T
  /** Each frame's row becomes the mean over the rows of its sequence. */
  mean(input: T): T
}

/**
 * Runs a keypoint model.
 * @param hands [2 · frames, handFeatures], standardised
 * @param scene [frames, sceneFeatures], standardised
 * @returns logits [frames, classes], and the body's features [frames, bodyWidth] (of `keypoint_linear` the logits again)
 */
export function forwardKeypoints<T>(network: KeypointNetwork, operations: KeypointOperations<T>, hands: T, scene: T): { logits: T; features: T } {
  const { project, dense, silu, add, pair, convolve, drop, mean } = operations
  const linear = add(project(pair(hands), network.hands), dense(scene, network.scene))
  if (!network.temporal) return { logits: linear, features: linear }
  const { hand, body, scene: toBody, blocks, context, head } = network.temporal
  let features = silu(add(dense(pair(silu(dense(hands, hand))), body), project(scene, toBody)))
  for (const [index, { convolution, out }] of blocks.entries()) features = add(features, drop(dense(silu(convolve(features, convolution)), out), index))
  features = add(features, silu(dense(mean(features), context)))
  return { logits: add(linear, project(features, head)), features }
}

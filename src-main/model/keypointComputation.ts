import { conv2d } from '../engine/ops/conv2d.ts'
import { silu } from '../engine/ops/activations.ts'
import { add } from '../engine/ops/add.ts'
import { addBias, frameMeans, project, reshaped, scaleRows } from '../engine/ops/frames.ts'
import type { Kernels } from '../engine/ops/kernels.ts'
import { linear } from '../engine/ops/linear.ts'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '../engine/runtime/load.ts'
import type { NamedTensors } from './computation.ts'
import { forwardKeypoints, type KeypointNetwork, type KeypointOperations } from './keypointNetwork.ts'

export interface KeypointTensors {
  /** [batch · frames · 2, handFeatures] and [batch · frames, sceneFeatures], standardised */
  hands: Tensor2D
  scene: Tensor2D
  /** [batch · frames, 1]: 1 / frames of the sequence; 0 for frames that only fill up. */
  shares: Tensor2D
  /** [batch · frames, 1]: 1; 0 for frames that only fill up. */
  mask: Tensor2D
  /** Frames of each sequence, those that fill up too. */
  frames: number
  /** Drop path: factors of each block, [batch · frames, 1]; empty: none is dropped. */
  pathFactors: readonly Tensor2D[]
}

/** Logits and features of a keypoint model with TensorFlow, differentiable in the weights. */
export function keypointLogits(kernels: Kernels, network: KeypointNetwork, weights: NamedTensors, { hands, scene, shares, mask, frames, pathFactors }: KeypointTensors): { logits: Tensor2D; features: Tensor2D } {
  const of = <T extends Tensor>({ name }: { name: string }): T => {
    const tensor = weights.get(name)
    if (!tensor) throw new RangeError(`The network was given no ${name}`)
    return tensor as T
  }
  const operations: KeypointOperations<Tensor2D> = {
    project: (input, { weight }) => project(kernels, input, of(weight)),
    dense: (input, { weight, bias }) => linear(kernels, input, of<Tensor2D>(weight), of<Tensor1D>(bias)),
    silu: (input) => silu(kernels, input),
    add: (one, other) => add(kernels, one, other),
    pair: (input) => reshaped(kernels, input, [-1, 2 * input.shape[1]]) as Tensor2D,
    convolve(input, { filter, bias }) {
      const [inputs, outputs] = filter.shape.slice(2) as [number, number]
      const rows = reshaped(kernels, scaleRows(kernels, input, mask), [-1, frames, 1, inputs]) as Tensor4D
      return addBias(kernels, reshaped(kernels, conv2d(kernels, rows, of<Tensor4D>(filter), 1), [-1, outputs]) as Tensor2D, of<Tensor1D>(bias))
    },
    drop: (branch, block) => (pathFactors[block] ? (scaleRows(kernels, branch, pathFactors[block]) as Tensor2D) : branch),
    mean: (input) => frameMeans(kernels, input, shares, frames),
  }
  return forwardKeypoints(network, operations, hands, scene)
}

import type { KeypointNetwork, KeypointOperations } from './keypointNetwork.ts'
import { forwardKeypoints } from './keypointNetwork.ts'
import type { WeightArray } from './weights.ts'

/** Rows of numbers, row by row. */
interface Rows {
  data: Float32Array
  columns: number
}

/**
 * A keypoint model of one sequence without TensorFlow: the same sums as `keypointComputation.ts`, in float32.
 * @param weights by name, as a checkpoint has them
 * @param hands [frames, 2, handFeatures], standardised
 * @param scene [frames, sceneFeatures], standardised
 * @returns logits [frames, classes]
 */
export function plainLogits(network: KeypointNetwork, weights: ReadonlyMap<string, WeightArray>, hands: Float32Array, scene: Float32Array): Float32Array {
  const of = ({ name }: { name: string }): Float32Array => {
    const found = weights.get(name)
    if (!found) throw new RangeError(`The network was given no ${name}`)
    return found.data
  }
  const [handFeatures, sceneFeatures] = [network.hands.weight.shape[0]! / 2, network.scene.inputs]
  const operations: KeypointOperations<Rows> = {
    project: (input, { weight }) => product(input, of(weight), weight.shape[1]!),
    dense: (input, { weight, bias, outputs }) => withBias(product(input, of(weight), outputs), of(bias)),
    silu: ({ data, columns }) => ({ data: data.map((value) => value / (1 + Math.exp(-value))), columns }),
    add: (one, other) => ({ data: one.data.map((value, index) => value + other.data[index]!), columns: one.columns }),
    pair: ({ data, columns }) => ({ data, columns: 2 * columns }),
    convolve(input, { filter, bias }) {
      const outputs = filter.shape[3]!
      return withBias(product(aroundEach(input), of(filter), outputs), of(bias))
    },
    drop: (branch) => branch,
    mean({ data, columns }) {
      const rows = data.length / columns
      const means = new Float32Array(columns)
      for (const [index, value] of data.entries()) means[index % columns]! += value / rows
      return { data: data.map((_, index) => means[index % columns]!), columns }
    },
  }
  return forwardKeypoints(network, operations, { data: hands, columns: handFeatures }, { data: scene, columns: sceneFeatures }).logits.data
}

/** @param weight [inputs, outputs], row by row */
function product({ data, columns }: Rows, weight: Float32Array, outputs: number): Rows {
  const rows = data.length / columns
  const result = new Float32Array(rows * outputs)
  for (let row = 0; row < rows; row++) {
    const own = result.subarray(row * outputs, (row + 1) * outputs)
    for (let input = 0; input < columns; input++) {
      const value = data[row * columns + input]!
      if (value === 0) continue
      const from = input * outputs
      for (let output = 0; output < outputs; output++) own[output]! += value * weight[from + output]!
    }
  }
  return { data: result, columns: outputs }
}

function withBias({ data, columns }: Rows, bias: Float32Array): Rows {
  for (let index = 0; index < data.length; index++) data[index]! += bias[index % columns]!
  return { data, columns }
}

/** The row before, the row and the row after, beside each other; zeros beyond the ends. */
function aroundEach({ data, columns }: Rows): Rows {
  const rows = data.length / columns
  const around = new Float32Array(rows * 3 * columns)
  for (let row = 0; row < rows; row++)
    for (const [place, neighbour] of [row - 1, row, row + 1].entries())
      if (neighbour >= 0 && neighbour < rows) around.set(data.subarray(neighbour * columns, (neighbour + 1) * columns), (row * 3 + place) * columns)
  return { data: around, columns: 3 * columns }
}

import { forwardKeypoints, type KeypointNetwork, type KeypointOperations } from '../keypointNetwork.ts'
import type { FeatureScales } from './featureScales.ts'
import { TensorFlowGraph } from './tensorflowGraph.ts'
import { valuesOf, type NamedWeights } from './values.ts'

/** A matrix of the graph: as many columns, a row for each frame (or hand). */
interface Rows {
  name: string
  columns: number
}

/** A keypoint model of one sequence as a graph of TensorFlow's own operations; inputs and output as those of `onnxKeypoints`. */
export function tensorflowKeypoints(network: KeypointNetwork, weights: NamedWeights, scales: FeatureScales): TensorFlowGraph {
  const graph = new TensorFlowGraph()
  const [handFeatures, sceneFeatures] = [scales.hand.mean.length, scales.scene.mean.length]
  const [hands, present, scene] = [graph.input('hands', [-1, 2, handFeatures]), graph.input('present', [-1, 2]), graph.input('scene', [-1, sceneFeatures])]
  const limit = (name: string, value: number): string => graph.constant(name, [], Float32Array.of(value))
  const [least, most] = [limit('least', -scales.farthest), limit('most', scales.farthest)]
  const standardised = (label: string, from: string, { mean, scale }: FeatureScales['hand']): string => {
    const numbers = (name: string, values: Float32Array): string => graph.constant(`${label}/${name}`, [values.length], values)
    const scaled = graph.node('Mul', `${label}/scaled`, [graph.node('Sub', `${label}/centred`, [from, numbers('mean', mean)]), numbers('scale', scale)])
    return graph.node('Minimum', `${label}/standardised`, [graph.node('Maximum', `${label}/raised`, [scaled, least]), most])
  }
  const there = graph.node('Mul', 'hands/there', [standardised('hands', hands, scales.hand), graph.reshape('present/column', present, [-1, 2, 1])])

  const path = (name: string): string => name.replace(/\.weight$/, '').replaceAll('.', '/')
  const weight = ({ name, shape }: { name: string; shape: readonly number[] }): string => graph.constant(name.replaceAll('.', '/'), shape, valuesOf(weights, name))
  const operations: KeypointOperations<Rows> = {
    project: (from, layer) => ({ name: graph.product(path(layer.weight.name), from.name, weight(layer.weight)), columns: layer.weight.shape[1] as number }),
    dense: (from, layer) => ({ name: graph.biased(`${path(layer.weight.name)}/biased`, graph.product(path(layer.weight.name), from.name, weight(layer.weight)), weight(layer.bias)), columns: layer.outputs }),
    silu: ({ name, columns }) => ({ name: graph.node('Mul', `${name}/silu`, [name, graph.node('Sigmoid', `${name}/sigmoid`, [name])]), columns }),
    add: (one, other) => ({ name: graph.node('AddV2', `${one.name}/sum`, [one.name, other.name]), columns: one.columns }),
    pair: ({ name, columns }) => ({ name: graph.reshape(`${name}/pairs`, name, [-1, 2 * columns]), columns: 2 * columns }),
    convolve({ name }, { filter, bias }) {
      const [, , inputs, outputs] = filter.shape as [number, number, number, number]
      const convolved = graph.convolution(path(filter.name), graph.reshape(`${name}/series`, name, [1, -1, 1, inputs]), weight(filter), [3, 1], 1)
      return { name: graph.biased(`${path(filter.name)}/biased`, graph.reshape(`${path(filter.name)}/rows`, convolved, [-1, outputs]), weight(bias)), columns: outputs }
    },
    drop: (branch) => branch,
    // One row, which is added to each.
    mean: ({ name, columns }) => ({ name: graph.mean(`${name}/mean`, name, [0], true), columns }),
  }
  const rows = { name: graph.reshape('hands/rows', there, [-1, handFeatures]), columns: handFeatures }
  const { logits } = forwardKeypoints(network, operations, rows, { name: standardised('scene', scene, scales.scene), columns: sceneFeatures })
  graph.output('logits', logits.name, [-1, network.scene.outputs])
  return graph
}

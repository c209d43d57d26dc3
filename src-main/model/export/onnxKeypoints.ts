import { forwardKeypoints, type KeypointNetwork, type KeypointOperations } from '../keypointNetwork.ts'
import { turn } from '../importWeights.ts'
import { OnnxGraph } from './onnxGraph.ts'
import type { FeatureScales } from './featureScales.ts'
import { valuesOf, type NamedWeights } from './values.ts'

/** A matrix of the graph: as many columns, a row for each frame (or hand). */
interface Rows {
  name: string
  columns: number
}

/**
 * A keypoint model of one sequence as an ONNX graph, all float32: `hands` [T, 2, features], `present` [T, 2] (1 where a hand is in the seat) and `scene` [T, features]
 * as they are measured, not standardised, to `logits` [T, classes].
 */
export function onnxKeypoints(network: KeypointNetwork, weights: NamedWeights, scales: FeatureScales): OnnxGraph {
  const graph = new OnnxGraph()
  const [handFeatures, sceneFeatures] = [scales.hand.mean.length, scales.scene.mean.length]
  const list = (name: string, values: readonly number[]): string => graph.constant(name, [values.length], values)
  const limits = ['least', 'most'].map((name, index) => graph.constant(name, [], Float32Array.of(index === 0 ? -scales.farthest : scales.farthest)))
  const standardised = (from: string, { mean, scale }: FeatureScales['hand']): string => {
    const centred = graph.node('Sub', `${from}.centred`, [from, graph.constant(`${from}.mean`, [mean.length], mean)])
    return graph.node('Clip', `${from}.standardised`, [graph.node('Mul', `${from}.scaled`, [centred, graph.constant(`${from}.scale`, [scale.length], scale)]), ...limits])
  }
  const [hands, present, scene] = [graph.input('hands', ['T', 2, handFeatures]), graph.input('present', ['T', 2]), graph.input('scene', ['T', sceneFeatures])]
  const there = graph.node('Mul', 'hands.there', [standardised(hands, scales.hand), graph.node('Unsqueeze', 'present.column', [present, list('present.axes', [2])])])

  const weight = ({ name, shape }: { name: string; shape: number[] }): string => graph.constant(name, shape, valuesOf(weights, name))
  const named = (layer: { weight: { name: string } }): string => layer.weight.name.replace(/\.weight$/, '')
  const operations: KeypointOperations<Rows> = {
    project: (from, layer) => ({ name: graph.node('MatMul', named(layer), [from.name, weight(layer.weight)]), columns: layer.weight.shape[1] as number }),
    dense: (from, layer) => ({ name: graph.node('Gemm', named(layer), [from.name, weight(layer.weight), weight(layer.bias)]), columns: layer.outputs }),
    silu: ({ name, columns }) => ({ name: graph.node('Mul', `${name}.silu`, [name, graph.node('Sigmoid', `${name}.sigmoid`, [name])]), columns }),
    add: (one, other) => ({ name: graph.node('Add', `${one.name}.sum`, [one.name, other.name]), columns: one.columns }),
    pair: ({ name, columns }) => ({ name: graph.node('Reshape', `${name}.pairs`, [name, list(`${name}.pairs.shape`, [-1, 2 * columns])]), columns: 2 * columns }),
    convolve({ name }, { filter, bias }) {
      const [, , inputs, outputs] = filter.shape as [number, number, number, number]
      const series = graph.node('Unsqueeze', `${name}.series`, [graph.node('Transpose', `${name}.columns`, [name], { perm: [1, 0] }), list(`${name}.series.axes`, [0])])
      const turned = graph.constant(filter.name, [outputs, inputs, 3], turn(valuesOf(weights, filter.name), 3, inputs, outputs))
      const convolved = graph.node('Conv', filter.name.replace(/\.weight$/, ''), [series, turned, weight(bias)], { kernel_shape: [3], pads: [1, 1] })
      const columns = graph.node('Squeeze', `${convolved}.columns`, [convolved, list(`${convolved}.axes`, [0])])
      return { name: graph.node('Transpose', `${convolved}.rows`, [columns], { perm: [1, 0] }), columns: outputs }
    },
    drop: (branch) => branch,
    // One row, which is added to each.
    mean: ({ name, columns }) => ({ name: graph.node('ReduceMean', `${name}.mean`, [name], { axes: [0], keepdims: 1 }), columns }),
  }
  const rows = { name: graph.node('Reshape', 'hands.rows', [there, list('hands.rows.shape', [-1, handFeatures])]), columns: handFeatures }
  const { logits } = forwardKeypoints(network, operations, rows, { name: standardised(scene, scales.scene), columns: sceneFeatures })
  graph.output(graph.node('Identity', 'logits', [logits.name]), ['T', network.scene.outputs])
  return graph
}

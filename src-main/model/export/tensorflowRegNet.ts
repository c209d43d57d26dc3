import type { Activation } from '../../engine/ops/activations.ts'
import { groupNormEpsilon } from '../../engine/ops/groupNorm.ts'
import { forward, type Convolution, type Dense, type Network, type Norm, type Operations } from '../network.ts'
import { TensorFlowGraph } from './tensorflowGraph.ts'
import { foldedConvolution, valuesOf, type NamedWeights } from './values.ts'

/**
 * A RegNet as a graph of TensorFlow's own operations: `pixels` [N, size, size, 3], normalised, to `logits` [N, classes]. Batch norms are folded into the
 * convolutions before them; a grouped convolution is a Conv2D with a shallower filter.
 */
export function tensorflowRegNet(network: Network, weights: NamedWeights, imageSize: number): TensorFlowGraph {
  const graph = new TensorFlowGraph()
  const input = graph.input('pixels', [-1, imageSize, imageSize, 3])
  const pathOf = (name: string): string => name.replace(/(\.conv)?\.weight$/, '').replaceAll('.', '/')
  const constant = ({ name, shape }: { name: string; shape: readonly number[] }, values = valuesOf(weights, name)): string => graph.constant(name.replaceAll('.', '/'), shape, values)
  const activate = (from: string, activation: Activation | undefined): string => {
    if (activation === undefined) return from
    return activation === 'relu' ? graph.node('Relu', `${from}/relu`, [from]) : graph.node('Mul', `${from}/silu`, [from, graph.node('Sigmoid', `${from}/sigmoid`, [from])])
  }
  const convolve = (from: string, convolution: Convolution): string => {
    const { filter, norm, kernel, stride, outputs, groups } = convolution
    const path = pathOf(filter.name)
    if (norm.groupWidth !== undefined) return groupNorm(graph, weights, graph.convolution(path, from, constant(filter), [kernel, kernel], stride), norm)
    const folded = foldedConvolution(weights, convolution)
    const convolved = graph.convolution(path, from, constant(filter, folded.filter), [kernel, kernel], stride)
    if (groups === 1) return graph.biased(`${path}/biased`, convolved, graph.constant(`${path}/bias`, [outputs], folded.bias))
    // TensorFlow makes one operation of Conv2D and BiasAdd (or Add), and on a CPU without oneDNN that one knows no groups.
    return graph.node('Sub', `${path}/biased`, [convolved, graph.constant(`${path}/negative_bias`, [outputs], folded.bias.map((value) => -value))])
  }
  const dense = (from: string, { weight, bias }: Dense): string => graph.biased(`${pathOf(weight.name)}/biased`, graph.product(pathOf(weight.name), from, constant(weight)), constant(bias))
  const pool = (from: string): string => graph.mean(`${from}/mean`, from, [1, 2])
  const operations: Operations<string> = {
    convolve: (from, convolution, activation) => activate(convolve(from, convolution), activation),
    join: (branch, convolution, shortcut, block, activation) => activate(graph.node('AddV2', `block${block + 1}`, [convolve(branch, convolution), shortcut]), activation),
    squeezeExcite(from, squeeze, excite, activation) {
      const gate = graph.node('Sigmoid', `${from}/gate`, [dense(activate(dense(pool(from), squeeze), activation), excite)])
      return graph.node('Mul', `${from}/gated`, [from, graph.reshape(`${from}/gates`, gate, [-1, 1, 1, excite.outputs])])
    },
    pool,
    dense,
  }
  graph.output('logits', forward(network, operations, input), [-1, network.head.outputs])
  return graph
}

/** Group norm of a feature map, pixels first, then the channels of each group, as `engine/ops/groupNorm.ts` does. */
function groupNorm(graph: TensorFlowGraph, weights: NamedWeights, from: string, { name, channels, groupWidth = 1 }: Norm): string {
  const path = name.replaceAll('.', '/')
  const numbers = (label: string, values: Float32Array): string => graph.constant(`${path}/${label}`, [values.length], values)
  const ones = numbers('ones', new Float32Array(groupWidth).fill(1))
  const groupMean = (label: string, of: string): string => {
    const groups = graph.mean(`${path}/${label}`, graph.reshape(`${path}/${label}/groups`, graph.mean(`${path}/${label}/pixels`, of, [1, 2]), [-1, channels / groupWidth, groupWidth]), [2], true)
    return graph.reshape(`${path}/${label}/channels`, graph.node('Mul', `${path}/${label}/spread`, [groups, ones]), [-1, 1, 1, channels])
  }
  const centred = graph.node('Sub', `${path}/centred`, [from, groupMean('mean', from)])
  const variance = groupMean('variance', graph.node('Square', `${path}/square`, [centred]))
  const inverse = graph.node('Rsqrt', `${path}/inverse`, [graph.node('AddV2', `${path}/safe`, [variance, graph.constant(`${path}/epsilon`, [], Float32Array.of(groupNormEpsilon))])])
  const scaled = graph.node('Mul', `${path}/scaled`, [centred, graph.node('Mul', `${path}/factors`, [inverse, numbers('weight', valuesOf(weights, `${name}.weight`))])])
  return graph.node('AddV2', path, [scaled, numbers('bias', valuesOf(weights, `${name}.bias`))])
}

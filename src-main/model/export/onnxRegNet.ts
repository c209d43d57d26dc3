import type { Activation } from '../../engine/ops/activations.ts'
import { groupNormEpsilon } from '../../engine/ops/groupNorm.ts'
import { turn } from '../importWeights.ts'
import { forward, type Convolution, type Dense, type Network, type Norm, type Operations } from '../network.ts'
import { OnnxGraph } from './onnxGraph.ts'
import { foldedConvolution, valuesOf, type NamedWeights } from './values.ts'

/**
 * A RegNet as an ONNX graph: `pixels` [N, 3, size, size], normalised, to `logits` [N, classes], all float32. Batch norms are folded into the
 * convolutions before them.
 */
export function onnxRegNet(network: Network, weights: NamedWeights, imageSize: number): OnnxGraph {
  const graph = new OnnxGraph()
  const input = graph.input('pixels', ['N', 3, imageSize, imageSize])
  const activate = (from: string, activation: Activation | undefined): string => {
    if (activation === undefined) return from
    return activation === 'relu' ? graph.node('Relu', `${from}.relu`, [from]) : graph.node('Mul', `${from}.silu`, [from, graph.node('Sigmoid', `${from}.sigmoid`, [from])])
  }
  const convolve = (from: string, convolution: Convolution): string => {
    const { filter: { name, shape }, norm, kernel, stride, inputs, outputs, groups } = convolution
    const folded = norm.groupWidth === undefined ? foldedConvolution(weights, convolution) : null
    const filter = turn(folded?.filter ?? valuesOf(weights, name), kernel * kernel, inputs / groups, outputs)
    const operands = [from, graph.constant(name, [outputs, shape[2] as number, kernel, kernel], filter), ...(folded ? [graph.constant(name.replace(/weight$/, 'bias'), [outputs], folded.bias)] : [])]
    const margin = (kernel - 1) / 2
    const convolved = graph.node('Conv', name.replace(/\.conv\.weight$/, ''), operands, { group: groups, kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [margin, margin, margin, margin] })
    return folded ? convolved : groupNorm(graph, weights, convolved, norm)
  }
  /** A matrix [inputs, outputs] as a 1×1 convolution. */
  const gate = (from: string, { weight, bias, inputs, outputs }: Dense): string =>
    graph.node('Conv', weight.name.replace(/\.weight$/, ''), [from, graph.constant(weight.name, [outputs, inputs, 1, 1], turn(valuesOf(weights, weight.name), 1, inputs, outputs)), graph.constant(bias.name, [outputs], valuesOf(weights, bias.name))], { kernel_shape: [1, 1] })
  const operations: Operations<string> = {
    convolve: (from, convolution, activation) => activate(convolve(from, convolution), activation),
    join: (branch, convolution, shortcut, block, activation) => activate(graph.node('Add', `block${block + 1}`, [convolve(branch, convolution), shortcut]), activation),
    squeezeExcite(from, squeeze, excite, activation) {
      const squeezed = activate(gate(graph.node('GlobalAveragePool', `${from}.mean`, [from]), squeeze), activation)
      return graph.node('Mul', `${from}.gated`, [from, graph.node('Sigmoid', `${from}.gate`, [gate(squeezed, excite)])])
    },
    pool: (from) => graph.node('Flatten', 'features', [graph.node('GlobalAveragePool', 'pooled', [from])], { axis: 1 }),
    dense: (from, { weight, bias }) => graph.node('Gemm', 'logits', [from, graph.constant(weight.name, weight.shape, valuesOf(weights, weight.name)), graph.constant(bias.name, bias.shape, valuesOf(weights, bias.name))]),
  }
  graph.output(forward(network, operations, input), ['N', network.head.outputs])
  return graph
}

/** Group norm by what operator set 17 has: each group of each picture is normalised as one channel, then scaled by its channels' weights. */
function groupNorm(graph: OnnxGraph, weights: NamedWeights, from: string, { name, channels, groupWidth = 1 }: Norm): string {
  const groups = channels / groupWidth
  const of = (label: string, shape: readonly number[], values: Float32Array): string => graph.constant(`${name}.${label}`, shape, values)
  const rows = graph.node('Reshape', `${name}.rows`, [from, graph.constant(`${name}.rows.shape`, [3], [0, groups, -1])])
  const normalised = graph.node('InstanceNormalization', `${name}.normalised`, [rows, of('ones', [groups], new Float32Array(groups).fill(1)), of('zeros', [groups], new Float32Array(groups))], { epsilon: { float: groupNormEpsilon } })
  const shaped = graph.node('Reshape', `${name}.shaped`, [normalised, graph.node('Shape', `${name}.shape`, [from])])
  const scaled = graph.node('Mul', `${name}.scaled`, [shaped, of('weight', [channels, 1, 1], valuesOf(weights, `${name}.weight`))])
  return graph.node('Add', name, [scaled, of('bias', [channels, 1, 1], valuesOf(weights, `${name}.bias`))])
}

import { dataType } from '../../engine/ops/kernels.ts'
import { savedModelBytes, type GraphNode, type GraphSignature, type NodeAttribute } from '../../engine/trace/graphDef.ts'

const float32: NodeAttribute = { kind: 'type', value: dataType.float32 }
const int32: NodeAttribute = { kind: 'type', value: dataType.int32 }
const text = (value: string): NodeAttribute => ({ kind: 'string', value })

/** A graph of TensorFlow's own operations, written node by node; results are node names. What has no other type is float32. */
export class TensorFlowGraph {
  private readonly nodes: GraphNode[] = []
  private readonly taken = new Set<string>()
  private readonly signature: { inputs: Record<string, GraphSignature['inputs'][string]>; outputs: Record<string, GraphSignature['inputs'][string]> } = { inputs: {}, outputs: {} }

  /** @param shape −1: any length */
  input(name: string, shape: readonly number[]): string {
    const node = this.add('Placeholder', `serving_default_${name}`, [], { dtype: float32, shape: { kind: 'shape', value: shape } })
    this.signature.inputs[name] = { node, shape }
    return node
  }

  output(name: string, from: string, shape: readonly number[]): void {
    this.signature.outputs[name] = { node: this.node('Identity', name, [from]), shape }
  }

  constant(name: string, shape: readonly number[], values: Float32Array): string {
    return this.add('Const', name, [], { dtype: float32, value: { kind: 'tensor', dtype: dataType.float32, shape, content: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) } })
  }

  /** Lengths or axes. @param shape default: a list */
  integers(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.add('Const', name, [], { dtype: int32, value: { kind: 'tensor', dtype: dataType.int32, shape, content: new Uint8Array(Int32Array.from(values).buffer) } })
  }

  /** An operation on float32 tensors. */
  node(operation: string, name: string, inputs: readonly string[], attributes: Readonly<Record<string, NodeAttribute>> = {}): string {
    return this.add(operation, name, inputs, { T: float32, ...attributes })
  }

  reshape(name: string, from: string, shape: readonly number[]): string {
    return this.node('Reshape', name, [from, this.integers(`${name}/shape`, shape)], { Tshape: int32 })
  }

  mean(name: string, from: string, axes: readonly number[], keep = false): string {
    return this.node('Mean', name, [from, this.integers(`${name}/axes`, axes)], { Tidx: int32, keep_dims: { kind: 'bool', value: keep } })
  }

  /** @param from [rows, inputs] @param weight [inputs, outputs] */
  product(name: string, from: string, weight: string): string {
    return this.node('MatMul', name, [from, weight], { transpose_a: { kind: 'bool', value: false }, transpose_b: { kind: 'bool', value: false } })
  }

  /** Adds a number to each channel. */
  biased(name: string, from: string, bias: string): string {
    return this.node('BiasAdd', name, [from, bias], { data_format: text('NHWC') })
  }

  /** As PyTorch pads: by (kernel − 1) / 2 on each side. TensorFlow's SAME is that for stride 1 alone. @param from [N, height, width, channels] @param filter [kernel, kernel, inputs / groups, outputs] */
  convolution(name: string, from: string, filter: string, kernel: readonly [number, number], stride: number): string {
    const margins = kernel.map((length) => (length - 1) / 2) as [number, number]
    const padded = stride > 1 && margins.some((margin) => margin > 0)
    const source = padded ? this.node('Pad', `${name}/padded`, [from, this.integers(`${name}/margins`, [0, 0, ...margins.flatMap((margin) => [margin, margin]), 0, 0], [4, 2])], { Tpaddings: int32 }) : from
    return this.node('Conv2D', name, [source, filter], {
      strides: { kind: 'ints', value: [1, stride, stride, 1] }, padding: text(padded ? 'VALID' : 'SAME'), data_format: text('NHWC'), dilations: { kind: 'ints', value: [1, 1, 1, 1] },
    })
  }

  /** The bytes of `saved_model.pb`, with the signature `serving_default`. */
  finish(): Uint8Array {
    return savedModelBytes(this.nodes, this.signature)
  }

  private add(op: string, name: string, inputs: readonly string[], attributes: Readonly<Record<string, NodeAttribute>>): string {
    let own = name
    for (let number = 2; this.taken.has(own); number++) own = `${name}_${number}`
    this.taken.add(own)
    this.nodes.push({ name: own, op, inputs: [...inputs], attributes })
    return own
  }
}

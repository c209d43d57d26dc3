import { ProtobufWriter } from './protobuf.ts'

/** An attribute of a node, in the terms of TensorFlow's `AttrValue`. */
export type NodeAttribute =
  | { kind: 'type'; value: number }
  | { kind: 'types'; value: readonly number[] }
  | { kind: 'int'; value: number }
  | { kind: 'ints'; value: readonly number[] }
  | { kind: 'float'; value: number }
  | { kind: 'floats'; value: readonly number[] }
  | { kind: 'bool'; value: boolean }
  | { kind: 'string'; value: string }
  | { kind: 'shape'; value: readonly number[] }
  | { kind: 'tensor'; dtype: number; shape: readonly number[]; content: Uint8Array }

export interface GraphNode {
  name: string
  op: string
  /** `name` or `name:output`; control inputs as `^name`, last. */
  inputs: string[]
  attributes: Record<string, NodeAttribute>
}

function shapeMessage(shape: readonly number[]): ProtobufWriter {
  const message = new ProtobufWriter()
  for (const length of shape) message.bytes(2, new ProtobufWriter().integer(1, length))
  return message
}

function attributeMessage(attribute: NodeAttribute): ProtobufWriter {
  const message = new ProtobufWriter()
  switch (attribute.kind) {
    case 'string':
      return message.bytes(2, attribute.value)
    case 'int':
      return message.integer(3, attribute.value)
    case 'float':
      return message.float(4, attribute.value)
    case 'bool':
      return message.integer(5, attribute.value ? 1 : 0)
    case 'type':
      return message.integer(6, attribute.value)
    case 'floats': {
      const list = new ProtobufWriter()
      for (const value of attribute.value) list.float(4, value)
      return message.bytes(1, list)
    }
    case 'types':
      return message.bytes(1, new ProtobufWriter().packed(6, attribute.value))
    case 'shape':
      return message.bytes(7, shapeMessage(attribute.value))
    case 'ints':
      return message.bytes(1, new ProtobufWriter().packed(3, attribute.value))
    case 'tensor':
      return message.bytes(
        8,
        new ProtobufWriter().integer(1, attribute.dtype).bytes(2, shapeMessage(attribute.shape)).bytes(4, attribute.content),
      )
  }
}

function nodeMessage({ name, op, inputs, attributes }: GraphNode): ProtobufWriter {
  const message = new ProtobufWriter().bytes(1, name).bytes(2, op)
  for (const input of inputs) message.bytes(3, input)
  for (const [key, value] of Object.entries(attributes)) {
    message.bytes(5, new ProtobufWriter().bytes(1, key).bytes(2, attributeMessage(value)))
  }
  return message
}

/** What a graph is fed and gives, by the names that callers know: a node, whose first output it is, and its shape (−1: any length). All float32. */
export interface GraphSignature {
  inputs: Readonly<Record<string, { node: string; shape: readonly number[] }>>
  outputs: GraphSignature['inputs']
}

function signatureMessage({ inputs, outputs }: GraphSignature): ProtobufWriter {
  const message = new ProtobufWriter()
  for (const [field, tensors] of [[1, inputs], [2, outputs]] as const)
    for (const [name, { node, shape }] of Object.entries(tensors))
      message.bytes(field, new ProtobufWriter().bytes(1, name).bytes(2, new ProtobufWriter().bytes(1, `${node}:0`).integer(2, 1).bytes(3, shapeMessage(shape))))
  return message.bytes(3, 'tensorflow/serving/predict')
}

/**
 * The bytes of a `saved_model.pb` that holds this graph under the tag `serve`, with no variables.
 * Field numbers: TensorFlow's `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `node_def.proto`, `attr_value.proto`, `tensor.proto`.
 * @param signature of `serving_default`; absent: none
 */
export function savedModelBytes(nodes: readonly GraphNode[], signature?: GraphSignature): Uint8Array {
  const graph = new ProtobufWriter()
  for (const node of nodes) graph.bytes(1, nodeMessage(node))
  graph.bytes(4, new ProtobufWriter().integer(1, 1882).integer(2, 12))
  const metaInformation = new ProtobufWriter().bytes(4, 'serve')
  const metaGraph = new ProtobufWriter().bytes(1, metaInformation).bytes(2, graph)
  if (signature) metaGraph.bytes(5, new ProtobufWriter().bytes(1, 'serving_default').bytes(2, signatureMessage(signature)))
  return new ProtobufWriter().integer(1, 1).bytes(2, metaGraph).finish()
}

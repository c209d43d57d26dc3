import { ProtobufWriter } from '../../engine/trace/protobuf.ts'

/** Values of a node's attributes: whole numbers (or lists of them) and, as `{ float }`, others. */
type AttributeValue = number | readonly number[] | { float: number }

/** `name`: a length that may differ from run to run. */
export type Shape = readonly (number | string)[]

const elementType = { float32: 1, int64: 7 } as const
const attributeKind = { float: 1, int: 2, ints: 7 } as const

const irVersion = 8
const operatorSet = 17

/**
 * A graph of ONNX operators that is written node by node. Field numbers: `onnx.proto` of ONNX 1.12 (IR version 8, operator set 17);
 * operators: https://onnx.ai/onnx/operators.
 */
export class OnnxGraph {
  private readonly graph = new ProtobufWriter()
  private readonly taken = new Set<string>()

  /** An input, by its name. */
  input(name: string, shape: Shape): string {
    this.graph.bytes(11, valueInformation(this.free(name), shape))
    return name
  }

  output(name: string, shape: Shape): void {
    this.graph.bytes(12, valueInformation(name, shape))
  }

  /** Weights, or an operator's list of lengths. @returns its name */
  constant(name: string, shape: readonly number[], values: Float32Array | readonly number[]): string {
    const own = this.free(name)
    const [kind, data] = values instanceof Float32Array ? (['float32', values] as const) : (['int64', BigInt64Array.from(values, BigInt)] as const)
    this.graph.bytes(5, new ProtobufWriter().packed(1, shape).integer(2, elementType[kind]).bytes(8, own).bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))
    return own
  }

  /** Adds a node; its result has the name. */
  node(operator: string, name: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    const own = this.free(name)
    const message = new ProtobufWriter()
    for (const input of inputs) message.bytes(1, input)
    message.bytes(2, own).bytes(3, own).bytes(4, operator)
    for (const [key, value] of Object.entries(attributes)) message.bytes(5, attribute(key, value))
    this.graph.bytes(1, message)
    return own
  }

  /** The bytes of the model. */
  finish(producer: { name: string; version: string }, metadata: Readonly<Record<string, string>>): Uint8Array {
    const model = new ProtobufWriter().integer(1, irVersion).bytes(2, producer.name).bytes(3, producer.version).bytes(7, this.graph.bytes(2, producer.name))
    model.bytes(8, new ProtobufWriter().bytes(1, '').integer(2, operatorSet))
    for (const [key, value] of Object.entries(metadata)) model.bytes(14, new ProtobufWriter().bytes(1, key).bytes(2, value))
    return model.finish()
  }

  private free(name: string): string {
    let own = name
    for (let number = 2; this.taken.has(own); number++) own = `${name}_${number}`
    this.taken.add(own)
    return own
  }
}

function attribute(name: string, value: AttributeValue): ProtobufWriter {
  const message = new ProtobufWriter().bytes(1, name)
  if (typeof value === 'number') return message.integer(3, value).integer(20, attributeKind.int)
  if ('float' in value) return message.float(2, value.float).integer(20, attributeKind.float)
  return message.packed(8, value).integer(20, attributeKind.ints)
}

function valueInformation(name: string, shape: Shape): ProtobufWriter {
  const lengths = new ProtobufWriter()
  for (const length of shape) lengths.bytes(1, typeof length === 'number' ? new ProtobufWriter().integer(1, length) : new ProtobufWriter().bytes(2, length))
  return new ProtobufWriter().bytes(1, name).bytes(2, new ProtobufWriter().bytes(1, new ProtobufWriter().integer(1, elementType.float32).bytes(2, lengths)))
}

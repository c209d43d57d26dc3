import type { OpAttribute, Tensor, TensorFlow, TensorInfo } from '../runtime/load.ts'

/** TensorFlow's numbers for data types (`types.proto`), those in use here. */
export const dataType = { float32: 1, int32: 3, uint8: 4, int64: 9, bool: 10, bfloat16: 14, float16: 19 } as const
export type DataTypeName = keyof typeof dataType

/** What feature maps and filters may be computed in. */
export type FeatureType = 'float32' | 'bfloat16' | 'float16'

/** The number of values in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/** The value of a TensorFlow op's attribute, with its kind. */
export type AttributeValue =
  | { type: DataTypeName }
  /** The types of all inputs, for an op that takes a list of different ones. */
  | { types: 'inputs' | readonly DataTypeName[] }
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { floats: readonly number[] }
  | { bool: boolean }
  | { string: string }

export type Attributes = Readonly<Record<string, AttributeValue>>

/** Any TensorFlow kernel by name, on tensors of tfjs. Inside a trace the calls are recorded instead of computed. */
export interface Kernels {
  readonly tf: TensorFlow
  /** Whether Handloom's own operations (`engine/native`) may be used: in compiled functions, on a CPU for which they were built. */
  readonly native: boolean
  /** Runs a kernel with one output. */
  run(op: string, attributes: Attributes, inputs: readonly TensorInfo[]): Tensor
  /** Runs a kernel with several outputs. */
  runAll(op: string, attributes: Attributes, inputs: readonly TensorInfo[], outputs: number): Tensor[]
}

/**
 * The kernels of a loaded TensorFlow.
 * @param native use Handloom's own operations too: only for functions that are compiled (`trace/program.ts`)
 */
export function kernelsOf(tf: TensorFlow, { native = false } = {}): Kernels {
  const backend = tf.backend()
  const toBinding = (attributes: Attributes): OpAttribute[] => {
    const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_STRING } = backend.binding
    return Object.entries(attributes).map(([name, value]) => {
      if ('type' in value) return { name, type: TF_ATTR_TYPE, value: dataType[value.type] }
      if ('types' in value) return { name, type: TF_ATTR_TYPE, value: value.types === 'inputs' ? [] : value.types.map((type) => dataType[type]) }
      if ('int' in value) return { name, type: TF_ATTR_INT, value: value.int }
      if ('ints' in value) return { name, type: TF_ATTR_INT, value: [...value.ints] }
      if ('floats' in value) return { name, type: TF_ATTR_FLOAT, value: [...value.floats] }
      if ('float' in value) return { name, type: TF_ATTR_FLOAT, value: value.float }
      if ('bool' in value) return { name, type: TF_ATTR_BOOL, value: value.bool }
      return { name, type: TF_ATTR_STRING, value: value.string }
    })
  }
  return {
    tf,
    native,
    run: (op, attributes, inputs) => backend.executeSingleOutput(op, toBinding(attributes), [...inputs]),
    runAll: (op, attributes, inputs, outputs) => backend.executeMultipleOutputs(op, toBinding(attributes), [...inputs], outputs),
  }
}

export const float32: AttributeValue = { type: 'float32' }
export const int32: AttributeValue = { type: 'int32' }

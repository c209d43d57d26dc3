import { viewOf } from './byteSource.ts'
import type { Refuse } from './byteSource.ts'

/** Bytes of one value, by safetensors' names of the types. */
export const bytesPerValue = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 } as const
export type ValueType = keyof typeof bytesPerValue

export interface StoredTensor {
  readonly type: ValueType
  readonly shape: readonly number[]
}

/** The tensors of a file: what there is, and their values one tensor at a time. */
export interface StoredTensors<Entry extends StoredTensor = StoredTensor> {
  readonly entries: ReadonlyMap<string, Entry>
  /**
   * The values of a floating-point tensor, row-major, as float32.
   * @throws HandloomError `bad-input` when there is none of this name or shape, it is not floating-point, or a value is not finite
   */
  read(name: string, shape: readonly number[]): Float32Array
}

export const highestRank = 8

/** Tensors whose values `valuesOf` gives once it is sure that they are of the wanted shape; undefined for a type that is not floating-point. */
export function storedTensors<Entry extends StoredTensor>(entries: ReadonlyMap<string, Entry>, refuse: Refuse, valuesOf: (entry: Entry) => Float32Array | undefined): StoredTensors<Entry> {
  return {
    entries,
    read(name, shape) {
      const entry = entries.get(name)
      if (!entry) throw refuse(name, `it has no tensor ${name}`)
      if (entry.shape.length !== shape.length || entry.shape.some((length, axis) => length !== shape[axis])) {
        throw refuse(name, `${name} is [${entry.shape.join(', ')}] where [${shape.join(', ')}] is wanted`, 'Use weights of the same model.')
      }
      const values = valuesOf(entry)
      if (!values) throw refuse(name, `${name} is of type ${entry.type}, not floating-point`)
      const bad = values.findIndex((value) => !Number.isFinite(value))
      if (bad >= 0) throw refuse(name, `value ${bad} of ${name} is not finite`)
      return values
    },
  }
}

/** Little-endian values as float32; undefined for a type that is not floating-point. */
export function toFloat32(type: ValueType, bytes: Uint8Array): Float32Array | undefined {
  const view = viewOf(bytes)
  const convert = (at: (offset: number) => number): Float32Array => {
    const width = bytesPerValue[type]
    const values = new Float32Array(bytes.length / width)
    for (let index = 0; index < values.length; index++) values[index] = at(index * width)
    return values
  }
  if (type === 'F32') return new Float32Array(Uint8Array.from(bytes).buffer)
  if (type === 'F64') return convert((offset) => view.getFloat64(offset, true))
  if (type === 'F16') return convert((offset) => halfToNumber(view.getUint16(offset, true)))
  if (type === 'BF16') {
    const words = new Uint32Array(bytes.length / 2)
    for (let index = 0; index < words.length; index++) words[index] = view.getUint16(index * 2, true) << 16
    return new Float32Array(words.buffer)
  }
  return undefined
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

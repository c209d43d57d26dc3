import { HandloomError } from '../contract/errors.ts'
import { sizeOf } from '../engine/ops/kernels.ts'
import type { ByteSource, Refuse } from './byteSource.ts'
import { viewOf } from './byteSource.ts'
import { bytesPerValue, highestRank, storedTensors, toFloat32 } from './storedTensors.ts'
import type { StoredTensor, StoredTensors, ValueType } from './storedTensors.ts'
import type { WeightArray } from './weights.ts'

/**
 * The safetensors format: eight bytes with the header's length, a JSON header, then the values with no gaps.
 * https://huggingface.co/docs/safetensors. Files come from anywhere, so nothing in them is trusted: every number is checked before it is used.
 */

export interface SafetensorsEntry extends StoredTensor {
  readonly shape: number[]
  /** Place of the values in the file. */
  begin: number
  end: number
}

export interface Safetensors extends StoredTensors<SafetensorsEntry> {
  readonly metadata: ReadonlyMap<string, string>
}

/** Room for a hundred thousand tensors. The reference implementation allows ten times this, which takes a gigabyte to parse. */
const largestHeader = 10_000_000
const longestName = 1000

/**
 * Reads the directory of a safetensors file; the values are read one tensor at a time, when their shape is the wanted one.
 * @param file its name, for messages
 * @throws HandloomError `bad-input` with the place, for anything the format does not allow
 */
export function openSafetensors(source: ByteSource, file?: string): Safetensors {
  const fail: Refuse = (place, what, remedy = 'Use an undamaged .safetensors file.') =>
    new HandloomError('bad-input', `${file ?? 'The weights'} cannot be read: ${what}. ${remedy}`, { file, place })
  if (source.length < 10) throw fail('length', `it has only ${source.length} bytes`)
  const start = source.read(0, 8)
  const headerLength = Number(viewOf(start).getBigUint64(0, true))
  if (headerLength > largestHeader) throw fail('header', `its header claims ${headerLength} bytes`)
  if (8 + headerLength > source.length) throw fail('header', 'it ends inside its header')
  const header = parseHeader(source.read(8, 8 + headerLength), fail)

  const base = 8 + headerLength
  const metadata = new Map<string, string>()
  const entries = new Map<string, SafetensorsEntry>()
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isRecord(value)) throw fail('__metadata__', 'its metadata is not a table')
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== 'string') throw fail('__metadata__', 'its metadata is not text')
        metadata.set(key, text)
      }
    } else {
      if (name.length > longestName) throw fail('header', `a tensor has a name of ${name.length} characters`)
      entries.set(name, parseEntry(name, value, base, source.length, fail))
    }
  }
  let expected = base
  for (const [name, { begin, end }] of [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) throw fail(name, begin < expected ? `the values of ${name} overlap another tensor's` : `there is a gap before ${name}`)
    expected = end
  }
  if (expected !== source.length) throw fail('length', `${source.length - expected} bytes at its end belong to no tensor`)
  return { ...storedTensors(entries, fail, ({ type, begin, end }) => toFloat32(type, source.read(begin, end))), metadata }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseHeader(bytes: Uint8Array, fail: Refuse): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw fail('header', 'its header is not JSON')
  }
  if (bytes[0] !== 0x7b || !isRecord(header)) throw fail('header', 'its header is not a table')
  return header
}

function parseEntry(name: string, value: unknown, base: number, length: number, fail: Refuse): SafetensorsEntry {
  if (!isRecord(value)) throw fail(name, `the entry of ${name} is not a table`)
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(bytesPerValue, dtype)) throw fail(name, `${name} is of an unknown type`)
  if (!Array.isArray(shape) || shape.length > highestRank || !shape.every((side) => Number.isSafeInteger(side) && side >= 0)) {
    throw fail(name, `${name} has no valid shape`)
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every((offset) => Number.isSafeInteger(offset) && offset >= 0)) {
    throw fail(name, `${name} has no valid offsets`)
  }
  const type = dtype as ValueType
  const [begin, end] = (offsets as [number, number]).map((offset) => base + offset) as [number, number]
  if (begin > end || end > length) throw fail(name, `the values of ${name} lie outside the file`)
  const size = sizeOf(shape as number[]) * bytesPerValue[type]
  if (!Number.isSafeInteger(size) || size !== end - begin) throw fail(name, `${name} has ${end - begin} bytes where its shape needs ${size}`)
  return { type, shape: [...(shape as number[])], begin, end }
}

/**
 * The bytes of a safetensors file with these float32 tensors, in order.
 * @param counters names of whole numbers, written as 0 before them
 */
export function writeSafetensors(tensors: ReadonlyMap<string, WeightArray>, metadata: Readonly<Record<string, string>> = {}, counters: readonly string[] = []): Uint8Array {
  const entries: [string, unknown][] = Object.keys(metadata).length ? [['__metadata__', metadata]] : []
  let length = 0
  for (const name of counters) {
    entries.push([name, { dtype: 'I64', shape: [], data_offsets: [length, length + bytesPerValue.I64] }])
    length += bytesPerValue.I64
  }
  for (const [name, { shape, data }] of tensors) {
    entries.push([name, { dtype: 'F32', shape, data_offsets: [length, length + data.byteLength] }])
    length += data.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)))
  // Padded with spaces, so that the values begin at a multiple of eight.
  const headerLength = Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(8 + headerLength + length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.fill(0x20, 8, 8 + headerLength)
  bytes.set(text, 8)
  let offset = 8 + headerLength + counters.length * bytesPerValue.I64
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    offset += data.byteLength
  }
  return bytes
}

import { crc32 } from 'node:zlib'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { sizeOf } from '../../src-main/engine/ops/kernels.ts'
import { storedTensors } from '../../src-main/model/storedTensors.ts'
import type { StoredTensors } from '../../src-main/model/storedTensors.ts'

/** The values that test/goldens/make_full_size.py gives a tensor. */
export function formula(name: string, shape: readonly number[]): Float32Array {
  const values = new Float32Array(sizeOf(shape))
  const seed = crc32(name)
  const deviation = Math.sqrt(24 / sizeOf(shape.slice(1)))
  const ofNorm = /\.(conv3\.bn|f\.c\.1)\.weight$/.test(name) ? 0.3 : 1
  for (let index = 0; index < values.length; index++) {
    let x = (Math.imul(index, 0x9e3779b1) + seed) | 0
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
    const u = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32 - 0.5
    if (name === 'input') values[index] = 4 * u
    else if (/\.(running_mean|bias)$/.test(name)) values[index] = 0.2 * u
    else if (name.endsWith('.running_var')) values[index] = 1 + 0.5 * u
    else values[index] = shape.length === 1 ? (1 + 0.4 * u) * ofNorm : u * deviation
  }
  return values
}

/** A file of weights that holds the formula's values. */
export function formulaFile(shapes: Readonly<Record<string, readonly number[]>>): StoredTensors {
  const entries = new Map(Object.entries(shapes).map(([name, shape]) => [name, { name, type: 'F32', shape } as const]))
  return storedTensors(entries, (_, what) => new HandloomError('bad-input', what), ({ name, shape }) => formula(name, shape))
}

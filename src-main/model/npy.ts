import { HandloomError } from '../contract/errors.ts'
import { sizeOf } from '../engine/ops/kernels.ts'
import { viewOf } from './byteSource.ts'
import type { ByteSource } from './byteSource.ts'
import { bytesPerValue, highestRank, toFloat32 } from './storedTensors.ts'

/** An array of NumPy's `save`. */
export interface NpyArray {
  readonly shape: readonly number[]
  /** Rows begin … end − 1 of the first axis, as float32. @throws HandloomError `bad-input` when a value is not finite */
  rows(begin: number, end: number): Float32Array
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const largestHeader = 10_000
const headerPattern = /^\{\s*'descr':\s*'([^']{1,20})',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/

/**
 * Opens a .npy file (versions 1 to 3 of NumPy's format, numpy/lib/format.py) of float32 or float64 values in C order; rows are read as they
 * are wanted.
 * @param file its name, for messages
 * @throws HandloomError `bad-input` with the place, for anything else and for a file that is cut short
 */
export function openNpy(source: ByteSource, file: string): NpyArray {
  const refuse = (place: string, what: string): HandloomError =>
    new HandloomError('bad-input', `${file} cannot be read: ${what}. Save it in Python with numpy.save(file, numpy.ascontiguousarray(array, "<f4")).`, { file, place })
  const start = source.read(0, Math.min(source.length, 12))
  const [major, minor] = [start[6] as number, start[7]]
  if (start.length < 12 || !magic.every((byte, index) => start[index] === byte)) throw refuse('start', 'it is no .npy file')
  if (major < 1 || major > 3 || minor !== 0) throw refuse('start', `it is of version ${major}.${minor} of the format`)
  const lengthBytes = major === 1 ? 2 : 4
  const headerLength = major === 1 ? viewOf(start).getUint16(8, true) : viewOf(start).getUint32(8, true)
  const base = 8 + lengthBytes + headerLength
  if (headerLength > largestHeader || base > source.length) throw refuse('header', `its header claims ${headerLength} bytes`)
  const found = headerPattern.exec(new TextDecoder('latin1').decode(source.read(8 + lengthBytes, base)))
  if (!found) throw refuse('header', 'its header is not one of a plain array')
  const [, description, fortran, sides = ''] = found
  const type = description === '<f4' ? 'F32' : description === '<f8' ? 'F64' : undefined
  if (!type) throw refuse('header', `its values are of type ${description}, not <f4`)
  if (fortran === 'True') throw refuse('header', 'its values are in Fortran order')
  const shape = sides.split(',').map((side) => side.trim()).filter(Boolean).map(Number)
  const bytes = sizeOf(shape) * bytesPerValue[type]
  if (shape.length > highestRank || !shape.every(Number.isSafeInteger) || !Number.isSafeInteger(bytes)) throw refuse('header', 'its shape is not valid')
  if (bytes !== source.length - base) throw refuse('values', `${source.length - base} bytes follow its header where [${shape.join(', ')}] needs ${bytes}`)
  return {
    shape,
    rows(begin, end) {
      const row = sizeOf(shape.slice(1)) * bytesPerValue[type]
      const values = toFloat32(type, source.read(base + begin * row, base + end * row)) as Float32Array
      const bad = values.findIndex((value) => !Number.isFinite(value))
      if (bad >= 0) throw refuse(`value ${begin * sizeOf(shape.slice(1)) + bad}`, `value ${begin * sizeOf(shape.slice(1)) + bad} is not finite`)
      return values
    },
  }
}

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { sourceOfBytes } from '../../src-main/model/byteSource.ts'
import { openNpy } from '../../src-main/model/npy.ts'
import type { NpyArray } from '../../src-main/model/npy.ts'
import { goldenPath } from './tiny.ts'

const readGolden = (name: string): Uint8Array => Uint8Array.from(readFileSync(goldenPath(`weight-files/${name}.npy`)))
const open = (bytes: Uint8Array): NpyArray => openNpy(sourceOfBytes(bytes), 'input.npy')

function file(header: string, values: Uint8Array = new Uint8Array(0), { version = 1, claimed = header.length } = {}): Uint8Array {
  const length = version === 1 ? Uint8Array.of(claimed & 255, claimed >> 8) : new Uint8Array(Uint32Array.of(claimed).buffer)
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Uint8Array.of(version, 0), length, Buffer.from(header), values])
}

const header = (shape: string, type = '<f4', order = 'False'): string => `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${shape}), }\n`

describe('a .npy file', () => {
  it.each(['version-1', 'version-2', 'version-3', 'double'])('of NumPy is read: %s', (name) => {
    const { shape, rows } = open(readGolden(name))
    const values = Float32Array.from({ length: 36 }, (_, index) => index / 4)
    expect([shape, rows(0, 2), rows(1, 2)]).toEqual([[2, 2, 3, 3], values, values.subarray(18)])
  })

  it.each<[string, Uint8Array, string]>([
    ['in Fortran order', readGolden('fortran'), 'Fortran order'],
    ['with the other byte order', readGolden('big-endian'), 'of type >f4, not <f4'],
    ['of objects', readGolden('objects'), 'of type |O'],
    ['cut short', readGolden('version-1').subarray(0, -4), '140 bytes follow its header where [2, 2, 3, 3] needs 144'],
    ['with bytes left over', Buffer.concat([readGolden('version-1'), Buffer.of(0)]), '145 bytes follow'],
    ['that is something else', Buffer.from('PK\x03\x04 and so on and on'), 'it is no .npy file'],
    ['that is nothing', new Uint8Array(0), 'it is no .npy file'],
    ['of a later version', file(header('1,'), new Uint8Array(4), { version: 4 }), 'version 4.0'],
    ['with a header past its end', file(header('1,'), new Uint8Array(4), { claimed: 9999 }), 'claims 9999 bytes'],
    ['with a huge header', file(header('1,'), new Uint8Array(4), { version: 2, claimed: 2 ** 30 }), 'claims 1073741824 bytes'],
    ['with a header that is a program', file("__import__('os').system('echo')\n"), 'not one of a plain array'],
    ['of records', file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n"), 'not one of a plain array'],
    ['with a negative length', file(header('-1,')), 'not one of a plain array'],
    ['with a length of many digits', file(header('9'.repeat(400)), new Uint8Array(4)), 'shape is not valid'],
    ['with a shape that overflows', file(header('4503599627370496, 4503599627370496'), new Uint8Array(4)), 'shape is not valid'],
    ['with many dimensions', file(header('1, '.repeat(9)), new Uint8Array(4)), 'shape is not valid'],
    ['with a value that is no number', file(header('2,'), new Uint8Array(Float32Array.of(1, Number.NaN).buffer)), 'value 1 is not finite'],
  ])('is refused %s', (_, bytes, reason) => {
    const read = (): unknown => {
      const { shape, rows } = open(bytes)
      return rows(0, shape[0] ?? 0)
    }
    expect(read).toThrow(HandloomError)
    expect(read).toThrow(reason)
  })

  it('is read or refused whatever bytes are changed (seed 4)', () => {
    const stream = randomStream(4)
    const bytes = readGolden('version-1')
    const outcomes = new Set<string>()
    for (let trial = 0; trial < 3000; trial++) {
      const changed = bytes.slice()
      for (let change = stream.integer(3); change >= 0; change--) changed[stream.integer(changed.length)] = stream.integer(256)
      try {
        const { shape, rows } = open(changed)
        outcomes.add(rows(0, shape[0] ?? 0).length <= 36 ? 'read' : 'too much')
      } catch (error) {
        if (!(error instanceof HandloomError) || error.kind !== 'bad-input') throw error
        outcomes.add('refused')
      }
    }
    expect(outcomes).toEqual(new Set(['read', 'refused']))
  })
})

import { describe, expect, it } from 'vitest'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { exportWeights, importWeights } from '../../src-main/model/importWeights.ts'
import { layOutNetwork } from '../../src-main/model/network.ts'
import { sourceOfBytes } from '../../src-main/model/byteSource.ts'
import { openSafetensors, writeSafetensors } from '../../src-main/model/safetensors.ts'
import type { Safetensors } from '../../src-main/model/safetensors.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { readTiny, tinyConfig } from './tiny.ts'

/** A file with this header and so many bytes of values. */
function file(header: unknown, valueBytes: number | Uint8Array = 0, claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const values = typeof valueBytes === 'number' ? new Uint8Array(valueBytes) : valueBytes
  const bytes = new Uint8Array(8 + text.length + values.length)
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(values, 8 + text.length)
  return bytes
}

const open = (bytes: Uint8Array): Safetensors => openSafetensors(sourceOfBytes(bytes), 'weights.safetensors')
const entry = (dtype: string, shape: unknown, ...offsets: unknown[]): unknown => ({ dtype, shape, data_offsets: offsets })

describe('safetensors', () => {
  it('come back as they were written', () => {
    const tensors = new Map([
      ['a', { shape: [2, 2], data: Float32Array.of(1, -2.5, 3, 1e-30) }],
      ['empty', { shape: [0, 3], data: new Float32Array(0) }],
      ['scalar', { shape: [], data: Float32Array.of(7) }],
    ])
    const read = open(writeSafetensors(tensors, { model: 'regnety_040' }))
    expect([...read.entries.keys()].map((name) => [name, read.read(name, read.entries.get(name)!.shape)])).toEqual([...tensors].map(([name, { data }]) => [name, data]))
    expect([...read.metadata]).toEqual([['model', 'regnety_040']])
  })

  it('are read in half and double precision', () => {
    const values = new Uint8Array(8 + 8 + 16)
    new Uint16Array(values.buffer, 0, 4).set([0x3c00, 0xc100, 0x0001, 0x7bff])
    new Uint16Array(values.buffer, 8, 4).set([0x3f80, 0xc020, 0x0000, 0x4049])
    new Float64Array(values.buffer, 16, 2).set([0.1, -1e10])
    // An even header length keeps the test's own arrays aligned; the reader needs no alignment.
    const read = open(file({ half: entry('F16', [4], 0, 8), brain: entry('BF16', [4], 8, 16), double: entry('F64', [2], 16, 32) }, values))
    expect([read.read('half', [4]), read.read('brain', [4]), read.read('double', [2])]).toEqual([
      Float32Array.of(1, -2.5, 2 ** -24, 65504),
      Float32Array.of(1, -2.5, 0, 3.140625),
      Float32Array.of(0.1, -1e10),
    ])
  })

  it.each<[string, Uint8Array, string]>([
    ['too short', new Uint8Array(9), 'only 9 bytes'],
    ['a header longer than allowed', file({}, 0, 10_000_001n), 'claims 10000001 bytes'],
    ['a header longer than 2^53', file({}, 0, 2n ** 64n - 1n), 'its header claims'],
    ['a header longer than the file', file({}, 0, 50n), 'ends inside its header'],
    ['no JSON', file('{"a":'), 'not JSON'],
    ['bytes that are not UTF-8', file('{"\u0000"'.padEnd(20)), 'not JSON'],
    ['a list', file('[1, 2, 3]'), 'not a table'],
    ['an entry that is no table', file({ a: [1] }), 'not a table'],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }), 'not text'],
    ['an unknown type', file({ a: entry('F7', [1], 0, 4) }, 4), 'unknown type'],
    ['a type from the prototype', file({ a: entry('toString', [1], 0, 4) }, 4), 'unknown type'],
    ['a negative length', file({ a: entry('F32', [-1], 0, 4) }, 4), 'no valid shape'],
    ['a broken length', file({ a: entry('F32', [1.5], 0, 6) }, 6), 'no valid shape'],
    ['a shape that overflows', file({ a: entry('F32', [2 ** 52, 2 ** 52], 0, 4) }, 4), 'where its shape needs'],
    ['a shape of many ranks', file({ a: entry('F32', [1, 1, 1, 1, 1, 1, 1, 1, 1], 0, 4) }, 4), 'no valid shape'],
    ['offsets that are no numbers', file({ a: entry('F32', [1], '0', 4) }, 4), 'no valid offsets'],
    ['offsets the wrong way round', file({ a: entry('F32', [1], 4, 0) }, 4), 'outside the file'],
    ['values past the end', file({ a: entry('F32', [2], 0, 8) }, 4), 'outside the file'],
    ['too few values for the shape', file({ a: entry('F32', [2], 0, 4) }, 4), 'needs 8'],
    ['an overlap', file({ a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, 8), 'overlap'],
    ['a gap', file({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12), 'gap before b'],
    ['bytes left over', file({ a: entry('F32', [1], 0, 4) }, 6), '2 bytes at its end'],
  ])('are refused with a reason: %s', (_, bytes, reason) => {
    expect(() => open(bytes)).toThrow(HandloomError)
    expect(() => open(bytes)).toThrow(reason)
  })

  it('refuse values that are not finite, of another shape or type, before handing them out', () => {
    const values = new Uint8Array(Float32Array.of(1, Number.NaN, 2).buffer)
    const read = open(file({ a: entry('F32', [2], 0, 8), whole: entry('I32', [1], 8, 12) }, values))
    expect(() => read.read('a', [2])).toThrow('value 1 of a is not finite')
    expect(() => read.read('a', [1, 2])).toThrow('a is [2] where [1, 2] is wanted')
    expect(() => read.read('whole', [1])).toThrow('of type I32')
    expect(() => read.read('b', [1])).toThrow('no tensor b')
  })

  it('keep to it when any bytes of a real file are changed (seed 1)', () => {
    const bytes = writeSafetensors(new Map([['weight', { shape: [2, 3], data: new Float32Array(6).fill(0.5) }], ['__proto__', { shape: [1], data: Float32Array.of(1) }]]))
    const stream = randomStream(1)
    const outcomes = new Set<string>()
    for (let trial = 0; trial < 3000; trial++) {
      const changed = bytes.slice(0, stream.uniform() < 0.2 ? stream.integer(bytes.length) : bytes.length)
      for (let change = stream.integer(3); change >= 0; change--) if (changed.length) changed[stream.integer(changed.length)] = stream.integer(256)
      try {
        const read = open(changed)
        for (const [name, { shape, begin, end }] of read.entries) {
          expect(begin <= end && end <= changed.length).toBe(true)
          if (read.entries.get(name)?.type === 'F32') read.read(name, shape)
        }
        outcomes.add('read')
      } catch (error) {
        if (!(error instanceof HandloomError) || error.kind !== 'bad-input') throw error
        outcomes.add('refused')
      }
    }
    expect(outcomes).toEqual(new Set(['read', 'refused']))
  })
})

describe('importing weights', () => {
  it('leaves out a head for other classes and says so', () => {
    const { imported } = readTiny('torchvision_y_tiny')
    const network = layOutNetwork(tinyConfig('torchvision_y_tiny'), 5)
    const original = layOutNetwork(tinyConfig('torchvision_y_tiny'), 7)
    const { weights, report } = importWeights(network, open(writeSafetensors(exportWeights(original, imported.weights))))
    expect([weights.has('head.fc.weight'), report.missing, report.skipped]).toEqual([
      false,
      ['head.fc.weight', 'head.fc.bias'],
      [{ name: 'head.fc.weight', reason: 'made for 7 classes, not 5' }, { name: 'head.fc.bias', reason: 'made for 7 classes, not 5' }],
    ])
  })

  it('is undone by exporting', () => {
    const { imported, network } = readTiny('timm_y_tiny')
    const again = importWeights(network, open(writeSafetensors(exportWeights(network, imported.weights))))
    expect(again.weights).toEqual(imported.weights)
  })

  it('refuses another model, by shape or altogether', () => {
    const { imported, network } = readTiny('timm_x_tiny')
    const exported = writeSafetensors(exportWeights(network, imported.weights))
    const wider = layOutNetwork({ ...tinyConfig('timm_x_tiny'), initialWidth: 24 }, 7)
    expect(() => importWeights(wider, open(exported))).toThrow(/s1\.b1\.conv1\.conv\.weight is \[16, 32, 1, 1\] where \[24, 32, 1, 1\] is wanted/)
    expect(() => importWeights(network, open(file({ other: entry('F32', [1], 0, 4) }, 4)))).toThrow('no weights of this model')
  })
})

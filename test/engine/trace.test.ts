import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { conv2d } from '../../src-main/engine/ops/conv2d.ts'
import { crossEntropy } from '../../src-main/engine/ops/crossEntropy.ts'
import { globalAveragePool } from '../../src-main/engine/ops/globalAveragePool.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import type { Scalar, Tensor, Tensor4D } from '../../src-main/engine/runtime/load.ts'
import { compile } from '../../src-main/engine/trace/program.ts'
import type { Entry } from '../../src-main/engine/trace/program.ts'
import { ProtobufWriter } from '../../src-main/engine/trace/protobuf.ts'

const tf = await loadTensorFlow()
const kernels = kernelsOf(tf)

/** total ← total + Σ values; the mean of the values comes out. */
const accumulate: Entry = {
  feeds: { values: { shape: ['batch', 2], dtype: 'float32' }, bytes: { shape: ['batch'], dtype: 'uint8' } },
  body: ({ total }, { values, bytes }) => {
    const sum = tf.sum(values as Tensor, 0)
    const asFloat = kernels.run('Cast', { SrcT: { type: 'uint8' }, DstT: { type: 'float32' } }, [bytes as Tensor])
    return { outputs: { sum, bytes: tf.sum(asFloat) }, assign: { total: tf.add(total as Tensor, sum) } }
  },
}

describe('a compiled program', () => {
  it('keeps variables between runs and entries, for any batch size', () => {
    const program = compile(tf, { total: [2] }, { accumulate, double: { feeds: {}, body: ({ total }) => ({ outputs: { twice: tf.mul(total as Tensor, 2) } }) } })
    program.write('total', Float32Array.of(10, 20))
    const first = program.run('accumulate', { values: Float32Array.of(1, 2), bytes: Uint8Array.of(200) })
    const second = program.run('accumulate', { values: Float32Array.of(1, 1, 2, 2, 3, 3), bytes: Uint8Array.of(1, 2, 255) })
    expect([first, second, program.run('double', {}), program.read('total')]).toEqual([
      { sum: Float32Array.of(1, 2), bytes: Float32Array.of(200) },
      { sum: Float32Array.of(6, 6), bytes: Float32Array.of(258) },
      { twice: Float32Array.of(34, 56) },
      Float32Array.of(17, 28),
    ])
    program.dispose()
  })

  it('does not share memory with what was written or read', () => {
    const program = compile(tf, { total: [20_000] }, {})
    const values = new Float32Array(20_000).fill(1)
    program.write('total', values)
    values.fill(2)
    const read = program.read('total')
    read.fill(3)
    expect(program.read('total').every((value) => value === 1)).toBe(true)
    program.dispose()
  })

  it('leaves no tensors, sessions or folders behind', () => {
    const { binding } = tf.backend()
    const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('handloom-graph-'))
    const before = { folders: folders(), tensors: tf.memory().numTensors, native: binding.getNumOfTensors(), sessions: binding.getNumOfSavedModels() }
    const program = compile(tf, { total: [2] }, { accumulate })
    program.write('total', Float32Array.of(0, 0))
    for (let index = 0; index < 5; index++) program.run('accumulate', { values: Float32Array.of(1, 2), bytes: Uint8Array.of(1) })
    program.read('total')
    program.dispose()
    program.dispose()
    expect({ folders: folders(), tensors: tf.memory().numTensors, native: binding.getNumOfTensors(), sessions: binding.getNumOfSavedModels() }).toEqual(before)
  })

  it('says what is wrong with a run', () => {
    const program = compile(tf, { total: [2] }, { accumulate })
    expect(() => program.run('accumulate', { values: Float32Array.of(1, 2) })).toThrow('without its feed bytes')
    expect(() => program.run('accumulate', { values: Float32Array.of(1, 2), bytes: Uint8Array.of(1, 2) })).toThrow('holds 2 values where [1] are wanted')
    expect(() => program.run('other', {})).toThrow('no compiled function other')
    expect(() => program.write('total', Float32Array.of(1))).toThrow('holds 2 values, not 1')
    program.dispose()
  })
})

describe('a trace refuses', () => {
  const traced = (body: Entry['body']): (() => unknown) => () => compile(tf, {}, { f: { feeds: { x: { shape: ['batch', 3], dtype: 'float32' } }, body } })

  it('tensors from outside, reading values, unknown ops, large constants and constants made of the batch size', () => {
    const outside = tf.sqrt(tf.tensor1d([1, 2, 3]))
    expect(traced((_, { x }) => ({ outputs: { y: tf.mul(x as Tensor, outside) } }))).toThrow('from outside')
    expect(traced((_, { x }) => ({ outputs: { y: tf.scalar((x as Tensor).dataSync()[0] as number) } }))).toThrow('reads the values')
    expect(traced((_, { x }) => ({ outputs: { y: tf.erf(x as Tensor) } }))).toThrow('no shape rule')
    expect(traced((_, { x }) => ({ outputs: { y: tf.mul(x as Tensor, tf.zeros([10_000, 3])) } }))).toThrow('constant of 120000 bytes')
    expect(traced((_, { x }) => ({ outputs: { y: tf.reshape(x as Tensor, (x as Tensor).shape) } }))).toThrow('depends on the batch size')
    expect(traced((_, { x }) => ({ outputs: { y: tf.div(x as Tensor, (x as Tensor).shape[0] as number) } }))).toThrow('depends on the batch size')
    outside.dispose()
  })

  it('and leaves the binding as it was', () => {
    expect(traced(() => { throw new Error('stop') })).toThrow('stop')
    expect(tf.add(1, 1).dataSync()[0]).toBe(2)
  })
})

describe('a traced gradient', () => {
  it('equals the eager one', () => {
    const lossOf = (a: Tensor, b: Tensor): Scalar =>
      crossEntropy(kernels, globalAveragePool(kernels, conv2d(kernels, a as Tensor4D, b as Tensor4D, 2), 'float32'), tf.tensor1d([1, 3], 'int32'), tf.tensor1d([0.5, 0.5]), 0)
    const gradient = (x: Tensor, w: Tensor): Tensor => tf.grads(lossOf)([x, w])[1] as Tensor
    const [x, w] = [Float32Array.from({ length: 2 * 6 * 6 * 4 }, (_, index) => Math.sin(index)), Float32Array.from({ length: 3 * 3 * 2 * 4 }, (_, index) => Math.cos(index))]
    const program = compile(tf, { w: [3, 3, 2, 4] }, {
      gradient: { feeds: { x: { shape: [2, 6, 6, 4], dtype: 'float32' } }, body: ({ w }, { x }) => ({ outputs: { dw: gradient(x as Tensor, w as Tensor) } }) },
    })
    program.write('w', w)
    const eager = tf.tidy(() => gradient(tf.tensor(x, [2, 6, 6, 4]), tf.tensor(w, [3, 3, 2, 4])).dataSync())
    const compiled = program.run('gradient', { x }).dw as Float32Array
    expect(Math.max(...compiled.map((value, index) => Math.abs(value - (eager[index] as number))))).toBeLessThan(1e-6)
    program.dispose()
  })
})

describe('protocol buffers', () => {
  it('are written as the specification’s examples say', () => {
    expect([...new ProtobufWriter().integer(1, 150).finish()]).toEqual([0x08, 0x96, 0x01])
    expect([...new ProtobufWriter().bytes(2, 'testing').finish()]).toEqual([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
    expect([...new ProtobufWriter().bytes(3, new ProtobufWriter().integer(1, 150)).finish()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01])
    expect([...new ProtobufWriter().packed(4, [3, 270, 86942]).finish()]).toEqual([0x22, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05])
    expect([...new ProtobufWriter().integer(1, -1).finish()]).toEqual([0x08, ...Array.from({ length: 9 }, () => 0xff), 0x01])
  })
})

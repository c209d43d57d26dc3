import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findTools } from '../../scripts/setup/tools.mjs'
import { batchNormTraining } from '../../src-main/engine/ops/batchNorm.ts'
import { biasActivation } from '../../src-main/engine/ops/biasActivation.ts'
import { cast } from '../../src-main/engine/ops/cast.ts'
import { conv2d } from '../../src-main/engine/ops/conv2d.ts'
import { pack, prefix, unpack } from '../../src-main/engine/ops/flat.ts'
import { globalAveragePool } from '../../src-main/engine/ops/globalAveragePool.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import type { FeatureType, Kernels } from '../../src-main/engine/ops/kernels.ts'
import { squeezeExcite } from '../../src-main/engine/ops/squeezeExcite.ts'
import { warpAndNormalise } from '../../src-main/engine/ops/warp.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { operationsSource } from '../../src-main/engine/runtime/location.mjs'
import { hasNativeOperations, loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '../../src-main/engine/runtime/load.ts'
import { fuseElementwise } from '../../src-main/engine/trace/fuse.ts'
import { compile } from '../../src-main/engine/trace/program.ts'
import type { Entry } from '../../src-main/engine/trace/program.ts'

const tf = await loadTensorFlow()
const native = kernelsOf(tf, { native: true })
const plain = kernelsOf(tf)

type Op = (kernels: Kernels, inputs: Tensor[], type: FeatureType) => Tensor

const values = (seed: number, shapes: readonly (readonly number[])[]): Float32Array[] =>
  shapes.map((shape, index) => {
    const stream = randomStream(seed, index)
    return Float32Array.from({ length: shape.reduce((product, length) => product * length, 1) }, () => stream.normal())
  })

/** The value of an op and the gradients of Σ w(k) · value[k] by its inputs; the first `features` inputs, and the value, are of type `type`. */
function compiled(kernels: Kernels, op: Op, shapes: readonly (readonly number[])[], features: number, type: FeatureType): Float32Array[] {
  const body: Entry['body'] = (_, feeds) => {
    const inputs = shapes.map((_, index) => feeds[`x${index}`] as Tensor)
    const lossOf = (...given: Tensor[]): Tensor => {
      const typed = given.map((tensor, index) => (index < features ? cast(kernels, tensor, 'float32', type) : tensor))
      const output = op(kernels, typed, type)
      return output
    }
    const output = lossOf(...inputs)
    const back = tf.grads((...given: Tensor[]) => cast(kernels, lossOf(...given), type, 'float32'))
    const value = cast(kernels, output, type, 'float32')
    const waves = tf.sub(tf.sigmoid(tf.mul(value, 3)), 0.4) as Tensor
    const gradients = back(inputs, waves)
    for (const tensor of kept.splice(0)) tensor.dispose()
    return { outputs: { value, ...Object.fromEntries(gradients.map((gradient, index) => [`d${index}`, gradient])) } }
  }
  const feeds = Object.fromEntries(shapes.map((shape, index) => [`x${index}`, { shape, dtype: 'float32' as const }]))
  const program = compile(tf, {}, { f: { feeds, body } }, kernels)
  const data = values(5, shapes)
  const results = program.run('f', Object.fromEntries(shapes.map((_, index) => [`x${index}`, data[index] as Float32Array])))
  program.dispose()
  return Object.values(results) as Float32Array[]
}

/** Largest difference, in parts of the largest value. */
function apart(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6)
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] as number))), 0) / scale
}

/** Batch norm's statistics are kept until the gradient is there. */
const kept: Tensor[] = []
const statistics = ({ mean, variance }: { mean: Tensor; variance: Tensor }): void => void kept.push(mean, variance)

const map = [3, 7, 6, 24]
const ops: { name: string; op: Op; shapes: number[][]; features: number }[] = [
  ...[1, 2].map((stride) => ({
    name: `grouped convolution, stride ${stride}`,
    op: ((kernels, [x, w]) => conv2d(kernels, x as Tensor4D, w as Tensor4D, stride)) as Op,
    shapes: [map, [3, 3, 8, 24]],
    features: 2,
  })),
  { name: '1×1 convolution, stride 2', op: (kernels, [x, w]) => conv2d(kernels, x as Tensor4D, w as Tensor4D, 2), shapes: [map, [1, 1, 24, 10]], features: 2 },
  { name: 'batch norm', op: (kernels, [x, scale, offset], type) => batchNormTraining(kernels, x as Tensor4D, scale as Tensor1D, offset as Tensor1D, statistics, { type }), shapes: [map, [24], [24]], features: 1 },
  {
    name: 'batch norm with relu',
    op: (kernels, [x, scale, offset], type) => batchNormTraining(kernels, x as Tensor4D, scale as Tensor1D, offset as Tensor1D, statistics, { relu: true, type }),
    shapes: [map, [24], [24]],
    features: 1,
  },
  {
    name: 'batch norm with shortcut and relu',
    op: (kernels, [x, shortcut, scale, offset], type) => batchNormTraining(kernels, x as Tensor4D, scale as Tensor1D, offset as Tensor1D, statistics, { shortcut: shortcut as Tensor4D, relu: true, type }),
    shapes: [map, map, [24], [24]],
    features: 2,
  },
  {
    name: 'batch norm with dropped paths, shortcut and relu',
    op: (kernels, [x, shortcut, scale, offset], type) =>
      batchNormTraining(kernels, x as Tensor4D, scale as Tensor1D, offset as Tensor1D, statistics, { shortcut: shortcut as Tensor4D, factors: tf.tensor1d([0, 1.25, 1.25]), relu: true, type }),
    shapes: [map, map, [24], [24]],
    features: 2,
  },
  {
    name: 'squeeze and excite',
    op: (kernels, [x, squeeze, squeezeBias, excite, exciteBias], type) =>
      squeezeExcite(kernels, x as Tensor4D, { squeeze: squeeze as Tensor2D, squeezeBias: squeezeBias as Tensor1D, excite: excite as Tensor2D, exciteBias: exciteBias as Tensor1D }, type),
    shapes: [map, [24, 6], [6], [6, 24], [24]],
    features: 1,
  },
]

describe('our own operations', () => {
  it('were built by the set-up and are loaded', () => {
    expect(hasNativeOperations()).toBe(true)
  })

  it.each(ops)('$name: value and gradients are those of TensorFlow', ({ op, shapes, features }) => {
    const [ours, theirs] = [compiled(native, op, shapes, features, 'float32'), compiled(plain, op, shapes, features, 'float32')]
    expect(Math.max(...ours.map((result, index) => apart(result, theirs[index] as Float32Array)))).toBeLessThan(1e-4)
  })

  it.each(ops)('$name in bfloat16 is near float32', ({ op, shapes, features }) => {
    const [ours, exact] = [compiled(native, op, shapes, features, 'bfloat16'), compiled(plain, op, shapes, features, 'float32')]
    const distances = ours.map((result, index) => {
      const wanted = exact[index] as Float32Array
      const difference = Math.hypot(...result.map((value, at) => value - (wanted[at] as number)))
      return difference / Math.hypot(...wanted)
    })
    // A relu whose input is near zero may open or close; elsewhere the mantissa has eight bits.
    expect(Math.max(...distances)).toBeLessThan(0.06)
    expect(Math.max(...distances)).toBeGreaterThan(1e-5)
  })

  it('pool in float32 whatever the type, and its gradient', () => {
    const pool: Op = (kernels, [x], type) => globalAveragePool(kernels, x as Tensor4D, type)
    const [ours, theirs] = [compiled(native, pool, [map], 1, 'float32'), compiled(plain, pool, [map], 1, 'float32')]
    expect(Math.max(...ours.map((result, index) => apart(result, theirs[index] as Float32Array)))).toBeLessThan(1e-5)
  })

  it('bias, shortcut and relu; warp and colours; prefix, pack and unpack', () => {
    const entry = (kernels: Kernels): Entry => ({
      feeds: { x: { shape: [...map], dtype: 'float32' }, bias: { shape: [24], dtype: 'float32' }, images: { shape: ['batch', 9, 8, 3], dtype: 'uint8' }, transforms: { shape: ['batch', 8], dtype: 'float32' }, colours: { shape: ['batch', 4], dtype: 'float32' } },
      body(_, { x, bias, images, transforms, colours }) {
        const activated = biasActivation(kernels, x as Tensor4D, bias as Tensor1D, { shortcut: x as Tensor4D, relu: true, type: 'float32' })
        const [first, second] = unpack(kernels, bias as Tensor1D, [{ shape: [20], type: 'bfloat16' }, { shape: [2, 2] }]) as [Tensor, Tensor]
        return {
          outputs: {
            activated,
            warped: warpAndNormalise(kernels, images as Tensor, transforms as Tensor2D, 7),
            coloured: warpAndNormalise(kernels, images as Tensor, transforms as Tensor2D, 7, colours as Tensor2D),
            packed: pack(kernels, [first, second], ['bfloat16']),
            prefixed: prefix(kernels, tf.scalar(2), tf.scalar(3), 2, 5),
          },
        }
      },
    })
    const [x, bias] = values(8, [map, [24]]) as [Float32Array, Float32Array]
    const feeds = {
      x,
      bias,
      images: Uint8Array.from({ length: 2 * 9 * 8 * 3 }, (_, index) => (index * 37) % 256),
      transforms: Float32Array.of(0.9, 0.2, 0.3, -0.1, 1.1, 0.2, 0.01, 0.02, 1.5, 0, -2, 0, 1.5, -2, 0, 0),
      colours: Float32Array.of(1.3, 0.8, 1, -20, 0.5, 2, 1.1, 30),
    }
    const results = [native, plain].map((kernels) => {
      const program = compile(tf, {}, { f: entry(kernels) }, kernels)
      const outputs = program.run('f', feeds)
      program.dispose()
      return outputs as Record<string, Float32Array>
    })
    const distances = ['activated', 'warped', 'coloured', 'packed', 'prefixed'].map((name) => apart(results[0]?.[name] as Float32Array, results[1]?.[name] as Float32Array))
    expect(distances.filter((distance) => !(distance < 3e-4))).toEqual([])
    expect([...(results[0]?.prefixed ?? [])]).toEqual([2, 2, 3, 3, 3])
  })
})

describe('chains of elementwise operations', () => {
  const size = 5000
  const entry: Entry = {
    feeds: { rate: { shape: [], dtype: 'float32' } },
    body({ weights, mean }, { rate }) {
      const moved = tf.add(mean as Tensor, tf.mul(tf.sub(weights as Tensor, mean as Tensor), 0.1))
      const norm = tf.sum(tf.mul(moved, moved))
      const stepped = tf.sub(weights as Tensor, tf.mul(tf.div(moved, tf.add(tf.sqrt(norm), 1e-6)), rate as Tensor))
      return { outputs: { norm }, assign: { weights: stepped, mean: moved } }
    },
  }
  const run = (fused: boolean): Float32Array[] => {
    const program = compile(tf, { weights: [size], mean: [size] }, { step: entry }, { native: fused })
    const [weights, mean] = values(3, [[size], [size]]) as [Float32Array, Float32Array]
    program.write('weights', weights)
    program.write('mean', mean)
    program.run('step', { rate: Float32Array.of(0.01) })
    const results = [program.read('weights'), program.read('mean')]
    program.dispose()
    return results
  }

  it('give the same bits when they are joined', () => {
    const [joined, apart] = [run(true), run(false)]
    expect(joined[1]).toEqual(apart[1])
    // The norm is a sum of TensorFlow's, in whatever order it likes.
    expect(Math.max(...(joined[0] as Float32Array).map((value, index) => Math.abs(value - (apart[0]?.[index] as number))))).toBeLessThan(1e-6)
  })

  it('are joined up to what needs all of one before another begins', () => {
    const float = { kind: 'type', value: 1 } as const
    const node = (name: string, op: string, inputs: string[]) => ({ name: `f/${name}`, op, inputs: inputs.map((input) => `f/${input}`), attributes: { T: float } })
    const vectors = ['x', 'a', 'b', 'c', 'd']
    const nodes = [node('x', 'Placeholder', []), node('a', 'Mul', ['x', 'x']), node('b', 'AddV2', ['a', 'x']), node('norm', 'L2Loss', ['b']), node('c', 'Mul', ['b', 'norm']), node('d', 'Sub', ['c', 'a']), node('out', 'Identity', ['d'])]
    const result = fuseElementwise(nodes, (name) => ({ shape: vectors.includes(name.slice(2)) ? [size] : [], dtype: 1 }))
    expect(result.map(({ op, inputs, attributes }) => [op, inputs, attributes.program?.kind === 'string' ? attributes.program.value : ''])).toEqual([
      ['Placeholder', [], ''],
      ['L2Loss', ['f/Fused_0'], ''],
      ['Identity', ['f/Fused_1'], ''],
      ['HandloomElementwise', ['f/x'], 'mul 1 0 0;add 2 1 0;output 2 1'],
      ['HandloomElementwise', ['f/Fused_0', 'f/norm', 'f/Fused_0:1'], 'mul 3 0 1;sub 4 3 2;output 4'],
    ])
  })
})

describe('the kernels alone', () => {
  it.each(['grouped_convolution_check', 'fused_check'])('%s agrees with plain loops in double precision', async (name) => {
    const { compiler } = await findTools()
    const folder = mkdtempSync(join(tmpdir(), 'handloom-check-'))
    try {
      const program = join(folder, name)
      execFileSync(compiler, ['-O1', '-march=native', '-std=c++17', '-Wno-ignored-attributes', `-I${operationsSource}`, join(import.meta.dirname, 'native', `${name}.cc`), '-o', program, '-lpthread'])
      expect(execFileSync(program, { encoding: 'utf8' })).toMatch(/agree|as they should be/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 180_000)
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { batchNormTraining } from '../../src-main/engine/ops/batchNorm.ts'
import { conv2d } from '../../src-main/engine/ops/conv2d.ts'
import { globalAveragePool } from '../../src-main/engine/ops/globalAveragePool.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import type { Kernels } from '../../src-main/engine/ops/kernels.ts'
import { linear } from '../../src-main/engine/ops/linear.ts'
import { squeezeExcite } from '../../src-main/engine/ops/squeezeExcite.ts'
import { warpAndNormalise } from '../../src-main/engine/ops/warp.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '../../src-main/engine/runtime/load.ts'
import { compile } from '../../src-main/engine/trace/program.ts'

interface Golden {
  shapes: number[][]
  value: number[]
  gradients: number[][]
}

const goldens = JSON.parse(readFileSync(new URL('../goldens/ops.json', import.meta.url), 'utf8')) as Record<string, Golden> & {
  statistics: { mean: number[]; variance: number[] }
  warp: { transforms: number[][]; size: number; value: number[] }
}

const tf = await loadTensorFlow()

/** The formula of make_ops.py. */
function wave(shape: readonly number[], seed: number): Float32Array {
  const n = shape.reduce((product, length) => product * length, 1)
  return Float32Array.from({ length: n }, (_, k) => Math.sin(0.7 * k + (0.13 * k * k) / n + seed))
}

/** Largest difference in parts of the largest value. */
function apart(ours: ArrayLike<number>, theirs: readonly number[]): number {
  expect(ours.length).toBe(theirs.length)
  const scale = theirs.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3)
  return theirs.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (ours[index] as number))), 0) / scale
}

/** Batch norm's statistics are kept until the gradient is there. */
const kept: Tensor[] = []
let statistics: Tensor[] = []

const norm = (kernels: Kernels, [x, scale, offset]: Tensor[], after: Parameters<typeof batchNormTraining>[5]): Tensor =>
  batchNormTraining(kernels, x as Tensor4D, scale as Tensor1D, offset as Tensor1D, ({ mean, variance }) => {
    kept.push(mean, variance)
    statistics = [mean, variance]
  }, after)

const convolution = (stride: number) => (kernels: Kernels, [x, w]: Tensor[]): Tensor => conv2d(kernels, x as Tensor4D, w as Tensor4D, stride)

const ops: Record<string, (kernels: Kernels, inputs: Tensor[]) => Tensor> = {
  'grouped convolution, stride 1': convolution(1),
  'grouped convolution, stride 2': convolution(2),
  'convolution, stride 2': convolution(2),
  '1×1 convolution, stride 1': convolution(1),
  '1×1 convolution, stride 2': convolution(2),
  'batch norm': (kernels, inputs) => norm(kernels, inputs, {}),
  'batch norm and relu': (kernels, inputs) => norm(kernels, inputs, { relu: true }),
  'batch norm, shortcut and relu': (kernels, [x, shortcut, ...rest]) => norm(kernels, [x as Tensor, ...rest], { shortcut: shortcut as Tensor4D, relu: true }),
  'dropped paths': (kernels, [x, shortcut, ...rest]) => norm(kernels, [x as Tensor, ...rest], { shortcut: shortcut as Tensor4D, factors: tf.tensor1d([0, 1.25]), relu: true }),
  'squeeze-and-excite': (kernels, [x, squeeze, squeezeBias, excite, exciteBias]) =>
    squeezeExcite(kernels, x as Tensor4D, { squeeze: squeeze as Tensor2D, squeezeBias: squeezeBias as Tensor1D, excite: excite as Tensor2D, exciteBias: exciteBias as Tensor1D }, 'float32'),
  pool: (kernels, [x]) => globalAveragePool(kernels, x as Tensor4D, 'float32'),
  linear: (kernels, [x, weight, bias]) => linear(kernels, x as Tensor2D, weight as Tensor2D, bias as Tensor1D),
}

describe.each([{ by: 'our own operations', native: true }, { by: 'TensorFlow', native: false }])('layers by $by are PyTorch’s', ({ native }) => {
  const kernels = kernelsOf(tf, { native })

  it.each(Object.keys(ops))('%s: value and gradients', (name) => {
    const { shapes, value, gradients } = goldens[name] as Golden
    const op = ops[name] as (kernels: Kernels, inputs: Tensor[]) => Tensor
    const feeds = Object.fromEntries(shapes.map((shape, index) => [`x${index}`, { shape, dtype: 'float32' as const }]))
    const program = compile(tf, {}, {
      f: {
        feeds: { ...feeds, w: { shape: [value.length], dtype: 'float32' } },
        body(_, { w, ...fed }) {
          const inputs = shapes.map((_, index) => fed[`x${index}`] as Tensor)
          const output = op(kernels, inputs)
          const { grads } = { grads: tf.grads((...given: Tensor[]) => op(kernels, given))(inputs, tf.reshape(w as Tensor, output.shape)) }
          for (const tensor of kept.splice(0)) tensor.dispose()
          return { outputs: { value: output, ...Object.fromEntries(grads.map((gradient, index) => [`d${index}`, gradient])) } }
        },
      },
    }, kernels)
    const results = program.run('f', { w: wave([value.length], 9), ...Object.fromEntries(shapes.map((shape, index) => [`x${index}`, wave(shape, index)])) })
    program.dispose()
    const distances = [value, ...gradients].map((wanted, index) => apart(results[index === 0 ? 'value' : `d${index - 1}`] as Float32Array, wanted))
    expect(distances.filter((distance) => !(distance < 1e-4))).toEqual([])
  })

  it('the statistics of a batch, its variance unbiased', () => {
    const [shape, channels] = [[2, 5, 4, 16], [16]]
    const program = compile(tf, {}, {
      f: {
        feeds: { x: { shape, dtype: 'float32' }, scale: { shape: channels, dtype: 'float32' }, offset: { shape: channels, dtype: 'float32' } },
        body(_, { x, scale, offset }) {
          norm(kernels, [x, scale, offset] as Tensor[], {})
          const [mean, variance] = statistics.map((tensor) => tf.mul(tensor, 1)) as [Tensor, Tensor]
          for (const tensor of kept.splice(0)) tensor.dispose()
          return { outputs: { mean, variance } }
        },
      },
    }, kernels)
    const { mean, variance } = program.run('f', { x: wave(shape, 0), scale: wave(channels, 1), offset: wave(channels, 2) })
    program.dispose()
    expect(apart(mean as Float32Array, goldens.statistics.mean)).toBeLessThan(1e-4)
    expect(apart(variance as Float32Array, goldens.statistics.variance)).toBeLessThan(1e-4)
  })

  it('warp and normalisation', () => {
    const { transforms, size, value } = goldens.warp
    const program = compile(tf, {}, {
      f: {
        feeds: { images: { shape: ['batch', 9, 8, 3], dtype: 'uint8' }, transforms: { shape: ['batch', 8], dtype: 'float32' } },
        body: (_, { images, transforms }) => ({ outputs: { pictures: warpAndNormalise(kernels, images as Tensor, transforms as Tensor2D, size) } }),
      },
    }, kernels)
    const { pictures } = program.run('f', { images: Uint8Array.from({ length: 2 * 9 * 8 * 3 }, (_, k) => (k * 37) % 256), transforms: Float32Array.from(transforms.flat()) })
    program.dispose()
    expect(apart(pictures as Float32Array, value)).toBeLessThan(1e-4)
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { relu, sigmoid } from '../../src-main/engine/ops/activations.ts'
import { add } from '../../src-main/engine/ops/add.ts'
import { batchNormTraining } from '../../src-main/engine/ops/batchNorm.ts'
import { conv2d } from '../../src-main/engine/ops/conv2d.ts'
import { correctCount, crossEntropy } from '../../src-main/engine/ops/crossEntropy.ts'
import { dropPath } from '../../src-main/engine/ops/dropPath.ts'
import { norm, pack, unpack } from '../../src-main/engine/ops/flat.ts'
import { globalAveragePool } from '../../src-main/engine/ops/globalAveragePool.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import { linear } from '../../src-main/engine/ops/linear.ts'
import { scaleChannels } from '../../src-main/engine/ops/scaleChannels.ts'
import { imageNetDeviation, imageNetMean } from '../../src-main/engine/ops/imageNet.ts'
import { warpAndNormalise } from '../../src-main/engine/ops/warp.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '../../src-main/engine/runtime/load.ts'
import { convolve, numericGradient, volume } from './reference.ts'
import type { Volume } from './reference.ts'

const tf = await loadTensorFlow()
const kernels = kernelsOf(tf)
const stream = randomStream(11)

const random = (...shape: number[]): Volume => volume([1, 1, 1, 1, ...shape].slice(-4) as Volume['shape'], () => stream.normal())
const tensor = (source: Volume, shape: number[] = source.shape): Tensor => tf.tensor(Float32Array.from(source.data), shape)
const largestDifference = (ours: Tensor, theirs: ArrayLike<number>): number => {
  expect(ours.size).toBe(theirs.length)
  return Math.max(...Array.from(ours.dataSync(), (value, index) => Math.abs(value - (theirs[index] as number))))
}

beforeEach(() => tf.engine().startScope())
afterEach(() => tf.engine().endScope())

/** Where the value and gradients of Σ weights · op(inputs) differ from a plain computation and its numeric derivatives. */
function disagreements(op: (...inputs: Tensor[]) => Tensor, inputs: { source: Volume; shape?: number[] }[], plain: () => Volume): string[] {
  const expected = plain()
  const weights = random(expected.data.length)
  const tensors = inputs.map(({ source, shape }) => tensor(source, shape))
  const lossOf = (...given: Tensor[]): Scalar => {
    const output = op(...given)
    return tf.sum(tf.mul(output, tensor(weights, output.shape)))
  }
  const { grads } = tf.valueAndGrads(lossOf)(tensors)
  const off = largestDifference(op(...tensors), expected.data)
  const complaints = off < 1e-4 ? [] : [`value by ${off}`]
  inputs.forEach(({ source }, index) => {
    const gradient = numericGradient(source.data, () => plain().data.reduce((sum, value, position) => sum + value * (weights.data[position] as number), 0))
    const gradientOff = largestDifference(grads[index] as Tensor, gradient)
    if (!(gradientOff < 1e-3)) complaints.push(`gradient of input ${index} by ${gradientOff}`)
  })
  return complaints
}

describe('convolution', () => {
  it.each([
    { kernel: 3, stride: 1, channels: 6, depth: 6, outputs: 4, size: 5 },
    { kernel: 3, stride: 1, channels: 6, depth: 2, outputs: 9, size: 5 },
    { kernel: 3, stride: 2, channels: 4, depth: 2, outputs: 4, size: 6 },
    { kernel: 3, stride: 2, channels: 4, depth: 4, outputs: 3, size: 5 },
    { kernel: 1, stride: 1, channels: 3, depth: 3, outputs: 5, size: 4 },
    { kernel: 1, stride: 2, channels: 3, depth: 3, outputs: 5, size: 5 },
  ])('%o and its gradients are those of plain loops', ({ kernel, stride, channels, depth, outputs, size }) => {
    const [input, filter] = [random(2, size, size + 1, channels), random(kernel, kernel, depth, outputs)]
    expect(disagreements((x, w) => conv2d(kernels, x as Tensor4D, w as Tensor4D, stride), [{ source: input }, { source: filter }], () => convolve(input, filter, stride))).toEqual([])
  })
})

describe('batch norm', () => {
  const input = random(3, 2, 4, 5)
  const [scale, offset] = [random(5), random(5)]
  const moments = (): { means: number[]; variances: number[] } => {
    const of = (channel: number): number[] => [...input.data].filter((_, index) => index % 5 === channel)
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    const means = [0, 1, 2, 3, 4].map((channel) => mean(of(channel)))
    return { means, variances: means.map((center, channel) => mean(of(channel).map((value) => (value - center) ** 2))) }
  }

  it('in training and its gradients are those of plain loops', () => {
    const plain = (): Volume => {
      const { means, variances } = moments()
      return volume(input.shape, (index) => {
        const c = index % 5
        return (((input.data[index] as number) - (means[c] as number)) / Math.sqrt((variances[c] as number) + 1e-5)) * (scale.data[c] as number) + (offset.data[c] as number)
      })
    }
    const ignore = ({ mean, variance }: { mean: Tensor; variance: Tensor }): void => {
      mean.dispose()
      variance.dispose()
    }
    expect(disagreements((x, g, b) => batchNormTraining(kernels, x as Tensor4D, g as Tensor1D, b as Tensor1D, ignore), [{ source: input }, { source: scale, shape: [5] }, { source: offset, shape: [5] }], plain)).toEqual([])
  })

  it('hands out the mean and the unbiased variance', () => {
    const { means, variances } = moments()
    batchNormTraining(kernels, tensor(input) as Tensor4D, tensor(scale, [5]) as Tensor1D, tensor(offset, [5]) as Tensor1D, ({ mean, variance }) => {
      expect(largestDifference(mean, means)).toBeLessThan(1e-6)
      expect(largestDifference(variance, variances.map((value) => (value * 24) / 23))).toBeLessThan(1e-5)
      mean.dispose()
      variance.dispose()
    })
  })
})

describe('smaller layers and their gradients are those of plain loops:', () => {
  const input = random(2, 3, 2, 4)
  const map = (source: Volume, change: (value: number, index: number) => number): Volume => volume(source.shape, (index) => change(source.data[index] as number, index))

  it('relu and sigmoid', () => {
    expect(disagreements((x) => relu(kernels, x), [{ source: input }], () => map(input, (value) => Math.max(value, 0)))).toEqual([])
    expect(disagreements((x) => sigmoid(kernels, x), [{ source: input }], () => map(input, (value) => 1 / (1 + Math.exp(-value))))).toEqual([])
  })

  it('add', () => {
    const other = random(2, 3, 2, 4)
    expect(disagreements((a, b) => add(kernels, a, b), [{ source: input }, { source: other }], () => map(input, (value, index) => value + (other.data[index] as number)))).toEqual([])
  })

  it('scale of channels', () => {
    const gate = random(2, 4)
    const plain = (): Volume => map(input, (value, index) => value * (gate.data[Math.floor(index / 24) * 4 + (index % 4)] as number))
    expect(disagreements((x, g) => scaleChannels(kernels, x as Tensor4D, g as Tensor2D), [{ source: input }, { source: gate, shape: [2, 4] }], plain)).toEqual([])
  })

  it('global average pool', () => {
    const plain = (): Volume => volume([1, 1, 2, 4], (index) => {
      let sum = 0
      for (let pixel = 0; pixel < 6; pixel++) sum += input.data[Math.floor(index / 4) * 24 + pixel * 4 + (index % 4)] as number
      return sum / 6
    })
    expect(disagreements((x) => globalAveragePool(kernels, x as Tensor4D, 'float32'), [{ source: input }], plain)).toEqual([])
  })

  it('drop path', () => {
    const factors = [0, 1.25]
    expect(disagreements((x) => dropPath(kernels, x as Tensor4D, tf.tensor1d(factors)), [{ source: input }], () => map(input, (value, index) => value * (factors[Math.floor(index / 24)] as number)))).toEqual([])
  })

  it('linear', () => {
    const [rows, weight, bias] = [random(3, 4), random(4, 5), random(5)]
    const plain = (): Volume => volume([1, 1, 3, 5], (index) => {
      const [row, column] = [Math.floor(index / 5), index % 5]
      let sum = bias.data[column] as number
      for (let k = 0; k < 4; k++) sum += (rows.data[row * 4 + k] as number) * (weight.data[k * 5 + column] as number)
      return sum
    })
    expect(disagreements((x, w, b) => linear(kernels, x as Tensor2D, w as Tensor2D, b as Tensor1D), [{ source: rows, shape: [3, 4] }, { source: weight, shape: [4, 5] }, { source: bias, shape: [5] }], plain)).toEqual([])
  })

  it('cross-entropy with smoothing and weights', () => {
    const logits = random(3, 4)
    const [labels, weights, smoothing] = [[2, 0, 3], [0.5, 0.2, 0.3], 0.1]
    const plain = (): Volume => volume([1, 1, 1, 1], () => {
      let total = 0
      labels.forEach((label, row) => {
        const values = [...logits.data.subarray(row * 4, row * 4 + 4)]
        const logSum = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0))
        values.forEach((value, column) => {
          total += (weights[row] as number) * (smoothing / 4 + (column === label ? 1 - smoothing : 0)) * (logSum - value)
        })
      })
      return total
    })
    expect(disagreements((x) => crossEntropy(kernels, x as Tensor2D, tf.tensor1d(labels, 'int32'), tf.tensor1d(weights), smoothing), [{ source: logits, shape: [3, 4] }], plain)).toEqual([])
    const best = tf.tensor2d([[0, 1, 0], [3, 1, 2], [0, 0, 9]])
    expect(correctCount(kernels, best, tf.tensor1d([1, 1, 2], 'int32')).dataSync()[0]).toBe(2)
  })
})

describe('flat vectors', () => {
  it('pack and unpack are inverse; norm is Euclid’s', () => {
    const tensors = [tf.tensor2d([[1, 2], [3, 4]]), tf.tensor1d([5]), tf.tensor3d([[[6, 7]]])]
    const flat = pack(kernels, tensors)
    const parts = unpack(kernels, flat, tensors)
    expect(parts.map((part) => [part.shape, [...part.dataSync()]])).toEqual([[[2, 2], [1, 2, 3, 4]], [[1], [5]], [[1, 1, 2], [6, 7]]])
    expect(norm(kernels, tf.tensor1d([3, 4])).dataSync()[0]).toBeCloseTo(5, 5)
  })
})

describe('warp', () => {
  const pictures = Uint8Array.from({ length: 2 * 4 * 5 * 3 }, (_, index) => (index * 37) % 256)
  const fed = (): Tensor => {
    const backend = tf.backend()
    const id = backend.binding.createTensor([2, 4, 5, 3], backend.binding.TF_UINT8, pictures)
    return backend.createOutputTensor({ id, shape: [2, 4, 5, 3], dtype: backend.binding.TF_UINT8 })
  }
  const pixel = (b: number, y: number, x: number, c: number): number => (y < 0 || x < 0 || y > 3 || x > 4 ? 0 : (pictures[((b * 4 + y) * 5 + x) * 3 + c] as number))

  it('interpolates bilinearly at the projected place, black outside, and normalises', () => {
    const transforms = [[0.9, 0.2, 0.3, -0.1, 1.1, 0.2, 0.01, 0.02], [1, 0, 0, 0, 1, 0, 0, 0]]
    const expected: number[] = []
    for (let b = 0; b < 2; b++)
      for (let y = 0; y < 3; y++)
        for (let x = 0; x < 3; x++)
          for (let c = 0; c < 3; c++) {
            const [a0, a1, a2, b0, b1, b2, c0, c1] = transforms[b] as [number, number, number, number, number, number, number, number]
            const k = c0 * x + c1 * y + 1
            const [px, py] = [(a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k]
            const [fx, fy] = [Math.floor(px), Math.floor(py)]
            const top = pixel(b, fy, fx, c) * (fx + 1 - px) + pixel(b, fy, fx + 1, c) * (px - fx)
            const bottom = pixel(b, fy + 1, fx, c) * (fx + 1 - px) + pixel(b, fy + 1, fx + 1, c) * (px - fx)
            const value = top * (fy + 1 - py) + bottom * (py - fy)
            expected.push((value / 255 - (imageNetMean[c] as number)) / (imageNetDeviation[c] as number))
          }
    expect(largestDifference(warpAndNormalise(kernels, fed(), tf.tensor2d(transforms), 3), expected)).toBeLessThan(1e-4)
  })
})

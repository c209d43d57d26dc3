import { describe, expect, it } from 'vitest'
import { crossEntropy } from '../../src-main/engine/ops/crossEntropy.ts'
import { norm } from '../../src-main/engine/ops/flat.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../../src-main/engine/runtime/load.ts'
import { clipByNorm } from '../../src-main/train/optimizers/clip.ts'
import { createOptimizer } from '../../src-main/train/optimizers/index.ts'
import type { OptimizerOptions } from '../../src-main/train/optimizers/index.ts'
import { even } from './hashed.ts'
import { trainingGoldens } from './trainingGoldens.ts'

const tf = await loadTensorFlow()
const kernels = kernelsOf(tf)
const { optimizers: { sizes, rates, weights: golden }, clipping, loss } = trainingGoldens

/** The weights after each step: four tensors, the first two decayed. */
function stepped(options: OptimizerOptions): number[][] {
  return tf.tidy(() => {
    const optimizer = createOptimizer(options)
    let weights = tf.tensor1d([...even(1, 15)]) as Tensor1D
    let slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, tf.zeros([15]) as Tensor1D]))
    return rates.map((learningRate, step) => {
      const gradient = tf.tensor1d([...even(100 + step, 15, 3)])
      const scalars = Object.fromEntries(Object.entries({ ...optimizer.scalars(step), learningRate }).map(([name, value]) => [name, tf.scalar(value)]))
      const update = { weights, gradient, gradientNorm: norm(kernels, gradient) as Scalar, slots, scalars, decayedSizes: sizes.slice(0, 2), undecayedSize: 6 }
      ;({ weights, slots } = optimizer.update(kernels, update))
      return [...weights.dataSync()]
    })
  })
}

const close = (values: readonly number[], digits = 5): unknown[] => values.map((value) => expect.closeTo(value, digits))

describe('seven steps equal timm’s and PyTorch’s:', () => {
  it.each<[string, OptimizerOptions]>([
    ['lamb', { name: 'lamb', weightDecay: 0.1 }],
    ['lamb_without_decay', { name: 'lamb', weightDecay: 0 }],
    ['adamw', { name: 'adamw', weightDecay: 0.1 }],
    ['adamw_betas', { name: 'adamw', weightDecay: 0.1, betas: [0.8, 0.99], epsilon: 1e-3 }],
    ['sgd', { name: 'sgd', weightDecay: 0.1 }],
    ['sgd_plain', { name: 'sgd', weightDecay: 0.1, momentum: 0.8, nesterov: false }],
  ])('%s', (name, options) => {
    expect(stepped(options)).toEqual((golden[name] ?? []).map((weights) => close(weights)))
  })
})

it('Lamb leaves a tensor of zeros free to move', () => {
  const moved = tf.tidy(() => {
    const optimizer = createOptimizer({ name: 'lamb', weightDecay: 0.1 })
    const zeros = tf.zeros([2]) as Tensor1D
    const scalars = Object.fromEntries(Object.entries({ ...optimizer.scalars(0), learningRate: 0.5 }).map(([name, value]) => [name, tf.scalar(value)]))
    const update = { weights: zeros, gradient: tf.tensor1d([0.3, -0.4]), gradientNorm: tf.scalar(0.5), slots: { mean: zeros, square: zeros }, scalars, decayedSizes: [2], undecayedSize: 0 }
    return [...optimizer.update(kernels, update).weights.dataSync()]
  })
  expect(moved).toEqual(close([-0.5, 0.5], 4))
})

it.each(clipping)('clipping to $limit equals clip_grad_norm_', ({ limit, norm: before, gradient }) => {
  tf.tidy(() => {
    const given = tf.tensor1d([...even(3, 15, 2)])
    const length = norm(kernels, given) as Scalar
    const clipped = clipByNorm(kernels, given, length, limit)
    expect([...length.dataSync(), ...clipped.gradient.dataSync(), ...clipped.norm.dataSync()]).toEqual(close([before, ...gradient, Math.min(before, limit)]))
  })
})

it.each(loss.cases)('class weights and label smoothing $smoothing equal CrossEntropyLoss, loss and gradient', ({ smoothing, loss: value, gradient }) => {
  tf.tidy(() => {
    const labels = tf.tensor1d(loss.labels, 'int32')
    const share = 1 / loss.labels.reduce((sum, label) => sum + (loss.weights[label] ?? 0), 0)
    const lossOf = (logits: Tensor): Scalar => crossEntropy(kernels, logits as Tensor2D, labels, tf.mul(tf.ones([6]), share) as Tensor1D, smoothing, loss.weights)
    const ours = tf.valueAndGrads(lossOf)([tf.tensor2d([...even(5, 30, 4)], [6, 5])])
    expect([...ours.value.dataSync(), ...(ours.grads[0] as Tensor).dataSync()]).toEqual(close([value, ...gradient]))
  })
})

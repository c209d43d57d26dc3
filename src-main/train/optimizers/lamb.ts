import { pack, unpack } from '../../engine/ops/flat.ts'
import { float32 } from '../../engine/ops/kernels.ts'
import type { Kernels } from '../../engine/ops/kernels.ts'
import type { Tensor1D } from '../../engine/runtime/load.ts'
import { biasCorrections } from './biasCorrections.ts'
import { own } from './optimizer.ts'
import type { Optimizer } from './optimizer.ts'

export interface LambOptions {
  weightDecay: number
  betas?: readonly [number, number]
  epsilon?: number
  /** The gradient of all weights together is scaled down to this norm. */
  maximumGradientNorm?: number
}

/**
 * Lamb: Adam whose step for each tensor is scaled by ‖weights‖ / ‖step‖. You et al., "Large Batch Optimization for Deep Learning: Training
 * BERT in 76 minutes", ICLR 2020, in the variant of timm `optim/lamb.py` and NVIDIA's FusedLAMB: bias correction, averaged gradient, decay
 * added to the step, gradient clipped by its global norm. As there, tensors without weight decay are not scaled.
 */
export function lamb({ weightDecay, betas = [0.9, 0.999], epsilon = 1e-6, maximumGradientNorm = 1 }: LambOptions): Optimizer {
  const [beta1, beta2] = betas
  return {
    slots: ['mean', 'square'],
    scalars: biasCorrections(betas),
    update(kernels, { weights, gradient, gradientNorm, slots, scalars, decayedSizes, undecayedSize }) {
      const { tf } = kernels
      const clipped = tf.div(gradient, tf.maximum(tf.div(gradientNorm, maximumGradientNorm), 1)) as Tensor1D
      const mean = tf.add(own(slots, 'mean'), tf.mul(tf.sub(clipped, own(slots, 'mean')), 1 - beta1)) as Tensor1D
      const square = tf.add(tf.mul(own(slots, 'square'), beta2), tf.mul(tf.mul(clipped, clipped), 1 - beta2)) as Tensor1D
      const denominator = tf.add(tf.mul(tf.sqrt(square), own(scalars, 'squareCorrection')), epsilon)
      const adam = tf.div(tf.mul(mean, own(scalars, 'meanCorrection')), denominator) as Tensor1D
      const step = weightDecay === 0 ? adam : scaleDecayed(kernels, adam, weights, decayedSizes, undecayedSize, weightDecay)
      return { weights: tf.sub(weights, tf.mul(step, own(scalars, 'learningRate'))), slots: { mean, square } }
    },
  }
}

/** Adds the weight decay and scales each decayed tensor's step by ‖weights‖ / ‖step‖, or by one where a norm is zero; leaves the rest as it is. */
function scaleDecayed(kernels: Kernels, adam: Tensor1D, weights: Tensor1D, sizes: readonly number[], undecayedSize: number, weightDecay: number): Tensor1D {
  if (sizes.length === 0) return adam
  const { tf } = kernels
  const parts = [...sizes, ...(undecayedSize > 0 ? [undecayedSize] : [])].map((size) => ({ shape: [size] }))
  const decayed = tf.add(adam, tf.mul(weights, weightDecay)) as Tensor1D
  const rest = undecayedSize > 0 ? (unpack(kernels, adam, parts) as Tensor1D[]).slice(sizes.length) : []
  const steps = (unpack(kernels, decayed, parts) as Tensor1D[]).slice(0, sizes.length)
  const squares = (list: readonly Tensor1D[]): Tensor1D =>
    kernels.run('Pack', { T: float32, N: { int: list.length }, axis: { int: 0 } }, list.map((part) => kernels.run('L2Loss', { T: float32 }, [part]))) as Tensor1D
  const weightSquares = squares((unpack(kernels, weights, parts) as Tensor1D[]).slice(0, sizes.length))
  const stepSquares = squares(steps)
  const ratio = tf.sqrt(tf.div(weightSquares, stepSquares))
  const positive = tf.greater(tf.minimum(weightSquares, stepSquares), 0)
  const factors = kernels.run('SelectV2', { T: float32 }, [positive, ratio, tf.scalar(1)])
  const scalars = kernels.runAll('Unpack', { T: float32, num: { int: sizes.length }, axis: { int: 0 } }, [factors], sizes.length)
  return pack(kernels, [...steps.map((part, index) => tf.mul(part, scalars[index] as Tensor1D)), ...rest])
}

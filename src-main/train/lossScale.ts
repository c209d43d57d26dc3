import { float32 } from '../engine/ops/kernels.ts'
import type { Kernels } from '../engine/ops/kernels.ts'
import { pack, unpack } from '../engine/ops/flat.ts'
import type { Scalar, Tensor, Tensor1D } from '../engine/runtime/load.ts'

/**
 * Loss scaling for float16, whose smallest gradients would be rounded to zero: the loss is multiplied by a factor that is halved when a
 * gradient overflows, whose step is then skipped, and doubled after 2000 good steps. Micikevicius et al., "Mixed Precision Training",
 * ICLR 2018; values of `torch.amp.GradScaler`.
 */
const growthInterval = 2000

/** What a classifier keeps: the factor, good steps since it last changed, steps skipped in all. */
export const lossScaleParts = ['scale', 'goodSteps', 'skippedSteps'] as const
export const initialLossScale = (): Float32Array => Float32Array.of(65_536, 0, 0)

/** `chosen` where the condition holds, else `otherwise`. Not differentiable. */
export const select = (kernels: Kernels, condition: Tensor, chosen: Tensor, otherwise: Tensor): Tensor =>
  kernels.run('SelectV2', { T: float32 }, [condition, chosen, otherwise])

/** Whether a norm is a number and not infinite. */
export const isFinite = (kernels: Kernels, norm: Tensor): Tensor => kernels.tf.less(norm, 3.4e38)

export const scaleOf = (kernels: Kernels, state: Tensor1D): Scalar => unpack(kernels, state, lossScaleParts.map(() => ({ shape: [] })))[0] as Scalar

/** The state after a step whose gradient was finite or not. */
export function nextLossScale(kernels: Kernels, state: Tensor1D, finite: Tensor): Tensor1D {
  const { tf } = kernels
  const [scale, before, skipped] = unpack(kernels, state, lossScaleParts.map(() => ({ shape: [1] }))) as [Tensor1D, Tensor1D, Tensor1D]
  const good = tf.add(before, 1)
  const grows = tf.greaterEqual(good, growthInterval)
  return pack(kernels, [
    select(kernels, finite, select(kernels, grows, tf.mul(scale, 2), scale), tf.mul(scale, 0.5)),
    select(kernels, finite, select(kernels, grows, tf.scalar(0), good), tf.scalar(0)),
    select(kernels, finite, skipped, tf.add(skipped, 1)),
  ])
}

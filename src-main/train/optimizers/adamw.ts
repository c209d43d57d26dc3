import type { Tensor1D } from '../../engine/runtime/load.ts'
import { biasCorrections } from './biasCorrections.ts'
import { byDecay } from './decay.ts'
import { own } from './optimizer.ts'
import type { Optimizer } from './optimizer.ts'

export interface AdamWOptions {
  weightDecay: number
  betas?: readonly [number, number]
  epsilon?: number
}

/**
 * Adam with decoupled weight decay. Kingma and Ba, 2015; Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019;
 * as `torch.optim.AdamW`.
 */
export function adamW({ weightDecay, betas = [0.9, 0.999], epsilon = 1e-8 }: AdamWOptions): Optimizer {
  const [beta1, beta2] = betas
  return {
    slots: ['mean', 'square'],
    scalars: biasCorrections(betas),
    update(kernels, update) {
      const { weights, gradient, slots, scalars } = update
      const { tf } = kernels
      const learningRate = own(scalars, 'learningRate')
      const mean = tf.add(own(slots, 'mean'), tf.mul(tf.sub(gradient, own(slots, 'mean')), 1 - beta1)) as Tensor1D
      const square = tf.add(tf.mul(own(slots, 'square'), beta2), tf.mul(tf.mul(gradient, gradient), 1 - beta2)) as Tensor1D
      const denominator = tf.add(tf.mul(tf.sqrt(square), own(scalars, 'squareCorrection')), epsilon)
      const rate = tf.mul(learningRate, own(scalars, 'meanCorrection'))
      const kept = (): Tensor1D => byDecay(kernels, update, tf.sub(1, tf.mul(learningRate, weightDecay)), tf.scalar(1))
      const decayed = weightDecay === 0 ? weights : tf.mul(weights, kept())
      return { weights: tf.sub(decayed, tf.mul(tf.div(mean, denominator), rate)), slots: { mean, square } }
    },
  }
}

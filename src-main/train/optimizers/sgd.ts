import type { Tensor1D } from '../../engine/runtime/load.ts'
import { byDecay } from './decay.ts'
import { own } from './optimizer.ts'
import type { Optimizer } from './optimizer.ts'

export interface SgdOptions {
  weightDecay: number
  momentum?: number
  nesterov?: boolean
}

/** Stochastic gradient descent with (Nesterov) momentum and L2 decay, as `torch.optim.SGD` without dampening. */
export function sgd({ weightDecay, momentum = 0.9, nesterov = true }: SgdOptions): Optimizer {
  return {
    slots: ['momentum'],
    scalars: () => ({}),
    update(kernels, update) {
      const { weights, gradient, slots, scalars } = update
      const { tf } = kernels
      const pull = (): Tensor1D => byDecay(kernels, update, tf.scalar(weightDecay), tf.scalar(0))
      const pulled = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(weights, pull()))
      const velocity = tf.add(tf.mul(own(slots, 'momentum'), momentum), pulled) as Tensor1D
      const step = nesterov ? tf.add(pulled, tf.mul(velocity, momentum)) : velocity
      return { weights: tf.sub(weights, tf.mul(step, own(scalars, 'learningRate'))), slots: { momentum: velocity } }
    },
  }
}

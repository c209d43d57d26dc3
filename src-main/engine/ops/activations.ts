import type { Tensor } from '../runtime/load.ts'
import { convert } from './cast.ts'
import { float32 } from './kernels.ts'
import type { FeatureType, Kernels } from './kernels.ts'

/** What may follow a norm or the squeeze of squeeze-and-excitation. */
export type Activation = 'relu' | 'silu'

/** An activation whose native gradient kernel takes (first, second) of output and gradient in the order TensorFlow wants. */
function activation<T extends Tensor>(kernels: Kernels, input: T, op: string, gradient: (output: Tensor, dy: Tensor) => Tensor): T {
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor, (tensors: Tensor[]) => void]
    const y = kernels.run(op, { T: float32 }, [x])
    save([y])
    return { value: y, gradFunc: (dy: Tensor, [y]: Tensor[]) => gradient(y as Tensor, dy) }
  })(input) as T
}

/** max(x, 0) */
export function relu<T extends Tensor>(kernels: Kernels, input: T): T {
  return activation(kernels, input, 'Relu', (y, dy) => kernels.run('ReluGrad', { T: float32 }, [dy, y]))
}

/** 1 / (1 + e^−x) */
export function sigmoid<T extends Tensor>(kernels: Kernels, input: T): T {
  return activation(kernels, input, 'Sigmoid', (y, dy) => kernels.run('SigmoidGrad', { T: float32 }, [y, dy]))
}

/**
 * x · σ(x): Elfwing, Uchibe and Doya, 2018; `torch.nn.SiLU`. Computed in float32; only the input is kept for the gradient.
 * @param input of type `type`
 */
export function silu<T extends Tensor>(kernels: Kernels, input: T, type: FeatureType = 'float32'): T {
  const { tf } = kernels
  return tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor, (tensors: Tensor[]) => void]
    const wide = convert(kernels, x, 'float32')
    save([x])
    return {
      value: convert(kernels, tf.mul(wide, tf.sigmoid(wide)), type),
      gradFunc: (dy: Tensor, [x]: Tensor[]) => {
        const wide = convert(kernels, x as Tensor, 'float32')
        const gate = tf.sigmoid(wide)
        const slope = tf.mul(gate, tf.add(1, tf.mul(wide, tf.sub(1, gate))))
        return convert(kernels, tf.mul(convert(kernels, dy, 'float32'), slope), type)
      },
    }
  })(input) as T
}

/** An activation by its name; the input is of type `type`. */
export function activate<T extends Tensor>(kernels: Kernels, input: T, activation: Activation, type: FeatureType = 'float32'): T {
  return activation === 'relu' ? relu(kernels, input) : silu(kernels, input, type)
}

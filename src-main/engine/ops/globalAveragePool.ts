import type { Tensor, Tensor2D, Tensor4D } from '../runtime/load.ts'
import { cast } from './cast.ts'
import { float32, int32 } from './kernels.ts'
import type { FeatureType, Kernels } from './kernels.ts'
import { reshape } from './reshape.ts'

/** Mean over height and width: [batch, height, width, channels] of type `type` → [batch, channels] float32. */
export function globalAveragePool(kernels: Kernels, input: Tensor4D, type: FeatureType): Tensor2D {
  return kernels.native ? pooled(kernels, input) : composed(kernels, cast(kernels, input, type, 'float32'))
}

/** By Handloom's own operations, `engine/native/gates.h`. */
function pooled(kernels: Kernels, input: Tensor4D): Tensor2D {
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor4D, (tensors: Tensor[]) => void]
    save([x])
    return {
      value: kernels.run('HandloomAveragePool', { T: float32 }, [x]),
      gradFunc: (dy: Tensor, [x]: Tensor[]) => kernels.run('HandloomAveragePoolGradient', { T: float32 }, [x as Tensor, dy]),
    }
  })(input) as Tensor2D
}

function composed(kernels: Kernels, input: Tensor4D): Tensor2D {
  const [, height, width, channels] = input.shape
  const { tf } = kernels
  return tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor4D, (tensors: Tensor[]) => void]
    save([x])
    return {
      value: kernels.run('Mean', { T: float32, Tidx: int32, keep_dims: { bool: false } }, [x, tf.tensor1d([1, 2], 'int32')]),
      gradFunc: (dy: Tensor, [x]: Tensor[]) => {
        const share = kernels.run('Mul', { T: float32 }, [dy, tf.scalar(1 / (height * width))])
        const shape = kernels.run('Shape', { T: float32, out_type: int32 }, [x as Tensor])
        return kernels.run('BroadcastTo', { T: float32, Tidx: int32 }, [reshape(kernels, share, [-1, 1, 1, channels]), shape])
      },
    }
  })(input) as Tensor2D
}

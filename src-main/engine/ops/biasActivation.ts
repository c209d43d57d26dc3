import type { Tensor1D, Tensor4D } from '../runtime/load.ts'
import { convert } from './cast.ts'
import { float32 } from './kernels.ts'
import type { FeatureType, Kernels } from './kernels.ts'

/**
 * relu?(input + bias + shortcut): what follows a convolution with which a batch norm was folded. Not differentiable.
 * @param bias [channels] float32
 */
export function biasActivation(
  kernels: Kernels,
  input: Tensor4D,
  bias: Tensor1D,
  { shortcut, relu, type }: { shortcut?: Tensor4D; relu: boolean; type: FeatureType },
): Tensor4D {
  if (kernels.native) {
    const settings = { T: float32, residual: { int: shortcut ? 1 : 0 }, relu: { bool: relu } }
    return kernels.run('HandloomBiasActivation', settings, shortcut ? [input, bias, shortcut] : [input, bias]) as Tensor4D
  }
  const typed = type === 'float32' ? bias : convert(kernels, bias, type)
  const biased = kernels.run('BiasAdd', { T: float32, data_format: { string: 'NHWC' } }, [input, typed])
  const joined = shortcut ? kernels.run('AddV2', { T: float32 }, [biased, shortcut]) : biased
  return (relu ? kernels.run('Relu', { T: float32 }, [joined]) : joined) as Tensor4D
}

import type { Tensor } from '../runtime/load.ts'
import { float32 } from './kernels.ts'
import type { FeatureType, Kernels } from './kernels.ts'

/**
 * A tensor in another floating-point type. The gradient comes back in the type of the input. Types other than float32 exist in compiled
 * functions only; tfjs takes them for float32.
 */
export function cast<T extends Tensor>(kernels: Kernels, input: T, from: FeatureType, to: FeatureType): T {
  if (from === to) return input
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x] = given as [Tensor]
    return { value: convert(kernels, x, to), gradFunc: (dy: Tensor) => convert(kernels, dy, from) }
  })(input) as T
}

/** The same without a gradient: for use inside custom gradients. */
export function convert<T extends Tensor>(kernels: Kernels, input: T, to: FeatureType): T {
  return kernels.run('Cast', { SrcT: float32, DstT: { type: to } }, [input]) as T
}

import { prefix } from '../../engine/ops/flat.ts'
import type { Kernels } from '../../engine/ops/kernels.ts'
import type { Scalar, Tensor1D } from '../../engine/runtime/load.ts'
import type { Update } from './optimizer.ts'

/** A vector as long as all weights: `decayed` for the leading weights, on which weight decay acts, and `other` for norms and biases. */
export function byDecay(kernels: Kernels, { decayedSizes, undecayedSize }: Pick<Update, 'decayedSizes' | 'undecayedSize'>, decayed: Scalar, other: Scalar): Tensor1D {
  const decayedSize = decayedSizes.reduce((sum, size) => sum + size, 0)
  return prefix(kernels, decayed, other, decayedSize, decayedSize + undecayedSize)
}

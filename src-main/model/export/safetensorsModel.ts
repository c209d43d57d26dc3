import { exportWeights } from '../importWeights.ts'
import type { Network } from '../network.ts'
import { writeSafetensors } from '../safetensors.ts'
import type { NamedWeights } from './values.ts'

/**
 * A RegNet as a safetensors file with timm's names and shapes, the counters of its batch norms among them (as 0), so that PyTorch loads it strictly.
 * @param metadata texts, as the format has them
 */
export function timmSafetensors(network: Network, weights: NamedWeights, metadata: Readonly<Record<string, string>>): Uint8Array {
  const counters = network.norms.filter(({ groupWidth }) => groupWidth === undefined).map(({ name }) => `${name}.num_batches_tracked`)
  return writeSafetensors(exportWeights(network, weights), metadata, counters)
}

/** A keypoint model as a safetensors file: weights by our names, [inputs, outputs]; the standardisation as `features.running_mean` and `features.running_var`. */
export const keypointSafetensors = (weights: NamedWeights, metadata: Readonly<Record<string, string>>): Uint8Array => writeSafetensors(weights, metadata)

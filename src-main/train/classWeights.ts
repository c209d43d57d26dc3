import { flipShares } from '../augment/flipShares.ts'
import { outputCount, outputOf } from './outputs.ts'
import type { StoredRun } from './runStore.ts'

/**
 * The weight of each of the network's outputs in the loss of a fold, as the run's config says; undefined: none. Balanced: samples / (outputs ·
 * samples of the output), as scikit-learn's `compute_class_weight`, of the classes as training sees them, mirrored samples included; one that is
 * never seen has weight 1. By pose id: the mean of the classes that share an output, by their shares of it.
 * @param labels class indices of the training samples
 */
export function classWeightsOf({ config, poseIds, augment, flipTargets, outputs }: Pick<StoredRun, 'config' | 'poseIds' | 'augment' | 'flipTargets' | 'outputs'>, labels: readonly number[]): number[] | undefined {
  const { classWeights } = config
  if (classWeights === 'none') return undefined
  const sums = Array.from({ length: outputCount(outputs, poseIds.length) }, () => 0)
  const add = (label: number, part: number): void => void (sums[outputOf(outputs, label)]! += part)
  if (classWeights !== 'balanced') {
    for (const [label, poseId] of poseIds.entries()) add(label, (classWeights[poseId] ?? 1) * (outputs?.share[label] ?? 1))
    return sums
  }
  for (const label of labels) for (const [shown, share] of flipShares(label, flipTargets, augment)) add(shown, share)
  const seen = sums.filter((expected) => expected > 0).length
  return sums.map((expected) => (expected > 0 ? labels.length / (seen * expected) : 1))
}

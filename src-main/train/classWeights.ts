import type { StoredRun } from './runStore.ts'

/**
 * The weight of each class in the loss of a fold, as the run's config says; undefined: none. Balanced: samples / (classes · samples of the
 * class), as scikit-learn's `compute_class_weight`, of the classes as training sees them, mirrored samples included; a class that is never
 * seen has weight 1.
 * @param labels class indices of the training samples
 */
export function classWeightsOf({ config, poseIds, augment, flipTargets }: Pick<StoredRun, 'config' | 'poseIds' | 'augment' | 'flipTargets'>, labels: readonly number[]): number[] | undefined {
  const { classWeights } = config
  if (classWeights === 'none') return undefined
  if (classWeights !== 'balanced') return poseIds.map((poseId) => classWeights[poseId] ?? 1)
  const counts = poseIds.map(() => 0)
  const count = (label: number, part: number): void => void (counts[label] = (counts[label] ?? 0) + part)
  for (const label of labels) {
    const target = flipTargets[label] ?? -1
    const flipped = target < 0 ? 0 : augment.flipRatio
    count(label, 1 - flipped)
    if (flipped > 0) count(target, flipped)
  }
  const seen = counts.filter((expected) => expected > 0).length
  return counts.map((expected) => (expected > 0 ? labels.length / (seen * expected) : 1))
}

import { flipShares } from '../augment/flipShares.ts'
import type { FlipTargets } from '../augment/sampleTransform.ts'
import type { AugmentRecipe, FlipHistogramRow } from '../contract/crop.ts'
import type { ClassRow } from '../contract/dataset.ts'

/**
 * Samples that each class is expected to have in an epoch at the flip ratios, as `trainingView` draws them.
 * @param classes in the order of the class indices of `targets`
 * @param own samples by pose id, of the class's own sequences
 * @param derived samples by pose id, of the derived set; they are mirrored as the others are
 */
export function flipHistogram({ classes, own, derived, targets, ratios }: {
  classes: readonly Pick<ClassRow, 'poseId' | 'name' | 'hand'>[]
  own: ReadonlyMap<number, number>
  derived: ReadonlyMap<number, number>
  targets: FlipTargets
  ratios: Pick<AugmentRecipe, 'flipRatio' | 'verticalFlipRatio'>
}): FlipHistogramRow[] {
  const expected = new Float64Array(classes.length)
  for (const [label, { poseId }] of classes.entries()) {
    const samples = (own.get(poseId) ?? 0) + (derived.get(poseId) ?? 0)
    for (const [shown, share] of flipShares(label, targets, ratios)) expected[shown]! += samples * share
  }
  return classes.map(({ poseId, name, hand }, label) => ({ poseId, name, hand, frames: own.get(poseId) ?? 0, expected: expected[label] as number, derived: derived.get(poseId) ?? 0 }))
}

import type { AugmentRecipe } from '../contract/crop.ts'
import type { FlipTargets } from './sampleTransform.ts'

/** Under which class indices a sample is shown, and how often (shares of 1), by the flip ratios: as `trainingView` draws it. */
export function flipShares(label: number, targets: FlipTargets, { flipRatio, verticalFlipRatio }: Pick<AugmentRecipe, 'flipRatio' | 'verticalFlipRatio'>): [label: number, share: number][] {
  return mirrored(label, targets.horizontal, flipRatio).flatMap(([upright, share]) => mirrored(upright, targets.vertical, verticalFlipRatio).map(([shown, part]): [number, number] => [shown, share * part]))
}

function mirrored(label: number, targets: ArrayLike<number>, ratio: number): [label: number, share: number][] {
  const target = targets[label] ?? -1
  return target < 0 || ratio === 0 ? [[label, 1]] : [[label, 1 - ratio], [target, ratio]]
}

import { expect, it } from 'vitest'
import { trainingView } from '../../src-main/augment/sampleTransform.ts'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import type { HandType } from '../../src-main/contract/hand.ts'
import { flipHistogram } from '../../src-main/crop/flipHistogram.ts'

const { augment, recipes } = defaultCropSettings
const hands: HandType[] = ['left', 'right', 'both', 'left', 'unknown', 'right']
const classes = hands.map((hand, index) => ({ poseId: 10 * index, name: `class ${index}`, hand }))
const own = new Map([[0, 120], [10, 20], [20, 60], [30, 40], [40, 80]])
const derived = new Map([[10, 30], [50, 25]])
// A pair, one that is its own mirror image, one-way streets, and classes that are mirrored in one direction only.
const targets = { horizontal: [1, 0, 2, 1, -1, 5], vertical: [1, 0, -1, 4, 4, 3] }

it.each([{ flipRatio: 0.3, verticalFlipRatio: 0 }, { flipRatio: 0.5, verticalFlipRatio: 0.25 }, { flipRatio: 0, verticalFlipRatio: 1 }, { flipRatio: 1, verticalFlipRatio: 0.5 }])('is what training draws on average: %o', (ratios) => {
  const epochs = 60
  const seen = new Float64Array(classes.length)
  const seat = { keypointBox: { x0: 10, y0: 10, x1: 90, y1: 90 }, source: 'keypoints' as const, width: 1920, height: 1080 }
  for (let label = 0; label < classes.length; label++) {
    const poseId = 10 * label
    const count = (own.get(poseId) ?? 0) + (derived.get(poseId) ?? 0)
    for (let frame = 0; frame < count; frame++)
      for (let epoch = 0; epoch < epochs; epoch++) {
        const sample = { folder: `train/${label}`, frame, hand: null, transform: frame < (own.get(poseId) ?? 0) ? null : ({ kind: 'mirror' } as const) }
        seen[trainingView({ seed: 3, epoch, sample, recipe: recipes.train, augment: { ...augment, ...ratios }, seat, imageSize: 64, label, targets }).label]! += 1
      }
  }
  const rows = flipHistogram({ classes, own, derived, targets, ratios })
  const total = 375
  for (const [label, { expected }] of rows.entries()) {
    // A class's count over all epochs has at most the variance of as many even coins; five deviations.
    expect(Math.abs((seen[label] as number) / epochs - expected)).toBeLessThan(5 * Math.sqrt(total / 4 / epochs))
  }
  expect(rows.reduce((sum, { expected }) => sum + expected, 0)).toBeCloseTo(total, 9)
  expect(rows.map(({ poseId, name, hand, frames, derived }) => [poseId, name, hand, frames, derived])).toEqual(classes.map(({ poseId, name, hand }) => [poseId, name, hand, own.get(poseId) ?? 0, derived.get(poseId) ?? 0]))
})

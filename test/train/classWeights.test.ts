import { expect, it } from 'vitest'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { trainConfig, type TrainConfigInput } from '../../src-main/contract/train.ts'
import { classWeightsOf } from '../../src-main/train/classWeights.ts'
import type { Outputs } from '../../src-main/train/outputs.ts'

const weights = (classWeights: TrainConfigInput['classWeights'], flipRatio: number, labels: number[], outputs: Outputs | null = null) =>
  classWeightsOf({ config: trainConfig.parse({ classWeights }), poseIds: [10, 20, 30, 40], augment: { ...defaultCropSettings.augment, flipRatio }, flipTargets: { horizontal: [1, 0, -1, 3], vertical: [] }, outputs }, labels)

it('none by default, or as given by pose id', () => {
  expect([weights(undefined, 0, [0]), weights({ 20: 2.5, 40: 0.5 }, 0, [0])]).toEqual([undefined, [1, 2.5, 1, 0.5]])
})

it('balanced: as compute_class_weight, 1 for a class that is never seen', () => {
  expect(weights('balanced', 0, [0, 0, 0, 1, 2, 2])).toEqual([6 / (3 * 3), 6 / (3 * 1), 6 / (3 * 2), 1])
})

it('balanced: counts samples as training sees them, mirrored ones under the mirrored class', () => {
  // A quarter of the eight frames of class 0 counts for class 1; class 2 is never mirrored.
  expect(weights('balanced', 0.25, [0, 0, 0, 0, 0, 0, 0, 0, 2, 2])).toEqual([10 / (3 * 6), 10 / (3 * 2), 10 / (3 * 2), 1])
})

it('merged classes have the weight of their output', () => {
  const outputs: Outputs = { of: [0, 1, 1, 2], share: [1, 0.75, 0.25, 1] }
  expect(weights({ 20: 2, 30: 4 }, 0, [0], outputs)).toEqual([1, 2.5, 1])
  expect(weights('balanced', 0, [0, 1, 2, 2], outputs)).toEqual([4 / (2 * 1), 4 / (2 * 3), 1])
})

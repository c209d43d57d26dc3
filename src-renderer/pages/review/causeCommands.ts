import type { TriageCause } from '../../../src-main/contract/evaluate.ts'

/** The command whose key sets a cause. */
export const causeCommands = {
  'wrong-label': 'review.wrongLabel',
  'bad-keypoints': 'review.badKeypoints',
  crop: 'review.crop',
  augmentation: 'review.augmentation',
  ambiguous: 'review.ambiguous',
  hard: 'review.hard',
} as const satisfies Record<TriageCause, string>

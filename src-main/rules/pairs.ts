import type { SequenceFeature } from '../contract/rules.ts'

/** Two classes that look the same in one frame and differ in how far a keypoint travels over the sequence. */
export interface LookAlikePair {
  stillPoseId: number
  movingPoseId: number
  feature: SequenceFeature
  /** Pairs of one family show the same two gestures (other hand or other view) and share the threshold that is fitted on all of them. */
  family: 'number-1' | 'right-fist' | 'both-fists'
}

const topmost: SequenceFeature = { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' }
const rightmost: SequenceFeature = { ...topmost, point: 'rightmost' }

/**
 * The pairs of the contest's winning pipeline, by pose id: "number 1" (0, 10, 100, 110) against "no, wagging the index finger"
 * (42, 67, 142, 167), and "clenching the fist" (146, 171) against "warning, thrusting the fist" (163, 191). Its thresholds: 31.85
 * for the four number pairs together, 29.80 for 146/163 and 34.34 for 171/191 (pixels of a 1920-wide frame).
 */
export const presetPairs: readonly LookAlikePair[] = [
  { stillPoseId: 0, movingPoseId: 42, feature: topmost, family: 'number-1' },
  { stillPoseId: 10, movingPoseId: 67, feature: topmost, family: 'number-1' },
  { stillPoseId: 100, movingPoseId: 142, feature: topmost, family: 'number-1' },
  { stillPoseId: 110, movingPoseId: 167, feature: topmost, family: 'number-1' },
  { stillPoseId: 146, movingPoseId: 163, feature: rightmost, family: 'right-fist' },
  { stillPoseId: 171, movingPoseId: 191, feature: rightmost, family: 'both-fists' },
]

/** The preset pair that a rule is about; undefined when it is about other classes. */
export const presetOf = ({ stillPoseIds, movingPoseIds }: { stillPoseIds: readonly number[]; movingPoseIds: readonly number[] }): LookAlikePair | undefined =>
  presetPairs.find(({ stillPoseId, movingPoseId }) => stillPoseIds.length === 1 && movingPoseIds.length === 1 && stillPoseIds[0] === stillPoseId && movingPoseIds[0] === movingPoseId)

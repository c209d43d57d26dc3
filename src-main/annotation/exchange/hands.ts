import type { FrameRecord, Point } from '../../contract/dataset.ts'
import { keypointsPerHand } from '../../contract/hand.ts'

/** A keypoint that is there: its place, and whether it is a guess. */
export interface Keypoint {
  point: Point
  hidden: boolean
}

/** 21 keypoints of a frame, those that are erased or missing as null. */
export interface Hand {
  /** 0 = rows 0–20, 1 = rows 21–41, … */
  hand: number
  keypoints: (Keypoint | null)[]
}

/** The hands that a frame has rows for, also those that are erased altogether. */
export function handsOf({ points, erased, hidden }: Pick<FrameRecord, 'points' | 'erased' | 'hidden'>): Hand[] {
  const gone = new Set(erased)
  const guessed = new Set(hidden)
  const keypointAt = (row: number): Keypoint | null => {
    const point = points[row]
    return point && !gone.has(row) ? { point, hidden: guessed.has(row) } : null
  }
  return Array.from({ length: Math.ceil(points.length / keypointsPerHand) }, (_, hand) => ({
    hand,
    keypoints: Array.from({ length: keypointsPerHand }, (_, index) => keypointAt(hand * keypointsPerHand + index)),
  }))
}

export const present = ({ keypoints }: Hand): Keypoint[] => keypoints.filter((keypoint) => keypoint !== null)

export const countPoints = (hands: readonly Hand[]): number => hands.reduce((sum, hand) => sum + present(hand).length, 0)

/** How a hand is called where it needs a name: `hand1`, `hand2`. */
export const handName = (hand: number): string => `hand${hand + 1}`

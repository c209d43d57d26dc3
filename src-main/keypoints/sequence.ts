import type { Point } from '../contract/dataset.ts'

/** A frame's keypoints: rows of 21 a hand, pixels; null where a point is erased, missing or not a number. */
export interface KeypointFrame {
  frame: number
  /** Size of the picture, pixels. */
  width: number
  height: number
  points: readonly (Point | null)[]
}

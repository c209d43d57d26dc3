import type { FrameRecord, Point } from '../contract/dataset.ts'

/** A frame's keypoints: rows of 21 a hand, pixels; null where a point is erased, missing or not a number. */
export interface KeypointFrame {
  frame: number
  /** Size of the picture, pixels. */
  width: number
  height: number
  points: readonly (Point | null)[]
}

/** Whether a frame has any keypoint. */
export const hasKeypoints = ({ points }: Pick<KeypointFrame, 'points'>): boolean => points.some((point) => point !== null)

/** Rows of two hands. */
export const mostRows = 42
/** Where no picture of a sequence can be read: the contest's. */
const usualSize = { width: 1920, height: 1080 }

/**
 * The keypoints of a frame as it is now: erased rows are missing, rows beyond two hands are left out. null: its picture cannot be read and it has no keypoint
 * either.
 * @param sequence usual size of the sequence's pictures
 */
export function keypointFrame({ number, width, height, points, erased, unreadable }: FrameRecord, sequence: { width: number | null; height: number | null }): KeypointFrame | null {
  const gone = new Set(erased)
  if (unreadable !== null && points.length === gone.size) return null
  return { frame: number, width: width ?? sequence.width ?? usualSize.width, height: height ?? sequence.height ?? usualSize.height, points: points.slice(0, mostRows).map((point, row) => (gone.has(row) ? null : point)) }
}

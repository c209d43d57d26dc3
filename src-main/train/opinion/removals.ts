import { keypointsPerHand } from '../../contract/hand.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'

/** Keypoints of one frame that are taken away together: a single one, or a hand's 21. */
export interface Removal {
  /** Position of the frame in its sequence. */
  index: number
  rows: number[]
}

const rowsOfHand = (hand: number): number[] => Array.from({ length: keypointsPerHand }, (_, row) => hand * keypointsPerHand + row)

/** Each keypoint of a frame, and each of its hands where it has two. */
export function removalsOf({ points }: KeypointFrame, index: number): Removal[] {
  const there = points.flatMap((point, row) => (point === null ? [] : row))
  const hands = [0, 1].filter((hand) => there.some((row) => Math.floor(row / keypointsPerHand) === hand))
  return [...(hands.length > 1 ? hands.map((hand) => ({ index, rows: rowsOfHand(hand) })) : []), ...there.map((row) => ({ index, rows: [row] }))]
}

/** The sequence without some keypoints of one frame. */
export function without(frames: readonly KeypointFrame[], { index, rows }: Removal): KeypointFrame[] {
  const gone = new Set(rows)
  return frames.map((frame, at) => (at === index ? { ...frame, points: frame.points.map((point, row) => (gone.has(row) ? null : point)) } : frame))
}

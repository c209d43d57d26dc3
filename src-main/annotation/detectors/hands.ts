import { keypointsPerHand, type HandType } from '../../contract/hand.ts'
import type { FindingKind } from '../../contract/annotation.ts'
import type { FrameRecord } from '../../contract/dataset.ts'
import { median } from './statistics.ts'

/** One hand of one frame. Lengths in pixels. */
export interface Hand {
  frame: number
  /** Position of the frame in the sequence. */
  order: number
  /** Row of its first keypoint: 0 or 21. */
  firstRow: number
  /** 21 places in MediaPipe's order; NaN where the keypoint is erased (or was never read). */
  xs: Float64Array
  ys: Float64Array
  /** Rows that are there. */
  rows: number[]
  /** Median x and median y of its keypoints. */
  x: number
  y: number
  /** About its span: four times the median distance of its keypoints from (x, y). */
  size: number
}

/** A sequence as the detectors look at it: what is left after all edits. */
export interface SequenceHands {
  hand: HandType
  width: number | null
  height: number | null
  frames: { number: number; order: number; rows: number; left: number; width: number | null; height: number | null; hands: Hand[] }[]
  /** All hands of all frames. */
  hands: Hand[]
  /** Median size of its hands; 0 without any. */
  size: number
}

/** What a detector says; folder and id are put on by the caller. */
export interface Suspicion {
  frame: number
  kind: FindingKind
  indices: number[]
  score: number
  why: string
}

/** Hands of a sequence. A frame whose rows are not whole hands (21 each) has none, since its rows cannot be told apart. */
export function sequenceHands(records: readonly FrameRecord[], sequence: { hand: HandType; width: number | null; height: number | null }): SequenceHands {
  const frames = records.map((record, order) => {
    const { number, points, erased, width, height } = record
    const hands: Hand[] = []
    if (points.length % keypointsPerHand === 0)
      for (let firstRow = 0; firstRow < points.length; firstRow += keypointsPerHand) {
        const hand = oneHand(record, order, firstRow)
        if (hand) hands.push(hand)
      }
    return { number, order, rows: points.length, left: points.length - erased.length, width: width ?? sequence.width, height: height ?? sequence.height, hands }
  })
  const hands = frames.flatMap((frame) => frame.hands)
  return { hand: sequence.hand, width: sequence.width, height: sequence.height, frames, hands, size: median(hands.map(({ size }) => size)) }
}

function oneHand({ number, points, erased }: FrameRecord, order: number, firstRow: number): Hand | null {
  const xs = new Float64Array(keypointsPerHand).fill(Number.NaN)
  const ys = new Float64Array(keypointsPerHand).fill(Number.NaN)
  const rows: number[] = []
  for (let keypoint = 0; keypoint < keypointsPerHand; keypoint++) {
    const row = firstRow + keypoint
    if (erased.length > 0 && erased.includes(row)) continue
    const [x, y] = points[row]!
    xs[keypoint] = x
    ys[keypoint] = y
    rows.push(row)
  }
  if (rows.length === 0) return null
  const x = median(xs)
  const y = median(ys)
  const distances = new Float64Array(keypointsPerHand)
  for (let keypoint = 0; keypoint < keypointsPerHand; keypoint++) distances[keypoint] = length(xs[keypoint]! - x, ys[keypoint]! - y)
  return { frame: number, order, firstRow, xs, ys, rows, x, y, size: 4 * median(distances) }
}

/** Distance between two hands' centres. */
export const apart = (a: Hand, b: Hand): number => length(a.x - b.x, a.y - b.y)

/** Length of a plane vector; Math.hypot is many times slower and its care for huge numbers is not needed for pixels. */
export const length = (x: number, y: number): number => Math.sqrt(x * x + y * y)

export const clampScore = (score: number): number => Math.min(1, Math.max(0, score))

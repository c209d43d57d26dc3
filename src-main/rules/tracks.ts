import type { Point } from '../contract/dataset.ts'
import { keypointsPerHand } from '../contract/hand.ts'
import type { SequenceFeature } from '../contract/rules.ts'
import { seatHands, showTwoHands, type Hand } from '../keypoints/hands.ts'
import { mostRows, type KeypointFrame } from '../keypoints/sequence.ts'

/** Width that all lengths of a rule are given for. */
const referenceWidth = 1920

/** What a feature needs of a frame: its keypoints in pixels, which of them are erased, and the picture's width (null: unknown). */
export interface FeatureFrame {
  number: number
  width: number | null
  points: readonly Point[]
  erased: readonly number[]
}

/** Where a keypoint is in a frame, pixels of a 1920-wide frame. */
export interface Place {
  frame: number
  x: number
  y: number
}

export interface Tracks {
  /** Ways of what a feature follows, frames without it left out: one of an outermost keypoint, one a hand (and tip) of others. */
  follow(point: SequenceFeature['point']): Place[][]
  /** Median over frames and hands of the length from the wrist to the base of the middle finger, which bends with no finger; null where no frame has both. */
  handSize(): number | null
}

const tips = [4, 8, 12, 16, 20]
const middleBase = 9

/** How an outermost keypoint is looked for: the smallest of these. */
const outermost = {
  topmost: ([, y]: Point) => y,
  bottommost: ([, y]: Point) => -y,
  leftmost: ([x]: Point) => x,
  rightmost: ([x]: Point) => -x,
} satisfies Partial<Record<SequenceFeature['point'], (point: Point) => number>>

/**
 * The ways of a sequence's keypoints. Keypoints that are erased or not finite count as missing; all are scaled to a 1920-wide frame, a frame of unknown width by the
 * widest known of the sequence (1920 when none is). Hands keep their seats over the sequence (keypoints/hands.ts); where most frames show one hand, a second one in
 * some is not followed.
 */
export function tracksOf(given: readonly FeatureFrame[]): Tracks {
  const frames = scaled(given)
  let seats: { frame: number; hand: Hand }[][] | null = null
  const hands = () => (seats ??= handsOf(frames))
  return {
    follow(point) {
      if (typeof point === 'number') return hands().map((seat) => wayOf(seat, point))
      if (point === 'tips') return hands().flatMap((seat) => tips.map((tip) => wayOf(seat, tip)))
      return [frames.flatMap(({ frame, points }) => {
        const best = leastBy(points, outermost[point])
        return best ? [{ frame, x: best[0], y: best[1] }] : []
      })]
    },
    handSize() {
      const sizes = hands().flat().flatMap(({ hand }) => {
        const [wrist, base] = [hand[0], hand[middleBase]]
        return wrist && base ? [Math.hypot(base[0] - wrist[0], base[1] - wrist[1])] : []
      }).sort((a, b) => a - b)
      const middle = sizes.length / 2
      return sizes.length === 0 ? null : (sizes[Math.ceil(middle) - 1]! + sizes[Math.floor(middle)]!) / 2
    },
  }
}

function scaled(given: readonly FeatureFrame[]): KeypointFrame[] {
  const widest = given.reduce((most, { width }) => Math.max(most, width ?? 0), 0) || referenceWidth
  return given.toSorted((a, b) => a.number - b.number).map(({ number, width, points, erased }) => {
    const scale = referenceWidth / (width || widest)
    const gone = new Set(erased)
    const kept = points.map(([x, y, z], row): Point | null => (gone.has(row) || !Number.isFinite(x) || !Number.isFinite(y) ? null : [x * scale, y * scale, z]))
    return { frame: number, width: referenceWidth, height: referenceWidth, points: kept }
  })
}

function handsOf(frames: readonly KeypointFrame[]): { frame: number; hand: Hand }[][] {
  const inHands = frames.map((frame) => ({ ...frame, points: wholeHands(frame.points) }))
  const seated = seatHands(inHands)
  return (showTwoHands(inHands) ? [0, 1] : [0]).map((seat) => seated.flatMap(({ frame, seats }) => {
    const hand = seats[seat]
    return hand ? [{ frame, hand }] : []
  }))
}

/** Rows of whole hands: those that are not there count as erased ones do. */
function wholeHands(points: KeypointFrame['points']): KeypointFrame['points'] {
  const rows = Math.min(mostRows, Math.ceil(points.length / keypointsPerHand) * keypointsPerHand)
  return Array.from({ length: rows }, (_, row) => points[row] ?? null)
}

const wayOf = (seat: readonly { frame: number; hand: Hand }[], point: number): Place[] =>
  seat.flatMap(({ frame, hand }) => {
    const place = hand[point]
    return place ? [{ frame, x: place[0], y: place[1] }] : []
  })

/** The first of those with the least; null when there is none. */
function leastBy(points: readonly (Point | null)[], rank: (point: Point) => number): Point | null {
  let least = Infinity
  let best: Point | null = null
  for (const point of points) {
    if (point === null) continue
    const own = rank(point)
    if (own < least) {
      least = own
      best = point
    }
  }
  return best
}

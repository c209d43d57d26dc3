import { apply, compose, rotation, scaling, translation } from '../augment/projective.ts'
import { keypointsPerHand } from '../contract/hand.ts'
import type { RandomStream } from '../engine/random.ts'
import type { KeypointFrame } from './sequence.ts'

/** A hand that does not belong to the gesture: rows 21 · hand … 21 · hand + 20 of a frame. */
export interface StrayPlace {
  /** Number of the frame. */
  frame: number
  hand: number
}

/** Smallest and largest size of a stray hand, in sizes of the sequence's own. */
const sizes = [0.5, 1.2] as const

/**
 * Puts a second hand into about a third of a sequence's frames with keypoints, one after the other: a copy of the frame's own hand, mirrored or not, turned
 * anyhow, of another size, and elsewhere in the picture (of two places drawn, the one further from the hand). It takes the frame's free rows. A sequence of which
 * some frame shows two hands stays as it is. Always takes the same count of numbers from the stream.
 * @param share of the sequences that get one, 0–1
 */
export function addStrayHand(frames: readonly KeypointFrame[], share: number, stream: RandomStream): { frames: readonly KeypointFrame[]; stray: StrayPlace[] } {
  const chosen = stream.uniform() < share
  const begin = stream.uniform()
  const mirror = stream.uniform() < 0.5 ? -1 : 1
  const degrees = stream.uniform() * 360
  const size = sizes[0] + stream.uniform() * (sizes[1] - sizes[0])
  const places = [[stream.uniform(), stream.uniform()], [stream.uniform(), stream.uniform()]] as const

  const hands = frames.map(({ points }) => handsThere(points))
  const shown = frames.flatMap((_, index) => (hands[index]?.length === 1 ? [index] : []))
  const [picture] = frames
  if (!chosen || !picture || shown.length === 0 || hands.some((there) => there.length > 1)) return { frames, stray: [] }

  const length = Math.max(1, Math.round(shown.length / 3))
  const from = Math.floor(begin * (shown.length - length + 1))
  const within = new Set(shown.slice(from, from + length))
  const [x, y] = middleOf(frames)
  const away = ([across, down]: readonly [number, number]): number => Math.hypot(across * picture.width - x, down * picture.height - y)
  const [across, down] = away(places[0]) >= away(places[1]) ? places[0] : places[1]
  const move = compose(translation(across * picture.width, down * picture.height), rotation(degrees, [0, 0]), scaling(size * mirror, size), translation(-x, -y))

  const stray: StrayPlace[] = []
  const all = frames.map((frame, index) => {
    if (!within.has(index)) return frame
    const own = hands[index]?.[0] as number
    const hand = own === 0 ? 1 : 0
    stray.push({ frame: frame.frame, hand })
    const points = Array.from({ length: Math.max(frame.points.length, 2 * keypointsPerHand) }, (_, row) => frame.points[row] ?? null)
    for (const [row, point] of rowsOf(frame.points, own).entries()) points[hand * keypointsPerHand + row] = point && [...apply(move, [point[0], point[1]]), point[2] * size]
    return { ...frame, points }
  })
  return { frames: all, stray }
}

const rowsOf = (points: KeypointFrame['points'], hand: number): KeypointFrame['points'] => points.slice(hand * keypointsPerHand, (hand + 1) * keypointsPerHand)

/** Which hands a frame shows. */
function handsThere(points: KeypointFrame['points']): number[] {
  return Array.from({ length: Math.ceil(points.length / keypointsPerHand) }, (_, hand) => hand).filter((hand) => rowsOf(points, hand).some((point) => point !== null))
}

/** Mean place of a sequence's keypoints, pixels. */
function middleOf(frames: readonly KeypointFrame[]): [number, number] {
  const there = frames.flatMap(({ points }) => points.filter((point) => point !== null))
  return [there.reduce((sum, [x]) => sum + x, 0) / there.length, there.reduce((sum, [, y]) => sum + y, 0) / there.length]
}

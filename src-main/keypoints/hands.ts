import { keypointsPerHand } from '../contract/hand.ts'
import type { Point } from '../contract/dataset.ts'
import type { KeypointFrame } from './sequence.ts'

/** The 21 keypoints of a hand; null where one is missing. */
export type Hand = readonly (Point | null)[]

/** A frame with each of its hands in one of two seats. */
export interface SeatedFrame {
  frame: number
  width: number
  height: number
  seats: readonly [Hand | null, Hand | null]
}

/** Fewer keypoints are no hand: neither place nor size can be told. */
const fewestKeypoints = 3

/**
 * Gives the hands of a sequence their seats, which hold still from frame to frame. Hands are followed by where their wrists are. Where most frames that
 * show a hand show two, seat 0 is the hand further to the left of the picture (by the mean of its wrist's x), and a frame with one hand has it in the seat
 * that it is nearer to. Otherwise seat 0 is the one hand, and seat 1 whatever else is in sight in some of the frames. Mirrored left to right, hands change
 * seats where there are two. A frame's rows beyond 42 are not looked at.
 * @returns a frame for each one given, in their order
 */
export function seatHands(frames: readonly KeypointFrame[]): SeatedFrame[] {
  const all = frames.map(handsIn)
  const seated: [Hand | null, Hand | null][] = mostShowTwo(all) ? followPairs(all) : followOne(all)
  return frames.map(({ frame, width, height }, index) => ({ frame, width, height, seats: seated[index] as [Hand | null, Hand | null] }))
}

/** Whether most of a sequence's frames that show a hand show two. */
export const showTwoHands = (frames: readonly KeypointFrame[]): boolean => mostShowTwo(frames.map(handsIn))

const mostShowTwo = (all: readonly (readonly Hand[])[]): boolean => all.filter((hands) => hands.length === 2).length * 2 > all.filter((hands) => hands.length > 0).length

const handsIn = ({ points }: KeypointFrame): Hand[] => [0, 1].map((block) => handOf(points, block)).filter((hand) => hand !== null)

function handOf(points: KeypointFrame['points'], block: number): Hand | null {
  const first = block * keypointsPerHand
  if (points.length < first + keypointsPerHand) return null
  let there = 0
  for (let row = first; row < first + keypointsPerHand; row++) if (points[row]) there++
  return there < fewestKeypoints ? null : points.slice(first, first + keypointsPerHand)
}

/** Where a hand is: its wrist, or the mean of what there is of it. */
function placeOf(hand: Hand): readonly [x: number, y: number] {
  const wrist = hand[0]
  if (wrist) return [wrist[0], wrist[1]]
  const there = hand.filter((point) => point !== null)
  return [there.reduce((sum, [x]) => sum + x, 0) / there.length, there.reduce((sum, [, y]) => sum + y, 0) / there.length]
}

const apart = (a: readonly [number, number], b: readonly [number, number]): number => Math.hypot(a[0] - b[0], a[1] - b[1])

/** Frames with two hands, each going on where it was in the frame before that has two; then those with one. */
function followPairs(all: readonly (readonly Hand[])[]): [Hand | null, Hand | null][] {
  const seated = all.map((): [Hand | null, Hand | null] => [null, null])
  let before: readonly [Hand, Hand] | null = null
  const sums = [0, 0]
  for (const [index, [first, second]] of all.entries()) {
    if (!first || !second) continue
    const [a, b] = [placeOf(first), placeOf(second)]
    const kept: boolean = before === null ? a[0] <= b[0] : apart(a, placeOf(before[0])) + apart(b, placeOf(before[1])) <= apart(b, placeOf(before[0])) + apart(a, placeOf(before[1]))
    before = kept ? [first, second] : [second, first]
    seated[index] = [...before]
    sums[0]! += placeOf(before[0])[0]
    sums[1]! += placeOf(before[1])[0]
  }
  if (sums[0]! > sums[1]!) for (const seats of seated) seats.reverse()
  for (const [index, hands] of all.entries()) {
    const [only] = hands
    if (!only || hands.length !== 1) continue
    const near = [seated.slice(0, index).findLast(isPair), seated.slice(index + 1).find(isPair)].filter((seats) => seats !== undefined)
    const distance = (seat: 0 | 1): number => near.reduce((sum, seats) => sum + apart(placeOf(only), placeOf(seats[seat])), 0)
    seated[index] = distance(0) <= distance(1) ? [only, null] : [null, only]
  }
  return seated
}

const isPair = (seats: readonly (Hand | null)[]): seats is [Hand, Hand] => seats[0] !== null && seats[1] !== null

/** The one hand in seat 0: of two, the one that goes on where the hand of the nearest frame with one was. */
function followOne(all: readonly (readonly Hand[])[]): [Hand | null, Hand | null][] {
  const single = (index: number): Hand | undefined => (all[index]?.length === 1 ? all[index]?.[0] : undefined)
  return all.map(([first, second], index): [Hand | null, Hand | null] => {
    if (!first || !second) return [first ?? null, null]
    let guide: Hand | undefined
    for (let away = 1; away < all.length && !guide; away++) guide = single(index - away) ?? single(index + away)
    if (!guide) return [first, second]
    const place = placeOf(guide)
    return apart(placeOf(first), place) <= apart(placeOf(second), place) ? [first, second] : [second, first]
  })
}

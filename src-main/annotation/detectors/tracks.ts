import { keypointsPerHand } from '../../contract/hand.ts'
import { apart, type Hand, type SequenceHands } from './hands.ts'

/** One hand followed through the sequence: at most one of each frame, in their order. */
export type Track = Hand[]

/** How much a hand that holds itself otherwise counts beside one that is elsewhere, both in hand sizes. */
const postureWeight = 8

/**
 * The hands of a sequence as one track, or two where a frame has two, followed both ways from the first such frame: the hand that is
 * nearest and holds itself most alike. Of more than two hands in a frame the first two are followed.
 */
export function tracksOf({ frames, hands, size }: SequenceHands): Track[] {
  const start = frames.find((frame) => frame.hands.length >= 2)
  if (!start) return hands.length === 0 ? [] : [hands]
  const tracks: [Track, Track] = [[], []]
  for (const direction of [1, -1]) {
    const last: [Hand, Hand] = [start.hands[0]!, start.hands[1]!]
    for (let order = direction === 1 ? start.order : start.order - 1; order >= 0 && order < frames.length; order += direction) {
      const [first, second] = frames[order]!.hands
      if (!first) continue
      const difference = (hand: Hand, track: 0 | 1) => unlike(hand, last[track], size)
      const swapped = second
        ? difference(first, 1) + difference(second, 0) < difference(first, 0) + difference(second, 1)
        : difference(first, 1) < difference(first, 0)
      for (const [index, hand] of [first, second].entries()) {
        if (!hand) continue
        const track = swapped ? 1 - index : index
        last[track] = hand
        tracks[track]!.push(hand)
      }
    }
  }
  return tracks.map((track) => track.sort((a, b) => a.order - b.order))
}

/** How unlikely it is that the two are one hand: distance, and the mean difference of the keypoints' places in the hand, in hand sizes. */
function unlike(a: Hand, b: Hand, size: number): number {
  if (a === b) return 0
  let sum = 0
  let count = 0
  for (let point = 0; point < keypointsPerHand; point++) {
    const difference = Math.abs((a.xs[point]! - a.x) / a.size - (b.xs[point]! - b.x) / b.size) + Math.abs((a.ys[point]! - a.y) / a.size - (b.ys[point]! - b.y) / b.size)
    if (Number.isNaN(difference)) continue
    sum += difference
    count++
  }
  return apart(a, b) / (size || 1) + (count === 0 ? 0 : (postureWeight * sum) / count)
}

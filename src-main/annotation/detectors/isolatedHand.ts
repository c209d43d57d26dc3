import { apart, clampScore, type Hand, type SequenceHands, type Suspicion } from './hands.ts'
import type { Track } from './tracks.ts'

const leastFrames = 3
/** A hand that is seen in at most this share of the frames can be a stray. */
const shareOfFrames = 0.3
/** A hand that is elsewhere for more frames has moved there. */
const longestElsewhere = 4
/**
 * A hand that is elsewhere has gone by so many hand sizes, and by so many times what it moves in the other frames. Nothing comes before
 * the first frame or after the last, so a quick movement there looks the same.
 */
const within = { leastAway: 1, timesOwn: 3, trust: 1 }
const atEnd = { leastAway: 1.5, timesOwn: 5, trust: 0.7 }

/** A hand in a few frames, and how far it is from where the frames around have it. */
interface Appearance {
  hand: Hand
  seen: number
  distance: number
  trust: number
}

/**
 * A hand seen in a few frames only: a second one besides that of nearly all frames, or one that is elsewhere for a moment, away from where
 * the frames around have it.
 */
export function isolatedHand({ frames, size }: SequenceHands, tracks: readonly Track[]): Suspicion[] {
  const withHands = frames.filter(({ hands }) => hands.length > 0).length
  if (withHands < leastFrames) return []
  const most = Math.max(1, Math.floor(shareOfFrames * withHands))
  const few = secondOfFew(tracks, most)
  const followed = few.length > 0 ? tracks.filter((track) => track.length > most) : tracks
  return [...few, ...followed.flatMap((track) => elsewhere(track, most, size))].map(({ hand, seen, distance, trust }) => ({
    frame: hand.frame,
    kind: 'isolated-hand',
    indices: hand.rows,
    score: clampScore((0.4 + 0.1 * Math.min(6, distance / (size || 1))) * (1 - seen / withHands) * trust),
    why: `This hand is seen in ${seen} of ${withHands} frames, ${Math.round(distance)} px from the hand of the neighbouring frames (a hand is about ${Math.round(size)} px wide).`,
  }))
}

/** The second hand, where it is in few frames and the first in more than twice as many. */
function secondOfFew(tracks: readonly Track[], most: number): Appearance[] {
  const [main, second] = tracks.toSorted((a, b) => b.length - a.length)
  if (!main || !second || second.length > most || main.length <= 2 * second.length) return []
  return second.map((hand) => {
    const nearest = Math.min(...main.map(({ order }) => Math.abs(order - hand.order)))
    return { hand, seen: second.length, distance: Math.min(...main.flatMap((other) => (Math.abs(other.order - hand.order) === nearest ? apart(hand, other) : []))), trust: 1 }
  })
}

/** Hands of a track that are away from the rest for at most so many frames. */
function elsewhere(track: Track, most: number, size: number): Appearance[] {
  const steps = track.slice(1).map((hand, index) => apart(track[index]!, hand))
  if (steps.every((step) => step <= within.leastAway * size)) return []
  // Of the three longest at least one is neither the step there nor the one back.
  const longest = [...steps.keys()].sort((a, b) => steps[b]! - steps[a]!).slice(0, 3)
  const found: Appearance[] = []
  for (let seen = 1; seen <= Math.min(most, longestElsewhere, track.length - 2); seen++)
    for (let from = 0; from + seen <= track.length; from++) {
      const [before, after] = [track[from - 1], track[from + seen]]
      const { leastAway, timesOwn, trust } = before && after ? within : atEnd
      const distance = Math.min(before ? steps[from - 1]! : Infinity, after ? steps[from + seen - 1]! : Infinity)
      const furthestOther = longest.find((index) => index !== from - 1 && index !== from + seen - 1)
      const own = Math.max(furthestOther === undefined ? 0 : steps[furthestOther]!, before && after ? apart(before, after) : 0)
      if (distance <= Math.max(leastAway * size, timesOwn * own)) continue
      for (const hand of track.slice(from, from + seen)) found.push({ hand, seen, distance, trust })
    }
  return found
}

import { keypointsPerHand } from '../../contract/hand.ts'
import { clampScore, type Hand, type SequenceHands, type Suspicion } from './hands.ts'
import { bonesAt } from './skeleton.ts'
import { median } from './statistics.ts'
import type { Track } from './tracks.ts'

/** A keypoint must be off its place by this share of the hand's size, */
const shareOfHand = 0.2
/** by so many times what it is off in the other frames, */
const timesOwn = 3
/** by so many times what keypoints of the sequence, and of this hand, are off (median), */
const timesUsual = 5
/** and the keypoints that bones join it with by no more than this share of it: a finger moves as a whole. */
const shareBeside = 0.3
/** When more of a hand's keypoints are off at once the hand has changed its pose. */
const mostAtOnce = 2

/**
 * Single keypoints that leave their place in the hand for a few frames (robust velocity: medians over the hands next to it in its track,
 * each laid over it, so that neither the hand's own movement nor the jump itself counts). Needs no frame before or after.
 * @param off of {@link offPlaces}
 */
export function jump({ size }: SequenceHands, tracks: readonly Track[], off: ReadonlyMap<Hand, Float64Array>): Suspicion[] {
  const medians = new Map([...off].map(([hand, distances]) => [hand, median(distances)]))
  const usual = median([...medians.values()])

  return tracks.flatMap((track) =>
    track.flatMap((hand, at) => {
      const ofHand = off.get(hand)
      if (!ofHand) return []
      const least = Math.max(shareOfHand * size, timesUsual * Math.max(usual, medians.get(hand)!))
      const found: Suspicion[] = []
      for (let point = 0; point < keypointsPerHand; point++) {
        const distance = ofHand[point]!
        if (!(distance > least) || bonesAt[point]!.some(({ other }) => ofHand[other]! > shareBeside * distance)) continue
        if (distance < timesOwn * median(track.flatMap((other) => (other === hand ? [] : off.get(other)![point]!)))) continue
        const comesBack = at > 0 && at < track.length - 1 ? ' and comes back' : ''
        const why = `The keypoint leaves its hand by ${Math.round(distance)} px in this frame${comesBack}; keypoints of this sequence move ${usual.toFixed(1)} px against their hand as a rule.`
        found.push({ frame: hand.frame, kind: 'jump', indices: [hand.firstRow + point], score: clampScore(0.45 + (0.25 * (distance - least)) / (size || 1)), why })
      }
      return found.length > mostAtOnce ? [] : found
    }),
  )
}

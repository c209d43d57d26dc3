import { bones, keypointNames, keypointsPerHand } from '../../contract/hand.ts'
import { clampScore, type Hand, type SequenceHands, type Suspicion } from './hands.ts'
import { bonesAt, flatLengths, skeletonOf, tornOff, type Skeleton } from './skeleton.ts'
import { median } from './statistics.ts'
import type { Track } from './tracks.ts'

/** Hands from which on the sequence's own medians count. */
const leastHands = 3
/** A bone is torn when it is longer than usual by this much, in units of `flatLengths` (about a seventh of a hand's span). */
const leastExcess = 0.6
/** The same for hands that cannot be compared with others of their sequence. */
const leastExcessAlone = 1
/** In pixels too it is longer than its median in the sequence, by this factor: a hand that closes has a smaller unit, not longer bones. */
const leastStretch = 1.25
/** A bone beside a torn one is torn by less. */
const leastExcessBeside = 0.25
/** What is off by this share of the keypoint that is off the furthest has moved along with it. */
const shareOfFurthest = 0.45
/** Below this, in hand sizes, the other frames do not tell what is off. */
const leastOff = 0.1
/** Up to here keypoints at fault are said one by one. */
const mostSingle = 2

/** How long the bones of a hand are as a rule. */
interface Usual {
  /** In the hand's units: the sequence's own median, or a flat hand's where that is longer. */
  ratios: readonly number[]
  /** Median in pixels. */
  pixels: readonly number[]
  /** Too few hands for medians. */
  alone: boolean
}

/**
 * Bones far longer than the same bones are in the rest of the sequence and on a flat hand of this size (bones turned to the camera look
 * short, so only long ones count). What such bones have torn off the hand is at fault: single keypoints are said by their bone's
 * length, more of them as a cluster.
 * @param off of {@link offPlaces}
 */
export function tornBones({ hands, size }: SequenceHands, tracks: readonly Track[], off: ReadonlyMap<Hand, Float64Array>): Suspicion[] {
  const skeletons = new Map(hands.map((hand) => [hand, skeletonOf(hand)]))
  const usualOf = (these: readonly Hand[]) => usualBones(these.map((hand) => skeletons.get(hand)!))
  const ofTracks = tracks.filter((track) => track.length >= leastHands).map((track) => ({ members: track, usual: usualOf(track) }))
  const followed = new Set(ofTracks.flatMap(({ members }) => members))
  const others = hands.filter((hand) => !followed.has(hand))

  return [...ofTracks, ...(others.length > 0 ? [{ members: others, usual: usualOf(hands) }] : [])].flatMap(({ members, usual }) =>
    members.flatMap((hand) => {
      const skeleton = skeletons.get(hand)!
      const torn = whichTorn(skeleton, usual)
      if (!torn.includes(true)) return []
      const points = atFault(hand, torn, off.get(hand))
      const single = points.length <= mostSingle && points.every((point) => bonesAt[point]!.some(({ bone }) => torn[bone]))
      if (!single) return points.length > 0 ? [cluster(hand, skeleton, torn, points, size)] : []
      return points.map((point) => longBone(hand, skeleton, usual, point))
    }),
  )
}

function usualBones(skeletons: readonly Skeleton[]): Usual {
  if (skeletons.length < leastHands) return { ratios: flatLengths, pixels: flatLengths.map(() => 0), alone: true }
  return {
    ratios: flatLengths.map((flat, bone) => Math.max(flat, median(skeletons.map(({ lengths, unit }) => lengths[bone]! / unit)))),
    pixels: flatLengths.map((_, bone) => median(skeletons.map(({ lengths }) => lengths[bone]!))),
    alone: false,
  }
}

function whichTorn({ lengths, unit }: Skeleton, { ratios, pixels, alone }: Usual): boolean[] {
  const exceeds = (bone: number, by: number) => lengths[bone]! > (ratios[bone]! + by) * unit && lengths[bone]! > leastStretch * pixels[bone]!
  const torn = ratios.map((_, bone) => exceeds(bone, alone ? leastExcessAlone : leastExcess))
  if (!torn.includes(true)) return torn
  const ends = new Set(bones.flatMap((ofBone, bone) => (torn[bone] ? ofBone : [])))
  return torn.map((isTorn, bone) => isTorn || (bones[bone]!.some((point) => ends.has(point)) && exceeds(bone, leastExcessBeside)))
}

/** Ends of torn bones that are not in their places, with what moved along with them; where no other frame tells, what the bones have torn off. */
function atFault(hand: Hand, torn: readonly boolean[], off: Float64Array | undefined): number[] {
  if (off) {
    const ends = [...new Set(bones.flatMap((ofBone, bone) => (torn[bone] ? ofBone : [])))]
    const furthest = Math.max(...ends.map((point) => off[point]!))
    const isOff = (point: number) => off[point]! > shareOfFurthest * furthest
    const found = new Set(ends.filter(isOff))
    for (const point of found) for (const { other } of bonesAt[point]!) if (isOff(other)) found.add(other)
    if (furthest > leastOff * hand.size && found.size <= keypointsPerHand / 2) return [...found].sort((a, b) => a - b)
  }
  return tornOff(hand, torn)
}

/** A single keypoint at fault, by its bone that is furthest too long. */
function longBone(hand: Hand, { lengths, unit }: Skeleton, { ratios, alone }: Usual, point: number): Suspicion {
  const excess = ({ bone }: { bone: number }) => lengths[bone]! - ratios[bone]! * unit
  const { bone } = bonesAt[point]!.filter((ofPoint) => !Number.isNaN(excess(ofPoint))).reduce((longest, next) => (excess(next) > excess(longest) ? next : longest))
  const usualBone = median(lengths) || unit
  const [ratio, middle] = [lengths[bone]! / usualBone, (ratios[bone]! * unit) / usualBone]
  const where = alone ? 'on a flat hand' : 'in this sequence'
  const why = `The bone to the ${keypointNames[point]!.replace('_', ' ')} is ${ratio.toFixed(1)} of the hand's median bones long; ${where} it is ${middle.toFixed(1)} as a rule.`
  return { frame: hand.frame, kind: 'bone-length', indices: [hand.firstRow + point], score: clampScore(0.35 + 0.1 * (ratio - middle)), why }
}

/** Keypoints together that are torn off their hand. */
function cluster(hand: Hand, { lengths }: Skeleton, torn: readonly boolean[], points: readonly number[], size: number): Suspicion {
  const longest = lengths.reduce((most, value, bone) => (torn[bone] && value > most ? value : most), 0)
  const why = `${points.length} keypoints lie apart from the rest of the hand: bones to them are up to ${Math.round(longest)} px long (a hand is about ${Math.round(size)} px wide).`
  return { frame: hand.frame, kind: 'isolated-cluster', indices: points.map((point) => hand.firstRow + point), score: clampScore(0.5 + (0.3 * longest) / (size || 1)), why }
}

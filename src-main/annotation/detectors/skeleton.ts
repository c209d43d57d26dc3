import { bones, keypointsPerHand } from '../../contract/hand.ts'
import { length, type Hand } from './hands.ts'
import { largest } from './statistics.ts'

/**
 * Lengths of the bones of a hand that is held flat to the camera, in the order of `bones` and in units of the middle finger's first
 * phalanx: about the 85th percentile in MediaPipe's keypoints of hands on photographs (a bone that is turned away looks shorter).
 */
export const flatLengths = [0.66, 0.83, 0.68, 0.57, 2.06, 0.92, 0.6, 0.47, 0.44, 1, 0.72, 0.51, 0.43, 0.92, 0.68, 0.48, 0.45, 0.72, 0.5, 0.41, 1.77] as const

/** So many bones may be far too long without spoiling the hand's unit, */
const spoiltBones = 7
/** or so many, since the bones that look longest in a sound hand differ by no more than this. */
const moreSpoiltBones = 10
const mostFurther = 1.5

/** The bones at each keypoint, by their position in `bones`, and the keypoints at their other ends. */
export const bonesAt = Array.from({ length: keypointsPerHand }, (_, point) =>
  bones.flatMap(([from, to], bone) => (from === point ? [{ bone, other: to }] : to === point ? [{ bone, other: from }] : [])),
)

/** Bones as they are seen in one frame. */
export interface Skeleton {
  /** In pixels and in the order of `bones`; NaN where an end is missing. */
  lengths: Float64Array
  /** Pixels that a flat hand of this size has for one unit of `flatLengths`; NaN when too few bones tell. */
  unit: number
}

/** The unit is told by the bones that look longest beside a flat hand's, since turning only shortens them; the very longest may be torn. */
export function skeletonOf({ xs, ys }: Hand): Skeleton {
  const lengths = new Float64Array(bones.length)
  const ratios = new Float64Array(bones.length)
  for (let bone = 0; bone < bones.length; bone++) {
    const [from, to] = bones[bone]!
    lengths[bone] = length(xs[from]! - xs[to]!, ys[from]! - ys[to]!)
    ratios[bone] = lengths[bone]! / flatLengths[bone]!
  }
  return { lengths, unit: Math.min(largest(ratios, spoiltBones), mostFurther * largest(ratios, moreSpoiltBones)) }
}

/**
 * The fewest keypoints that explain why these bones are torn: what whole bones join stays together, and of the two parts that a torn
 * bone leaves, one is at fault; again and again the part that has the fewest keypoints for the torn bones it explains.
 * @returns the keypoints at fault, ascending; none when they would be more than half of a hand
 */
export function tornOff({ xs }: Hand, torn: readonly boolean[]): number[] {
  const part = Array.from({ length: keypointsPerHand }, (_, point) => point)
  for (let bone = 0; bone < bones.length; bone++) {
    const [from, to] = bones[bone]!
    if (torn[bone] || Number.isNaN(xs[from]! + xs[to]!)) continue
    const [keep, give] = [part[from]!, part[to]!]
    if (keep !== give) for (let point = 0; point < keypointsPerHand; point++) if (part[point] === give) part[point] = keep
  }
  const members = Map.groupBy([...part.keys()].filter((point) => !Number.isNaN(xs[point]!)), (point) => part[point]!)
  let left = bones.flatMap(([from, to], bone) => (torn[bone] && part[from] !== part[to] ? [[part[from]!, part[to]!] as const] : []))
  const atFault: number[] = []
  while (left.length > 0) {
    const costs = [...new Set(left.flat())].map((name) => ({ name, cost: members.get(name)!.length / left.filter((ends) => ends.includes(name)).length, outmost: members.get(name)!.at(-1)! }))
    const { name } = costs.reduce((best, next) => (next.cost < best.cost || (next.cost === best.cost && next.outmost > best.outmost) ? next : best))
    atFault.push(...members.get(name)!)
    left = left.filter((ends) => !ends.includes(name))
  }
  return atFault.length > keypointsPerHand / 2 ? [] : atFault.sort((a, b) => a - b)
}

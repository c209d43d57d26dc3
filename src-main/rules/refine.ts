import { argMax } from '../evaluate/metrics.ts'

export type Side = 'still' | 'moving'

/** Places of a rule's classes in a probability vector. */
export interface Sides {
  still: readonly number[]
  moving: readonly number[]
}

export interface RowAction {
  action: 'clamp' | 'one-hot'
  clamp: number
}

/** What a rule decides for a measured value: below the threshold the sequence is still. */
export const decide = (value: number, threshold: number): Side => (value < threshold ? 'still' : 'moving')

/** Where the classes of a rule are among a row's; classes that the row does not have are left out. */
export const sidesOf = ({ stillPoseIds, movingPoseIds }: { stillPoseIds: readonly number[]; movingPoseIds: readonly number[] }, poseIds: readonly number[]): Sides => ({
  still: stillPoseIds.map((poseId) => poseIds.indexOf(poseId)).filter((place) => place >= 0),
  moving: movingPoseIds.map((poseId) => poseIds.indexOf(poseId)).filter((place) => place >= 0),
})

/** What the classes hold together. */
export function massOf(probabilities: ArrayLike<number>, classes: readonly number[]): number {
  let mass = 0
  for (const place of classes) mass += probabilities[place]!
  return mass
}

/** The most probable of some classes, the first of equals. */
export const leaderOf = (probabilities: ArrayLike<number>, classes: readonly number[]): number => classes.reduce((best, place) => (probabilities[place]! > probabilities[best]! ? place : best))

/**
 * A rule speaks only where one of its classes is the most probable, or all of them together hold at least half of the probability.
 * @param most the row's largest probability
 */
export function concerns(probabilities: ArrayLike<number>, { still, moving }: Sides, most = probabilities[argMax(probabilities)] ?? 0): boolean {
  if (still.length === 0 || moving.length === 0 || !(most > 0)) return false
  if (massOf(probabilities, still) + massOf(probabilities, moving) >= 0.5) return true
  return Math.max(probabilities[leaderOf(probabilities, still)]!, probabilities[leaderOf(probabilities, moving)]!) >= most
}

/**
 * Applies a rule's decision to a probability vector where the rule speaks, in place.
 *
 * `clamp`: the side decided against keeps at most the share `clamp` of what both sides hold, and never gains; each of its classes loses in proportion. What is taken goes to the
 * classes of the other side in proportion to what they have (evenly when they have nothing). So the sum and every other class stay, and a row that agrees more strongly than
 * the clamp stays as it is. `one-hot`: the most probable class of the decided side gets 1, every other class 0.
 * @returns whether anything changed
 */
export function refineRow(probabilities: Float64Array, sides: Sides, decision: Side, { action, clamp }: RowAction, most?: number): boolean {
  if (!concerns(probabilities, sides, most)) return false
  const [winners, losers] = decision === 'still' ? [sides.still, sides.moving] : [sides.moving, sides.still]
  if (action === 'one-hot') {
    const leader = leaderOf(probabilities, winners)
    const changed = probabilities.some((value, place) => Math.abs(value - (place === leader ? 1 : 0)) > unchanged)
    probabilities.fill(0)
    probabilities[leader] = 1
    return changed
  }
  const [won, lost] = [massOf(probabilities, winners), massOf(probabilities, losers)]
  const left = Math.min(lost, clamp * (won + lost))
  const taken = lost - left
  if (!(taken > unchanged)) return false
  for (const place of losers) probabilities[place] = probabilities[place]! * (left / lost)
  for (const place of winners) probabilities[place] = probabilities[place]! + taken * (won > 0 ? probabilities[place]! / won : 1 / winners.length)
  return true
}

/** Differences up to this are those of rounding. */
const unchanged = 1e-12

/** How a sequence's probabilities look to a rule of which one class is the answer. */
export interface Prediction {
  /** Of the answer, of all classes on its side, and of the other side's. */
  answer: number
  own: number
  other: number
  /** Classes on its side. */
  classes: number
  /** Whether the answer is the most probable class on its side. */
  leads: boolean
  /** Whether the rule speaks here. */
  concerned: boolean
}

/** @param answer place of the answer, which is a class on the side `side` */
export function predictionOf(probabilities: ArrayLike<number>, sides: Sides, side: Side, answer: number): Prediction {
  const [own, other] = side === 'still' ? [sides.still, sides.moving] : [sides.moving, sides.still]
  return {
    answer: probabilities[answer] ?? 0,
    own: massOf(probabilities, own),
    other: massOf(probabilities, other),
    classes: own.length,
    leads: own.length > 0 && leaderOf(probabilities, own) === answer,
    concerned: concerns(probabilities, sides),
  }
}

/** What the answer gets where the rule speaks and decides for its side (`right`) or against it: `refineRow`, of the answer only. */
export function answerAfter({ answer, own, other, classes, leads }: Prediction, right: boolean, { action, clamp }: RowAction): number {
  if (action === 'one-hot') return right && leads ? 1 : 0
  const mass = own + other
  if (!right) return own > 0 ? answer * (Math.min(own, clamp * mass) / own) : 0
  const taken = other - Math.min(other, clamp * mass)
  return answer + taken * (own > 0 ? answer / own : 1 / classes)
}

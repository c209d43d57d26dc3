import type { RuleProposal, SequenceFeature } from '../contract/rules.ts'
import type { Measurements } from './measurements.ts'
import { presetPairs } from './pairs.ts'
import type { RuleClasses, RunData } from './runData.ts'

const mostProposals = 30
/** Classes with a proposal of their own as a group at most. */
const largestGroup = 12
/** Two classes whose sequences give each other at least this much probability on average are alike, even where none is taken for the other. */
const leastGiven = 0.02
/** What tells which of two groups moves more, where the hands' size is known, and where it is not. */
const moves: SequenceFeature = { point: 'tips', measure: 'path', axis: 'both', unit: 'hand-sizes' }
const movesInPixels: SequenceFeature = { point: 'topmost', measure: 'range', axis: 'both', unit: 'pixels' }

interface Likeness {
  a: number
  b: number
  /** Probability that their sequences give to the other. */
  given: number
  confused: number
}

/**
 * What rules may be made of: the preset pairs that the data and the run have, then pairs that the run takes for each other, and groups of three or more classes that hang together by such pairs, each
 * cut in two where most of it goes; what a rule that is always right would win most by comes first. The side that moves less is the still one.
 */
export function propose(data: RunData, rules: readonly (RuleClasses & { id: number })[], measurements: Measurements): RuleProposal[] {
  const there = new Set(data.labelled.map(({ poseId }) => poseId))
  const has = (poseId: number): boolean => there.has(poseId) && data.poseIds.includes(poseId)
  const presets = presetPairs.filter(({ stillPoseId, movingPoseId }) => has(stillPoseId) && has(movingPoseId))
  const likenesses = likenessesOf(data).filter(({ a, b }) => !presets.some(({ stillPoseId, movingPoseId }) => (stillPoseId === a && movingPoseId === b) || (stillPoseId === b && movingPoseId === a)))
  const found = [
    ...likenesses.map(({ a, b }) => [[a], [b]] as const),
    ...groupsOf(likenesses),
  ].map(([one, other]) => ({ one, other, win: winOf(one, other, data) })).sort((a, b) => b.win - a.win).slice(0, mostProposals)
  return [
    ...presets.map(({ stillPoseId, movingPoseId, feature }) => proposal('preset', [stillPoseId], [movingPoseId], feature)),
    ...found.map(({ one, other }) => (movement(one) <= movement(other) ? proposal('confusion', one, other, null) : proposal('confusion', other, one, null))),
  ]

  function proposal(source: RuleProposal['source'], still: readonly number[], moving: readonly number[], feature: SequenceFeature | null): RuleProposal {
    const own = data.validated.filter(({ poseId }) => poseId !== null && (still.includes(poseId) || moving.includes(poseId)))
    return {
      source,
      stillPoseIds: [...still],
      movingPoseIds: [...moving],
      feature,
      sequences: data.labelled.filter(({ poseId }) => still.includes(poseId) || moving.includes(poseId)).length,
      confused: own.filter(({ poseId, top }) => (still.includes(poseId!) ? moving : still).includes(data.poseIds[top]!)).length,
      logLoss: own.length === 0 ? 0 : own.reduce((sum, { loss }) => sum + loss, 0) / own.length,
      ruleIds: rules.filter((rule) => parts(rule, still, moving) || parts(rule, moving, still)).map(({ id }) => id),
    }
  }

  /** Median of what the classes' sequences move. */
  function movement(poseIds: readonly number[]): number {
    for (const feature of [moves, movesInPixels]) {
      const values = data.labelled.flatMap((sequence) => (poseIds.includes(sequence.poseId) ? (measurements.value(sequence, feature) ?? []) : [])).sort((a, b) => a - b)
      if (values.length > 0) return values[Math.floor(values.length / 2)]!
    }
    return 0
  }
}

/** Whether a rule has a class of each of two groups on its sides. */
const parts = (rule: RuleClasses, still: readonly number[], moving: readonly number[]): boolean => rule.stillPoseIds.some((poseId) => still.includes(poseId)) && rule.movingPoseIds.some((poseId) => moving.includes(poseId))

/** Pairs of classes that are taken for each other, or give each other probability. */
function likenessesOf({ validated, poseIds }: RunData): Likeness[] {
  const size = poseIds.length
  const given = new Float64Array(size * size)
  const confused = new Uint32Array(size * size)
  const counts = new Uint32Array(size)
  for (const { poseId, probabilities, top } of validated) {
    const answer = poseId === null ? -1 : poseIds.indexOf(poseId)
    if (answer < 0) continue
    counts[answer]!++
    for (let other = 0; other < size; other++) given[answer * size + other]! += probabilities[other]!
    confused[answer * size + top]!++
  }
  const pairs: Likeness[] = []
  for (let a = 0; a < size; a++)
    for (let b = a + 1; b < size; b++) {
      const pair = { a: poseIds[a]!, b: poseIds[b]!, given: given[a * size + b]! + given[b * size + a]!, confused: confused[a * size + b]! + confused[b * size + a]! }
      if (counts[a]! > 0 && counts[b]! > 0 && (pair.confused > 0 || pair.given >= leastGiven * (counts[a]! + counts[b]!))) pairs.push(pair)
    }
  return pairs
}

/** Classes that hang together by likeness, three or more, each group cut in two: the most alike first, each class goes against those that it is most alike with. */
function groupsOf(likenesses: readonly Likeness[]): (readonly [number[], number[]])[] {
  const ordered = likenesses.toSorted((x, y) => y.confused - x.confused || y.given - x.given)
  const groups: Set<number>[] = []
  for (const { a, b } of ordered) {
    const ofA = groups.find((group) => group.has(a))
    const ofB = groups.find((group) => group.has(b))
    if (ofA && ofA === ofB) continue
    if ((ofA?.size ?? 1) + (ofB?.size ?? 1) > largestGroup) continue
    const joined = new Set([...(ofA ?? [a]), ...(ofB ?? [b])])
    for (const old of [ofA, ofB]) if (old) groups.splice(groups.indexOf(old), 1)
    groups.push(joined)
  }
  return groups.filter(({ size }) => size > 2).map((group) => cut([...group], ordered))
}

function cut(group: readonly number[], likenesses: readonly Likeness[]): readonly [number[], number[]] {
  const inside = likenesses.filter(({ a, b }) => group.includes(a) && group.includes(b))
  const side = new Map<number, 0 | 1>()
  for (const { a, b } of inside) {
    if (side.size === 0) side.set(a, 0).set(b, 1)
    for (const poseId of [a, b]) if (!side.has(poseId)) side.set(poseId, pull(poseId, 0) > pull(poseId, 1) ? 1 : 0)
  }
  const of = (wanted: 0 | 1): number[] => group.filter((poseId) => side.get(poseId) === wanted).sort((x, y) => x - y)
  return [of(0), of(1)]

  /** How alike a class is with those of a side. */
  function pull(poseId: number, wanted: 0 | 1): number {
    return inside.reduce((sum, { a, b, given, confused }) => {
      const other = a === poseId ? b : b === poseId ? a : null
      return other !== null && side.get(other) === wanted ? sum + given + confused : sum
    }, 0)
  }
}

/** What a rule that is always right would take off the summed loss at most: for each sequence −ln of its side's share of what both sides hold. */
function winOf(one: readonly number[], other: readonly number[], { validated, poseIds }: RunData): number {
  const places = [one, other].map((side) => side.map((poseId) => poseIds.indexOf(poseId)))
  return validated.reduce((sum, { poseId, probabilities }) => {
    if (poseId === null || !(one.includes(poseId) || other.includes(poseId))) return sum
    const [mine, theirs] = (one.includes(poseId) ? places : places.toReversed()).map((side) => side.reduce((mass, place) => mass + probabilities[place]!, 0)) as [number, number]
    return sum + Math.log((mine + theirs + Number.EPSILON) / (mine + Number.EPSILON))
  }, 0)
}

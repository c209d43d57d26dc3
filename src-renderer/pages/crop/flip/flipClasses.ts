import { flipTargets } from '../../../../src-main/augment/flipMap.ts'
import type { FlipTargets } from '../../../../src-main/augment/sampleTransform.ts'
import type { FlipDirection, FlipPair } from '../../../../src-main/contract/crop.ts'

/** The classes of a flip map numbered for `trainingView`: class `poseIds[i]` has number i. */
export interface NumberedClasses {
  poseIds: readonly number[]
  /** −1 for a class that the map does not have, and for none. */
  numberOf: (poseId: number | null) => number
  targets: FlipTargets
}

export function numberClasses(pairs: readonly FlipPair[]): NumberedClasses {
  const poseIds = pairs.map(({ poseId }) => poseId)
  const numbers = new Map(poseIds.map((poseId, number) => [poseId, number]))
  const numberOf = (poseId: number | null): number => (poseId === null ? -1 : (numbers.get(poseId) ?? -1))
  return { poseIds, numberOf, targets: { horizontal: flipTargets(pairs, poseIds), vertical: flipTargets(pairs, poseIds, 'vertical') } }
}

/** Why a person should look at a pair: what the class table leaves open, and what a choice made of it. */
export type PairFlag = 'two' | 'unsure' | 'unpaired' | 'nobody' | 'sided' | 'symmetric' | 'missing' | 'oneWay'

/** Flags that keep a class from being mirrored (or from coming back) until somebody decides. */
export const openFlags: ReadonlySet<PairFlag> = new Set(['two', 'unsure', 'unpaired', 'missing'])

/** What to say about a pair; null where left and right simply are each other's mirror image, or a person decided. */
export function pairFlag(pair: FlipPair): PairFlag | null {
  if (pair.reason === 'missing' || pair.vertical.reason === 'missing') return 'missing'
  if (pair.reason === 'ambiguous') return pair.candidates.length > 1 ? 'two' : pair.candidates.length === 1 ? 'unsure' : 'unpaired'
  if (pair.oneWay) return 'oneWay'
  if (pair.reason === 'lone') return pair.partner === null ? 'sided' : 'nobody'
  return pair.reason === 'symmetric' ? 'symmetric' : null
}

/** A choice that is to be made. */
export interface OpenChoice {
  pair: FlipPair
  direction: FlipDirection
}

/** The choices that keep samples from being mirrored, in the order of the classes. */
export const openChoices = (pairs: readonly FlipPair[]): OpenChoice[] =>
  pairs.flatMap((pair) => [
    ...(pair.reason === 'ambiguous' || pair.reason === 'missing' ? [{ pair, direction: 'horizontal' as const }] : []),
    ...(pair.vertical.reason === 'missing' ? [{ pair, direction: 'vertical' as const }] : []),
  ])

/** Classes to choose from with number keys: the likely ones, then those of the same name, view or gesture; never itself. At most 8. */
export function choicesFor(pair: FlipPair, pairs: readonly FlipPair[]): FlipPair[] {
  const byId = new Map(pairs.map((other) => [other.poseId, other]))
  const likely = pair.candidates.flatMap((poseId) => byId.get(poseId) ?? [])
  const near = pairs.filter(({ poseId, name }) => poseId !== pair.poseId && name === pair.name && !pair.candidates.includes(poseId))
  return [...likely, ...near].filter(({ poseId }) => poseId !== pair.poseId).slice(0, 8)
}

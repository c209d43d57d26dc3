import type { Derivation, FlipMap, ObjectKind, ObjectVersion } from '../contract/crop.ts'
import { flipDirections } from '../contract/crop.ts'
import { derivationKey, transformKey } from './derive.ts'
import type { ObjectValues } from './objects.ts'

type Changes = ObjectVersion['changed']

/**
 * What is other in a value than in the one before it: settings by their path (`margin.left`); of a flip map the classes (`horizontal.131`),
 * 'automatic' where the class table decides; of a derived set the parents, with the transform that came or went.
 */
export function changedSettings<Kind extends ObjectKind>(kind: Kind, before: ObjectValues[Kind], after: ObjectValues[Kind]): Changes {
  if (kind === 'derived-set') return changedDerivations(before as Derivation[], after as Derivation[])
  if (kind === 'flip-map') return flipDirections.flatMap((direction) => changedPartners(direction, (before as FlipMap)[direction], (after as FlipMap)[direction]))
  return changedLeaves(before, after)
}

function changedLeaves(before: object, after: object): Changes {
  const [old, now] = [leaves(before), leaves(after)]
  return [...now].flatMap(([setting, value]) => (old.get(setting) === value ? [] : [{ setting, before: old.get(setting), after: value }]))
}

/** The values of a recipe by their paths. Values that were parsed by one schema have the same paths. */
function leaves(value: object, prefix = ''): Map<string, unknown> {
  return new Map(Object.entries(value).flatMap(([key, inner]: [string, unknown]) => (typeof inner === 'object' && inner !== null ? [...leaves(inner, `${prefix}${key}.`)] : [[`${prefix}${key}`, inner] as const])))
}

function changedPartners(direction: string, before: FlipMap['horizontal'], after: FlipMap['horizontal']): Changes {
  const partner = (map: FlipMap['horizontal'], poseId: string): number | null | 'automatic' => (map[poseId] === undefined ? 'automatic' : map[poseId])
  const changes = Object.keys({ ...before, ...after }).map((poseId) => ({ setting: `${direction}.${poseId}`, before: partner(before, poseId), after: partner(after, poseId) }))
  return changes.filter((change) => change.before !== change.after)
}

function changedDerivations(before: readonly Derivation[], after: readonly Derivation[]): Changes {
  const [old, now] = [new Set(before.map(derivationKey)), new Set(after.map(derivationKey))]
  return [
    ...before.filter((derivation) => !now.has(derivationKey(derivation))).map(({ parent, transform }) => ({ setting: parent, before: transformKey(transform), after: null })),
    ...after.filter((derivation) => !old.has(derivationKey(derivation))).map(({ parent, transform }) => ({ setting: parent, before: null, after: transformKey(transform) })),
  ]
}

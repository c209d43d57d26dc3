import type { Derivation, DerivationSuggestion, DerivedSequence, FlipPair } from '../contract/crop.ts'
import type { FrameRecord, SequenceSummary } from '../contract/dataset.ts'
import { HandloomError } from '../contract/errors.ts'
import { isReadable } from './cropFrames.ts'
import { derivationKey, derivedPoseId, transformKey } from './derive.ts'

/** The parent of a derivation as the data set has it; null where it has none such. */
export type FindParent = (folder: string) => { poseId: number | null; frames: readonly FrameRecord[] } | null

/** A derivation with what becomes of it now. */
export function derivedSequence(derivation: Derivation, findParent: FindParent, pairs: readonly FlipPair[]): DerivedSequence {
  const parent = findParent(derivation.parent)
  const parentPoseId = parent?.poseId ?? null
  const frames = parent?.frames.filter(isReadable).length ?? 0
  const poseId = parentPoseId === null ? null : derivedPoseId(parentPoseId, derivation.transform, pairs)
  const problem = !parent ? 'missing-parent' : parentPoseId === null ? 'no-class' : poseId === null ? 'never-mirrored' : frames === 0 ? 'no-frames' : null
  return { ...derivation, parentPoseId, poseId: problem === null ? poseId : null, name: poseId === null ? '' : (pairs.find((pair) => pair.poseId === poseId)?.name ?? ''), frames, problem }
}

/**
 * What could be derived for the classes with fewer than two training sequences, which cannot be trained and validated on: the mirror images of
 * the classes whose mirror image they are, then their own sequences turned by −30° and 30°.
 * @param pairs by pose id, of the classes of the training folders
 */
export function derivationSuggestions(sequences: readonly Pick<SequenceSummary, 'folder' | 'poseId' | 'frames'>[], pairs: readonly FlipPair[]): DerivationSuggestion[] {
  const byClass = Map.groupBy(sequences.filter(({ frames }) => frames > 0), (sequence) => sequence.poseId)
  const folders = (poseId: number): string[] => (byClass.get(poseId) ?? []).map(({ folder }) => folder)
  return pairs.flatMap(({ poseId, name }) => {
    const own = folders(poseId)
    if (own.length >= 2) return []
    const mirrored = pairs.filter((other) => other.partner === poseId && other.poseId !== poseId).flatMap((other) => folders(other.poseId))
    const options: Derivation[] = [
      ...mirrored.map((parent): Derivation => ({ parent, transform: { kind: 'mirror' } })),
      ...own.flatMap((parent) => [-30, 30].map((degrees): Derivation => ({ parent, transform: { kind: 'rotate', degrees } }))),
    ]
    return [{ poseId, name, sequences: own, options }]
  })
}

/**
 * A derived set in its one order: by parent, then by transform.
 * @param known parents that the set may name: those of the data set, and those that it named before
 * @throws HandloomError `bad-request` for a derivation that is there twice, `not-found` for a parent that is not known
 */
export function checkedSet(derivations: readonly Derivation[], known: (parent: string) => boolean): Derivation[] {
  const seen = new Set<string>()
  for (const derivation of derivations) {
    const { parent, transform } = derivation
    const key = derivationKey(derivation)
    if (seen.has(key)) throw new HandloomError('bad-request', `${parent} (${transformKey(transform)}) is in the derived set twice. Take one of them out.`, { file: parent })
    seen.add(key)
    if (!known(parent)) throw new HandloomError('not-found', `There is no training sequence ${parent} to derive samples from. If it was just added, scan again.`, { file: parent })
  }
  const number = ({ parent }: Derivation): number => Number(parent.slice('train/'.length))
  const turn = ({ transform }: Derivation): number => (transform.kind === 'mirror' ? -1000 : transform.kind === 'upside-down' ? -999 : transform.degrees)
  return derivations.toSorted((a, b) => number(a) - number(b) || turn(a) - turn(b))
}

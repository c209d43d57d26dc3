import type { SplitRecord } from '../contract/split.ts'
import { mergedClass } from './classChoices.ts'
import { splitHash } from './splitHash.ts'
import { splitWarnings, type BalancedClass } from './warnings.ts'

/** What is decided: who is validated where. */
export type Folds = Pick<SplitRecord, 'options' | 'folds' | 'frameFolds'>
/** And what follows from it. */
export type DescribedFolds = Folds & Pick<SplitRecord, 'hash' | 'classes' | 'frames' | 'leakingSequences' | 'warnings'>

/**
 * What follows from the folds of sequences: hash, counts, warnings.
 * @param known frames of each sequence, and class names by pose id
 */
export function describeFolds(given: Folds, known: { frames: ReadonlyMap<string, number>; names: ReadonlyMap<number, string> }): DescribedFolds {
  const { options, folds, frameFolds } = given
  const none = (): number[] => Array.from({ length: options.folds }, () => 0)
  const poseIds = [...new Set(folds.map(({ poseId }) => poseId))].sort((a, b) => a - b)
  const classes = new Map(poseIds.map((poseId) => [poseId, { poseId, name: known.names.get(poseId) ?? '', counts: none(), always: 0 }]))
  const classOf = mergedClass(options)
  const balanced = new Map<number, BalancedClass>()
  const frames = none()
  let leakingSequences = 0
  for (const { folder, poseId, fold } of folds) {
    const row = classes.get(poseId)!
    const of = balanced.get(classOf(poseId)) ?? { poseIds: new Set(), counts: none(), frames: none(), always: 0 }
    balanced.set(classOf(poseId), of)
    of.poseIds.add(poseId)
    if (fold === null) {
      row.always++
      of.always++
      continue
    }
    row.counts[fold]!++
    of.counts[fold]!++
    const held = none()
    const torn = frameFolds?.[folder]
    if (torn) for (const frame of torn) held[frame]!++
    else held[fold] = known.frames.get(folder) ?? 0
    if (held.filter((count) => count > 0).length > 1) leakingSequences++
    for (const [index, count] of held.entries()) {
      frames[index]! += count
      of.frames[index]! += count
    }
  }
  const described = { ...given, classes: [...classes.values()], frames, leakingSequences }
  return { ...described, hash: splitHash(given), warnings: splitWarnings({ ...described, balanced: [...balanced.values()] }) }
}

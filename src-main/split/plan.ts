import { HandloomError } from '../contract/errors.ts'
import type { SplitOptions, SplitSequence } from '../contract/split.ts'
import { assignFolds } from './assign.ts'
import { mergedClass } from './classChoices.ts'
import { describeFolds, type DescribedFolds } from './describe.ts'
import { groupNumbers, requireColumnGroups } from './groups.ts'

/** A training sequence, as much as a split needs of it. */
export interface PlannedSequence {
  folder: string
  /** The folder's number: its group where the column is `sequence`. */
  number: number
  poseId: number
  frames: number
  /** Value of the group column; null: it has none. */
  group: string | null
}

/**
 * Splits training sequences into folds. Items are the frames in data-set order, with the pose id (of merged classes the lowest) as class
 * and the folder's number, or the value of the group column, as group, as the reference does; for KFold and StratifiedKFold with unit
 * `sequence` the items are the sequences, so that none is torn. Sequences of the `always` classes are left out and get fold null.
 * @param sequences in folder order, each with at least one frame
 * @param names class names by pose id
 * @throws HandloomError `bad-request` when there is too little for the folds, or a class is named twice
 */
export function planSplit(sequences: readonly PlannedSequence[], names: ReadonlyMap<number, string>, options: SplitOptions): DescribedFolds {
  const classOf = mergedClass(options)
  const always = new Set(options.always)
  const split = sequences.filter(({ poseId }) => !always.has(poseId))
  if (split.length === 0)
    throw new HandloomError('bad-request', `All ${sequences.length} sequences are of classes that are always trained, so none is left to validate. Take a class out of those.`)
  const grouped = options.splitter === 'GroupKFold' || options.splitter === 'StratifiedGroupKFold'
  const groups = options.group === 'sequence' ? split.map(({ number }) => number) : groupNumbers(split.map(({ group }) => group))
  if (grouped && options.group !== 'sequence') requireColumnGroups(options.group, new Set(groups).size, options.folds)

  const byFrame = grouped || options.unit === 'frame'
  const items = split.flatMap(({ frames }, index) => (byFrame ? Array.from({ length: frames }, () => index) : [index]))
  const fold = assignFolds(items.map((index) => classOf(split[index]!.poseId)), items.map((index) => groups[index]!), options)

  const torn = !grouped && options.unit === 'frame'
  const placed = new Map<string, Int32Array>()
  let item = 0
  for (const { folder, frames } of split) {
    const length = byFrame ? frames : 1
    placed.set(folder, fold.subarray(item, item + length))
    item += length
  }
  const folds = sequences.map(({ folder, poseId, group }): SplitSequence => ({ folder, poseId, fold: mostOften(placed.get(folder)), group: group ?? folder }))
  const frameFolds = torn ? Object.fromEntries(Array.from(placed, ([folder, of]) => [folder, Array.from(of)])) : null
  return describeFolds({ options, folds, frameFolds }, { frames: new Map(sequences.map(({ folder, frames }) => [folder, frames])), names })
}

/** The fold that most frames are in, the first of equals; null for no folds. */
function mostOften(folds: Int32Array | undefined): number | null {
  if (!folds) return null
  const held = new Map<number, number>()
  for (const fold of folds) held.set(fold, (held.get(fold) ?? 0) + 1)
  return Array.from(held).reduce((best, entry) => (entry[1] > best[1] || (entry[1] === best[1] && entry[0] < best[0]) ? entry : best))[0]
}

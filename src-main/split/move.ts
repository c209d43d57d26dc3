import { HandloomError } from '../contract/errors.ts'
import type { SplitRecord } from '../contract/split.ts'

/**
 * The folds with some sequences moved to others. `moved` adds up: a sequence that was moved before comes once, from where the options had
 * put it, and not at all when it is back there.
 * @throws HandloomError `bad-request` for a split by frame, an unknown or repeated folder or a fold that the split does not have;
 * `conflict` when nothing changes
 */
export function moveSequences(split: Pick<SplitRecord, 'options' | 'folds' | 'frameFolds' | 'moved'>, moves: readonly { folder: string; fold: number | null }[]): Pick<SplitRecord, 'folds' | 'moved'> {
  const bad = (message: string): HandloomError => new HandloomError('bad-request', message)
  if (split.frameFolds || split.options.unit === 'frame' && !split.options.splitter.endsWith('GroupKFold'))
    throw bad('This split is by frame: the frames of a sequence are in several folds, so a sequence cannot be moved. Make a split by sequence and move there.')
  const known = new Map(split.folds.map((sequence) => [sequence.folder, sequence.fold]))
  const target = new Map<string, number | null>()
  for (const { folder, fold } of moves) {
    if (!known.has(folder)) throw bad(`${folder} is not in this split. Make a new split if it came later.`)
    if (target.has(folder)) throw bad(`${folder} is to be moved twice. Name each sequence once.`)
    if (fold !== null && (!Number.isInteger(fold) || fold < 0 || fold >= split.options.folds)) throw bad(`There is no fold ${fold}: the split has folds 0 to ${split.options.folds - 1}.`)
    target.set(folder, fold)
  }
  if (!target.entries().some(([folder, fold]) => known.get(folder) !== fold)) throw new HandloomError('conflict', 'Every sequence is in that fold already, so nothing would change.')

  const origin = new Map(split.moved.map(({ folder, from }) => [folder, from]))
  for (const folder of target.keys()) if (!origin.has(folder)) origin.set(folder, known.get(folder) ?? null)
  const folds = split.folds.map((sequence) => ({ ...sequence, fold: target.has(sequence.folder) ? (target.get(sequence.folder) ?? null) : sequence.fold }))
  const moved = folds.flatMap(({ folder, fold }) => (origin.has(folder) && origin.get(folder) !== fold ? [{ folder, from: origin.get(folder) ?? null, to: fold }] : []))
  return { folds, moved }
}

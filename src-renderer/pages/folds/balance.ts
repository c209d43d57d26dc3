import type { SplitRecord } from '../../../src-main/contract/split.ts'

export interface Move {
  folder: string
  fold: number | null
}

export type Balance = Pick<SplitRecord, 'folds' | 'classes' | 'frames'>

/** The moves that take a sequence elsewhere. */
export const realMoves = (split: Pick<Balance, 'folds'>, moves: readonly Move[]): Move[] => {
  const foldOf = new Map(split.folds.map(({ folder, fold }) => [folder, fold]))
  return moves.filter(({ folder, fold }) => foldOf.has(folder) && foldOf.get(folder) !== fold)
}

/**
 * What a split would be after moves: sequences per class and fold, frames per fold.
 * @param framesOf frames of a sequence that is moved
 */
export function balanceAfter(split: Balance, moves: readonly Move[], framesOf: (folder: string) => number): Balance {
  const to = new Map(realMoves(split, moves).map(({ folder, fold }) => [folder, fold]))
  const frames = [...split.frames]
  const classes = split.classes.map((row) => ({ ...row, counts: [...row.counts] }))
  const rows = new Map(classes.map((row) => [row.poseId, row]))
  const count = (poseId: number, fold: number | null, by: 1 | -1): void => {
    const row = rows.get(poseId)
    if (row === undefined) return
    if (fold === null) row.always += by
    else row.counts[fold] = (row.counts[fold] ?? 0) + by
  }
  const validate = (fold: number | null, n: number): void => {
    if (fold !== null) frames[fold] = (frames[fold] ?? 0) + n
  }
  const folds = split.folds.map((entry) => {
    const fold = to.get(entry.folder)
    if (fold === undefined) return entry
    count(entry.poseId, entry.fold, -1)
    count(entry.poseId, fold, 1)
    validate(entry.fold, -framesOf(entry.folder))
    validate(fold, framesOf(entry.folder))
    return { ...entry, fold }
  })
  return { folds, classes, frames }
}

/** Groups whose sequences are in more than one fold, in the order of the sequences. */
export const groupsInFolds = ({ folds }: Pick<Balance, 'folds'>): string[] => [...foldsOfGroups(folds)].flatMap(([group, held]) => (held.size > 1 ? [group] : []))

function foldsOfGroups(folds: Balance['folds']): Map<string, Set<number | null>> {
  const found = new Map<string, Set<number | null>>()
  for (const { group, fold } of folds) found.set(group, (found.get(group) ?? new Set()).add(fold))
  return found
}

/** Groups that moves would tear: their sequences were validated together before, and would not be after. In the order of the sequences. */
export function tornGroups(before: Balance, after: Balance): string[] {
  const torn = new Set(groupsInFolds(before))
  return groupsInFolds(after).filter((group) => !torn.has(group))
}

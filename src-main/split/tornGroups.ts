import type { SplitSequence } from '../contract/split.ts'

export interface TornGroup {
  value: string
  folders: string[]
  /** Folds that validate some of them, ascending; who is in none is always trained. */
  folds: number[]
}

/** Groups of several sequences of which some are validated while others are trained on, in the order of their first sequence. */
export function tornGroups(folds: readonly SplitSequence[]): TornGroup[] {
  return Map.groupBy(folds, ({ group }) => group)
    .entries()
    .map(([value, members]) => ({ value, folders: members.map(({ folder }) => folder), of: new Set(members.map(({ fold }) => fold)) }))
    .filter(({ of }) => of.size > 1)
    .map(({ value, folders, of }) => ({ value, folders, folds: [...of].filter((fold) => fold !== null).sort((a, b) => a - b) }))
    .toArray()
}

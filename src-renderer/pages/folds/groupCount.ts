import type { GroupColumn, SplitOptions } from '../../../src-main/contract/split.ts'
import { isGrouped } from './splitters.ts'

/** How many groups a group column makes of so many sequences: a sequence without a value is a group of its own; null when the data has no such column. */
export function groupCount(group: string, columns: readonly GroupColumn[], sequences: number): number | null {
  if (group === 'sequence') return sequences
  const column = columns.find(({ name }) => name === group)
  return column === undefined ? null : column.values + column.missing
}

/** The number of groups when a group splitter has fewer of them than folds; null when there are enough (or nobody knows). */
export function fewerGroups(options: Pick<SplitOptions, 'splitter' | 'group' | 'folds'>, columns: readonly GroupColumn[], sequences: number): number | null {
  if (!isGrouped(options.splitter)) return null
  const groups = groupCount(options.group, columns, sequences)
  return groups !== null && groups < options.folds ? groups : null
}

import type { SplitRecord, SplitWarning } from '../../../src-main/contract/split.ts'

export interface HeatRow {
  poseId: number
  name: string
  counts: readonly number[]
  /** Sequences that are trained in every fold. */
  always: number
  total: number
  /** A warning names the class (beside those that say what was asked for, or that it has few sequences, which most classes have). */
  marked: boolean
}

export interface HeatFilter {
  words: string
  sort: 'id' | 'fewest' | 'most'
  markedOnly: boolean
  fold: number | null
}

/** A column of the heat map: a fold, or (null) what is trained in every fold. */
export type Column = number | null

const unmarked = new Set<SplitWarning['kind']>(['few-members', 'always-trained', 'leak'])

/** Classes of a split as rows of the heat map: those a filter wants, in its order. */
export function heatRows(split: Pick<SplitRecord, 'classes' | 'warnings'>, filter: HeatFilter): HeatRow[] {
  const marked = new Set(split.warnings.flatMap(({ kind, poseIds }) => (unmarked.has(kind) ? [] : poseIds)))
  const words = filter.words.normalize('NFC').toLowerCase().split(/\s+/u).filter(Boolean)
  const rows = split.classes
    .map(({ poseId, name, counts, always }): HeatRow => ({ poseId, name, counts, always, total: counts.reduce((sum, count) => sum + count, always), marked: marked.has(poseId) }))
    .filter((row) => (!filter.markedOnly || row.marked) && (filter.fold === null || (row.counts[filter.fold] ?? 0) > 0))
    .filter((row) => words.every((word) => `${row.poseId} ${row.name.normalize('NFC').toLowerCase()}`.includes(word)))
  const sign = filter.sort === 'most' ? -1 : 1
  return filter.sort === 'id' ? rows : rows.sort((a, b) => sign * (a.total - b.total) || a.poseId - b.poseId)
}

/** The folds, and the column of what is always trained when there is such. */
export const columnsOf = (split: Pick<SplitRecord, 'classes' | 'frames' | 'options'>): Column[] => [
  ...split.frames.keys(),
  ...(split.options.always.length > 0 || split.classes.some(({ always }) => always > 0) ? [null] : []),
]

/** Sequences of a row in a column. */
export const countIn = (row: Pick<HeatRow, 'counts' | 'always'>, column: Column): number => (column === null ? row.always : (row.counts[column] ?? 0))

/** One entry for each kind of warning, with the classes and folds of all of them. */
export function mergeWarnings(warnings: readonly SplitWarning[]): SplitWarning[] {
  const sorted = (lists: number[][]): number[] => [...new Set(lists.flat())].sort((a, b) => a - b)
  return [...Map.groupBy(warnings, ({ kind }) => kind)].map(([kind, same]) => ({
    kind,
    message: same.map(({ message }) => message).join('\n'),
    poseIds: sorted(same.map(({ poseIds }) => poseIds)),
    folds: sorted(same.map(({ folds }) => folds)),
  }))
}

/** Mean and standard deviation (of all, not of a sample). */
export function meanSpread(values: readonly number[]): { mean: number; spread: number } {
  if (values.length === 0) return { mean: 0, spread: 0 }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, spread: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) }
}

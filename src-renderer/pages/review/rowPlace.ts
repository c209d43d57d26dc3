import type { GroupRow, ReviewView } from '../../../src-main/contract/evaluate.ts'

type Sorted = Pick<GroupRow, 'group' | 'frame' | 'logLoss' | 'confidence' | 'fold' | 'labelQuality' | 'afterRules' | 'against'>
const order = (first: number, second: number): number => (first < second ? -1 : first > second ? 1 : 0)
const numberOf = (row: Sorted): number => Number(row.group.replace(/^\w+\//, ''))

/** Where a row stands to the one looked for in a sorted list: < 0 before it, 0 itself, > 0 after it. Sorts by names are not told apart: rows are then before it. */
export function placeOf(own: Sorted, { sort, descending, afterRules }: Pick<ReviewView, 'sort' | 'descending' | 'afterRules'>): (row: Sorted) => number {
  const value = (row: Sorted): number => {
    if (sort === 'logLoss') return (afterRules ? row.afterRules?.logLoss : undefined) ?? row.logLoss
    // Those that the other run did not predict are last either way.
    if (sort === 'disagreement' || sort === 'change') return row.against === null ? (descending ? -1 : Infinity) : Math.abs(row.against[sort])
    return sort === 'confidence' || sort === 'fold' || sort === 'labelQuality' ? row[sort] : sort === 'group' ? numberOf(row) : 0
  }
  const isSame = (row: Sorted): boolean => row.group === own.group && row.frame === own.frame
  return (row) => (isSame(row) ? 0 : order(value(row), value(own)) * (descending ? -1 : 1) || numberOf(row) - numberOf(own) || (row.frame ?? 0) - (own.frame ?? 0) || -1)
}

import { triageCauses, type BreakdownBy, type BreakdownRow, type ReviewView } from '../../../src-main/contract/evaluate.ts'

export type BreakdownSort = 'name' | 'count' | 'logLoss' | 'accuracy' | 'share' | 'worst'

const collator = new Intl.Collator(undefined, { numeric: true })

/** How rows of a breakdown are ordered; equal ones by their key. */
export function breakdownOrder(sort: BreakdownSort, descending: boolean): (a: BreakdownRow, b: BreakdownRow) => number {
  const sign = descending ? -1 : 1
  const compare = (a: BreakdownRow, b: BreakdownRow): number => {
    if (sort === 'name') return collator.compare(a.name || a.key, b.name || b.key)
    return sort === 'worst' ? collator.compare(a.worst, b.worst) : a[sort] - b[sort]
  }
  return (a, b) => sign * compare(a, b) || collator.compare(a.key, b.key)
}

/** The table's filter that leaves the sequences behind a row. A gesture has none: its sequences are listed one by one. */
export function breakdownFilter(by: Exclude<BreakdownBy, 'gesture'>, { key, poseId }: Pick<BreakdownRow, 'key' | 'poseId'>): Partial<ReviewView> {
  if (by === 'class') return { poseId: poseId ?? Number(key) }
  if (by === 'fold') return { fold: Number(key) }
  if (by === 'cause') return { cause: triageCauses.find((cause) => cause === key) ?? 'none' }
  return { [by]: key }
}

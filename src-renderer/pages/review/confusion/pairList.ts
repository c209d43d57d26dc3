import { lookAlikes, type ConfusionCell, type LookAlike } from '../../../../src-main/contract/evaluate.ts'
import { isMistake } from './matrixClasses.ts'

export type PairFilter = LookAlike | 'all'

/** The mistakes, those made most often first, then those with the higher log loss. */
export const confusedPairs = (cells: readonly ConfusionCell[]): ConfusionCell[] => cells.filter(isMistake).sort((a, b) => b.count - a.count || b.logLoss - a.logLoss || a.answer - b.answer || a.predicted - b.predicted)

export const ofKind = (pairs: readonly ConfusionCell[], filter: PairFilter): ConfusionCell[] => pairs.filter(({ lookAlike }) => filter === 'all' || lookAlike === filter)

/** How many mistakes (not pairs) are of each kind; kinds without one are left out. */
export function mistakesByKind(pairs: readonly ConfusionCell[]): { kind: PairFilter; count: number }[] {
  const sum = (kind: PairFilter): number => ofKind(pairs, kind).reduce((total, { count }) => total + count, 0)
  return (['all', ...lookAlikes] as const).map((kind) => ({ kind, count: sum(kind) })).filter(({ kind, count }) => kind === 'all' || count > 0)
}

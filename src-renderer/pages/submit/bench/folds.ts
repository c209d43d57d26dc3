import type { EnsembleWays, FoldChoice } from '../../../../src-main/contract/ensemble.ts'

export type FoldRow = EnsembleWays['folds'][number]

/** What a fold counts among those of its run. */
export function shareOf(fold: FoldRow, all: readonly FoldRow[], choice: FoldChoice): number {
  if (choice === 'weighted') return fold.weight
  if (choice === 'best') return fold.best ? 1 : 0
  return 1 / all.filter(({ runId }) => runId === fold.runId).length
}

/** The fold with the lowest log loss. */
export const bestFold = (folds: readonly FoldRow[]): FoldRow | null => folds.reduce<FoldRow | null>((best, fold) => (best !== null && best.logLoss <= fold.logLoss ? best : fold), null)

/** Where log losses stand on an axis from 0, 0–1. */
export function lossAxis(folds: readonly FoldRow[]): (logLoss: number) => number {
  const most = Math.max(0, ...folds.map(({ high }) => high)) * 1.04 || 1
  return (logLoss) => logLoss / most
}

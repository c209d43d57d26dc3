import type { FoldChoice } from '../contract/ensemble.ts'

export interface FoldScore {
  fold: number
  /** Of each sequence that it validates. */
  losses: Float64Array
  /** Sum over the folds 1. */
  weight: number
}

/**
 * Scores of folds with their weights: e^(−mean loss), the probability that a fold typically (geometric mean) gives the answers of the sequences that it validates.
 * @param losses log loss of each fold's sequences, one at least
 * @returns by fold
 */
export function foldScoresOf(losses: ReadonlyMap<number, readonly number[]>): FoldScore[] {
  const folds = [...losses].sort(([a], [b]) => a - b).map(([fold, own]) => ({ fold, losses: Float64Array.from(own), mean: own.reduce((sum, loss) => sum + loss, 0) / own.length }))
  const lowest = Math.min(...folds.map(({ mean }) => mean))
  const whole = folds.reduce((sum, { mean }) => sum + Math.exp(lowest - mean), 0)
  return folds.map(({ mean, ...score }) => ({ ...score, weight: Math.exp(lowest - mean) / whole }))
}

/** Share of each fold, by `FoldChoice`; those that are not there have none. null: all alike. */
export function foldShares(choice: FoldChoice, scores: readonly FoldScore[]): ReadonlyMap<number, number> | null {
  if (choice === 'equal' || scores.length === 0) return null
  if (choice === 'weighted') return new Map(scores.map(({ fold, weight }) => [fold, weight]))
  const best = scores.reduce((highest, score) => (score.weight > highest.weight ? score : highest))
  return new Map([[best.fold, 1]])
}

/** The mean of folds by their shares; of all alike where none of those that have a share predicted the sequence. */
export function meanOfFolds(folds: ReadonlyMap<number, Float64Array>, shares: ReadonlyMap<number, number> | null): Float64Array {
  const own = [...folds].map(([fold, probabilities]) => ({ probabilities, share: shares ? (shares.get(fold) ?? 0) : 1 }))
  const whole = own.reduce((sum, { share }) => sum + share, 0)
  if (whole === 0) return meanOfFolds(folds, null)
  const mean = new Float64Array(own[0]?.probabilities.length ?? 0)
  for (const { probabilities, share } of own) for (let index = 0; index < mean.length; index++) mean[index]! += (share / whole) * probabilities[index]!
  return mean
}

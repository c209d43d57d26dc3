/**
 * Scores of class probabilities. All logarithms are natural; all sums are in double precision.
 */

/**
 * Smallest probability the log loss tells apart from 0: the machine epsilon of a double, 2⁻⁵². Probabilities are clipped to
 * [ε, 1 − ε] and rows are not renormalised, as in `sklearn.metrics.log_loss` of scikit-learn 1.5 and later on float64 arrays.
 */
export const logLossEpsilon = Number.EPSILON

/** −ln of the probability given to the answer, clipped to [ε, 1 − ε]: 0 … 36.04. */
export function negativeLogLikelihood(probability: number): number {
  return -Math.log(Math.min(1 - logLossEpsilon, Math.max(logLossEpsilon, probability)))
}

/** Index of the largest value, the first of equals; −1 for an empty row. */
export function argMax(values: ArrayLike<number>): number {
  let best = -1
  let bestValue = -Infinity
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    if (value > bestValue) {
      bestValue = value
      best = index
    }
  }
  return best
}

/** How far apart probabilities may be that count as the same, as a share of them. */
const sameWithin = 1e-9

/** Whether all of two or more classes have the same probability: what predicted could say nothing. */
export function saysNothing(probabilities: ArrayLike<number>): boolean {
  const first = probabilities[0] as number
  for (let index = 1; index < probabilities.length; index++) if (Math.abs((probabilities[index] as number) - first) > sameWithin * first) return false
  return probabilities.length > 1
}

/** Indices of the `count` largest values, largest first; equals in their own order. */
export function topIndices(values: ArrayLike<number>, count: number): number[] {
  return Array.from({ length: values.length }, (_, index) => index)
    .sort((a, b) => (values[b] as number) - (values[a] as number) || a - b)
    .slice(0, count)
}

/**
 * Multi-class log loss: the mean over rows of −ln p(answer).
 * @param rows [samples × classes] probabilities
 * @param answers class index of each row; −1 (a class the row does not know) counts as probability 0
 * @throws RangeError when there are no rows or the lengths differ
 */
export function logLoss(rows: readonly ArrayLike<number>[], answers: readonly number[]): number {
  if (rows.length === 0) throw new RangeError('The log loss of no rows is not defined')
  if (rows.length !== answers.length) throw new RangeError(`${rows.length} rows have ${answers.length} answers`)
  let sum = 0
  for (const [row, probabilities] of rows.entries()) sum += negativeLogLikelihood(probabilities[answers[row] as number] ?? 0)
  return sum / rows.length
}

/**
 * Mean of the rows, class by class: a sequence's probabilities from its frames', or an ensemble's from its members'.
 * @throws RangeError when there are no rows or they differ in length
 */
export function meanProbabilities(rows: readonly ArrayLike<number>[]): Float64Array {
  const first = rows[0]
  if (!first) throw new RangeError('The mean of no probabilities is not defined')
  const mean = new Float64Array(first.length)
  for (const row of rows) {
    if (row.length !== mean.length) throw new RangeError(`Rows of ${mean.length} and ${row.length} classes have no mean`)
    for (let index = 0; index < mean.length; index++) mean[index] = (mean[index] as number) + (row[index] as number)
  }
  return mean.map((sum) => sum / rows.length)
}

import { saysNothing, topIndices } from '../evaluate/metrics.ts'
import { raiseTo, units, unitsOf } from './clip.ts'

/** One member of an ensemble: what a run says of each sequence, over its own classes. */
export interface Member {
  poseIds: readonly number[]
  sequences: ReadonlyMap<string, Float64Array>
}

/** Probability of a class that no member knows. */
export const unknownClassProbability = 1e-6

/** Smallest probability written. */
export const smallestProbability = 1e-15

export interface Combined {
  folder: string
  /** One per column, sums to 1; the same for every column when no member has the sequence. */
  probabilities: Float64Array
  predicted: boolean
  /** Probabilities that were raised to the smallest that is allowed. */
  clipped: number
}

/**
 * Mean of the members' probabilities per sequence, over the columns of a submission. Classes are matched by pose id: a member gives 0
 * to a class it does not know; a class no member knows gets 10⁻⁶; what members give to classes without a column is dropped. Each row
 * sums to 1 and has no probability below `clip`.
 * A member that says nothing of a sequence (all classes have the same probability) leaves it to the others.
 * @param columns pose id of each column; null for a column that is no pose id
 * @param folders sequences wanted; where several members are given, the mean is over those that have the sequence
 * @param clip at most 1 / columns
 */
export function combine(members: readonly Member[], columns: readonly (number | null)[], folders: readonly string[], clip = smallestProbability): Combined[] {
  const places = members.map(({ poseIds }) => {
    const indexOf = new Map(poseIds.map((poseId, index) => [poseId, index]))
    return columns.map((poseId) => (poseId === null ? -1 : (indexOf.get(poseId) ?? -1)))
  })
  const known = columns.map((_, column) => places.some((place) => (place[column] as number) >= 0))
  return folders.map((folder) => {
    const row = new Float64Array(columns.length)
    let predicted = false
    const rows = members.map(({ sequences }) => sequences.get(folder))
    const someTells = rows.some((probabilities) => probabilities && !saysNothing(probabilities))
    for (const [index, probabilities] of rows.entries()) {
      if (!probabilities || (someTells && saysNothing(probabilities))) continue
      predicted = true
      for (const [column, place] of (places[index] as number[]).entries()) row[column] = (row[column] as number) + (probabilities[place] ?? 0)
    }
    const total = row.reduce((sum, value) => sum + value, 0)
    if (!(total > 0)) return { folder, probabilities: row.fill(1 / columns.length), predicted, clipped: 0 }
    const shares = row.map((value, column) => (known[column] ? value / total : unknownClassProbability))
    const sum = shares.reduce((whole, value) => whole + value, 0)
    const { row: probabilities, raised } = raiseTo(shares.map((value) => value / sum), clip)
    return { folder, probabilities, predicted, clipped: raised }
  })
}

/**
 * A probability vector as plain decimals (no exponent) of at most 15 places, each at least `least`, whose decimal sum is exactly 1:
 * every value is rounded down to a whole number of 10⁻¹⁵, and the largest takes what is left over.
 * @param least at most 1 / length
 * @throws RangeError when a value is no probability
 */
export function decimals(probabilities: ArrayLike<number>, least = smallestProbability): string[] {
  const fewest = unitsOf(least)
  const whole = Array.from(probabilities, (value) => {
    if (!(value >= 0 && value <= 1 + 1e-9)) throw new RangeError(`${value} is not a probability`)
    return Math.max(fewest, Math.floor(value * units))
  })
  let left = units - whole.reduce((sum, unit) => sum + unit, 0)
  for (const index of topIndices(whole, whole.length)) {
    const given = Math.max(left, fewest - (whole[index] as number))
    whole[index] = (whole[index] as number) + given
    left -= given
  }
  return whole.map((unit) => (unit === units ? '1' : `0.${String(unit).padStart(15, '0').replace(/0+$/, '')}`))
}

/** Shares of the members in a blend. */
export interface Shares {
  /** One a member, sum 1. */
  weights: readonly number[]
  /** In place of these for single classes, by class index. */
  perClass: ReadonlyMap<number, readonly number[]>
}

/**
 * A row of a blend: p(c) ∝ Σₖ w(k, c) pₖ(c). What a member that says nothing would have had goes to the others.
 * @param rows one a member, [classes] probabilities; null where it says nothing
 * @returns sums to 1; equal probabilities where no member says anything
 */
export function mix(rows: readonly (Float64Array | null)[], { weights, perClass }: Shares, classes: number): Float64Array {
  const mixed = new Float64Array(classes)
  const shared = among(weights, rows)
  for (const [member, row] of rows.entries()) {
    const weight = shared[member] as number
    if (row && weight > 0) for (let index = 0; index < classes; index++) mixed[index] = (mixed[index] as number) + weight * (row[index] as number)
  }
  for (const [index, own] of perClass) {
    const shares = among(own, rows)
    mixed[index] = rows.reduce((sum, row, member) => sum + (row ? (shares[member] as number) * (row[index] as number) : 0), 0)
  }
  const total = mixed.reduce((sum, value) => sum + value, 0)
  return total > 0 ? mixed.map((value) => value / total) : mixed.fill(1 / classes)
}

/** Weights among those that say something, sum 1; the others' are 0. */
function among(weights: readonly number[], rows: readonly (Float64Array | null)[]): number[] {
  const given = weights.map((weight, member) => (rows[member] ? weight : 0))
  const total = given.reduce((sum, weight) => sum + weight, 0)
  if (total > 0) return given.map((weight) => weight / total)
  const speaking = rows.filter((row) => row !== null).length
  return rows.map((row) => (row ? 1 / speaking : 0))
}

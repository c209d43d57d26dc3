/** Steps at most; a pair of runs that hardly differ takes some thousands. */
const mostSteps = 50_000

/**
 * Convex weights of the members: those with the lowest mean of −ln Σₖ wₖ pₖ(answer), by expectation maximisation. The loss is convex, so that is the optimum.
 *
 * Of a row where a member says nothing, only the others are asked, by their shares among themselves: the row tells how these compare, and leaves the share of the silent one as it is.
 *
 * A handful of sequences would give a member all or nothing. So the weights are fitted together with a weak prior, a Dirichlet distribution towards
 * equal weights, as if each member had explained `pseudoCount` more sequences by itself.
 * @param rows [sequences × members] probability that a member gives the answer, above 0; null where it says nothing
 * @param pseudoCount sequences a member; 0: the optimum for the rows alone
 * @returns a weight for each member, sum 1
 */
export function fitWeights(rows: readonly (readonly (number | null)[])[], members: number, pseudoCount = 1): number[] {
  const telling = rows.filter((row) => row.some((probability) => probability !== null))
  let weights = Array.from({ length: members }, () => 1 / members)
  if (telling.length === 0) return weights
  for (let step = 0; step < mostSteps; step++) {
    const counts = Array.from(weights, () => pseudoCount)
    for (const row of telling) {
      let explained = 0
      let speaking = 0
      for (let member = 0; member < members; member++) {
        const probability = row[member] as number | null
        if (probability === null) continue
        explained += (weights[member] as number) * probability
        speaking += weights[member] as number
      }
      for (let member = 0; member < members; member++) {
        const probability = row[member] as number | null
        const weight = weights[member] as number
        counts[member] = (counts[member] as number) + (probability === null ? weight / speaking : (weight * probability) / explained)
      }
    }
    const total = counts.reduce((sum, count) => sum + count, 0)
    const next = counts.map((count) => count / total)
    const change = Math.max(...next.map((weight, member) => Math.abs(weight - (weights[member] as number))))
    weights = next
    if (change <= 1e-10) break
  }
  return weights
}

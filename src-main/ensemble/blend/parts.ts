/** Parts that sequences are dealt to where the folds of the runs cannot be used. */
const dealtParts = 5

/**
 * The parts of sequences that are scored by fits on the others: the folds, where all runs divide the sequences alike (whatever their numbers) and there
 * are two at least. Else the sequences are dealt to five parts, class by class in the order given, so the same sequences always make the same parts.
 * @param folds [runs][sequences]
 * @param answers class of each sequence
 */
export function partsOf(folds: readonly (readonly (number | null)[])[], answers: readonly number[]): { parts: number[]; foldsDiffer: boolean } {
  const [first = []] = folds
  const foldsDiffer = folds.some((other) => !alike(first, other))
  const numbers = [...new Set(first)]
  if (!foldsDiffer && numbers.length > 1) return { parts: first.map((fold) => numbers.indexOf(fold)), foldsDiffer }
  const dealt = answers.map((answer, sequence) => ({ answer, sequence })).sort((a, b) => a.answer - b.answer || a.sequence - b.sequence)
  const parts = answers.map(() => 0)
  for (const [turn, { sequence }] of dealt.entries()) parts[sequence] = turn % dealtParts
  return { parts, foldsDiffer }
}

/** Whether two numberings divide the same things alike. */
function alike(first: readonly (number | null)[], other: readonly (number | null)[]): boolean {
  const pairs = new Set(first.map((fold, sequence) => `${fold} ${other[sequence]}`))
  return pairs.size === new Set(first).size && pairs.size === new Set(other).size
}

import { saysNothing } from '../evaluate/metrics.ts'

/** What a run says, over its own classes. */
export interface RunSays {
  poseIds: readonly number[]
  probabilities: ArrayLike<number>
}

/** All classes of some runs, ascending. */
export const unionOf = (classes: readonly (readonly number[])[]): number[] => [...new Set(classes.flat())].sort((a, b) => a - b)

/**
 * The mean of what runs say, over `poseIds`: a run gives 0 to a class that it does not know, and one that says nothing (all classes alike) leaves the answer to the others; sums to 1.
 * @returns null when none says anything
 */
export function meanOverRuns(said: readonly RunSays[], poseIds: readonly number[]): Float64Array | null {
  const telling = said.filter(({ probabilities }) => !saysNothing(probabilities))
  if (telling.length === 0) return null
  const indexOf = new Map(poseIds.map((poseId, index) => [poseId, index]))
  const mean = new Float64Array(poseIds.length)
  for (const { poseIds: own, probabilities } of telling) for (const [index, poseId] of own.entries()) mean[indexOf.get(poseId)!]! += probabilities[index]!
  const sum = mean.reduce((total, value) => total + value, 0)
  return sum > 0 ? mean.map((value) => value / sum) : null
}

import type { Confusion } from '../contract/evaluate.ts'
import { averageLinkage, clustersBelow } from './linkage.ts'
import type { ReviewData } from './reviewData.ts'
import type { ScoredRows } from './scoredRun.ts'

/** Classes hang together where those of a cluster give each other this share of their probability on average, a class to a class. */
export const togetherFrom = 0.1

/** Which classes are taken for which, and classes in an order in which those taken for each other stand side by side. */
export function confusion(data: ReviewData, rows: ScoredRows, handOf: (poseId: number) => string): Confusion {
  const { run, name, lookAlike } = data
  const cells = new Map<number, { answer: number; predicted: number; count: number; sum: number }>()
  const counts = new Map<number, number>()
  for (let row = 0; row < rows.length; row++) {
    const answer = run.answerPoseIds[rows.sequence[row]!]!
    const key = answer * run.poseIds.length + rows.predicted[row]!
    let cell = cells.get(key)
    if (!cell) cells.set(key, (cell = { answer, predicted: run.poseIds[rows.predicted[row]!]!, count: 0, sum: 0 }))
    cell.count++
    cell.sum += rows.logLoss[row]!
  }
  for (const { answer, predicted, count } of cells.values()) {
    counts.set(answer, (counts.get(answer) ?? 0) + count)
    counts.set(predicted, counts.get(predicted) ?? 0)
  }
  const classes = [...counts.keys()].sort((a, b) => a - b)
  const { order, clusters } = arranged(data, rows, classes)
  return {
    cells: [...cells.values()]
      .map(({ answer, predicted, count, sum }) => ({ answer, predicted, count, logLoss: sum / count, lookAlike: lookAlike(answer, predicted) }))
      .sort((a, b) => a.answer - b.answer || a.predicted - b.predicted),
    classes: classes.map((poseId) => ({ poseId, name: name(poseId), hand: handOf(poseId), count: counts.get(poseId)! })),
    order,
    clusters,
  }
}

/**
 * Two classes are as similar as the mean of what the rows of each give the other, and as far apart as 1 less that. What a class without rows, or one
 * that the run does not know, gives or gets is 0.
 */
function arranged({ run }: ReviewData, rows: ScoredRows, classes: readonly number[]): Pick<Confusion, 'order' | 'clusters'> {
  const given = meanGiven(run.answerPoseIds, rows, classes, run.poseIds)
  const distances = new Float64Array(classes.length ** 2)
  for (let a = 0; a < classes.length; a++)
    for (let b = 0; b < classes.length; b++) if (a !== b) distances[a * classes.length + b] = 1 - (given[a * classes.length + b]! + given[b * classes.length + a]!) / 2
  const dendrogram = averageLinkage(distances, classes.length)
  const poseIds = (items: readonly number[]): number[] => items.map((item) => classes[item]!)
  return { order: poseIds(dendrogram.order), clusters: clustersBelow(dendrogram, 1 - togetherFrom).map(poseIds) }
}

/** classes × classes: mean probability that the rows of a class give each class. */
function meanGiven(answers: Int32Array, rows: ScoredRows, classes: readonly number[], poseIds: readonly number[]): Float64Array {
  const placeOf = new Map(classes.map((poseId, place) => [poseId, place]))
  const columns = classes.map((poseId) => poseIds.indexOf(poseId))
  const sums = new Float64Array(classes.length * poseIds.length)
  const counts = new Int32Array(classes.length)
  for (let row = 0; row < rows.length; row++) {
    const place = placeOf.get(answers[rows.sequence[row]!]!)!
    const probabilities = rows.probabilities(row)
    for (let index = 0; index < poseIds.length; index++) sums[place * poseIds.length + index]! += probabilities[index]!
    counts[place]!++
  }
  return Float64Array.from({ length: classes.length ** 2 }, (_, cell) => {
    const place = Math.floor(cell / classes.length)
    const column = columns[cell % classes.length]!
    return column < 0 || counts[place] === 0 ? 0 : sums[place * poseIds.length + column]! / counts[place]!
  })
}

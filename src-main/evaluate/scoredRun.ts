import type { ReviewLevel } from '../contract/evaluate.ts'
import { argMax, meanProbabilities, negativeLogLikelihood } from './metrics.ts'
import type { PredictionTable } from './predictionTable.ts'

/** Rows of a level, column by column, in the order of sequence and frame. Classes are positions among the run's pose ids. */
export interface ScoredRows {
  level: ReviewLevel
  length: number
  /** Position of the row's sequence among the run's answered sequences. */
  sequence: Int32Array
  /** Frame numbers; null: the rows are sequences. */
  frame: Int32Array | null
  fold: Int32Array
  predicted: Int32Array
  /** Probability of the predicted class, and of the answer (0 where the run does not know it). */
  confidence: Float64Array
  answerProbability: Float64Array
  logLoss: Float64Array
  /** Sum of the log loss over the rows. */
  total: number
  /** One probability per pose id of the run; shared with the table. */
  probabilities(row: number): Float32Array | Float64Array
}

/** A run's out-of-fold predictions against the answers. Sequences without an answer are left out. */
export interface ScoredRun {
  poseIds: readonly number[]
  /** Of each answered sequence: folder, pose id and class of the answer (−1: the run does not know it), number of frames. */
  folders: readonly string[]
  answerPoseIds: Int32Array
  answers: Int32Array
  frameCounts: Int32Array
  sequences: ScoredRows
  readonly frames: ScoredRows
  /** A sequence's mean over the frames that one fold predicted. */
  foldMean(sequence: number, fold: number): ArrayLike<number>
}

/**
 * Scores a table against answers.
 * @param answers pose id of each of the table's sequences; null: it has none and is left out
 */
export function scoreRun(table: PredictionTable, answers: readonly (number | null)[]): ScoredRun {
  const { poseIds, first } = table
  const classOf = new Map(poseIds.map((poseId, index) => [poseId, index]))
  const kept = Int32Array.from(table.folders.keys()).filter((sequence) => answers[sequence] !== null)
  const answerPoseIds = kept.map((sequence) => answers[sequence] as number)
  const classes = answerPoseIds.map((poseId) => classOf.get(poseId) ?? -1)
  const mean = (sequence: number): Float64Array => table.means.subarray(kept[sequence]! * poseIds.length, (kept[sequence]! + 1) * poseIds.length)
  let frames: ScoredRows | null = null
  return {
    poseIds,
    folders: Array.from(kept, (sequence) => table.folders[sequence] as string),
    answerPoseIds,
    answers: classes,
    frameCounts: kept.map((sequence) => table.frameCounts[sequence]!),
    sequences: scoreSequences(kept, classes, table, mean),
    get frames() {
      return (frames ??= scoreFrames(kept, classes, table))
    },
    foldMean(sequence, fold) {
      const [from, to] = [first[kept[sequence]!]!, first[kept[sequence]! + 1]!]
      const rows = Array.from({ length: to - from }, (_, index) => from + index).filter((row) => table.fold[row] === fold)
      return rows.length === to - from ? mean(sequence) : meanProbabilities(rows.map((row) => table.probabilities(row)))
    },
  }
}

function scoreSequences(kept: Int32Array, classes: Int32Array, { sequenceFold }: PredictionTable, mean: (sequence: number) => Float64Array): ScoredRows {
  const rows: ScoredRows = {
    level: 'sequence', sequence: Int32Array.from(kept.keys()), frame: null, fold: kept.map((sequence) => sequenceFold[sequence]!), probabilities: mean,
    ...emptyScores(kept.length),
  }
  for (let row = 0; row < rows.length; row++) scoreRow(rows, row, classes[row]!, mean(row))
  rows.total = sumOf(rows.logLoss)
  return rows
}

function scoreFrames(kept: Int32Array, classes: Int32Array, table: PredictionTable): ScoredRows {
  const sequence = new Int32Array(table.frame.length)
  const place = new Int32Array(table.frame.length)
  let length = 0
  for (let index = 0; index < kept.length; index++)
    for (let row = table.first[kept[index]!]!; row < table.first[kept[index]! + 1]!; row++) {
      sequence[length] = index
      place[length++] = row
    }
  const places = place.subarray(0, length)
  const rows: ScoredRows = {
    level: 'frame', sequence: sequence.subarray(0, length), frame: places.map((row) => table.frame[row]!), fold: places.map((row) => table.fold[row]!),
    probabilities: (row) => table.probabilities(places[row]!),
    ...emptyScores(length),
  }
  for (let row = 0; row < length; row++) {
    rows.predicted[row] = table.predicted[places[row]!]!
    rows.confidence[row] = table.confidence[places[row]!]!
    rows.answerProbability[row] = table.probabilityOf(places[row]!, classes[sequence[row]!]!)
    rows.logLoss[row] = negativeLogLikelihood(rows.answerProbability[row]!)
  }
  rows.total = sumOf(rows.logLoss)
  return rows
}

const emptyScores = (length: number) => ({ length, predicted: new Int32Array(length), confidence: new Float64Array(length), answerProbability: new Float64Array(length), logLoss: new Float64Array(length), total: 0 })

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

function scoreRow(rows: ScoredRows, row: number, answer: number, probabilities: ArrayLike<number>): void {
  const predicted = argMax(probabilities)
  rows.predicted[row] = predicted
  rows.confidence[row] = probabilities[predicted] ?? 0
  rows.answerProbability[row] = probabilities[answer] ?? 0
  rows.logLoss[row] = negativeLogLikelihood(rows.answerProbability[row]!)
}

/** The rows with other probabilities for some of them. */
export function withProbabilities(rows: ScoredRows, answers: Int32Array, changed: ReadonlyMap<number, Float64Array>): ScoredRows {
  const after: ScoredRows = {
    ...rows, predicted: rows.predicted.slice(), confidence: rows.confidence.slice(), answerProbability: rows.answerProbability.slice(), logLoss: rows.logLoss.slice(),
    probabilities: (row) => changed.get(row) ?? rows.probabilities(row),
  }
  for (const [row, probabilities] of changed) scoreRow(after, row, answers[rows.sequence[row]!]!, probabilities)
  after.total = sumOf(after.logLoss)
  return after
}

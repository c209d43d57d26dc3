import type { EvaluationSummary, Score } from '../contract/evaluate.ts'
import { comparedScores } from './comparedScores.ts'
import { argMax, negativeLogLikelihood, saysNothing } from './metrics.ts'
import type { ReviewData } from './reviewData.ts'
import type { ScoredRows, ScoredRun } from './scoredRun.ts'

const worstCounted = 10

/**
 * Scores of a run by fold, class and altogether. A fold's sequences are scored by the frames that the fold predicted.
 * @param other the run that the data compare it with
 */
export function summaryOf(runId: number, { run, labels, afterRules, causes, name, against }: ReviewData, other: { runId: number; name: string } | null): EvaluationSummary {
  const { sequences, frames, answers, answerPoseIds } = run
  const frameScores = scoresBy(frames, answers, (row) => frames.fold[row]!)
  const foldScores = sequenceScoresByFold(run)
  const classScores = scoresBy(sequences, answers, (sequence) => answerPoseIds[sequence]!)
  const losses = sequences.logLoss.toSorted().reverse()
  return {
    runId,
    folds: [...frameScores].map(([fold, frame]) => ({ fold, frame, sequence: foldScores.get(fold)! })),
    frame: onlyScore(scoresBy(frames, answers, () => 0)),
    sequence: onlyScore(scoresBy(sequences, answers, () => 0)),
    afterRules: afterRules && onlyScore(scoresBy(afterRules.rows, answers, () => 0)),
    perClass: [...classScores].map(([poseId, { logLoss, accuracy, count }]) => ({ poseId, name: name(poseId), logLoss, accuracy, sequences: count })),
    chance: Math.log(run.poseIds.length),
    classes: run.poseIds.length,
    topTenShare: sequences.total > 0 ? losses.subarray(0, worstCounted).reduce((sum, loss) => sum + loss, 0) / sequences.total : 0,
    labelIssues: labels.suggested.filter((suggested) => suggested >= 0).length,
    triaged: run.folders.filter((folder) => causes.has(folder)).length,
    unknown: run.folders.filter((_, sequence) => saysNothing(sequences.probabilities(sequence))).length,
    against: other && against && { ...other, ...comparedScores(against) },
  }
}

/** Sums of scores under keys. */
function tally() {
  const sums = new Map<number, { loss: number; right: number; count: number }>()
  return {
    add(key: number, loss: number, right: boolean): void {
      let sum = sums.get(key)
      if (!sum) sums.set(key, (sum = { loss: 0, right: 0, count: 0 }))
      sum.loss += loss
      sum.right += Number(right)
      sum.count++
    },
    /** In the order of the keys. */
    scores: () => new Map([...sums].sort(([a], [b]) => a - b).map(([key, { loss, right, count }]): [number, Score] => [key, { logLoss: loss / count, accuracy: right / count, count }])),
  }
}

function scoresBy(rows: ScoredRows, answers: Int32Array, keyOf: (row: number) => number): Map<number, Score> {
  const { add, scores } = tally()
  for (let row = 0; row < rows.length; row++) add(keyOf(row), rows.logLoss[row]!, rows.predicted[row] === answers[rows.sequence[row]!])
  return scores()
}

const onlyScore = (scores: ReadonlyMap<number, Score>): Score => scores.get(0)!

/** Scores of a fold's sequences by the frames that the fold predicted. */
function sequenceScoresByFold(run: ScoredRun): Map<number, Score> {
  const { add, scores } = tally()
  const { frames, answers } = run
  for (let from = 0, to = 0; from < frames.length; from = to) {
    const sequence = frames.sequence[from]!
    while (to < frames.length && frames.sequence[to] === sequence) to++
    for (const fold of new Set(frames.fold.subarray(from, to))) {
      const probabilities = run.foldMean(sequence, fold)
      add(fold, negativeLogLikelihood(probabilities[answers[sequence]!] ?? 0), argMax(probabilities) === answers[sequence])
    }
  }
  return scores()
}

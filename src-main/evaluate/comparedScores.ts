import type { EvaluationSummary, Score } from '../contract/evaluate.ts'
import type { Comparison } from './comparison.ts'
import { negativeLogLikelihood } from './metrics.ts'
import type { ScoredRun } from './scoredRun.ts'

type RowScore = { logLoss: number; right: boolean }

/** Scores of two runs, and of the mean of their probabilities, over the sequences that both predicted; 0 of 0 where there is none. */
export function comparedScores(comparison: Comparison): Omit<NonNullable<EvaluationSummary['against']>, 'runId' | 'name'> {
  const { own, other, sequences: { place, differs } } = comparison
  const common = Array.from(place.keys()).filter((sequence) => place[sequence]! >= 0)
  return {
    sequences: common.length,
    disagreements: differs.reduce((sum, each) => sum + each, 0),
    own: scoreOf(common.map((sequence) => ofRun(own, sequence))),
    other: scoreOf(common.map((sequence) => ofRun(other, place[sequence]!))),
    both: scoreOf(common.map((sequence) => ofMean(comparison, sequence))),
  }
}

const ofRun = ({ sequences, answers }: ScoredRun, sequence: number): RowScore => ({ logLoss: sequences.logLoss[sequence]!, right: sequences.predicted[sequence] === answers[sequence] })

/** A sequence by the mean of both runs' probabilities, over the classes of both. */
function ofMean({ own, other, classes: { inOther, onlyOther }, sequences: { place } }: Comparison, sequence: number): RowScore {
  const [ours, theirs] = [own.sequences.probabilities(sequence), other.sequences.probabilities(place[sequence]!)]
  const answerPoseId = own.answerPoseIds[sequence]!
  let [predicted, most, given] = [-1, -1, 0]
  const meet = (poseId: number, probability: number): void => {
    if (probability > most) [predicted, most] = [poseId, probability]
    if (poseId === answerPoseId) given = probability
  }
  for (let index = 0; index < inOther.length; index++) meet(own.poseIds[index]!, (ours[index]! + (theirs[inOther[index]!] ?? 0)) / 2)
  for (const index of onlyOther) meet(other.poseIds[index]!, theirs[index]! / 2)
  return { logLoss: negativeLogLikelihood(given), right: predicted === answerPoseId }
}

function scoreOf(rows: readonly RowScore[]): Score {
  const count = rows.length
  const over = Math.max(1, count)
  return { logLoss: rows.reduce((sum, { logLoss }) => sum + logLoss, 0) / over, accuracy: rows.filter(({ right }) => right).length / over, count }
}

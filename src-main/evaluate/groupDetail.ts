import { HandloomError } from '../contract/errors.ts'
import type { SequenceSummary } from '../contract/dataset.ts'
import type { GroupDetail } from '../contract/evaluate.ts'
import { groupRow } from './groupRows.ts'
import { negativeLogLikelihood, topIndices } from './metrics.ts'
import type { PredictionTable } from './predictionTable.ts'
import type { ReviewData } from './reviewData.ts'

const topClasses = 5
const mostExamples = 24

/**
 * A sequence frame by frame, with sequences of the class it is taken for: first those that the run predicts best, then those it has not validated.
 * @throws HandloomError `not-found` when the run has not validated it, or it has no answer
 */
export function groupDetail(runId: number, data: ReviewData, table: PredictionTable, training: readonly SequenceSummary[], group: string): GroupDetail {
  const { run, name } = data
  const sequence = run.folders.indexOf(group)
  if (sequence < 0) throw new HandloomError('not-found', `Run ${runId} has no out-of-fold predictions for ${group}. Its fold may not be trained yet.`)
  const row = groupRow(data, run.sequences, sequence)
  const top = (probabilities: ArrayLike<number>): GroupDetail['top'] =>
    topIndices(probabilities, topClasses).map((index) => ({ poseId: run.poseIds[index]!, name: name(run.poseIds[index]!), probability: probabilities[index]! }))
  const own = table.indexOf.get(group)!
  const rows = Array.from({ length: table.first[own + 1]! - table.first[own]! }, (_, index) => table.first[own]! + index)
  return {
    ...row,
    top: top(run.sequences.probabilities(sequence)),
    frameRows: rows.map((place) => {
      const probabilities = table.probabilities(place)
      const answerProbability = probabilities[run.answers[sequence]!] ?? 0
      return { frame: table.frame[place]!, logLoss: negativeLogLikelihood(answerProbability), answerProbability, top: top(probabilities) }
    }),
    examples: { poseId: row.predictedPoseId, name: row.predictedName, folders: examplesOf(data, training, row.predictedPoseId, group) },
  }
}

function examplesOf({ run }: ReviewData, training: readonly SequenceSummary[], poseId: number, except: string): string[] {
  const losses = new Map(run.folders.flatMap((folder, sequence) => (run.answerPoseIds[sequence] === poseId ? [[folder, run.sequences.logLoss[sequence]!] as const] : [])))
  return training
    .filter((summary) => summary.poseId === poseId && summary.folder !== except)
    .map(({ folder }) => ({ folder, loss: losses.get(folder) ?? Number.MAX_VALUE }))
    .sort((a, b) => a.loss - b.loss)
    .slice(0, mostExamples)
    .map(({ folder }) => folder)
}

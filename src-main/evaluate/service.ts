import { HandloomError } from '../contract/errors.ts'
import type { ConfusionCell, EvaluationSummary, GroupDetail, GroupQuery, GroupRow, Score } from '../contract/evaluate.ts'
import type { Emit } from '../contract/events.ts'
import type { CropRoom, DatasetRoom, EvaluateRoom } from '../contract/rooms.ts'
import type { SequenceSummary } from '../contract/dataset.ts'
import type { Db } from '../db/open.ts'
import { lookAlike, type LookAlikeContext } from './lookAlike.ts'
import { accuracy, argMax, logLoss, meanProbabilities, negativeLogLikelihood, topIndices } from './metrics.ts'
import { loadPredictions, storedPoseIds, storePredictions, type PredictedSequence, type PredictionPart, type PredictionTable } from './predictionTable.ts'
import { queryGroups } from './review.ts'

/** Tables of predictions kept in memory at once (a run of the contest's size takes about 5 MB). */
const keptTables = 12
const framesTop = 5

/** A predicted training sequence with its answer. */
interface Answered {
  sequence: PredictedSequence
  summary: SequenceSummary
  poseId: number
  /** Index of the answer in the run's classes; −1 when the run does not know it. */
  answer: number
}

/**
 * The evaluate room: keeps what runs predicted, frame by frame, and scores the out-of-fold part against the data set's answers.
 * Scores of a sequence are those of the mean of its frames' probabilities. Sequences that have no answer any more are left out.
 */
export function createEvaluate(deps: { db: Db; dataset: DatasetRoom; crop: CropRoom; emit: Emit }) {
  const { db, dataset, crop, emit } = deps
  const tables = new Map<string, PredictionTable>()

  let written = 0

  const table = (runId: number, part: PredictionPart): PredictionTable => {
    // Another process writes here: what it predicted since is read anew.
    if (db.readonly && written !== (written = db.pragma('data_version', { simple: true }) as number)) tables.clear()
    const key = `${runId}/${part}`
    const known = tables.get(key)
    tables.delete(key)
    const loaded = known ?? loadPredictions(db, runId, part)
    tables.set(key, loaded)
    for (const oldest of tables.keys()) {
      if (tables.size <= keptTables) break
      tables.delete(oldest)
    }
    return loaded
  }

  const answered = (runId: number): { poseIds: number[]; rows: Answered[] } => {
    const { poseIds, sequences } = table(runId, 'validation')
    const indexOf = new Map(poseIds.map((poseId, index) => [poseId, index]))
    const summaries = new Map(dataset.summaries('train').map((summary) => [summary.folder, summary]))
    const rows = sequences.flatMap((sequence): Answered[] => {
      const summary = summaries.get(sequence.folder)
      if (!summary || summary.poseId === null) return []
      return [{ sequence, summary, poseId: summary.poseId, answer: indexOf.get(summary.poseId) ?? -1 }]
    })
    if (rows.length === 0)
      throw new HandloomError('not-found', `Run ${runId} has no out-of-fold predictions yet. Train at least one of its folds to the end.`)
    return { poseIds, rows }
  }

  const names = (): ((poseId: number) => string) => {
    const known = new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))
    return (poseId) => known.get(poseId) || String(poseId)
  }

  const lookAlikes = (name: (poseId: number) => string): LookAlikeContext => {
    const poseIds = dataset.poseIds()
    const flipPartner = new Map<number, number>()
    for (const [index, target] of crop.flipTargets().entries()) {
      const from = poseIds[index]
      const to = poseIds[target]
      if (from !== undefined && to !== undefined) flipPartner.set(from, to)
    }
    return { flipPartner, name }
  }

  const groupRows = (runId: number): { poseIds: number[]; name: (poseId: number) => string; rows: GroupRow[] } => {
    const { poseIds, rows } = answered(runId)
    const name = names()
    const context = lookAlikes(name)
    const losses = rows.map(({ sequence, answer }) => negativeLogLikelihood(sequence.mean[answer] ?? 0))
    const total = losses.reduce((sum, loss) => sum + loss, 0)
    return {
      poseIds,
      name,
      rows: rows.map(({ sequence, summary, poseId, answer }, row) => {
        const predicted = argMax(sequence.mean)
        const predictedPoseId = poseIds[predicted] as number
        const loss = losses[row] as number
        return {
          group: sequence.folder,
          answerName: name(poseId),
          poseId,
          logLoss: loss,
          predictedPoseId,
          predictedName: name(predictedPoseId),
          confidence: sequence.mean[predicted] as number,
          answerProbability: sequence.mean[answer] ?? 0,
          frames: sequence.frameCount,
          fold: sequence.fold as number,
          actor: summary.actor,
          hand: summary.hand,
          share: total > 0 ? loss / total : 0,
          lookAlike: lookAlike(poseId, predictedPoseId, context),
        }
      }),
    }
  }

  const top = (probabilities: ArrayLike<number>, poseIds: readonly number[], name: (poseId: number) => string) =>
    topIndices(probabilities, framesTop).map((index) => {
      const poseId = poseIds[index] as number
      return { poseId, name: name(poseId), probability: probabilities[index] as number }
    })

  return {
    store(input) {
      storePredictions(db, input)
      for (const part of ['validation', 'test']) tables.delete(`${input.runId}/${part}`)
      emit({ type: 'evaluation', runId: input.runId })
    },

    sequenceProbabilities(runId, part) {
      return table(runId, part).sequences.map(({ folder, fold, mean, frameCount }) => ({ folder, fold, probabilities: mean.slice(), frames: frameCount }))
    },

    runPoseIds(runId) {
      const poseIds = storedPoseIds(db, runId)
      if (!poseIds) throw new HandloomError('not-found', `Run ${runId} has no predictions yet. Train at least one of its folds to the end.`)
      return poseIds
    },

    summary({ runId }): EvaluationSummary {
      const { poseIds, rows } = answered(runId)
      const name = names()
      const frames = rows.flatMap(({ sequence, answer }) => sequence.frames.map(({ fold, probabilities }) => ({ fold, answer, probabilities })))
      const ofFold = rows.flatMap(({ sequence, answer }) =>
        [...Map.groupBy(sequence.frames, ({ fold }) => fold)].map(([fold, own]) => ({
          fold,
          answer,
          probabilities: meanProbabilities(own.map(({ probabilities }) => probabilities)),
        })),
      )
      const folds = [...new Set(frames.map(({ fold }) => fold))].sort((a, b) => a - b)
      const whole = rows.map(({ sequence, answer }) => ({ answer, probabilities: sequence.mean }))
      const losses = whole.map(({ answer, probabilities }) => negativeLogLikelihood(probabilities[answer] ?? 0)).sort((a, b) => b - a)
      const total = losses.reduce((sum, loss) => sum + loss, 0)
      const perClass = [...Map.groupBy(rows, ({ poseId }) => poseId)]
        .sort(([a], [b]) => a - b)
        .map(([poseId, own]) => {
          const { logLoss, accuracy, count } = score(own.map(({ sequence, answer }) => ({ answer, probabilities: sequence.mean })))
          return { poseId, name: name(poseId), logLoss, accuracy, sequences: count }
        })
      return {
        runId,
        folds: folds.map((fold) => ({
          fold,
          frame: score(frames.filter((row) => row.fold === fold)),
          sequence: score(ofFold.filter((row) => row.fold === fold)),
        })),
        frame: score(frames),
        sequence: score(whole),
        perClass,
        chance: Math.log(poseIds.length),
        classes: poseIds.length,
        topTenShare: total > 0 ? losses.slice(0, 10).reduce((sum, loss) => sum + loss, 0) / total : 0,
      }
    },

    groups(query: GroupQuery): GroupRow[] {
      return queryGroups(groupRows(query.runId).rows, query)
    },

    group({ runId, group }): GroupDetail {
      const { poseIds, name, rows } = groupRows(runId)
      const row = rows.find((candidate) => candidate.group === group)
      const sequence = table(runId, 'validation').byFolder.get(group)
      if (!row || !sequence)
        throw new HandloomError('not-found', `Run ${runId} has no out-of-fold predictions for ${group}. Its fold may not be trained yet.`)
      const answer = poseIds.indexOf(row.poseId)
      return {
        ...row,
        top: top(sequence.mean, poseIds, name),
        frameRows: sequence.frames.map(({ frame, probabilities }) => ({
          frame,
          logLoss: negativeLogLikelihood(probabilities[answer] ?? 0),
          answerProbability: probabilities[answer] ?? 0,
          top: top(probabilities, poseIds, name),
        })),
      }
    },

    confusion({ runId }): ConfusionCell[] {
      const cells = Map.groupBy(groupRows(runId).rows, ({ poseId, predictedPoseId }) => `${poseId}/${predictedPoseId}`)
      return [...cells.values()]
        .map((rows) => {
          const [{ poseId, predictedPoseId }] = rows as [GroupRow]
          return { answer: poseId, predicted: predictedPoseId, count: rows.length, logLoss: rows.reduce((sum, row) => sum + row.logLoss, 0) / rows.length }
        })
        .sort((a, b) => a.answer - b.answer || a.predicted - b.predicted)
    },
  } satisfies EvaluateRoom
}

function score(rows: readonly { answer: number; probabilities: ArrayLike<number> }[]): Score {
  const probabilities = rows.map((row) => row.probabilities)
  const answers = rows.map(({ answer }) => answer)
  return { logLoss: logLoss(probabilities, answers), accuracy: accuracy(probabilities, answers), count: rows.length }
}

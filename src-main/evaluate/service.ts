import { HandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { CropRoom, DatasetRoom, EvaluateRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { breakdown } from './breakdown.ts'
import { calibration } from './calibration.ts'
import { confusion } from './confusion.ts'
import { createCurrentReview } from './currentReview.ts'
import { createExplanations } from './explanations/service.ts'
import { groupDetail } from './groupDetail.ts'
import { groupPage, groupRow } from './groupRows.ts'
import { carryPredictions, storedPoseIds, storePredictions } from './predictionStore.ts'
import { rowsOf } from './reviewData.ts'
import { createSequences } from './sequences.ts'
import { summaryOf } from './summary.ts'
import { createTableCache } from './tableCache.ts'
import { createTriage } from './triage.ts'
import { triageText } from './triageFile.ts'
import { storedViews } from './viewBlocks.ts'
import { createViews } from './views.ts'

/**
 * The evaluate room: keeps what runs predicted, frame by frame, and scores the out-of-fold part against the data set's answers.
 * Scores of a sequence are those of the mean of its frames' probabilities. Sequences that have no answer any more are left out.
 * @param deps `runName`: what a run is called, for who reads a comparison with it
 */
export function createEvaluate(deps: { db: Db; dataset: DatasetRoom; crop: CropRoom; emit: Emit; runName?: (runId: number) => string }) {
  const { db, dataset, crop, emit, runName = () => '' } = deps
  const { table, forget } = createTableCache(db)
  const { entries, ...triage } = createTriage({ db, dataset, emit })
  const review = createCurrentReview({ db, dataset, crop, table: (runId) => table(runId, 'validation'), causes: entries })
  const { storeExplanations, carryExplanations, neighbours, activation, embeddingMap, cancelEmbeddingMap, close } = createExplanations({
    db, dataset, emit, names: review.names,
    foldOf(runId, group) {
      const { indexOf, sequenceFold } = table(runId, 'validation')
      const sequence = indexOf.get(group)
      return sequence === undefined ? null : (sequenceFold[sequence] as number)
    },
    validatedBy(runId, fold) {
      const validated = table(runId, 'validation')
      return new Set(validated.folders.filter((_, sequence) => validated.fold.subarray(validated.first[sequence], validated.first[sequence + 1]).includes(fold)))
    },
  })

  return {
    ...createViews({ db, emit }),
    ...createSequences({ dataset, crop, table }),
    ...triage,
    storeExplanations, neighbours, activation, embeddingMap, cancelEmbeddingMap, close,
    setRules: review.setRules,

    store(input) {
      storePredictions(db, input)
      forget(input.runId)
      emit({ type: 'evaluation', runId: input.runId })
    },

    storedViews: (runId) => storedViews(db, runId),

    carryOver({ from, to, fold }) {
      db.transaction(() => {
        carryPredictions(db, { from, to, fold })
        carryExplanations(from, to, fold)
      })()
      forget(to)
      emit({ type: 'evaluation', runId: to })
    },

    runPoseIds(runId) {
      const poseIds = storedPoseIds(db, runId)
      if (!poseIds) throw new HandloomError('not-found', `Run ${runId} has no predictions yet. Train at least one of its folds to the end.`)
      return poseIds
    },

    summary: ({ runId, against }) => summaryOf(runId, review.of(runId, against), against === undefined ? null : { runId: against, name: runName(against) }),
    groups: (query) => groupPage(review.of(query.runId, query.against), query),
    group: ({ runId, group, against }) => groupDetail(runId, review.of(runId, against), table(runId, 'validation'), dataset.summaries('train'), group),
    breakdown: ({ runId, ...how }) => breakdown(review.of(runId), how),

    confusion({ runId, level, afterRules }) {
      const data = review.of(runId)
      const hands = new Map(dataset.classRows().map(({ poseId, hand }) => [poseId, hand]))
      return confusion(data, rowsOf(data, level, afterRules), (poseId) => hands.get(poseId) ?? 'unknown')
    },

    calibration({ runId, level, bins }) {
      const data = review.of(runId)
      return calibration(rowsOf(data, level, false), data.run.answers, bins)
    },

    exportTriage({ runId, format }) {
      const data = review.of(runId)
      const places = new Map(data.run.folders.map((folder, sequence) => [folder, sequence]))
      const rows = triage.triage().map((entry) => {
        const sequence = places.get(entry.folder)
        return { entry, row: sequence === undefined ? null : groupRow(data, data.run.sequences, sequence) }
      })
      return { name: `triage-run-${runId}.${format}`, text: triageText(rows, format) }
    },
  } satisfies EvaluateRoom
}

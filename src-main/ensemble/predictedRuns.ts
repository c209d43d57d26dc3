import type { SubmitOptions } from '../contract/ensemble.ts'
import { HandloomError } from '../contract/errors.ts'
import type { CropRoom, EnsembleRoom, EvaluateRoom, SequenceWay, TrainRoom } from '../contract/rooms.ts'
import type { Run } from '../contract/train.ts'
import { poolFrames } from '../evaluate/pooling.ts'
import type { OutOfFold } from './blendRuns.ts'
import { requireCommonClasses } from './classTables.ts'
import { hasViews, otherViews, requireKnownViews } from './ways/views.ts'

/** How frames and folds are put together. */
export type Way = Pick<SubmitOptions, 'pooling' | 'folds' | 'views'>

/** A run with what it predicts, one row a sequence. */
export interface PredictedRun extends OutOfFold {
  test: {
    poseIds: readonly number[]
    rows: { folder: string; probabilities: Float64Array }[]
    /** Frames that could not be looked at. */
    failures: { folder: string; frame: number; reason: string }[]
  }
  /** Share of each finished fold in the test rows, sum 1. */
  shares: { fold: number; weight: number }[]
}

/** Reads what runs predict; what is not stored is predicted first. */
export function createPredictedRuns(deps: {
  evaluate: EvaluateRoom
  train: TrainRoom
  crop: Pick<CropRoom, 'frameQuality'>
  predictViews: EnsembleRoom['predictViews']
}) {
  const { evaluate, train, crop, predictViews } = deps
  const stores = ({ id }: Run, part: 'validation' | 'test'): boolean => evaluate.sequenceProbabilities(id, part).length > 0

  /** The runs by number, or the newest that predicted the test frames, or the newest with a finished fold. */
  const chosenRuns = async (ids: readonly number[]): Promise<Run[]> => {
    if (ids.length > 0) return Promise.all([...new Set(ids)].map((id) => train.run({ id })))
    const runs = [...(await train.runs())].sort((a, b) => b.id - a.id)
    const newest = runs.find((run) => stores(run, 'test')) ?? runs.find(({ folds }) => folds.some(({ state }) => state === 'done'))
    if (!newest) throw new HandloomError('conflict', 'No run has finished a fold yet, so there is nothing to submit. Train a fold to the end first.')
    return [newest]
  }

  const outOfFold = (run: Run, way: SequenceWay = {}): OutOfFold => {
    const rows = stores(run, 'validation') ? evaluate.sequenceProbabilities(run.id, 'validation', way) : []
    return { run, poseIds: rows.length > 0 ? evaluate.runPoseIds(run.id) : [], rows }
  }

  const testRows = async (run: Run, { pooling, folds, views }: Way): Promise<PredictedRun['test']> => {
    if (stores(run, 'test')) return { poseIds: evaluate.runPoseIds(run.id), rows: evaluate.sequenceProbabilities(run.id, 'test', { pooling, folds, views: otherViews(run, views ?? null) }), failures: [] }
    if (folds !== 'equal') throw new HandloomError('conflict', `What the folds of run ${run.id} say of the test frames is not stored one by one, so none can be weighted or chosen. Let all folds count the same, or train the run again.`)
    const { poseIds, rows, failures } = await train.predict({ runId: run.id, part: 'test', ...(views && { views }) })
    const sequences = [...Map.groupBy(rows, ({ folder }) => folder)].map(([folder, frames]) => {
      const quality = pooling === 'quality' ? crop.frameQuality(folder) : null
      return { folder, probabilities: poolFrames(frames.map(({ probabilities }) => probabilities), pooling, quality ? frames.map(({ frame }) => quality.get(frame) ?? 0) : undefined) }
    })
    return { poseIds, rows: sequences, failures }
  }

  const sharesOf = (run: Run, { pooling, folds, views }: Way): PredictedRun['shares'] => {
    const finished = run.folds.flatMap(({ fold, state }) => (state === 'done' ? [fold] : []))
    if (folds === 'equal') return finished.map((fold) => ({ fold, weight: 1 / finished.length }))
    const scores = evaluate.foldScores(run.id, { pooling, views: otherViews(run, views ?? null) })
    const [best] = scores.toSorted((a, b) => b.weight - a.weight || a.fold - b.fold)
    if (!best) throw new HandloomError('conflict', `No fold of run ${run.id} was scored out of fold, so none can be weighted or chosen. Let all folds count the same.`)
    return scores.map(({ fold, weight }) => ({ fold, weight: folds === 'weighted' ? weight : Number(fold === best.fold) }))
  }

  /** Every run by the way that is asked for. @throws HandloomError `bad-request` for runs without a common class and views that a run does not know, `conflict` for folds that cannot be told apart, and as prediction */
  const predicted = async (runs: readonly Run[], way: Way): Promise<PredictedRun[]> => {
    const stored = runs.filter((run) => stores(run, 'test') || stores(run, 'validation'))
    requireCommonClasses(stored.map(({ id }) => ({ runId: id, poseIds: evaluate.runPoseIds(id) })))
    const { views } = way
    if (views) {
      for (const run of runs) requireKnownViews(run, views)
      for (const run of stored) if (!hasViews(evaluate, run, views)) await predictViews({ runIds: [run.id], views })
    }
    const made: PredictedRun[] = []
    for (const run of runs) made.push({ ...outOfFold(run, { pooling: way.pooling, views: otherViews(run, views ?? null) }), test: await testRows(run, way), shares: sharesOf(run, way) })
    requireCommonClasses(made.map(({ run, test }) => ({ runId: run.id, poseIds: test.poseIds })))
    return made
  }

  return { chosenRuns, outOfFold, predicted }
}

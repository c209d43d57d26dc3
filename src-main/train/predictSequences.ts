import { join } from 'node:path'
import { HandloomError } from '../contract/errors.ts'
import type { GivenSequence, PredictionRow } from '../contract/rooms.ts'
import { keypointFrame } from '../keypoints/sequence.ts'
import { requireDone, runCompute } from './foldRunner.ts'
import { givenRecord } from './givenFrames.ts'
import type { JobSequence } from './job.ts'
import { plannedSequences } from './keypointPlan.ts'
import { outputCount } from './outputs.ts'
import { inRunFolder, rowsByFold, type Predicted, type PredictDeps, type PredictInput } from './predictFrames.ts'
import { averageRows } from './predictions.ts'
import { foldFolder } from './runPlan.ts'
import type { StoredRun } from './runStore.ts'

/**
 * Probabilities of the data set's frames, or of those of other sequences, by what a run's folds learnt from keypoints, with these as they are now,
 * averaged over the folds.
 * @throws HandloomError `bad-request` for pictures, `interrupted`, `no-engine`, `out-of-memory`
 */
export async function predictSequences(deps: PredictDeps, run: StoredRun, folds: readonly number[], input: PredictInput): Promise<Predicted> {
  if (input.part === 'images') throw new HandloomError('bad-request', `Run ${run.id} sees keypoints, not pictures. Give it a data folder whose JSON files have keypoints, or choose a run that sees pictures.`)
  const sequences = input.part === 'sequences' ? (input.sequences ?? []).map(givenSequence) : plannedSequences(deps.dataset, input.part, run.poseIds)
  if (sequences.length === 0) throw new HandloomError('not-found', 'There is no frame to predict.')
  const viewed = { ...run, config: { ...run.config, ...input.views } }
  const rows = await inRunFolder(deps.projectFolder, run.id, (scratch) => predictPlannedSequences({ ...deps, scratch }, viewed, folds, { ...input, sequences }))
  return { poseIds: run.poseIds, rows: averageRows(rows), failures: [] }
}

/**
 * Predicts sequences with the weights of each fold.
 * @param deps `scratch`: an empty folder
 * @param input `lists`: positions that each fold predicts; absent: all
 * @returns rows of each fold
 */
export async function predictPlannedSequences(
  deps: Pick<PredictDeps, 'projectFolder' | 'spawnCompute'> & { scratch: string },
  run: StoredRun,
  folds: readonly number[],
  input: Pick<PredictInput, 'signal' | 'gpu' | 'onProgress'> & { sequences: readonly JobSequence[]; lists?: readonly (readonly number[])[] },
): Promise<PredictionRow[][]> {
  const predictions = join(deps.scratch, 'predictions.safetensors')
  const outcome = await runCompute(
    deps.spawnCompute,
    join(deps.scratch, 'job.json'),
    {
      version: 1,
      gpu: input.gpu,
      kind: 'predict-keypoints',
      runId: run.id,
      config: run.config,
      classes: outputCount(run.outputs, run.poseIds.length),
      outputs: run.outputs,
      flipTargets: run.flipTargets,
      sequences: [...input.sequences],
      predictions,
      folders: folds.map((fold) => foldFolder(deps.projectFolder, run.id, fold)),
      ...(input.lists && { lists: input.lists.map((list) => [...list]) }),
    },
    input.signal,
    (message) => {
      if (message.type === 'predicting') input.onProgress?.(message.done, message.total)
    },
  )
  requireDone(outcome, 'Predicting was stopped.')
  return rowsByFold(predictions, run, folds.length)
}

const givenSequence = ({ name, frames }: GivenSequence): JobSequence => ({
  folder: name,
  label: -1,
  role: 'test',
  transform: null,
  frames: frames.flatMap((frame) => keypointFrame(givenRecord(frame), { width: frame.width, height: frame.height }) ?? []),
})

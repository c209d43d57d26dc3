import { join } from 'node:path'
import { HandloomError } from '../contract/errors.ts'
import type { PredictionRow } from '../contract/rooms.ts'
import { requireDone, runCompute } from './foldRunner.ts'
import { plannedSequences } from './keypointPlan.ts'
import { classProbabilities, outputCount } from './outputs.ts'
import { inRunFolder, type PredictDeps, type PredictInput } from './predictFrames.ts'
import { averageRows, readPredictions } from './predictions.ts'
import { foldFolder } from './runPlan.ts'
import type { StoredRun } from './runStore.ts'

/**
 * Probabilities of the data set's frames by what a run's folds learnt from keypoints, with these as they are now, averaged over the folds.
 * @throws HandloomError `bad-request` for pictures, `interrupted`, `no-engine`, `out-of-memory`
 */
export async function predictSequences(deps: PredictDeps, run: StoredRun, folds: readonly number[], input: PredictInput): Promise<{ poseIds: number[]; rows: PredictionRow[] }> {
  if (input.part === 'images') throw new HandloomError('bad-request', `Run ${run.id} sees keypoints, not pictures. Give it a data folder whose JSON files have keypoints, or choose a run that sees pictures.`)
  const sequences = plannedSequences(deps.dataset, input.part, run.poseIds)
  if (sequences.length === 0) throw new HandloomError('not-found', 'There is no frame to predict.')
  return inRunFolder(deps.projectFolder, run.id, async (scratch) => {
    const predictions = join(scratch, 'predictions.safetensors')
    const outcome = await runCompute(
      deps.spawnCompute,
      join(scratch, 'job.json'),
      {
        version: 1,
        gpu: input.gpu,
        kind: 'predict-keypoints',
        runId: run.id,
        config: { ...run.config, ...input.views },
        classes: outputCount(run.outputs, run.poseIds.length),
        outputs: run.outputs,
        flipTargets: run.flipTargets,
        sequences,
        predictions,
        folders: folds.map((fold) => foldFolder(deps.projectFolder, run.id, fold)),
      },
      input.signal,
      (message) => {
        if (message.type === 'predicting') input.onProgress?.(message.done, message.total)
      },
    )
    requireDone(outcome, 'Predicting was stopped.')
    const rows = averageRows([...(await readPredictions(predictions)).values()])
    return { poseIds: run.poseIds, rows: rows.map((row) => ({ ...row, probabilities: classProbabilities(run.outputs, row.probabilities) })) }
  })
}

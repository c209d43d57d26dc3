import { HandloomError } from '../contract/errors.ts'
import type { GivenSequence } from '../contract/rooms.ts'
import { keypointFrame } from '../keypoints/sequence.ts'
import { givenRecord } from './givenFrames.ts'
import type { JobSequence } from './job.ts'
import { plannedSequences } from './keypointPlan.ts'
import { inRunFolder, predictByFolds, type Predicted, type PredictDeps, type PredictInput } from './predictFrames.ts'
import { averageRows } from './predictions.ts'
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
  const rows = await inRunFolder(deps.projectFolder, run.id, (scratch) => predictByFolds({ ...deps, scratch }, viewed, folds, input, { kind: 'predict-keypoints', sequences }))
  return { poseIds: run.poseIds, rows: averageRows(rows), failures: [] }
}

const givenSequence = ({ name, frames }: GivenSequence): JobSequence => ({
  folder: name,
  label: -1,
  role: 'test',
  transform: null,
  frames: frames.flatMap((frame) => keypointFrame(givenRecord(frame), { width: frame.width, height: frame.height }) ?? []),
})

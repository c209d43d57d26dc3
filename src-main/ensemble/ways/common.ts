import { HandloomError } from '../../contract/errors.ts'
import { unionOf } from '../blend/table.ts'
import { requireCommonClasses } from '../classTables.ts'
import type { Member } from '../combine.ts'

/** What a run predicted out of fold. */
type PredictedRun = Member & { runId: number }

/**
 * What runs can be compared by: all their classes, ascending, and the labelled sequences that each of them predicted out of fold.
 * @param labelled training sequences with a label
 * @throws HandloomError `bad-request` for a run without out-of-fold predictions, runs without a class in common, and runs without a sequence in common
 */
export function commonOf(runs: readonly PredictedRun[], labelled: readonly string[]): { poseIds: number[]; folders: string[] } {
  for (const { runId, sequences } of runs)
    if (sequences.size === 0) throw new HandloomError('bad-request', `Run ${runId} has no out-of-fold predictions, so it cannot be put together with others by them. Train one of its folds to the end, or leave it out.`)
  requireCommonClasses(runs)
  const folders = labelled.filter((folder) => runs.every((run) => run.sequences.has(folder)))
  if (folders.length === 0)
    throw new HandloomError('bad-request', `There is no labelled sequence that runs ${runs.map(({ runId }) => runId).join(', ')} all predicted out of fold, so nothing can be compared. Train the same folds of each, or leave one out.`)
  return { poseIds: unionOf(runs.map(({ poseIds }) => poseIds)), folders }
}

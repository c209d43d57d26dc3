import { HandloomError } from '../../contract/errors.ts'
import { seesKeypoints } from '../../contract/keypoints.ts'
import type { PlannedFolds } from '../foldLists.ts'
import type { RunStore, StoredRun } from '../runStore.ts'

/** A run, and those of its folds that did not learn from the sequence in question. */
export interface AskedRun {
  run: StoredRun
  folds: number[]
}

export interface AskedRunDeps {
  store: Pick<RunStore, 'run' | 'folds'>
  /** Runs of keypoint models, newest first. */
  keypointRunIds(): number[]
  planOf(id: number): Promise<PlannedFolds>
  /** The run that is fitted again whenever the data change. */
  refitRunId(): number | null
}

/**
 * Which run is asked about a sequence: the given one, or the refit where it is complete, else the newest keypoint run that can answer. Answering takes a
 * finished fold that did not learn from the sequence; of one that the run did not know, any.
 * @returns null where no such run is there
 * @throws HandloomError `not-found` for a run that is not there, `bad-request` for one that sees pictures
 */
export async function askedRun({ store, keypointRunIds, planOf, refitRunId }: AskedRunDeps, folder: string, given: number | undefined): Promise<AskedRun | null> {
  for (const id of given === undefined ? candidates() : [given]) {
    const run = store.run(id)
    if (!seesKeypoints(run.config.model)) throw new HandloomError('bad-request', `Run ${id} (${run.config.model}) sees pictures. Ask a run of a keypoint model.`)
    const rows = store.folds(id)
    const finished = rows.flatMap(({ fold, state }) => (state === 'done' ? fold : []))
    // While it is fitted again its folds are of different states of the data.
    if (finished.length === 0 || (given === undefined && run.madeFrom?.how === 'refit' && finished.length < rows.length)) continue
    const folds = unlearnt(await planOf(id), folder, finished)
    if (folds.length > 0) return { run, folds }
  }
  return null

  function candidates(): Set<number> {
    const refit = refitRunId()
    return new Set([...(refit === null ? [] : [refit]), ...keypointRunIds()])
  }
}

/** Of the finished folds, those that did not learn from a sequence; none where every fold learnt from some of its frames. */
function unlearnt({ folds, frameFolds }: PlannedFolds, folder: string, finished: readonly number[]): number[] {
  if (frameFolds?.[folder]) return []
  const own = folds[folder]
  return own === undefined ? [...finished] : finished.filter((fold) => fold === own)
}

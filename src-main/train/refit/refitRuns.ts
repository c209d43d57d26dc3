import type { RunStore, StoredFold } from '../runStore.ts'

export interface RefitRunsDeps {
  /** Runs of keypoint models, newest first. */
  keypointRunIds(): number[]
  store: Pick<RunStore, 'run'>
  /** A run's folds, with why they ended where that could not be written down. */
  folds(id: number): StoredFold[]
}

export interface RefitRuns {
  /** The newest keypoint run all of whose folds are done and that is not a refit itself; null: there is none. */
  base(): number | null
  /** The run in which a base run is fitted again; null before the first time. */
  refitOf(base: number | null): number | null
}

/** Finds the run that is fitted again, and the one it is fitted again in. */
export const createRefitRuns = ({ keypointRunIds, store, folds }: RefitRunsDeps): RefitRuns => ({
  base: () => keypointRunIds().find((id) => store.run(id).madeFrom?.how !== 'refit' && folds(id).every(({ state }) => state === 'done')) ?? null,
  refitOf(base) {
    const isRefit = (id: number): boolean => {
      const { madeFrom } = store.run(id)
      return madeFrom?.how === 'refit' && madeFrom.runId === base
    }
    return base === null ? null : (keypointRunIds().find(isRefit) ?? null)
  },
})

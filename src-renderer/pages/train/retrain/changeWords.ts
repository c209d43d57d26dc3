import type { RunChangesSince, RunFold } from '../../../../src-main/contract/train.ts'

/** Whether anything is no longer as the run saw it. */
export const anyChange = ({ folders, added, removed, recipes }: RunChangesSince): boolean => recipes || folders.length + added.length + removed.length > 0

export interface RetrainChoice {
  /** Folds whose predictions of changed sequences are old: those that validate them. */
  validating: number[]
  /** All finished folds that validate or learnt from what changed; every one where the change is of the whole data. */
  affected: number[]
}

/** Which of a run's finished folds a change concerns. */
export function retrainChoice(changes: RunChangesSince, folds: readonly Pick<RunFold, 'fold' | 'state'>[]): RetrainChoice {
  const done = folds.filter(({ state }) => state === 'done').map(({ fold }) => fold)
  const everywhere = changes.recipes || changes.added.length > 0 || changes.removed.length > 0
  const of = (list: 'validates' | 'trains'): Set<number> => new Set(changes.folds.filter((entry) => entry[list].length > 0).map(({ fold }) => fold))
  const [validates, trains] = [of('validates'), of('trains')]
  return { validating: done.filter((fold) => validates.has(fold)), affected: done.filter((fold) => everywhere || validates.has(fold) || trains.has(fold)) }
}

import type { RefitState } from '../../contract/keypoints.ts'
import type { StoredFold } from '../runStore.ts'

type Row = Pick<StoredFold, 'state' | 'message'>

/** Whether a fold waits for its turn or has it. */
export const isActive = ({ state }: Pick<Row, 'state'>): boolean => state === 'queued' || state === 'preparing' || state === 'training'

/**
 * How far a refit is.
 * @param rows folds of its run; null: there is none yet
 * @param planned folds of the base run
 * @param waiting edits wait for their rest
 * @param failure why no fit could begin
 */
export function progressOf({ rows, planned, waiting, failure, enabled }: { rows: readonly Row[] | null; planned: number; waiting: boolean; failure: string | null; enabled: boolean }): Pick<RefitState, 'state' | 'foldsDone' | 'folds' | 'message'> {
  const done = { foldsDone: rows?.filter(({ state }) => state === 'done').length ?? 0, folds: rows?.length ?? planned }
  if (waiting) return { ...done, state: 'waiting', message: null }
  if (failure !== null) return { ...done, state: 'failed', message: failure }
  if (rows?.some(isActive)) return { ...done, state: 'fitting', message: null }
  const failed = rows?.find(({ state }) => state === 'failed')
  return enabled && failed ? { ...done, state: 'failed', message: failed.message } : { ...done, state: 'idle', message: null }
}

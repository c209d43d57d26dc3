import type { RefitState } from '../../../src-main/contract/keypoints.ts'

export type RefitNews =
  | { kind: 'fitting'; done: number; folds: number }
  | { kind: 'failed'; message: string }
  /** On the base run: there are predictions with the data as they are now. */
  | { kind: 'done'; runId: number; baseRunId: number; before: number; after: number; edited: number }

/** What a run's page says of the refits: how far they are, that one failed, and (where the run is what they began from) what the last one brought. */
export function refitNews(state: RefitState, runId: number | null): RefitNews | null {
  const { baseRunId, logLossBefore: before, logLossAfter: after } = state
  if (runId === null || (runId !== baseRunId && runId !== state.runId)) return null
  if (state.state === 'fitting') return { kind: 'fitting', done: state.foldsDone, folds: state.folds }
  if (state.state === 'failed') return { kind: 'failed', message: state.message ?? '' }
  if (runId !== baseRunId || state.runId === null || before === null || after === null) return null
  return { kind: 'done', runId: state.runId, baseRunId, before, after, edited: state.edited.length }
}

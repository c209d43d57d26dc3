import type { RefitState } from '../../../../src-main/contract/keypoints.ts'
import type { Format } from '../../../composables/useFormat.ts'
import type { MessageKey, MessageValues } from '../../../i18n/index.ts'

type Text = (key: MessageKey, values?: MessageValues) => string

/** How far the refit is, in a sentence. */
export function refitWords(refit: RefitState, t: Text, format: Pick<Format, 'logLoss'>): string {
  const { enabled, state, baseRunId, foldsDone, folds, logLossBefore, logLossAfter, edited, message } = refit
  if (state === 'failed') return message ?? t('clean.refit.failed')
  if (state === 'fitting') return t('clean.refit.fitting', { done: foldsDone, folds })
  if (state === 'waiting') return t('clean.refit.waiting')
  if (logLossBefore !== null && logLossAfter !== null) return t('clean.refit.change', { before: format.logLoss(logLossBefore), after: format.logLoss(logLossAfter) })
  if (!enabled) return t('clean.refit.off')
  return baseRunId === null ? t('clean.refit.noBase') : edited.length === 0 ? t('clean.refit.noEdits') : t('clean.refit.edited', { sequences: t('data.sequences', { n: edited.length }) })
}

/** Where the review shows what the refit changed, sequences with the largest change first; null while there is nothing to compare. */
export function whatChanged({ runId, baseRunId, logLossAfter }: RefitState): { path: string; query: Record<string, string> } | null {
  return runId === null || baseRunId === null || logLossAfter === null ? null : { path: '/review', query: { run: String(runId), against: String(baseRunId), sort: 'change' } }
}

import { createTRPCClient, httpBatchLink, httpLink, splitLink, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import type { AppRouter } from '../../src-main/contract/router.ts'
import { useSavingStore } from '../stores/saving.ts'
import { sessionFetch } from './session.ts'

/** Long work that a person asks for and may cancel; its own page says how far it is. */
const work = new Set(['dataset.rescan', 'evaluate.embeddingMap', 'evaluate.cancelEmbeddingMap', 'report.make', 'ensemble.predictViews', 'ensemble.cancelViews', 'predict.start', 'predict.stop', 'predict.goOn', 'rules.cancelSearch', 'train.exportModel', 'train.cancelExport', 'train.measure', 'train.findBatch', 'train.findLearningRate', 'train.cancelTrial'])
/** Mutations that change the project's record; the status bar counts them until they are on disk. */
const isSaving = (path: string): boolean => !path.startsWith('project.') && !work.has(path)

const savingLink: TRPCLink<AppRouter> = () => ({ next, op }) =>
  observable((observer) => {
    if (op.type !== 'mutation' || !isSaving(op.path)) return next(op).subscribe(observer)
    const saving = useSavingStore()
    saving.begin()
    return next(op).subscribe({
      next: (value) => observer.next(value),
      error: (error) => {
        saving.end(false)
        observer.error(error)
      },
      complete: () => {
        saving.end(true)
        observer.complete()
      },
    })
  })

/** Queries go by POST too: a rule preview over every sequence does not fit into an address. */
const options = { url: './api', fetch: sessionFetch, methodOverride: 'POST' as const }

/**
 * The core's API, typed by its router: `api.dataset.sequences.query({ … })`, `api.annotation.undo.mutate()`. Calls throw; `toFailure` reads
 * what was thrown. Mutations go alone, so that one failing or slow edit never holds another; queries of one tick share a request.
 */
export const api = createTRPCClient<AppRouter>({
  links: [
    savingLink,
    splitLink({
      condition: (op) => op.type === 'mutation' || op.context['alone'] === true,
      true: httpLink(options),
      false: httpBatchLink({ ...options, maxItems: 12 }),
    }),
  ],
})

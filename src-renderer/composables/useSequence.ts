import type { SequenceDetail } from '../../src-main/contract/dataset.ts'
import { api } from '../api/client.ts'
import { useQuery, type Query } from './useQuery.ts'

/** A sequence with its frames, keypoints and problems, live: read again when it is scanned or edited. null = none. With `keepPrevious` the one before stays until the next is there (look at its `folder`). */
export function useSequence(folder: () => string | null, options: { keepPrevious?: boolean } = {}): Query<SequenceDetail> {
  return useQuery({
    ...options,
    key: () => (folder() === null ? null : ['sequence', folder()]),
    // By itself: what is looked at waits for nothing else that a page asks.
    load: (signal) => api.dataset.sequence.query({ folder: folder() ?? '' }, { signal, context: { alone: true } }),
    refreshOn: {
      sequences: ({ folders }) => folders.includes(folder() ?? ''),
      edit: ({ edit }) => edit.folders.includes(folder() ?? ''),
    },
  })
}

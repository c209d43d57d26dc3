import { computed, ref, type ComputedRef, type Ref } from 'vue'
import type { Submission, SubmissionRow } from '../../../src-main/contract/ensemble.ts'
import { api } from '../../api/client.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'
import { submissionRows } from './submissionRows.ts'

export interface SubmissionRows {
  query: Query<SubmissionRow[]>
  words: Ref<string>
  uncertain: Ref<boolean>
  /** Those that the words want, in their order. */
  shown: ComputedRef<SubmissionRow[]>
}

/** The rows of a submission, searched and sorted. */
export function useSubmissionRows(submission: () => Submission | null): SubmissionRows {
  const id = (): number | null => submission()?.id ?? null
  const query = useQuery({ key: () => (id() === null ? null : ['submissionRows', id()]), load: (signal) => api.ensemble.rows.query({ id: id() ?? 0 }, { signal }), keepPrevious: true })
  const words = ref('')
  const uncertain = ref(false)
  return { query, words, uncertain, shown: computed(() => submissionRows(query.data.value ?? [], words.value, uncertain.value)) }
}

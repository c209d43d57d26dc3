import { computed, ref, watch, type ComputedRef, type Ref, type WritableComputedRef } from 'vue'
import type { Submission, SubmissionChange, SubmissionComparison, SubmissionRow } from '../../../../src-main/contract/ensemble.ts'
import { api } from '../../../api/client.ts'
import { useQuery, type Query } from '../../../composables/useQuery.ts'
import { againstOf, changeRows } from './changeRows.ts'

export interface Changes {
  /** The other submission; null where there is none. */
  against: WritableComputedRef<number | null>
  query: Query<SubmissionComparison>
  words: Ref<string>
  otherClass: Ref<boolean>
  bar: Ref<number | null>
  /** Rows that the filter wants, furthest first. */
  shown: ComputedRef<SubmissionChange[]>
  /** What the other one says of its sequences. */
  before: Query<SubmissionRow[]>
}

/** A submission against another one, while it is looked at so. */
export function useChanges(submission: () => Submission | null, submissions: () => readonly Submission[], looking: () => boolean): Changes {
  const picked = ref<number | null>(null)
  const id = (): number | null => submission()?.id ?? null
  const ids = computed(() => submissions().map((one) => one.id))
  const against = computed({
    get: () => {
      const own = id()
      if (own === null) return null
      return picked.value !== null && picked.value !== own && ids.value.includes(picked.value) ? picked.value : againstOf(ids.value, own)
    },
    set: (other) => (picked.value = other),
  })
  const asked = (): { id: number; against: number } | null => {
    const own = id()
    return !looking() || own === null || against.value === null ? null : { id: own, against: against.value }
  }
  const query = useQuery({ key: () => (asked() === null ? null : ['submissionChanges', asked()]), load: (signal) => api.ensemble.changes.query(asked() ?? { id: 0, against: 0 }, { signal }) })
  const before = useQuery({ key: () => (asked() === null ? null : ['submissionRows', against.value]), load: (signal) => api.ensemble.rows.query({ id: against.value ?? 0 }, { signal }), keepPrevious: true })
  const words = ref('')
  const otherClass = ref(false)
  const bar = ref<number | null>(null)
  watch(() => [id(), against.value], () => (bar.value = null))
  return { against, query, words, otherClass, bar, before, shown: computed(() => changeRows(query.data.value?.rows ?? [], { words: words.value, otherClass: otherClass.value, bar: bar.value })) }
}

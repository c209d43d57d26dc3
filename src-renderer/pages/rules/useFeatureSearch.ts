import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { Job } from '../../../src-main/contract/project.ts'
import type { FeatureSearch } from '../../../src-main/contract/rules.ts'
import { api } from '../../api/client.ts'
import { toFailure, type Failure } from '../../api/failure.ts'
import { useEvent } from '../../composables/useEvent.ts'

export interface SearchQuestion {
  runId: number
  stillPoseIds: number[]
  movingPoseIds: number[]
  leftOut: string[]
}

export interface FeatureSearchWork {
  /** What was found for the question as it is now. */
  found: ComputedRef<FeatureSearch | null>
  busy: ComputedRef<boolean>
  /** How far the core is; null while that is not known. */
  job: ShallowRef<Job | null>
  failure: ComputedRef<Failure | null>
  start: () => Promise<void>
  cancel: () => Promise<void>
}

/** Looks for the feature that tells two sides best apart; what was found is kept for as long as the page is there. */
export function useFeatureSearch(question: () => SearchQuestion | null): FeatureSearchWork {
  const results = shallowRef(new Map<string, FeatureSearch>())
  const failed = shallowRef<{ key: string; failure: Failure } | null>(null)
  const running = shallowRef<string | null>(null)
  const job = shallowRef<Job | null>(null)
  const keyNow = computed(() => JSON.stringify(question()))

  useEvent('job', ({ job: next }) => {
    if (next.kind === 'rule-search' && running.value !== null) job.value = next.state === 'running' ? next : null
  })

  async function start(): Promise<void> {
    const asked = question()
    if (asked === null || running.value !== null) return
    const key = keyNow.value
    failed.value = null
    running.value = key
    try {
      const found = await api.rules.search.query(asked, { context: { alone: true } })
      results.value = new Map(results.value).set(key, found)
    } catch (thrown) {
      const failure = toFailure(thrown)
      failed.value = failure.kind === 'interrupted' ? null : { key, failure }
    } finally {
      running.value = null
      job.value = null
    }
  }

  async function cancel(): Promise<void> {
    if (running.value === null) return
    try {
      await api.rules.cancelSearch.mutate()
    } catch (thrown) {
      failed.value = { key: keyNow.value, failure: toFailure(thrown) }
    }
  }

  return {
    found: computed(() => results.value.get(keyNow.value) ?? null),
    busy: computed(() => running.value !== null),
    job,
    failure: computed(() => (failed.value?.key === keyNow.value ? failed.value.failure : null)),
    start,
    cancel,
  }
}

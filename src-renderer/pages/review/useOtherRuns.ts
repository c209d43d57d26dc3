import { computed, type ComputedRef } from 'vue'
import type { Run } from '../../../src-main/contract/train.ts'
import { api } from '../../api/client.ts'
import { useQuery } from '../../composables/useQuery.ts'
import { useRunsStore } from '../../stores/runs.ts'
import { otherRuns, type OtherRun } from './secondOpinion.ts'

/** The runs that a run can be compared with, what is offered first at the front. */
export function useOtherRuns(run: () => Run | null): ComputedRef<OtherRun[]> {
  const runs = useRunsStore()
  const scores = useQuery({ key: () => ['run scores'], load: (signal) => api.train.compare.query(undefined, { signal }), refreshOn: { evaluation: true } })
  return computed(() => {
    const own = run()
    return own === null ? [] : otherRuns(own, runs.runs, scores.data.value ?? [])
  })
}

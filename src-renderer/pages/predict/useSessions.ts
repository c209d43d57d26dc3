import { computed, type ComputedRef } from 'vue'
import { useRouter } from 'vue-router'
import type { PredictionSession } from '../../../src-main/contract/predict.ts'
import { api } from '../../api/client.ts'
import { useEvent } from '../../composables/useEvent.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'
import { patchQuery } from '../../stores/address.ts'
import { putSession } from './sessions.ts'

export interface Sessions {
  query: Query<PredictionSession[]>
  list: ComputedRef<PredictionSession[]>
  /** The session in front (`?session=3` of the address), the newest until one is chosen. */
  current: ComputedRef<PredictionSession | null>
  show: (id: number) => void
  /** Brings the session above (−1) or below (1) to the front. */
  step: (by: number) => void
  /** What a mutation answered. */
  put: (session: PredictionSession) => void
}

/** The project's predictions, newest first, live. */
export function useSessions(): Sessions {
  const router = useRouter()
  const query = useQuery({ key: () => ['predictions'], load: (signal) => api.predict.sessions.query(undefined, { signal }) })
  const list = computed(() => query.data.value ?? [])
  const current = computed(() => list.value.find(({ id }) => String(id) === router.currentRoute.value.query['session']) ?? list.value[0] ?? null)

  const show = (id: number): void => patchQuery(router, { session: String(id), of: null })

  function step(by: number): void {
    const next = list.value[list.value.findIndex(({ id }) => id === current.value?.id) + by]
    if (next !== undefined) show(next.id)
  }

  const put = (session: PredictionSession): void => query.set(putSession(list.value, session))
  useEvent('prediction', ({ session }) => {
    if (query.data.value !== null) put(session)
  })

  return { query, list, current, show, step, put }
}

import { computed, ref, type ComputedRef } from 'vue'
import type { RefitState } from '../../../src-main/contract/keypoints.ts'
import { api } from '../../api/client.ts'
import { useEvent } from '../../composables/useEvent.ts'
import { useQuery } from '../../composables/useQuery.ts'
import { refitNews, type RefitNews } from './refitNews.ts'

/** The news that a person put away, as text: it stays away until there is other news. */
const dismissed = ref('')

/** What there is to say on a run's page of the keypoint model that is fitted again behind, live; null: nothing. */
export function useRefit(runId: () => number | null): { news: ComputedRef<RefitNews | null>; dismiss: () => void } {
  const query = useQuery({ key: () => ['refit'], load: (signal) => api.train.refit.query(undefined, { signal }), refreshOn: { project: true } })
  useEvent('refit', ({ refit }: { refit: RefitState }) => query.set(refit))
  const all = computed(() => (query.data.value === null ? null : refitNews(query.data.value, runId())))
  const news = computed(() => (JSON.stringify(all.value) === dismissed.value ? null : all.value))
  return { news, dismiss: () => (dismissed.value = JSON.stringify(all.value)) }
}

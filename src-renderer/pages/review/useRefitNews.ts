import { computed, ref, type ComputedRef } from 'vue'
import { useRefit } from '../../stores/refit.ts'
import { refitNews, type RefitNews } from './refitNews.ts'

/** The news that a person put away, as text: it stays away until there is other news. */
const dismissed = ref('')

/** What there is to say on a run's page of the keypoint model that is fitted again behind, live; null: nothing. */
export function useRefitNews(runId: () => number | null): { news: ComputedRef<RefitNews | null>; dismiss: () => void } {
  const refit = useRefit()
  const all = computed(() => (refit.state === null ? null : refitNews(refit.state, runId())))
  const news = computed(() => (JSON.stringify(all.value) === dismissed.value ? null : all.value))
  return { news, dismiss: () => (dismissed.value = JSON.stringify(all.value)) }
}

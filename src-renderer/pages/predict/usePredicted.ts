import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useRouter } from 'vue-router'
import type { PredictedQuery, PredictedSequence, PredictionSession } from '../../../src-main/contract/predict.ts'
import { api } from '../../api/client.ts'
import { onReconnect } from '../../api/events.ts'
import { useEvent } from '../../composables/useEvent.ts'
import { usePagedRows, type PagedRows } from '../../composables/usePagedRows.ts'
import { patchQuery } from '../../stores/address.ts'

export type PredictedSort = NonNullable<PredictedQuery['sort']>

export interface Predicted {
  rows: PagedRows<PredictedSequence>
  search: Ref<string>
  sort: Ref<PredictedSort>
  problemsOnly: Ref<boolean>
  filtered: ComputedRef<boolean>
  showAll: () => void
  /** The sequence in front (`?of=walk/take 3` of the address), the first row until one is chosen. */
  name: ComputedRef<string | null>
  /** Its position in the table; -1 while it is not among the rows that are there. */
  at: ComputedRef<number>
  select: (name: string) => void
  step: (by: number) => void
  /** Sequences that came while the folder was watched and were not looked at yet, the newest last. */
  news: ShallowRef<ReadonlySet<string>>
  showNewest: () => void
  /** The pointer moves over the rows: they stay where they are until it rests. */
  pointerMoved: () => void
}

/** Nothing moves below the pointer until it has rested for this long, milliseconds. */
const rest = 1200

/** The sequences of a session as its table shows them, and the one in front. */
export function usePredicted(session: () => PredictionSession | null): Predicted {
  const router = useRouter()
  const id = computed(() => session()?.id ?? null)
  const [search, sort, problemsOnly] = [ref(''), ref<PredictedSort>('name'), ref(false)]
  /** What came first stays in front while others come before it. */
  const first = ref<{ id: number; name: string } | null>(null)
  const rows = usePagedRows({
    query: () => ({ id: id.value, search: search.value.trim(), sort: sort.value, problemsOnly: problemsOnly.value }),
    load: async (query, range, signal) => {
      if (query.id === null) return { total: 0, rows: [] }
      const answer = await api.predict.sequences.query({ ...query, id: query.id, ...range }, { signal })
      if (first.value?.id !== query.id && answer.rows[0] !== undefined) first.value = { id: query.id, name: answer.rows[0].name }
      return answer
    },
  })
  const asked = computed(() => {
    const of = router.currentRoute.value.query['of']
    return typeof of === 'string' ? of : null
  })
  const name = computed(() => asked.value ?? (first.value?.id === id.value ? first.value?.name : null) ?? null)
  const at = computed(() => rows.indexOf((row) => row.name === name.value))

  const news = shallowRef<ReadonlySet<string>>(new Set())
  /** All that was there when the watch began is done. */
  let settled = false
  let movedAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function refreshQuietly(): void {
    clearTimeout(timer)
    const wait = movedAt + rest - Date.now()
    if (wait > 0) timer = setTimeout(refreshQuietly, wait)
    else rows.refresh()
  }

  function select(next: string): void {
    patchQuery(router, { session: String(id.value), of: next })
    if (news.value.has(next)) news.value = new Set([...news.value].filter((other) => other !== next))
  }

  function step(by: number): void {
    const next = rows.row(Math.min(Math.max(0, at.value + by), rows.total.value - 1))
    if (next !== undefined) select(next.name)
  }

  function showAll(): void {
    search.value = ''
    problemsOnly.value = false
  }

  /** Goes to the row where it stands; where it is out of reach the newest come first. */
  function showNewest(): void {
    const newest = [...news.value].at(-1)
    movedAt = 0
    refreshQuietly()
    if (newest === undefined || rows.indexOf((row) => row.name === newest) < 0) {
      showAll()
      sort.value = 'newest'
    }
    if (newest !== undefined) select(newest)
    news.value = new Set()
  }

  watch(
    () => [id.value, session()] as const,
    ([now, of], before) => {
      if (now !== before?.[0]) {
        news.value = new Set()
        settled = false
      }
      settled ||= of?.state === 'watching' && of.done >= of.total
    },
    { immediate: true },
  )
  useEvent('prediction', ({ session: { id: of }, names }) => {
    if (of !== id.value || names.length === 0) return
    if (settled) news.value = new Set([...news.value, ...names.filter((other) => other !== name.value)])
    refreshQuietly()
  })
  onScopeDispose(onReconnect(refreshQuietly))
  onScopeDispose(() => clearTimeout(timer))

  return { rows, search, sort, problemsOnly, filtered: computed(() => search.value.trim() !== '' || problemsOnly.value), showAll, name, at, select, step, news, showNewest, pointerMoved: () => void (movedAt = Date.now()) }
}

import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { isAborted, toFailure, type Failure } from '../api/failure.ts'
import { onEvent, onReconnect } from '../api/events.ts'

export interface QueryOptions<T> {
  /** What is asked, as plain data: a new value asks anew; null = nothing to ask (data is null). */
  key: () => readonly unknown[] | null
  load: (signal: AbortSignal) => Promise<T>
  /** Events after which the answer is asked again, with an optional condition. */
  refreshOn?: { [Type in HandloomEvent['type']]?: true | ((event: Extract<HandloomEvent, { type: Type }>) => boolean) }
  /** While the answer to a new key is on its way, keep showing the old one (default: only an earlier answer to the same key). */
  keepPrevious?: boolean
  /** Milliseconds at least between two questions after events (default 150); for what is dear and changes often. */
  refreshEvery?: number
}

export interface Query<T> {
  data: ShallowRef<T | null>
  error: ShallowRef<Failure | null>
  loading: ShallowRef<boolean>
  /** Waiting for more than 300 ms with nothing to show: time for a skeleton. */
  slow: ShallowRef<boolean>
  /** Nothing to show because of an error. */
  failed: ComputedRef<boolean>
  /** Asks again; resolves when what is shown is as new as the call. */
  reload: () => Promise<void>
  /** Puts an answer in place that a mutation already gave. */
  set: (value: T) => void
}

const cacheSize = 300
const cache = new Map<string, unknown>()

function remember(key: string, value: unknown): void {
  cache.delete(key)
  cache.set(key, value)
  const oldest = cache.keys().next()
  if (cache.size > cacheSize && !oldest.done) cache.delete(oldest.value)
}

/** Forgets every answer, when another project is opened. */
export const clearQueryCache = (): void => cache.clear()

/**
 * Loads something from the core: an earlier answer to the same key shows at once while it is asked again (stale while revalidate), later
 * answers never overtake newer questions, and events ask again. Bursts of events are joined to one question per `refreshEvery`.
 */
export function useQuery<T>(options: QueryOptions<T>): Query<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<Failure | null>(null)
  const loading = shallowRef(false)
  const slow = shallowRef(false)
  /** The key that `data` answers. */
  let dataKey: string | null = null
  let controller: AbortController | null = null
  let newest: Promise<void> = Promise.resolve()
  let slowTimer: ReturnType<typeof setTimeout> | undefined
  let burstTimer: ReturnType<typeof setTimeout> | undefined

  const keyText = (): string | null => {
    const key = options.key()
    return key === null ? null : JSON.stringify(key)
  }

  function settle(): void {
    clearTimeout(slowTimer)
    loading.value = false
    slow.value = false
  }

  async function ask(): Promise<void> {
    controller?.abort()
    const key = keyText()
    if (key === null) {
      data.value = null
      error.value = null
      settle()
      return
    }
    const current = new AbortController()
    controller = current
    loading.value = true
    clearTimeout(slowTimer)
    slowTimer = setTimeout(() => (slow.value = data.value === null), 300)
    try {
      const answer = await options.load(current.signal)
      if (current.signal.aborted) return
      remember(key, answer)
      dataKey = key
      data.value = answer
      error.value = null
      settle()
    } catch (thrown) {
      if (current.signal.aborted || isAborted(thrown)) return
      if (dataKey !== key) data.value = null
      error.value = toFailure(thrown)
      settle()
    }
  }

  async function reload(): Promise<void> {
    newest = ask()
    // Whoever waits wants to see what is there now: a question that a newer one calls off is answered with that one.
    for (let asked: Promise<void> | null = null; asked !== newest; ) {
      asked = newest
      await asked
    }
  }

  function soon(): void {
    burstTimer ??= setTimeout(() => {
      burstTimer = undefined
      void reload()
    }, options.refreshEvery ?? 150)
  }

  watch(
    keyText,
    (key) => {
      error.value = null
      const known = key === null ? undefined : (cache.get(key) as T | undefined)
      if (known !== undefined) {
        data.value = known
        dataKey = key
      } else if (options.keepPrevious !== true || key === null) data.value = null
      void reload()
    },
    { immediate: true },
  )

  const stops = Object.entries(options.refreshOn ?? {}).map(([type, condition]) =>
    onEvent(type as HandloomEvent['type'], (event) => {
      if (condition === true || (condition as (event: HandloomEvent) => boolean)(event)) soon()
    }),
  )
  stops.push(onReconnect(soon))
  onScopeDispose(() => {
    controller?.abort()
    clearTimeout(slowTimer)
    clearTimeout(burstTimer)
    for (const stop of stops) stop()
  })

  function set(value: T): void {
    const key = keyText()
    if (key !== null) remember(key, value)
    dataKey = key
    data.value = value
    error.value = null
  }

  return { data, error, loading, slow, failed: computed(() => error.value !== null && data.value === null), reload, set }
}

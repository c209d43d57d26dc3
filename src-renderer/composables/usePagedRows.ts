import { onScopeDispose, shallowRef, triggerRef, watch, type ShallowRef } from 'vue'
import { toFailure, type Failure } from '../api/failure.ts'

export interface PagedRows<Row> {
  total: ShallowRef<number>
  /** There is nothing to show yet: no page of the query, nor of the one before. */
  first: ShallowRef<boolean>
  /** Rises when the rows of another query take the place of those before. */
  answered: ShallowRef<number>
  error: ShallowRef<Failure | null>
  /** The row at a position, or undefined while its page is on its way (it is asked for). Reactive. */
  row: (index: number) => Row | undefined
  /** Position of a row among those that are there; -1 when it is not. */
  indexOf: (matches: (row: Row) => boolean) => number
  /** Loads the pages that lead to a row (a few, of however many) and gives its position, or -1. `place`: < 0 for rows before it, 0 for itself, > 0 for those after it. */
  locate: (place: (row: Row) => number) => Promise<number>
  /** Asks again for the pages shown last, keeping what is there until the answers come. */
  refresh: () => void
}

interface PagedOptions<Query, Row> {
  query: () => Query
  load: (query: Query, range: { offset: number; limit: number }, signal: AbortSignal) => Promise<{ total: number; rows: readonly Row[] }>
  pageSize?: number
  /** The least time between two refreshes, milliseconds. */
  refreshEvery?: number
}

/** Pages asked for at once. Those that were scrolled past while one was on its way are never asked for. */
const atOnce = 2
/** Pages looked at last: those in sight and one more. */
const inSight = 3
/** The rows of the query before stand in for this long at most, milliseconds. */
const standIn = 300

/** Rows of a long list by position, page by page, for virtual lists. Neither another query nor a refresh blanks what is shown, unless the answer is slow. */
export function usePagedRows<Query, Row>(options: PagedOptions<Query, Row>): PagedRows<Row> {
  const pageSize = options.pageSize ?? 200
  const total = shallowRef(0)
  const first = shallowRef(true)
  const answered = shallowRef(0)
  const error = shallowRef<Failure | null>(null)
  const pages = shallowRef(new Map<number, readonly Row[]>())
  /** Pages that answer the present query as the core has it now. */
  const fresh = new Set<number>()
  const underway = new Map<number, Promise<void>>()
  /** What `pages` holds answers the query before. */
  let outdated = true
  let recent: number[] = []
  let looking = false
  let queries = 0
  let closed = false
  let controller = new AbortController()
  let standInTimer: ReturnType<typeof setTimeout> | undefined
  let refreshTimer: ReturnType<typeof setTimeout> | undefined
  let lastRefresh = 0

  async function load(page: number): Promise<void> {
    const { signal } = controller
    try {
      const answer = await options.load(options.query(), { offset: page * pageSize, limit: pageSize }, signal)
      if (signal.aborted) return
      take(page, answer)
    } catch (thrown) {
      if (signal.aborted) return
      if (outdated) {
        standInNoMore()
        total.value = 0
      }
      error.value = toFailure(thrown)
    } finally {
      if (!signal.aborted) {
        underway.delete(page)
        askForMissing()
      }
    }
  }

  function take(page: number, answer: { total: number; rows: readonly Row[] }): void {
    fresh.add(page)
    if (outdated) {
      outdated = false
      standInNoMore()
      recent = []
      answered.value++
    }
    pages.value.set(page, answer.rows)
    total.value = answer.total
    error.value = null
    first.value = false
    triggerRef(pages)
  }

  function standInNoMore(): void {
    clearTimeout(standInTimer)
    standInTimer = undefined
    pages.value = new Map()
    first.value = true
  }

  function ask(page: number): Promise<void> {
    if (fresh.has(page)) return Promise.resolve()
    const asked = underway.get(page) ?? load(page)
    underway.set(page, asked)
    return asked
  }

  function askForMissing(): void {
    for (const page of outdated ? [0] : recent) {
      if (underway.size >= atOnce || error.value !== null) return
      void ask(page)
    }
  }

  function row(index: number): Row | undefined {
    const page = Math.floor(index / pageSize)
    if (recent[0] !== page) recent = [page, ...recent.filter((other) => other !== page)].slice(0, inSight)
    const rows = pages.value.get(page)
    if (rows === undefined && !looking) {
      looking = true
      queueMicrotask(() => {
        looking = false
        askForMissing()
      })
    }
    return rows?.[index - page * pageSize]
  }

  function indexOf(matches: (row: Row) => boolean): number {
    for (const [page, rows] of pages.value) {
      const at = rows.findIndex(matches)
      if (at >= 0) return page * pageSize + at
    }
    return -1
  }

  async function locate(place: (row: Row) => number): Promise<number> {
    const asked = queries
    const goesOn = (): boolean => queries === asked && error.value === null && !closed
    await answer(0, goesOn)
    let [low, high] = [0, Math.ceil(total.value / pageSize) - 1]
    while (low <= high) {
      const page = Math.floor((low + high) / 2)
      const rows = await answer(page, goesOn)
      const [start, end] = [rows[0], rows.at(-1)]
      if (start === undefined || end === undefined) return -1
      if (place(start) > 0) high = page - 1
      else if (place(end) < 0) low = page + 1
      else {
        const at = rows.findIndex((row) => place(row) === 0)
        return at < 0 ? -1 : page * pageSize + at
      }
    }
    return -1
  }

  /** The rows of a page as soon as they are there, also over a refresh; none when they will not come. */
  async function answer(page: number, goesOn: () => boolean): Promise<readonly Row[]> {
    while (goesOn()) {
      await ask(page)
      if (fresh.has(page)) return pages.value.get(page) ?? []
    }
    return []
  }

  function begin(): void {
    controller.abort()
    controller = new AbortController()
    fresh.clear()
    underway.clear()
    error.value = null
  }

  function refreshNow(): void {
    lastRefresh = Date.now()
    begin()
    if (!outdated) {
      // Pages out of sight are asked for when they come into sight again.
      if (recent.length === 0) recent = [0]
      for (const page of pages.value.keys()) if (!recent.includes(page)) pages.value.delete(page)
    }
    askForMissing()
  }

  function refresh(): void {
    refreshTimer ??= setTimeout(() => {
      refreshTimer = undefined
      refreshNow()
    }, Math.max(0, lastRefresh + (options.refreshEvery ?? 400) - Date.now()))
  }

  watch(
    () => JSON.stringify(options.query()),
    () => {
      begin()
      queries++
      outdated = true
      standInTimer ??= setTimeout(standInNoMore, standIn)
      askForMissing()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    closed = true
    controller.abort()
    clearTimeout(standInTimer)
    clearTimeout(refreshTimer)
  })

  return { total, first, answered, error, row, indexOf, locate, refresh }
}

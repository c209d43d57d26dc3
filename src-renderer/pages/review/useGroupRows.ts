import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { GroupPage, GroupQueryInput, GroupRow } from '../../../src-main/contract/evaluate.ts'
import { api } from '../../api/client.ts'
import { useEvent } from '../../composables/useEvent.ts'
import { useNotify } from '../../composables/useNotify.ts'
import { usePagedRows, type PagedRows } from '../../composables/usePagedRows.ts'
import { useSelectionStore } from '../../stores/selection.ts'
import { placeOf } from './rowPlace.ts'
import type { LookedAt } from './useLooked.ts'

/** What all rows that a filter leaves come to. */
export type GroupTotals = Pick<GroupPage, 'logLoss' | 'share' | 'mostShare'>

export interface GroupRows {
  rows: PagedRows<GroupRow>
  totals: ShallowRef<GroupTotals | null>
  /** The row in front: of its sequence, or of its frame. */
  current: Ref<{ group: string; frame: number | null } | null>
  /** Its position among the rows that are there; -1 when it is not. */
  at: ComputedRef<number>
  row: ComputedRef<GroupRow | null>
  /** Rows chosen together, by `keyOf`. */
  marked: ShallowRef<ReadonlyMap<string, GroupRow>>
  /** Sequences an action touches: those of the marked rows, else the one in front. */
  touched: ComputedRef<string[]>
  select: (index: number) => Promise<void>
  /** Puts a sequence (or its frame) in front, whether the table has it or not. */
  show: (group: string, frame?: number | null) => void
  /** Marks or unmarks a row; `range`: all from the one in front to it. */
  mark: (index: number, range: boolean) => Promise<void>
  markFirst: (count: number) => Promise<void>
  unmark: () => void
  /** The next row without a cause, round and round; false when there is none. */
  selectOpen: () => Promise<boolean>
}

export const keyOf = ({ group, frame }: Pick<GroupRow, 'group' | 'frame'>): string => (frame === null ? group : `${group}#${frame}`)
const pageOfSearch = 500
const mostMarked = 5000

/** The review table's rows, page by page, with the row in front and those chosen with it. */
export function useGroupRows(runId: () => number | null, looked: LookedAt): GroupRows {
  const selection = useSelectionStore()
  const notify = useNotify()
  const totals = shallowRef<GroupTotals | null>(null)
  const query = (): GroupQueryInput => ({ ...looked.view.value, search: looked.view.value.search.trim(), runId: runId() ?? 0, ...(looked.groups.value === null ? {} : { groups: [...looked.groups.value] }) })
  // By itself: the table waits for nothing else that the page asks.
  const ask = (range: { offset: number; limit: number }, signal?: AbortSignal): Promise<GroupPage> => api.evaluate.groups.query({ ...query(), ...range }, { context: { alone: true }, ...(signal === undefined ? {} : { signal }) })

  const rows = usePagedRows<GroupQueryInput, GroupRow>({
    query,
    load: async (_, range, signal) => {
      if (runId() === null) return { total: 0, rows: [] }
      const page = await ask(range, signal)
      if (!signal.aborted) totals.value = page
      return page
    },
  })
  useEvent('evaluation', ({ runId: id }) => (id === runId() || id === looked.view.value.against) && rows.refresh())
  for (const type of ['triage', 'rules', 'edit'] as const) useEvent(type, rows.refresh)

  const current = ref<{ group: string; frame: number | null } | null>(selection.folder === null ? null : { group: selection.folder, frame: selection.frame })
  const isCurrent = (row: GroupRow): boolean => row.group === current.value?.group && (row.frame === null || current.value.frame === null || row.frame === current.value.frame)
  const at = computed(() => (current.value === null ? -1 : rows.indexOf(isCurrent)))
  const row = computed(() => (at.value < 0 ? null : (rows.row(at.value) ?? null)))
  const marked = shallowRef<ReadonlyMap<string, GroupRow>>(new Map())
  const touched = computed(() => (marked.value.size > 0 ? [...new Set([...marked.value.values()].map(({ group }) => group))] : current.value === null ? [] : [current.value.group]))

  function show(group: string, frame: number | null = null): void {
    current.value = { group, frame }
    if (group !== selection.folder || (frame !== null && frame !== selection.frame)) selection.select(group, frame)
  }

  /** What could not be read is said; nothing changes then. */
  const read = (range: { offset: number; limit: number }): Promise<GroupRow[]> =>
    ask(range).then(
      (page) => page.rows,
      (thrown: unknown) => {
        notify.failure(thrown)
        return []
      },
    )

  /** What a person asked for last: an answer to what was asked before comes too late. */
  let turn = 0
  const begin = (): (() => boolean) => {
    const own = ++turn
    return () => own === turn
  }

  async function select(index: number): Promise<void> {
    unmark()
    const isLast = begin()
    const position = Math.min(Math.max(0, index), rows.total.value - 1)
    const known = position < 0 ? undefined : rows.row(position)
    const next = known ?? (position < 0 ? undefined : (await read({ offset: position, limit: 1 }))[0])
    if (next !== undefined && isLast()) show(next.group, next.frame)
  }

  async function mark(index: number, range: boolean): Promise<void> {
    const isLast = begin()
    const next = new Map(marked.value)
    const own = row.value
    if (range && at.value >= 0) {
      const [from, to] = [Math.min(at.value, index), Math.max(at.value, index)]
      for (const one of await read({ offset: from, limit: Math.min(to - from + 1, mostMarked) })) next.set(keyOf(one), one)
    } else {
      const one = rows.row(index)
      if (one === undefined) return
      if (next.size === 0 && own !== null) next.set(keyOf(own), own)
      if (!next.delete(keyOf(one))) next.set(keyOf(one), one)
    }
    if (isLast()) marked.value = next
  }

  async function markFirst(count: number): Promise<void> {
    const isLast = begin()
    const found = await read({ offset: 0, limit: count })
    if (!isLast()) return
    marked.value = new Map(found.map((one) => [keyOf(one), one]))
    if (found[0] !== undefined) show(found[0].group, found[0].frame)
  }

  function clearMarks(): void {
    if (marked.value.size > 0) marked.value = new Map()
  }

  function unmark(): void {
    turn++
    clearMarks()
  }

  async function selectOpen(): Promise<boolean> {
    const isOpen = (one: GroupRow): boolean => one.cause === null && one.group !== current.value?.group
    const isLast = begin()
    const start = at.value + 1
    for (const [from, end] of [[start, rows.total.value], [0, start]] as const)
      for (let offset = from; offset < end; offset += pageOfSearch) {
        const found = (await read({ offset, limit: Math.min(pageOfSearch, end - offset) })).find(isOpen)
        if (!isLast()) return true
        if (found === undefined) continue
        unmark()
        show(found.group, found.frame)
        return true
      }
    return false
  }

  /** A sequence that the address or another page put in front is looked for beyond the first page. */
  async function find(group: string): Promise<void> {
    const isLeftOut = looked.groups.value?.includes(group) === false
    const [own] = isLeftOut ? [] : (await api.evaluate.groups.query({ ...query(), groups: [group], limit: 1 })).rows
    if (own !== undefined) await rows.locate(placeOf(own, looked.view.value))
    else if (current.value?.group === group) await select(0)
  }

  watch(() => selection.folder, (folder) => {
    if (folder !== null && folder !== current.value?.group) current.value = { group: folder, frame: selection.frame }
  })
  watch([() => looked.view.value.level, () => looked.groups.value, runId], clearMarks)
  // The worst one is in front until a person chooses another; one that a filter hides makes room for the first that it shows.
  watch(() => rows.answered.value, () => {
    if (rows.total.value === 0 || at.value >= 0) return
    if (current.value === null || !current.value.group.startsWith('train/')) void select(0)
    else find(current.value.group).catch((error: unknown) => console.warn('The row in front was not found:', error))
  })

  return { rows, totals, current, at, row, marked, touched, select, show, mark, markFirst, unmark, selectOpen }
}

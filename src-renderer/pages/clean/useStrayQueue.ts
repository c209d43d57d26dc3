import { computed, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { api } from '../../api/client.ts'
import { useNotify } from '../../composables/useNotify.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'
import { useText } from '../../composables/useText.ts'
import type { FindingList } from '../../../src-main/contract/annotation.ts'
import { useSelectionStore } from '../../stores/selection.ts'
import { groupFindings, type FindingGroup } from './findingGroups.ts'

export interface StrayQueue {
  query: Query<FindingList>
  groups: ComputedRef<FindingGroup[]>
  current: ComputedRef<FindingGroup | null>
  /** Findings left. */
  left: ComputedRef<number>
  show: (group: FindingGroup) => void
  /** Shows the group `step` places on. */
  next: (step?: number) => void
  /** Takes the group out of the list while `work` decides over it, shows the next one, and brings it back if the work failed. */
  settle: (group: FindingGroup, work: Promise<unknown>) => Promise<void>
  keep: () => Promise<void>
}

/** The stray queue and the place in it. `onShow` is called when a group is chosen: its sequence and frame are selected already. */
export function useStrayQueue(onShow: (group: FindingGroup) => void): StrayQueue {
  const selection = useSelectionStore()
  const notify = useNotify()
  const { t } = useText()
  const query = useQuery({
    key: () => ['findings'],
    load: (signal) => api.annotation.findings.query({ limit: 500 }, { signal }),
    refreshOn: { edit: true, project: true, detection: true, scan: ({ status }) => status.state === 'done' },
    keepPrevious: true,
  })
  const settled = shallowRef<ReadonlySet<string>>(new Set())
  const groups = computed(() => groupFindings(query.data.value?.findings ?? []).filter(({ key }) => !settled.value.has(key)))
  const currentKey = ref<string | null>(null)
  /** Place of the last group shown, for going on from there when it is gone. */
  let place = -1
  const current = computed(() => groups.value.find(({ key }) => key === currentKey.value) ?? null)

  watch(() => selection.folder, (folder) => {
    if (current.value !== null && current.value.folder !== folder) currentKey.value = null
  })

  function show(group: FindingGroup): void {
    currentKey.value = group.key
    place = groups.value.findIndex(({ key }) => key === group.key)
    const here = selection.folder === group.folder && selection.frame !== null && group.frames.includes(selection.frame)
    selection.select(group.folder, here ? selection.frame : (group.frames[0] ?? null))
    onShow(group)
  }

  function next(step = 1): void {
    const list = groups.value
    if (list.length === 0) return
    const at = current.value === null ? place : list.findIndex(({ key }) => key === currentKey.value)
    const group = list[(at + step + list.length) % list.length]
    if (group !== undefined) show(group)
  }

  async function settle(group: FindingGroup, work: Promise<unknown>): Promise<void> {
    const at = groups.value.findIndex(({ key }) => key === group.key)
    settled.value = new Set([...settled.value, group.key])
    const list = groups.value
    const following = list[Math.min(Math.max(0, at), list.length - 1)]
    if (following === undefined) currentKey.value = null
    else show(following)
    await work
    await query.reload()
    settled.value = new Set([...settled.value].filter((key) => key !== group.key))
  }

  async function keep(): Promise<void> {
    const group = current.value
    if (group === null) return
    const marked = mark(group, true)
    await settle(group, marked)
    if (await marked) notify.good(t('clean.queue.kept', { folder: group.folder }), { label: t('common.undo'), run: () => void putBack(group) })
  }

  async function putBack(group: FindingGroup): Promise<void> {
    if (!(await mark(group, false))) return
    await query.reload()
    const back = groups.value.find(({ key }) => key === group.key)
    if (back !== undefined) show(back)
  }

  /** Whether it is marked; a failure is told. */
  async function mark(group: FindingGroup, kept: boolean): Promise<boolean> {
    try {
      await Promise.all(group.findings.map(({ id }) => api.annotation.keepFinding.mutate({ id, kept })))
      return true
    } catch (thrown) {
      notify.failure(thrown)
      return false
    }
  }

  // Beyond those listed there may be more.
  const left = computed(() => groups.value.reduce((sum, { findings }) => sum + findings.length, 0) + (query.data.value === null ? 0 : query.data.value.total - query.data.value.findings.length))

  return { query, groups, current, left, show, next, settle, keep }
}

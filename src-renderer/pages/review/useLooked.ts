import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import type { ReviewView } from '../../../src-main/contract/evaluate.ts'
import { patchQuery } from '../../stores/address.ts'
import { useProjectStore } from '../../stores/project.ts'
import { addressOf, lookedFrom, looksSame, wholeView, type Looked, type ReviewTab } from './reviewAddress.ts'

export interface LookedAt {
  tab: ComputedRef<ReviewTab>
  /** As the run that is shown is looked at: `against` is a run that it can be compared with, or undefined. */
  view: ComputedRef<ReviewView>
  /** The same for a view that is kept somewhere. */
  compared: (view: ReviewView) => ReviewView
  groups: ComputedRef<readonly string[] | null>
  /** Whether anything narrows the table. */
  filtered: ComputedRef<boolean>
  /** Rises when the table is to be seen from its top. */
  scrollTick: Ref<number>
  go: (tab: ReviewTab) => void
  /** Changes the view. What is typed replaces the address, anything else is a step to go back by. */
  set: (patch: Partial<ReviewView>) => void
  /** Opens the table with this filter alone; level, rules and the other run stay where they are not said. */
  open: (view: Partial<ReviewView>, groups?: readonly string[] | null) => void
  /** Takes filters away, one or all. */
  clear: (field?: keyof ReviewView | 'groups') => void
  sortBy: (sort: ReviewView['sort']) => void
}

/** Sorts whose interesting end is the high one. */
const highFirst: readonly ReviewView['sort'][] = ['logLoss', 'confidence', 'cause', 'disagreement', 'change']
/** What was looked at when the page was left, in which project: it is there again when a person comes back from another room. */
let left: { project: string; looked: Looked } | null = null

/** @param compared what of a view holds for the run that is shown, which may be compared with another one by itself */
export function useLooked(compared: (view: ReviewView) => ReviewView): LookedAt {
  const router = useRouter()
  const project = useProjectStore().current?.project ?? ''
  const inAddress = lookedFrom(router.currentRoute.value.query)
  const isPlain = looksSame(addressOf({ tab: 'groups', view: wholeView, groups: null }), router.currentRoute.value.query)
  const looked = shallowRef<Looked>(isPlain && left?.project === project ? left.looked : inAddress)
  const scrollTick = ref(0)
  patchQuery(router, addressOf(looked.value))

  function look(next: Looked, replace: boolean): void {
    const before = addressOf(looked.value)
    looked.value = next
    left = { project, looked: next }
    const address = addressOf(next)
    if (looksSame(before, address)) return
    if (replace) {
      patchQuery(router, address)
      return
    }
    const query = Object.entries({ ...router.currentRoute.value.query, ...address }).filter(([, value]) => value !== null)
    void router.push({ path: '/review', query: Object.fromEntries(query) })
  }

  watch(
    () => router.currentRoute.value.query,
    (query) => {
      if (router.currentRoute.value.name !== 'review' || looksSame(addressOf(looked.value), query)) return
      looked.value = lookedFrom(query)
      left = { project, looked: looked.value }
    },
  )

  const view = computed(() => compared(looked.value.view))

  function set(patch: Partial<ReviewView>): void {
    look({ ...looked.value, view: { ...looked.value.view, ...patch } }, 'search' in patch)
    if (!('search' in patch)) scrollTick.value++
  }

  function open(patch: Partial<ReviewView>, groups: readonly string[] | null = null): void {
    const { level, afterRules, against } = looked.value.view
    look({ tab: 'groups', view: { ...wholeView, level, afterRules, against, ...patch }, groups: groups === null ? null : [...groups] }, false)
    scrollTick.value++
  }

  function clear(field?: keyof ReviewView | 'groups'): void {
    const { level, afterRules, against, sort, descending } = looked.value.view
    if (field === undefined) look({ ...looked.value, view: { ...wholeView, level, afterRules, against, sort, descending }, groups: null }, false)
    else if (field === 'groups') look({ ...looked.value, groups: null }, false)
    else look({ ...looked.value, view: { ...looked.value.view, [field]: wholeView[field] } }, false)
    scrollTick.value++
  }

  function sortBy(sort: ReviewView['sort']): void {
    set({ sort, descending: view.value.sort === sort ? !view.value.descending : highFirst.includes(sort) })
  }

  const filtered = computed(() => {
    const { level, afterRules, against, sort, descending } = view.value
    return looked.value.groups !== null || !looksSame(addressOf({ tab: 'groups', view: { ...wholeView, level, afterRules, against, sort, descending }, groups: null }), addressOf({ tab: 'groups', view: view.value, groups: null }))
  })

  return { tab: computed(() => looked.value.tab), view, compared, groups: computed(() => looked.value.groups), filtered, scrollTick, go: (tab) => look({ ...looked.value, tab }, false), set, open, clear, sortBy }
}

import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import type { ReviewView } from '../../../src-main/contract/evaluate.ts'
import { patchQuery } from '../../stores/address.ts'
import { useProjectStore } from '../../stores/project.ts'
import { addressOf, lookedFrom, looksSame, wholeView, type Looked, type ReviewTab } from './reviewAddress.ts'

export interface LookedAt {
  tab: ComputedRef<ReviewTab>
  view: ComputedRef<ReviewView>
  groups: ComputedRef<readonly string[] | null>
  /** Whether anything narrows the table. */
  filtered: ComputedRef<boolean>
  /** Rises when the table is to be seen from its top. */
  scrollTick: Ref<number>
  go: (tab: ReviewTab) => void
  /** Changes the view. What is typed replaces the address, anything else is a step to go back by. */
  set: (patch: Partial<ReviewView>) => void
  /** Opens the table with this filter alone; level and rules stay where they are not said. */
  open: (view: Partial<ReviewView>, groups?: readonly string[] | null) => void
  /** Takes filters away, one or all. */
  clear: (field?: keyof ReviewView | 'groups') => void
  sortBy: (sort: ReviewView['sort']) => void
}

/** Sorts whose interesting end is the high one. */
const highFirst: readonly ReviewView['sort'][] = ['logLoss', 'confidence', 'cause']
/** What was looked at when the page was left, in which project: it is there again when a person comes back from another room. */
let left: { project: string; looked: Looked } | null = null

export function useLooked(): LookedAt {
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

  const view = computed(() => looked.value.view)

  function set(patch: Partial<ReviewView>): void {
    look({ ...looked.value, view: { ...view.value, ...patch } }, 'search' in patch)
    if (!('search' in patch)) scrollTick.value++
  }

  function open(patch: Partial<ReviewView>, groups: readonly string[] | null = null): void {
    const { level, afterRules } = view.value
    look({ tab: 'groups', view: { ...wholeView, level, afterRules, ...patch }, groups: groups === null ? null : [...groups] }, false)
    scrollTick.value++
  }

  function clear(field?: keyof ReviewView | 'groups'): void {
    const { level, afterRules, sort, descending } = view.value
    if (field === undefined) look({ ...looked.value, view: { ...wholeView, level, afterRules, sort, descending }, groups: null }, false)
    else if (field === 'groups') look({ ...looked.value, groups: null }, false)
    else look({ ...looked.value, view: { ...view.value, [field]: wholeView[field] } }, false)
    scrollTick.value++
  }

  function sortBy(sort: ReviewView['sort']): void {
    set(view.value.sort === sort ? { descending: !view.value.descending } : { sort, descending: highFirst.includes(sort) })
  }

  const filtered = computed(() => {
    const { level, afterRules, sort, descending } = view.value
    return looked.value.groups !== null || !looksSame(addressOf({ tab: 'groups', view: { ...wholeView, level, afterRules, sort, descending }, groups: null }), addressOf({ tab: 'groups', view: view.value, groups: null }))
  })

  return { tab: computed(() => looked.value.tab), view, groups: computed(() => looked.value.groups), filtered, scrollTick, go: (tab) => look({ ...looked.value, tab }, false), set, open, clear, sortBy }
}

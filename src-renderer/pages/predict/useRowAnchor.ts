import { useEventListener } from '@vueuse/core'
import { watch, type Ref } from 'vue'
import type { PagedRows } from '../../composables/usePagedRows.ts'

/**
 * Keeps the first row in view where it is while rows come in before it; at the top of the list they come into view.
 * @param height of a row, CSS pixels
 * @param drawn another text when other rows are drawn
 */
export function useRowAnchor(scroller: Readonly<Ref<HTMLElement | null>>, height: number, rows: PagedRows<{ name: string }>, drawn: () => string): { /** The next rows that come may move. */ forget: () => void } {
  let anchor: { name: string; index: number } | null = null

  function remember(): void {
    const top = scroller.value?.scrollTop ?? 0
    const index = Math.ceil(top / height)
    const name = top === 0 ? undefined : rows.row(index)?.name
    anchor = name === undefined ? null : { name, index }
  }

  watch(drawn, () => {
    const now = anchor === null || rows.row(anchor.index)?.name === anchor.name ? -1 : rows.indexOf(({ name }) => name === anchor?.name)
    if (anchor !== null && now >= 0 && scroller.value !== null) scroller.value.scrollTop += (now - anchor.index) * height
    remember()
  }, { flush: 'post' })
  // The rows of another search or order begin at their top.
  watch(rows.answered, () => {
    anchor = null
    if (scroller.value !== null) scroller.value.scrollTop = 0
  }, { flush: 'sync' })
  useEventListener(scroller, 'scroll', remember, { passive: true })

  return { forget: () => void (anchor = null) }
}

import { useVirtualizer } from '@tanstack/vue-virtual'
import { computed, useTemplateRef } from 'vue'

/**
 * The rows in view of a long list: the element with `ref="scroller"` scrolls a `.virtual` box with style `box`, which holds one element with style `style` for each of `items`.
 * With `slot` for its key an element that leaves the view at one end shows the row that comes in at the other; that is quicker than a new one.
 * @param rows the list; a row that is undefined is not drawn
 * @param size height of a row (of a typical one, where rows are measured), CSS pixels
 * @param overscan rows drawn beyond the view on each side
 */
export function useVirtualRows<Row>(rows: () => { length: number; at: (index: number) => Row | undefined }, size: number, overscan: number) {
  const scroller = useTemplateRef<HTMLElement>('scroller')
  const list = computed(rows)
  const virtual = useVirtualizer(computed(() => ({ count: list.value.length, getScrollElement: () => scroller.value, estimateSize: () => size, overscan })))
  /** As many as were ever in view at once, and some to spare. */
  let slots = 0
  const items = computed(() => {
    const inView = virtual.value.getVirtualItems()
    if (inView.length > slots) slots = inView.length + 8
    return inView.flatMap(({ index, start }) => {
      const row = list.value.at(index)
      return row === undefined ? [] : [{ index, slot: index % slots, row, style: { transform: `translateY(${start}px)` } }]
    })
  })
  const box = computed(() => ({ height: `${virtual.value.getTotalSize()}px` }))
  return { scroller, virtual, items, box }
}

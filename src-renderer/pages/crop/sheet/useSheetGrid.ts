import { useElementSize } from '@vueuse/core'
import { computed, type ComputedRef, type Ref } from 'vue'

const gap = 10
const captions = 36

/**
 * How many square tiles a grid has room for.
 * @param leastSide of a tile in a grid of a width, pixels of the screen
 */
export function useSheetGrid(grid: Readonly<Ref<HTMLElement | null>>, leastSide: (width: number) => number): { columns: ComputedRef<number>; perPage: ComputedRef<number> } {
  const { width, height } = useElementSize(grid)
  const columns = computed(() => Math.max(2, Math.floor((width.value + gap) / (leastSide(width.value) + gap))))
  const tile = computed(() => Math.max(40, (width.value - (columns.value - 1) * gap) / columns.value))
  const perPage = computed(() => (width.value === 0 ? 0 : columns.value * Math.max(1, Math.floor((height.value + gap) / (tile.value + captions + gap)))))
  return { columns, perPage }
}

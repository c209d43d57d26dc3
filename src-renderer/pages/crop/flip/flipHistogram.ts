import { computed, type ComputedRef } from 'vue'
import type { AugmentRecipe, FlipHistogramRow } from '../../../../src-main/contract/crop.ts'
import { api } from '../../../api/client.ts'
import { useQuery, type Query } from '../../../composables/useQuery.ts'
import { countsAt, type CornerRows } from './flipCounts.ts'

const corners = [[0, 0], [1, 0], [0, 1], [1, 1]] as const

/** Samples of each class per epoch, live at the ratios on the screen: the core is asked for the corners once, and again when map, data or derived samples change. */
export function useFlipHistogram(augment: () => Pick<AugmentRecipe, 'flipRatio' | 'verticalFlipRatio'> | null): { query: Query<CornerRows>; rows: ComputedRef<FlipHistogramRow[]> } {
  const query = useQuery({
    key: () => ['flipCorners'],
    load: async (signal) => (await Promise.all(corners.map(([flipRatio, verticalFlipRatio]) => api.crop.flipHistogram.query({ flipRatio, verticalFlipRatio }, { signal })))) as unknown as CornerRows,
    refreshOn: { crop: true, scan: ({ status }) => status.state === 'done' },
  })
  const rows = computed(() => {
    const [known, now] = [query.data.value, augment()]
    return known === null || now === null ? [] : countsAt(known, now.flipRatio, now.verticalFlipRatio)
  })
  return { query, rows }
}

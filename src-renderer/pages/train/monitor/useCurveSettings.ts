import { createSharedComposable, useStorage } from '@vueuse/core'
import { computed, type ComputedRef, type Ref } from 'vue'
import { panelIds, type PanelId } from './panels.ts'

export type XUnit = 'epoch' | 'step'

export interface CurveSettings {
  /** Panels by how much they are wanted. */
  chosen: Ref<PanelId[]>
  /** Weight of the exponential smoothing, 0 … 0.98. */
  smoothing: Ref<number>
  xUnit: Ref<XUnit>
  /** Panels with a logarithmic axis. */
  logarithmic: Ref<PanelId[]>
  /** Each fold of compared runs is drawn too. */
  foldsOfOthers: Ref<boolean>
}

export const mostSmoothing = 0.98
const wanted: readonly PanelId[] = ['logLoss', 'loss', 'accuracy', 'learningRate', 'gradientNorm', 'speed']

/** How a person looks at curves, for every run. */
export const useCurveSettings = createSharedComposable((): CurveSettings => {
  const chosen = useStorage<PanelId[]>('handloom.train.panels', [...wanted])
  const smoothing = useStorage('handloom.train.smoothing', 0)
  const xUnit = useStorage<XUnit>('handloom.train.x', 'epoch')
  const logarithmic = useStorage<PanelId[]>('handloom.train.logarithmic', [])
  const foldsOfOthers = useStorage('handloom.train.foldsOfOthers', false)
  const known = (ids: ComputedRef<PanelId[]>, fallback: readonly PanelId[]): PanelId[] => (ids.value.length === 0 ? [...fallback] : ids.value)
  const stored = computed(() => chosen.value.filter((id) => panelIds.includes(id)))
  return {
    chosen: computed({ get: () => known(stored, wanted), set: (ids) => (chosen.value = ids) }),
    smoothing: computed({ get: () => (smoothing.value >= 0 && smoothing.value <= mostSmoothing ? smoothing.value : 0), set: (weight) => (smoothing.value = weight) }),
    xUnit,
    logarithmic,
    foldsOfOthers,
  }
})

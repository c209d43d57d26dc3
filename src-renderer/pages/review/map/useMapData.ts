import { computed, ref, watch, type ComputedRef } from 'vue'
import type { EmbeddingMapOptions, EvaluationSummary } from '../../../../src-main/contract/evaluate.ts'
import { api } from '../../../api/client.ts'
import { useQuery, type Query } from '../../../composables/useQuery.ts'
import { defaultSettings, type MapMethod, type UmapSettings } from './mapOptions.ts'
import { cloudOf, type PointCloud } from './pointCloud.ts'
import { useEmbeddingMap, type MapWork } from './useEmbeddingMap.ts'
import { useSequenceSummaries } from './useSequenceSummaries.ts'

export interface MapData {
  summary: Query<EvaluationSummary>
  folds: ComputedRef<number[]>
  fold: ComputedRef<number | null>
  chooseFold: (fold: number) => void
  method: ComputedRef<MapMethod> & { value: MapMethod }
  settings: ComputedRef<UmapSettings>
  /** Computes the map with these settings, also when they are what they were. */
  apply: (settings: UmapSettings) => void
  work: MapWork
  /** null while the map or what is known of its sequences is on its way. */
  cloud: ComputedRef<PointCloud | null>
}

/** The map of a run as a fold's network sees it, joined with what was predicted. The first fold that can tell is taken until a person chooses one. */
export function useMapData(runId: () => number): MapData {
  const refreshOn = { evaluation: ({ runId: id }: { runId: number }) => id === runId(), triage: true as const, edit: true as const }
  const summary = useQuery({ key: () => ['summary', runId()], load: (signal) => api.evaluate.summary.query({ runId: runId() }, { signal }), refreshOn })
  const groups = useQuery({ key: () => ['map groups', runId()], load: (signal) => api.evaluate.groups.query({ runId: runId(), limit: 100_000 }, { signal, context: { alone: true } }), refreshOn, refreshEvery: 1000 })
  const summaries = useSequenceSummaries()
  const chosenFold = ref<number | null>(null)
  /** Folds that turned out to have nothing to show. */
  const skipped = ref(0)
  const method = ref<MapMethod>('umap')
  const settings = ref<UmapSettings>({ ...defaultSettings })
  const folds = computed(() => (summary.data.value?.folds ?? []).map(({ fold }) => fold))
  const fold = computed(() => chosenFold.value ?? folds.value[skipped.value] ?? folds.value[0] ?? null)
  const options = (): EmbeddingMapOptions | null => (fold.value === null ? null : { runId: runId(), fold: fold.value, method: method.value, ...settings.value })
  const work = useEmbeddingMap(options)

  function apply(next: UmapSettings): void {
    const before = JSON.stringify(options())
    settings.value = { ...next }
    if (JSON.stringify(options()) === before) void work.make()
  }

  watch(runId, () => {
    chosenFold.value = null
    skipped.value = 0
  })
  watch(work.failure, (failure) => {
    if (failure?.kind === 'not-found' && chosenFold.value === null && skipped.value < folds.value.length - 1) skipped.value++
  })
  const cloud = computed(() => {
    const made = work.made.value
    return made === null || groups.data.value === null ? null : cloudOf(made.map, made.options.fold, groups.data.value.rows, summaries.value)
  })

  return { summary, folds, fold, chooseFold: (next) => (chosenFold.value = next), method: computed({ get: () => method.value, set: (next) => (method.value = next) }), settings: computed(() => settings.value), apply, work, cloud }
}

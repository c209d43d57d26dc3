import { computed, ref, type ComputedRef, type Ref, type WritableComputedRef } from 'vue'
import type { Pooling } from '../../../src-main/contract/ensemble.ts'
import type { PredictionOptions } from '../../../src-main/contract/predict.ts'
import type { Run } from '../../../src-main/contract/train.ts'

export interface PredictionDraft {
  folder: Ref<string>
  /** Runs that are there; the best known until a person chooses. */
  runIds: WritableComputedRef<number[]>
  pooling: Ref<Pooling>
  rules: Ref<boolean>
  watch: Ref<boolean>
  /** There is a folder and a run: it can begin. */
  complete: ComputedRef<boolean>
  options: () => PredictionOptions
}

/** What is about to be predicted. `usual`: the run that predicts while none was chosen. */
export function usePredictionDraft(runs: () => readonly Run[], usual: () => number | null): PredictionDraft {
  const [folder, pooling, rules, watch] = [ref(''), ref<Pooling>('mean'), ref(false), ref(false)]
  const picked = ref<number[] | null>(null)
  const runIds = computed({
    get: () => (picked.value ?? [usual()]).filter((id) => id !== null).filter((id) => runs().some((run) => run.id === id)),
    set: (ids) => (picked.value = ids),
  })
  const complete = computed(() => folder.value.trim() !== '' && runIds.value.length > 0)
  const options = (): PredictionOptions => ({ folder: folder.value.trim(), runIds: runIds.value, pooling: pooling.value, rules: rules.value, watch: watch.value })
  return { folder, runIds, pooling, rules, watch, complete, options }
}

import { useStorage } from '@vueuse/core'
import { computed, type ComputedRef, type WritableComputedRef } from 'vue'
import { useDraft } from '../train/draft.ts'

/** What a run would look at: the side of the network's square input in pixels, as chosen here or as the run that is being prepared says, and that run's seed. */
export function useNetworkInput(): { imageSize: WritableComputedRef<number>; sizes: ComputedRef<number[]>; seed: ComputedRef<number> } {
  const draft = useDraft()
  const chosen = useStorage('handloom.crop.imageSize', 0)
  return {
    imageSize: computed({
      get: () => (chosen.value >= 16 && chosen.value <= 1024 ? chosen.value : draft.value.imageSize),
      // The run's own size goes on following the run.
      set: (size) => (chosen.value = size === draft.value.imageSize ? 0 : size),
    }),
    sizes: computed(() => [...new Set([draft.value.imageSize, 64, 128, 224, 288, 384])].sort((a, b) => a - b)),
    seed: computed(() => draft.value.seed),
  }
}

import { createGlobalState, useStorage } from '@vueuse/core'
import { ref, type Ref } from 'vue'
import type { AugmentPart } from './sheetSamples.ts'
import { useNetworkInput } from '../useNetworkInput.ts'

interface SheetOptions {
  /** What the model that is looked over the shoulder sees. */
  sees: Ref<'pictures' | 'keypoints'>
  /** One frame over many epochs, or every frame in one epoch. */
  rows: Ref<'epochs' | 'frames'>
  /** Counted from 1. */
  firstEpoch: Ref<number>
  /** First sample shown, where every frame is. */
  firstSample: Ref<number>
  seed: Ref<number>
  imageSize: Ref<number>
  /** Parts that the preview leaves out. */
  off: Ref<ReadonlySet<AugmentPart>>
}

/** What view and panel of the augmentation sheet share. */
export const useSheetOptions = createGlobalState((): SheetOptions => {
  const { imageSize, seed } = useNetworkInput()
  return {
    sees: useStorage<'pictures' | 'keypoints'>('handloom.crop.sheetSees', 'pictures'),
    rows: useStorage<'epochs' | 'frames'>('handloom.crop.sheetRows', 'epochs'),
    firstEpoch: ref(1),
    firstSample: ref(0),
    seed: ref(seed.value),
    imageSize,
    off: ref<ReadonlySet<AugmentPart>>(new Set()),
  }
})

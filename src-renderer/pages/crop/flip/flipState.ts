import { createGlobalState, useStorage } from '@vueuse/core'
import { ref, type Ref } from 'vue'
import type { BarOrder, HandGroup } from './flipCounts.ts'
import type { OpenChoice } from './flipClasses.ts'

export const flipTabs = ['counts', 'map', 'runs'] as const
export type FlipTab = (typeof flipTabs)[number]

interface FlipState {
  tab: Ref<FlipTab>
  order: Ref<BarOrder>
  hand: Ref<HandGroup | 'all'>
  /** The walk through what is to be decided; null = not on it. Choices stay in it when they are made, so that one can go back. */
  walk: Ref<Pick<OpenChoice, 'direction'> & { poseId: number } | null>
}

/** What view and panel of Flip share. */
export const useFlipState = createGlobalState((): FlipState => ({
  tab: useStorage<FlipTab>('handloom.crop.flipTab', 'counts'),
  order: useStorage<BarOrder>('handloom.crop.barOrder', 'class'),
  hand: ref<HandGroup | 'all'>('all'),
  walk: ref(null),
}))

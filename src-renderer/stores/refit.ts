import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { RefitState } from '../../src-main/contract/keypoints.ts'
import { api } from '../api/client.ts'
import { onEvent, onReconnect } from '../api/events.ts'
import { useProjectStore } from './project.ts'

/** The keypoint model that is fitted again behind, live; null until the core told of it. */
export const useRefit = defineStore('refit', () => {
  const project = useProjectStore()
  const state = shallowRef<RefitState | null>(null)

  const refresh = async (): Promise<void> => void (state.value = await api.train.refit.query())
  const refreshQuietly = (): void => void refresh().catch((error: unknown) => console.warn('Could not read how far the hand model is fitted again:', error))

  /** Throws what the call throws. */
  async function setEnabled(enabled: boolean): Promise<void> {
    state.value = await api.train.setRefit.mutate({ enabled })
  }

  watch(() => project.current?.project, (folder) => (folder === undefined ? (state.value = null) : refreshQuietly()), { immediate: true })
  onEvent('refit', ({ refit }) => (state.value = refit))
  onReconnect(refreshQuietly)

  return { state, setEnabled }
})

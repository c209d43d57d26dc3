import { defineStore } from 'pinia'
import { computed, reactive, shallowRef, watch } from 'vue'
import type { DeviceLoad, QueueState } from '../../src-main/contract/train.ts'
import { api } from '../api/client.ts'
import { onEvent, onReconnect } from '../api/events.ts'
import { useProjectStore } from './project.ts'

/** What trains and what waits, live, with what the machine does meanwhile. */
export const useQueueStore = defineStore('queue', () => {
  const project = useProjectStore()
  const queue = shallowRef<QueueState | null>(null)
  /** The newest load that a running fold told of, by `run/fold`. */
  const loads = reactive(new Map<string, DeviceLoad>())
  const held = computed(() => (queue.value !== null && queue.value.state !== 'on' ? queue.value.state : null))
  const idle = computed(() => queue.value === null || (queue.value.waiting.length === 0 && queue.value.devices.every(({ running }) => running === null)))

  function put(state: QueueState): void {
    queue.value = state
    const running = new Set(state.devices.flatMap(({ running: fold }) => (fold === null ? [] : [`${fold.runId}/${fold.fold}`])))
    for (const key of loads.keys()) if (!running.has(key)) loads.delete(key)
  }

  const refresh = async (): Promise<void> => put(await api.train.queue.query())
  const refreshQuietly = (): void => void refresh().catch((error: unknown) => console.warn('Could not read the queue:', error))
  watch(() => project.current?.project, (folder) => (folder === undefined ? (queue.value = null) : refreshQuietly()), { immediate: true })
  onEvent('queue', ({ queue: state }) => put(state))
  onEvent('metric', ({ runId, metric }) => {
    if (metric.load !== null) loads.set(`${runId}/${metric.fold}`, metric.load)
  })
  onReconnect(refreshQuietly)

  return { queue, loads, held, idle, put, refresh }
})

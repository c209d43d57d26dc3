import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { EmbeddingMap, EmbeddingMapOptions } from '../../../../src-main/contract/evaluate.ts'
import type { Job } from '../../../../src-main/contract/project.ts'
import { api } from '../../../api/client.ts'
import { toFailure, type Failure } from '../../../api/failure.ts'
import { useEvent } from '../../../composables/useEvent.ts'

export interface MadeMap {
  map: EmbeddingMap
  /** What it was made with. */
  options: EmbeddingMapOptions
}

export interface MapWork {
  /** The newest map of the run; the one before stays while another is computed, and when that is cancelled. */
  made: ShallowRef<MadeMap | null>
  busy: ComputedRef<boolean>
  /** How far the core is; null while that is not known. */
  job: ShallowRef<Job | null>
  /** Why the last one ended without a map; `interrupted` when it was cancelled. */
  failure: ShallowRef<Failure | null>
  make: () => Promise<void>
  cancel: () => Promise<void>
}

/** The map for some options (null: none yet), computed as soon as they are others. */
export function useEmbeddingMap(options: () => EmbeddingMapOptions | null): MapWork {
  const made = shallowRef<MadeMap | null>(null)
  const job = shallowRef<Job | null>(null)
  const failure = shallowRef<Failure | null>(null)
  /** Counts what was asked for; only the newest answer is taken. */
  let newest = 0
  const running = shallowRef(0)

  useEvent('job', ({ job: next }) => {
    if (next.kind === 'embedding-map' && running.value > 0) job.value = next.state === 'running' ? next : null
  })

  function fail(reason: Failure): void {
    failure.value = reason
    if (reason.kind !== 'interrupted') made.value = null
  }

  async function make(): Promise<void> {
    const wanted = options()
    if (wanted === null) return
    const mine = ++newest
    if (running.value > 0) await api.evaluate.cancelEmbeddingMap.mutate().catch(() => undefined)
    failure.value = null
    running.value++
    try {
      const map = await api.evaluate.embeddingMap.mutate(wanted)
      if (mine === newest) made.value = { map, options: wanted }
    } catch (thrown) {
      if (mine === newest) fail(toFailure(thrown))
    } finally {
      running.value--
      if (running.value === 0) job.value = null
    }
  }

  async function cancel(): Promise<void> {
    try {
      await api.evaluate.cancelEmbeddingMap.mutate()
    } catch (thrown) {
      failure.value = toFailure(thrown)
    }
  }

  watch(() => JSON.stringify(options()), () => {
    if (made.value?.options.runId !== options()?.runId) made.value = null
    void make()
  }, { immediate: true })

  return { made, busy: computed(() => running.value > 0), job, failure, make, cancel }
}

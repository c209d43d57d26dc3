import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { FedBatch } from '../../../../src-main/contract/train.ts'
import { api } from '../../../api/client.ts'
import { isAborted, toFailure, type Failure } from '../../../api/failure.ts'

export interface ShownBatch {
  batch: FedBatch
  /** Of a picture with the samples beside each other, loaded. */
  url: string
}

export interface FedBatchQuery {
  shown: ShallowRef<ShownBatch | null>
  failure: ShallowRef<Failure | null>
  /** The fold did not answer with a batch yet. */
  waiting: ShallowRef<boolean>
}

const everyMilliseconds = 3000

/** The batch that a fold is fed, anew every three seconds while the window can be seen. The one before stays until the next one's pictures are there. */
export function useFedBatch(fed: () => { runId: number; fold: number } | null): FedBatchQuery {
  const shown = shallowRef<ShownBatch | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const waiting = shallowRef(true)
  const visibility = useDocumentVisibility()
  let asking: AbortController | null = null

  async function ask(): Promise<void> {
    const wanted = fed()
    if (wanted === null || asking !== null || visibility.value === 'hidden') return
    const own = new AbortController()
    asking = own
    try {
      const batch = await api.train.batch.query(wanted, { signal: own.signal, context: { alone: true } })
      if (batch !== null && batch.step !== shown.value?.batch.step) {
        const url = `./batch/${wanted.runId}/${wanted.fold}/${batch.step}`
        const picture = new Image()
        picture.src = url
        await picture.decode()
        if (!own.signal.aborted) shown.value = { batch, url }
      }
      if (own.signal.aborted) return
      waiting.value = batch === null
      failure.value = null
    } catch (thrown) {
      if (!own.signal.aborted && !isAborted(thrown)) failure.value = toFailure(thrown)
    } finally {
      if (asking === own) asking = null
    }
  }

  watch(
    () => JSON.stringify(fed()),
    () => {
      asking?.abort()
      asking = null
      shown.value = null
      failure.value = null
      waiting.value = true
      void ask()
    },
    { immediate: true },
  )
  watch(visibility, () => void ask())
  useIntervalFn(() => void ask(), everyMilliseconds)
  onScopeDispose(() => asking?.abort())
  return { shown, failure, waiting }
}

import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { SequenceKeypoints } from '../../../src-main/contract/crop.ts'
import { api } from '../../api/client.ts'
import { isAborted, toFailure, type Failure } from '../../api/failure.ts'
import { useEvent } from '../../composables/useEvent.ts'
import { useProjectStore } from '../../stores/project.ts'

const pageSize = 100

/** The keypoint boxes of all sequences, page by page so that the core stays quick for others; `done` says how far it is. */
export function useKeypointBoxes(): { sequences: ShallowRef<readonly SequenceKeypoints[]>; done: ShallowRef<boolean>; failure: ShallowRef<Failure | null>; reload: () => Promise<void> } {
  const project = useProjectStore()
  const sequences = shallowRef<readonly SequenceKeypoints[]>([])
  const done = shallowRef(false)
  const failure = shallowRef<Failure | null>(null)
  let controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(): Promise<void> {
    controller.abort()
    controller = new AbortController()
    failure.value = null
    const { signal } = controller
    const first = sequences.value.length === 0
    const loaded: SequenceKeypoints[] = []
    try {
      for (;;) {
        const page = await api.crop.keypointBoxes.query({ offset: loaded.length, limit: pageSize }, { signal })
        if (signal.aborted) return
        loaded.push(...page)
        if (first) sequences.value = [...loaded]
        if (page.length < pageSize) break
      }
      sequences.value = loaded
      done.value = true
    } catch (thrown) {
      if (!signal.aborted && !isAborted(thrown)) failure.value = toFailure(thrown)
    }
  }

  function soon(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void load(), 300)
  }
  useEvent('edit', soon)
  useEvent('scan', ({ status }) => status.state === 'done' && soon())
  watch(() => project.current?.project, () => void load(), { immediate: true })
  onScopeDispose(() => {
    controller.abort()
    clearTimeout(timer)
  })
  return { sequences, done, failure, reload: load }
}

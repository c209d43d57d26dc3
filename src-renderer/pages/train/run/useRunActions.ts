import { computed, ref, type ComputedRef, type ShallowRef } from 'vue'
import type { ResumeChanges, Run } from '../../../../src-main/contract/train.ts'
import { api } from '../../../api/client.ts'
import { useAction } from '../../../composables/useAction.ts'
import { useNotify } from '../../../composables/useNotify.ts'
import { useText } from '../../../composables/useText.ts'
import { useRunsStore } from '../../../stores/runs.ts'

/** Runs that were asked to stop after their epoch: the core says so only when they have. */
const stopsAfterEpoch = ref<readonly number[]>([])

export interface RunActions {
  /** Queued or running. */
  busy: ComputedRef<boolean>
  resumable: ComputedRef<boolean>
  /** It stops by itself when the epoch is over. */
  stopsSoon: ComputedRef<boolean>
  stop: (when: 'now' | 'after-epoch') => Promise<void>
  resume: (changes?: ResumeChanges) => Promise<void>
  /** The same run once more; its id, null when it failed. */
  again: () => Promise<number | null>
  rename: (name: string) => Promise<void>
  stopping: ShallowRef<boolean>
  resuming: ShallowRef<boolean>
  repeating: ShallowRef<boolean>
}

/** What can be done with a run. */
export function useRunActions(run: () => Run): RunActions {
  const { t } = useText()
  const notify = useNotify()
  const runs = useRunsStore()
  const busy = computed(() => run().state === 'running' || run().state === 'queued')
  const resumable = computed(() => !busy.value && run().folds.some(({ state }) => state === 'stopped' || state === 'failed'))
  const stopsSoon = computed(() => busy.value && stopsAfterEpoch.value.includes(run().id))

  const stopping = useAction((when: 'now' | 'after-epoch') => api.train.stop.mutate({ id: run().id, when }))
  const resuming = useAction((config: ResumeChanges) => api.train.resume.mutate({ id: run().id, config }))
  const repeating = useAction(() => api.train.again.mutate({ id: run().id }))
  const renaming = useAction((name: string) => api.train.rename.mutate({ id: run().id, name }))
  const put = (changed: Run | null): Run | null => {
    if (changed !== null) runs.put(changed)
    return changed
  }

  async function stop(when: 'now' | 'after-epoch'): Promise<void> {
    const { id } = run()
    const stopped = put(await stopping.run(when))
    if (stopped === null) return
    stopsAfterEpoch.value = when === 'after-epoch' ? [...stopsAfterEpoch.value, id] : stopsAfterEpoch.value.filter((other) => other !== id)
    if (stopped.state === 'stopped') notify.good(t('train.run.stopped'), { label: t('train.run.resume'), run: () => void resume() })
  }

  async function resume(changes: ResumeChanges = {}): Promise<void> {
    stopsAfterEpoch.value = stopsAfterEpoch.value.filter((other) => other !== run().id)
    put(await resuming.run(changes))
  }

  return {
    busy, resumable, stopsSoon, stop, resume,
    again: async () => put(await repeating.run())?.id ?? null,
    rename: async (name) => void put(await renaming.run(name)),
    stopping: stopping.busy, resuming: resuming.busy, repeating: repeating.busy,
  }
}

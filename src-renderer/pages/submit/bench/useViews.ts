import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { EnsembleWays } from '../../../../src-main/contract/ensemble.ts'
import type { Job } from '../../../../src-main/contract/project.ts'
import type { TestViews } from '../../../../src-main/contract/train.ts'
import { api } from '../../../api/client.ts'
import { toFailure, type Failure } from '../../../api/failure.ts'
import { useAction } from '../../../composables/useAction.ts'
import { useProjectStore } from '../../../stores/project.ts'

export interface ViewWork {
  /** Resolves to the new scores; null when it failed or was cancelled. */
  predict: (runIds: readonly number[], views: TestViews) => Promise<EnsembleWays | null>
  /** Resolves when it has stopped: the frames that are being predicted are done first. */
  cancel: () => Promise<void>
  cancelling: ShallowRef<boolean>
  busy: ComputedRef<boolean>
  /** How far the core says it is. */
  job: ComputedRef<Job | null>
  /** Why the last one ended without scores; `interrupted` when it was cancelled. */
  failure: ShallowRef<Failure | null>
}

const asked = shallowRef(0)
const failure = shallowRef<Failure | null>(null)

/** Prediction by other views: it goes on while another page is shown. */
export function useViews(): ViewWork {
  const project = useProjectStore()
  const job = computed(() => project.jobs.find(({ kind }) => kind === 'views') ?? null)

  async function predict(runIds: readonly number[], views: TestViews): Promise<EnsembleWays | null> {
    asked.value += 1
    failure.value = null
    try {
      return await api.ensemble.predictViews.mutate({ runIds: [...runIds], views })
    } catch (thrown) {
      failure.value = toFailure(thrown)
      return null
    } finally {
      asked.value -= 1
    }
  }

  const cancelling = useAction(() => api.ensemble.cancelViews.mutate())
  return { predict, cancel: async () => void (await cancelling.run()), cancelling: cancelling.busy, busy: computed(() => asked.value > 0 || job.value !== null), job, failure }
}

import { computed, shallowReactive, type ComputedRef } from 'vue'
import type { Job } from '../../../../src-main/contract/project.ts'
import type { ExportedModel, ModelExportOptions } from '../../../../src-main/contract/train.ts'
import { api } from '../../../api/client.ts'
import { toFailure, type Failure } from '../../../api/failure.ts'
import { useAction } from '../../../composables/useAction.ts'
import { useProjectStore } from '../../../stores/project.ts'

/** The last export, kept while another page is shown: the core makes one at a time. */
const last = shallowReactive<{ project: string; runId: number; busy: boolean; result: ExportedModel | null; failure: Failure | null }>({ project: '', runId: 0, busy: false, result: null, failure: null })

export interface ModelExport {
  start: (options: ModelExportOptions) => Promise<void>
  cancel: () => Promise<void>
  busy: ComputedRef<boolean>
  /** How far the core says it is. */
  job: ComputedRef<Job | null>
  /** Of the run that is shown; what was cancelled has neither. */
  result: ComputedRef<ExportedModel | null>
  failure: ComputedRef<Failure | null>
}

/** An export of a run's model: started, followed, cancelled. */
export function useExport(runId: () => number): ModelExport {
  const project = useProjectStore()
  const job = computed(() => project.jobs.find(({ kind }) => kind === 'export') ?? null)
  const mine = computed(() => last.runId === runId() && last.project === project.current?.project)

  const cancelling = useAction(() => api.train.cancelExport.mutate())

  async function start(options: ModelExportOptions): Promise<void> {
    Object.assign(last, { project: project.current?.project ?? '', runId: options.runId, busy: true, result: null, failure: null })
    try {
      last.result = await api.train.exportModel.mutate(options)
    } catch (thrown) {
      const failure = toFailure(thrown)
      last.failure = failure.kind === 'interrupted' ? null : failure
    } finally {
      last.busy = false
    }
  }

  return {
    start,
    cancel: async () => void (await cancelling.run()),
    busy: computed(() => last.busy || job.value !== null),
    job,
    result: computed(() => (mine.value ? last.result : null)),
    failure: computed(() => (mine.value ? last.failure : null)),
  }
}

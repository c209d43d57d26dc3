import { computed, shallowReactive, type ComputedRef } from 'vue'
import type { Job } from '../../../../src-main/contract/project.ts'
import type { BatchFit, Measurement, RateSearch, TrainConfig, TrialKind } from '../../../../src-main/contract/train.ts'
import { api } from '../../../api/client.ts'
import { toFailure, type Failure } from '../../../api/failure.ts'
import { useNotify } from '../../../composables/useNotify.ts'
import { useProjectStore } from '../../../stores/project.ts'

interface Trial {
  /** What it was about; the answer is of no use for anything else. */
  key: string
  busy: boolean
  failure: Failure | null
  result: unknown
}

/** The last trial of each kind, kept while another page is shown: the core runs one of a kind at a time. */
const trials = shallowReactive(new Map<TrialKind, Trial>())

interface Results {
  measure: Measurement
  'batch-size': BatchFit
  'learning-rate': RateSearch
}

export interface UsedTrial<Result> {
  start: () => Promise<Result | null>
  cancel: () => Promise<void>
  busy: ComputedRef<boolean>
  /** How far the core says it is; null before it says so. */
  job: ComputedRef<Job | null>
  /** The failure and the answer for what is asked about now. A trial that was cancelled has neither. */
  failure: ComputedRef<Failure | null>
  result: ComputedRef<Result | null>
}

/** A trial on a device: started, followed, cancelled. `key` says what it is about, as plain data. */
export function useTrial<Kind extends TrialKind>(kind: Kind, key: () => unknown, work: () => Promise<Results[Kind]>): UsedTrial<Results[Kind]> {
  const project = useProjectStore()
  const notify = useNotify()
  const job = computed(() => project.jobs.find((one) => one.kind === kind) ?? null)
  const last = computed(() => trials.get(kind))
  const mine = computed(() => (last.value?.key === JSON.stringify(key()) ? last.value : undefined))

  async function start(): Promise<Results[Kind] | null> {
    const begun: Trial = { key: JSON.stringify(key()), busy: true, failure: null, result: null }
    trials.set(kind, begun)
    try {
      const result = await work()
      trials.set(kind, { ...begun, busy: false, result })
      return result
    } catch (thrown) {
      const failure = toFailure(thrown)
      trials.set(kind, { ...begun, busy: false, failure: failure.kind === 'interrupted' ? null : failure })
      return null
    }
  }

  return {
    start,
    cancel: async () => api.train.cancelTrial.mutate({ kind }).catch((thrown: unknown) => void notify.failure(thrown)),
    busy: computed(() => last.value?.busy === true || job.value !== null),
    job,
    failure: computed(() => mine.value?.failure ?? null),
    result: computed(() => (mine.value?.result ?? null) as Results[Kind] | null),
  }
}

/** What memory and speed of a step hang on. */
export const stepKey = ({ model, imageSize, precision, batchSize, accumulate, optimizer, ema, dropPath, threads }: TrainConfig): unknown => [model, imageSize, precision, batchSize, accumulate, optimizer, ema > 0, dropPath > 0, threads]

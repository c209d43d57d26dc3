import { useIntervalFn, useNow } from '@vueuse/core'
import { computed, type ComputedRef } from 'vue'
import { useFormat } from '../../../composables/useFormat.ts'
import { useText } from '../../../composables/useText.ts'
import { i18n } from '../../../i18n/index.ts'
import { useQueueStore } from '../../../stores/queue.ts'
import { useRunsStore } from '../../../stores/runs.ts'
import { isKeypointRun } from '../modelKinds.ts'
import { finishTime } from './finishTime.ts'

export interface LaunchTime {
  /** How long what is to be started takes by itself; null while that is not known. */
  time: ComputedRef<string | null>
  /** When it is done, with what is before it in the queue; null while that cannot be said. */
  finish: ComputedRef<string | null>
  /** What of the queue is before it. */
  note: ComputedRef<string | null>
}

/** When something is done that takes `seconds` and is started now. What sees keypoints waits for nothing but its like. */
export function useLaunchTime(seconds: () => number | null, seesKeypoints: () => boolean): LaunchTime {
  const { t } = useText()
  const format = useFormat()
  const queue = useQueueStore()
  const runs = useRunsStore()
  const now = useNow({ scheduler: (tick) => useIntervalFn(tick, 20_000) })
  const free = computed(() => queue.idle || (seesKeypoints() && !waitsForKeypoints.value))
  const waitsForKeypoints = computed(() => {
    const places = [...(queue.queue?.waiting ?? []), ...(queue.queue?.devices ?? []).flatMap(({ running }) => running ?? [])]
    return places.some(({ runId }) => runs.runs.some((run) => run.id === runId && isKeypointRun(run)))
  })
  const before = computed(() => (free.value ? 0 : seesKeypoints() ? null : (queue.queue?.secondsLeft ?? null)))
  const time = computed(() => (seconds() === null ? null : format.duration(seconds())))
  const finish = computed(() => {
    const own = seconds()
    return own === null || before.value === null || queue.held !== null ? null : finishTime(own + before.value, now.value, i18n.global.locale.value)
  })
  const note = computed(() => {
    if (queue.held !== null) return t('train.preflight.whenContinued')
    if (free.value) return null
    return before.value === null ? t('train.preflight.afterQueue') : t('train.preflight.afterQueueTime', { time: format.duration(before.value) })
  })
  return { time, finish, note }
}

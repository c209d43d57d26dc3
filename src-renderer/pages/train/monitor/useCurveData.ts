import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Metric } from '../../../../src-main/contract/train.ts'
import { api } from '../../../api/client.ts'
import { onReconnect } from '../../../api/events.ts'
import { isAborted, toFailure, type Failure } from '../../../api/failure.ts'
import { useEvent } from '../../../composables/useEvent.ts'
import { createMetricStore, type MetricStore } from './metricStore.ts'

export interface RunCurves {
  runId: number
  store: MetricStore
  /** The points so far were read. */
  read: boolean
  failure: Failure | null
}

interface Followed extends RunCurves {
  asking: AbortController | null
  /** Events since the question. */
  fresh: Metric[]
}

/** Runs whose points stay in memory, live, after they were looked at. */
const kept = 6
const drawMilliseconds = 200

/**
 * The points of some runs, live: those of the core's answer and those that come as events. An event costs no more than its own point; `curves` becomes
 * another at most five times a second. `reload` reads what could not be read.
 */
export function useCurveData(runIds: () => readonly number[]): { curves: ShallowRef<ReadonlyMap<number, RunCurves>>; reload: () => void } {
  const followed = new Map<number, Followed>()
  const curves = shallowRef<ReadonlyMap<number, RunCurves>>(new Map())
  let timer: ReturnType<typeof setTimeout> | undefined

  const show = (): void => void (curves.value = new Map(followed))
  function changed(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      show()
    }, drawMilliseconds)
  }

  async function read(run: Followed): Promise<void> {
    run.asking?.abort()
    const asking = new AbortController()
    Object.assign(run, { asking, fresh: [] })
    try {
      const metrics = await api.train.metrics.query({ runId: run.runId }, { signal: asking.signal, context: { alone: true } })
      if (run.asking !== asking) return
      run.store = createMetricStore([...metrics, ...run.fresh])
      Object.assign(run, { read: true, failure: null })
    } catch (thrown) {
      if (run.asking !== asking || isAborted(thrown)) return
      run.failure = toFailure(thrown)
    }
    Object.assign(run, { asking: null, fresh: [] })
    show()
  }

  watch(
    () => runIds().join(),
    () => {
      const shown = runIds()
      for (const runId of shown) {
        const known = followed.get(runId)
        // The last shown stay the longest.
        followed.delete(runId)
        const run = known ?? { runId, store: createMetricStore(), read: false, failure: null, asking: null, fresh: [] }
        followed.set(runId, run)
        if (known === undefined || known.failure !== null) void read(run)
      }
      for (const [runId, { asking }] of [...followed].slice(0, Math.max(0, followed.size - Math.max(kept, shown.length)))) {
        asking?.abort()
        followed.delete(runId)
      }
      show()
    },
    { immediate: true },
  )
  useEvent('metric', ({ runId, metric }) => {
    const run = followed.get(runId)
    if (run === undefined) return
    if (run.asking !== null) run.fresh.push(metric)
    run.store.add(metric)
    if (runIds().includes(runId)) changed()
  })
  // What was missed meanwhile is read anew.
  const stop = onReconnect(() => [...followed.values()].forEach((run) => void read(run)))
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
    for (const { asking } of followed.values()) asking?.abort()
  })
  return { curves, reload: () => [...followed.values()].forEach((run) => run.failure !== null && void read(run)) }
}

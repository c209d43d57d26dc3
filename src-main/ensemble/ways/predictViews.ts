import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import type { Emit } from '../../contract/events.ts'
import type { Job } from '../../contract/project.ts'
import type { EvaluateRoom, TrainRoom } from '../../contract/rooms.ts'
import type { Run, TestViews } from '../../contract/train.ts'
import { hasViews, requireKnownViews } from './views.ts'

/** A run's progress is told in so many parts. */
const parts = 1000

export interface ViewPredictions {
  /** @throws HandloomError `bad-request` for views that a run does not know, `interrupted`, and as `TrainRoom.predictFolds` */
  predict(runs: readonly Run[], views: TestViews): Promise<void>
  cancel(): Promise<void>
}

/** Predicts runs by other views, one run after the other, and keeps what it has, fold by fold. */
export function createViewPredictions({ evaluate, train, emit }: { evaluate: Pick<EvaluateRoom, 'store' | 'storedViews'>; train: Pick<TrainRoom, 'run' | 'predictFolds'>; emit: Emit }): ViewPredictions {
  let last: Promise<unknown> = Promise.resolve()
  let cancelling = new AbortController()

  async function predictRun({ id: runId }: Run, views: TestViews, signal: AbortSignal, onProgress: (share: number) => void): Promise<void> {
    const { provenance } = await train.run({ id: runId })
    // It may wait for a device for long; who cancels does not.
    const { poseIds, folds } = await Promise.race([train.predictFolds({ runId, views, signal, onProgress: (done, total) => onProgress(total > 0 ? done / total : 0) }), abortOf(signal)])
    if (JSON.stringify((await train.run({ id: runId })).provenance) !== JSON.stringify(provenance))
      throw new HandloomError('conflict', `Run ${runId} was fitted again while it was predicted, so these predictions are old. Try again when it is done.`)
    for (const { fold, ...predicted } of folds) for (const part of ['validation', 'test'] as const) evaluate.store({ runId, fold, part, poseIds, rows: predicted[part], views })
  }

  async function predictAll(runs: readonly Run[], views: TestViews, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const wanted = runs.filter((run) => !hasViews(evaluate, run, views))
    if (wanted.length === 0) return
    const tell = jobOf(wanted, emit)
    try {
      for (const [position, run] of wanted.entries()) {
        await predictRun(run, views, signal, (share) => tell('running', (position + share) / wanted.length))
        signal.throwIfAborted()
      }
      tell('done', 1)
    } catch (error) {
      const known = signal.aborted ? (signal.reason as HandloomError) : toHandloomError(error)
      tell(known.kind === 'interrupted' ? 'cancelled' : 'failed', null, known.message)
      throw known
    }
  }

  return {
    predict(runs, views) {
      for (const run of runs) requireKnownViews(run, views)
      const { signal } = cancelling
      const predicted = last.then(() => predictAll(runs, views, signal))
      last = predicted.catch(() => null)
      return predicted
    },

    async cancel() {
      cancelling.abort(new HandloomError('interrupted', 'Predicting by other views was cancelled. What was done is kept.'))
      cancelling = new AbortController()
      await last
    },
  }
}

const abortOf = (signal: AbortSignal): Promise<never> => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as HandloomError), { once: true }))

/** Tells of predictions as a job. What is left is reckoned from the first progress on: before it, crops are cut and the compute process starts. */
function jobOf(runs: readonly Run[], emit: Emit): (state: Job['state'], share: number | null, message?: string) => void {
  const job: Job = { id: `views of ${runs.map(({ id }) => id).join(', ')}`, kind: 'views', state: 'running', done: 0, total: parts * runs.length, secondsLeft: null, message: null }
  let first: { share: number; at: number } | null = null
  emit({ type: 'job', job: { ...job } })
  return (state, share, message) => {
    const now = performance.now()
    job.state = state
    job.message = message ?? null
    job.secondsLeft = null
    if (share !== null) {
      job.done = Math.round(share * job.total)
      if (first && share > first.share) job.secondsLeft = ((now - first.at) / 1000 / (share - first.share)) * (1 - share)
      first ??= { share, at: now }
    }
    emit({ type: 'job', job: { ...job } })
  }
}

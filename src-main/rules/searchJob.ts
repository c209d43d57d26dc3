import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { Job } from '../contract/project.ts'

/** Work that is told as a `rule-search` job and can be cancelled. One goes on at a time: the next cancels it. */
export function createSearchJob(emit: Emit) {
  let cancelling: AbortController | null = null
  let begun = 0

  const cancel = (): void => cancelling?.abort(new HandloomError('interrupted', 'The search for a feature was cancelled.'))

  return {
    cancel,

    async run<T>(total: number, work: (signal: AbortSignal, onProgress: (done: number, total: number) => void) => Promise<T>): Promise<T> {
      cancel()
      const own = (cancelling = new AbortController())
      const started = performance.now()
      const job: Job = { id: `rule search ${++begun}`, kind: 'rule-search', state: 'running', done: 0, total, secondsLeft: null, message: null }
      const tell = (changes: Partial<Job>): void => emit({ type: 'job', job: { ...Object.assign(job, changes) } })
      tell({})
      try {
        const made = await work(own.signal, (done, all) => tell({ done, total: all, secondsLeft: done === 0 ? null : ((performance.now() - started) / 1000) * (all / done - 1) }))
        tell({ state: 'done', done: job.total, secondsLeft: 0 })
        return made
      } catch (error) {
        tell({ state: own.signal.aborted ? 'cancelled' : 'failed', secondsLeft: null, message: toHandloomError(error).message })
        throw error
      } finally {
        if (cancelling === own) cancelling = null
      }
    },
  }
}

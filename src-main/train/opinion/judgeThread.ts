import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HandloomError } from '../../contract/errors.ts'
import type { Judge, Judgement } from './judge.ts'
import type { FromJudgeWorker, ToJudgeWorker } from './judgeWorker.ts'

export interface JudgeThread {
  judge: Judge
  close(): Promise<void>
}

interface Waiting {
  resolve(judgement: Judgement): void
  reject(error: unknown): void
}

/** A judge in a thread of its own, which begins with the first question and is there until it is closed. */
export function createJudgeThread(): JudgeThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let asked = 0

  function refuseAll(error: unknown): void {
    worker = null
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }

  function started(): Worker {
    const thread = new Worker(new URL(`./judgeWorker${extname(import.meta.filename)}`, import.meta.url), { name: 'keypoint opinion', execArgv: [] })
    thread.unref()
    thread.on('message', (message: FromJudgeWorker) => {
      const question = waiting.get(message.id)
      waiting.delete(message.id)
      if (message.type === 'judged') question?.resolve(message.judgement)
      else question?.reject(new HandloomError(message.kind, message.message))
    })
    const ended = (error: unknown): void => {
      if (worker === thread) refuseAll(error)
    }
    thread.on('error', ended)
    thread.on('exit', (code) => ended(new HandloomError('internal', `The thread of the keypoint model's opinion ended with code ${code}. Ask again.`)))
    return thread
  }

  return {
    judge(task, signal) {
      const thread = (worker ??= started())
      const id = ++asked
      const { promise, resolve, reject } = Promise.withResolvers<Judgement>()
      waiting.set(id, { resolve, reject })
      const abandon = (): void => thread.postMessage({ type: 'abandon', id } satisfies ToJudgeWorker)
      signal.addEventListener('abort', abandon, { once: true })
      thread.postMessage({ type: 'judge', id, task } satisfies ToJudgeWorker)
      return promise.finally(() => signal.removeEventListener('abort', abandon))
    },
    async close() {
      const thread = worker
      refuseAll(new HandloomError('interrupted', 'The project was closed.'))
      await thread?.terminate()
    },
  }
}

/** Answers for what keypoint runs say of sequences, in a thread of its own. */
import { parentPort } from 'node:worker_threads'
import { toHandloomError, type ErrorKind } from '../../contract/errors.ts'
import { openKeypointPredictor } from '../keypoints/predictor.ts'
import { createJudge, type Judgement, type JudgeTask } from './judge.ts'

export type ToJudgeWorker = { type: 'judge'; id: number; task: JudgeTask } | { type: 'abandon'; id: number }

export type FromJudgeWorker = { type: 'judged'; id: number; judgement: Judgement } | { type: 'failed'; id: number; kind: ErrorKind; message: string }

const port = parentPort
if (!port) throw new Error('judgeWorker.ts runs in a worker thread only')
const post = (message: FromJudgeWorker): void => port.postMessage(message)
const judge = createJudge(openKeypointPredictor)
const underway = new Map<number, AbortController>()

async function answer(id: number, task: JudgeTask): Promise<void> {
  const controller = new AbortController()
  underway.set(id, controller)
  try {
    post({ type: 'judged', id, judgement: await judge(task, controller.signal) })
  } catch (error) {
    const { kind, message } = toHandloomError(error)
    post({ type: 'failed', id, kind, message })
  } finally {
    underway.delete(id)
  }
}

port.on('message', (message: ToJudgeWorker) => {
  if (message.type === 'judge') void answer(message.id, message.task)
  else underway.get(message.id)?.abort()
})

import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { toHandloomError } from '../../contract/errors.ts'
import { classifierWorkload, type ClassifierTask } from '../../train/throughput/classifier.ts'
import { epochWorkload, type EpochTask } from '../../train/throughput/epoch.ts'
import type { FrameSet } from '../../train/throughput/frames.ts'
import { inputWorkload, type InputTask } from '../../train/throughput/input.ts'
import { onnxWorkload, type OnnxTask } from '../../train/throughput/onnx.ts'
import { proveTraining, type ProofTask } from '../../train/throughput/proof.ts'
import type { Workload } from '../../train/throughput/workload.ts'

/**
 * A process that measures: `node worker.ts TASK`, the task as JSON. It prints `ready` with what it learnt, then does a round for each line
 * on its standard input and prints it; one JSON object a line. It ends with its standard input.
 */
export type WorkerTask = ClassifierTask | OnnxTask | FrameTask<InputTask> | FrameTask<EpochTask> | ProofTask

/** The frames lie in a file. */
export type FrameTask<Task> = Omit<Task, 'frames'> & { frames: string }

async function prepare(task: WorkerTask): Promise<Workload> {
  const readFrames = async (file: string): Promise<FrameSet> => JSON.parse(await readFile(file, 'utf8')) as FrameSet
  if (task.kind === 'input') return inputWorkload({ ...task, frames: await readFrames(task.frames) })
  if (task.kind === 'epoch') return epochWorkload({ ...task, frames: await readFrames(task.frames) })
  if (task.kind === 'onnx') return onnxWorkload(task)
  if (task.kind === 'proof') return { facts: { proofs: await proveTraining(task) }, round: () => Promise.reject(new RangeError('A proof has no rounds')) }
  return classifierWorkload(task)
}

const say = (message: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(message)}\n`)

// Who asked is gone, and with it the reader of what is said.
process.stdout.on('error', () => process.exit(1))
try {
  const work = await prepare(JSON.parse(process.argv[2] ?? '') as WorkerTask)
  say({ type: 'ready', ...work.facts })
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'round') continue
    const { items, seconds } = await work.round()
    say({ type: 'round', items, seconds, peak_memory_bytes: process.resourceUsage().maxRSS * 1024 })
  }
  process.exit()
} catch (error) {
  const { kind, message } = toHandloomError(error)
  say({ type: 'failed', kind, message })
  process.exitCode = 1
}

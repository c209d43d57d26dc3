import { z } from 'zod'
import { toHandloomError } from '../../contract/errors.ts'
import { precisions } from '../../contract/train.ts'
import { halfPrecision, type EngineProblem, type EngineReport } from '../../engine/runtime/doctor.ts'
import { mendCommand } from '../../engine/runtime/find.ts'
import type { TrainingProof } from '../../train/throughput/proof.ts'
import { ourProgram, startContestant } from './contestant.ts'

/** What training did on the devices of this machine. */
export interface EngineProof {
  model: string
  /** Side of its pictures, pixels. */
  size: number
  batch: number
  /** One for each device and precision. */
  training: TrainingProof[]
  problems: EngineProblem[]
}

const number = z.number().nullable()
const proofs = z.array(z.object({
  device: z.enum(['cpu', 'gpu']), precision: z.enum(precisions), firstLoss: number, lastLoss: number, imagesPerSecond: number, compileSeconds: number, error: z.string().nullable(),
}))

/** A few seconds a device, and a minute for figures that mean something. */
const quick = { model: 'regnety_nano', size: 32, batch: 16, steps: 30 } as const
const thorough = { model: 'regnety_004', size: 128, batch: 16, steps: 20 } as const

/**
 * Has an engine that loads compile a training step and learn with it, in a process for each device: forward, backward, optimiser, and how
 * fast. On a GPU the CPU beside it says whether the numbers are right.
 * @throws HandloomError `interrupted` when the signal aborts
 */
export async function proveEngine(report: EngineReport, { measure, signal }: { measure: boolean; signal: AbortSignal }): Promise<EngineProof> {
  const task = measure ? thorough : quick
  const devices = report.engine?.device === 'GPU' ? (['cpu', 'gpu'] as const) : (['cpu'] as const)
  const training: TrainingProof[] = []
  const problems: EngineProblem[] = []
  for (const device of devices) {
    const half = halfPrecision(device, report)
    try {
      const program = ourProgram({ kind: 'proof', ...task, precisions: ['float32', ...(half ? [half] : [])] }, device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {})
      const worker = await startContestant(program, signal)
      worker.close()
      training.push(...proofs.parse(worker.facts.proofs))
    } catch (error) {
      if (signal.aborted) throw error
      problems.push({ message: `Training on the ${device.toUpperCase()} could not be tried: ${toHandloomError(error).message}`, mend: mendCommand })
    }
  }
  return { model: task.model, size: task.size, batch: task.batch, training, problems: [...problems, ...judge(training)] }
}

/**
 * What is wrong with proofs of the same task: a step that failed, that does not learn, or whose first loss is not the float32 CPU's, by more
 * than a GPU's TensorFloat-32 or a 16-bit format explains.
 */
export function judge(training: readonly TrainingProof[]): EngineProblem[] {
  const reference = training.find(({ device, precision }) => device === 'cpu' && precision === 'float32')?.firstLoss
  return training.flatMap(({ device, precision, firstLoss, lastLoss, error }) => {
    const where = `on the ${device.toUpperCase()} in ${precision}`
    const mend = precision !== 'float32' ? 'train with precision float32' : device === 'gpu' ? `HANDLOOM_ENGINE=cpu ${mendCommand}` : mendCommand
    const tolerance = precision === 'float32' ? 0.01 : 0.05
    if (error !== null || firstLoss === null || lastLoss === null) return [{ message: `The compiled step fails ${where}: ${error ?? 'it gives no number'}`, mend }]
    if (!(lastLoss < 0.8 * firstLoss)) return [{ message: `The compiled step does not learn ${where}: loss ${firstLoss.toFixed(3)} → ${lastLoss.toFixed(3)}.`, mend }]
    if (reference && Math.abs(firstLoss / reference - 1) > tolerance) return [{ message: `The compiled step computes another loss ${where}: ${firstLoss.toFixed(4)}, where the CPU in float32 has ${reference.toFixed(4)}.`, mend }]
    return []
  })
}

/** A line for each proof. */
export function describeProof({ model, size, training, problems }: EngineProof): string[] {
  const lines = training.flatMap(({ device, precision, firstLoss, lastLoss, imagesPerSecond, compileSeconds }) =>
    firstLoss === null || lastLoss === null
      ? []
      : `Training on the ${device.toUpperCase()}, ${precision}: ${imagesPerSecond?.toFixed(0)} images/s, loss ${firstLoss.toFixed(3)} → ${lastLoss.toFixed(3)}, compiled in ${compileSeconds?.toFixed(1)} s (${model}, ${size} px)`)
  return [...lines, ...problems.map(({ message, mend }) => `Problem: ${message}\n  To mend it: ${mend}`)]
}

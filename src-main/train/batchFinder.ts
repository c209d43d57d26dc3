import { join } from 'node:path'
import { HandloomError } from '../contract/errors.ts'
import type { BatchFit, TrainConfig } from '../contract/train.ts'
import type { SpawnCompute } from './computeProcess.ts'
import { runCompute } from './foldRunner.ts'
import type { ProbeJob } from './job.ts'
import { machineMemory } from './machineMemory.ts'
import type { Measured } from './messages.ts'
import { inScratch } from './scratch.ts'

type BatchMeasure = BatchFit['fitting'][number]

export interface BatchSearch {
  /** All that fit, smallest first. */
  fitting: BatchMeasure[]
  /** Why nothing larger was tried: the limit, or `largest`. */
  end: { batch: number; reason: 'estimate' | 'limit' | 'out-of-memory'; bytes: number | null } | null
}

/** 1, 2, 4, … and the largest itself. */
const batchSizes = (largest: number): number[] => [...Array.from({ length: Math.ceil(Math.log2(largest)) }, (_, power) => 2 ** power), largest]

/**
 * Tries batches of 1, 2, 4, … until one does not fit. Before each, its memory is estimated by a line through the last two, so that what is
 * hopeless is not begun.
 * @param measure null: it ended for want of memory
 */
export async function searchBatch({ limitBytes, largest, measure }: {
  limitBytes: number
  largest: number
  measure(batch: number): Promise<BatchMeasure | null>
}): Promise<BatchSearch> {
  const fitting: BatchMeasure[] = []
  for (const batch of batchSizes(largest)) {
    const expected = extrapolated(fitting, batch)
    if (expected !== null && expected > limitBytes) return { fitting, end: { batch, reason: 'estimate', bytes: expected } }
    const measured = await measure(batch)
    if (measured === null) return { fitting, end: { batch, reason: 'out-of-memory', bytes: null } }
    if ((measured.peakBytes ?? 0) > limitBytes) return { fitting, end: { batch, reason: 'limit', bytes: measured.peakBytes } }
    fitting.push(measured)
  }
  return { fitting, end: null }
}

function extrapolated(fitting: readonly BatchMeasure[], batch: number): number | null {
  const [before, last] = fitting.slice(-2)
  if (!before || !last || before.peakBytes === null || last.peakBytes === null) return null
  return last.peakBytes + ((last.peakBytes - before.peakBytes) / (last.batch - before.batch)) * (batch - last.batch)
}

/**
 * Finds which batches of a config fit in memory, whole, each tried in a process of its own, and so in how many parts its own batch does.
 * @param limitBytes memory that training may take; null: nine tenths of what is free on the device. On a GPU, where what is tried cannot harm
 *   anything else, all of it then
 * @param onProgress trials done and planned, and the batch that is tried next
 * @param largest the largest that is tried; default: the config's
 * @throws HandloomError as `measureSteps`
 */
export async function findBatchFit(
  spawnCompute: SpawnCompute,
  config: TrainConfig,
  classes: number,
  limitBytes: number | null,
  signal: AbortSignal,
  onProgress: (done: number, total: number, batch: number) => void = () => undefined,
  { gpu = null, largest = config.batchSize }: { gpu?: number | null; largest?: number } = {},
): Promise<BatchFit & Pick<BatchSearch, 'end'>> {
  const sizes = batchSizes(largest)
  const peaks = new Map<number, number | null>()
  const tried = async (batch: number, limit: number | null): Promise<Measured | null> => {
    onProgress(sizes.indexOf(batch), sizes.length, batch)
    const measured = await probe(spawnCompute, { config: { ...config, batchSize: batch, accumulate: 1 }, classes, gpu, limitBytes: limit }, signal)
    if (measured) peaks.set(batch, measured.peakBytes)
    return measured
  }
  const one = await tried(1, limitBytes)
  const limit = limitBytes ?? 0.9 * (one?.freeMemoryBytes ?? machineMemory().freeBytes)
  // TensorFlow takes a GPU's memory in large pieces: only a trial tells what fits.
  const limited = limitBytes !== null || one?.device === 'CPU'
  const { fitting, end } = await searchBatch({
    limitBytes: limit,
    largest,
    async measure(batch) {
      const measured = batch === 1 ? one : await tried(batch, limit)
      return measured && { batch, imagesPerSecond: measured.imagesPerSecond, peakBytes: limited ? measured.peakBytes : null }
    },
  })
  const most = fitting.at(-1)?.batch ?? null
  return {
    fitting: fitting.map((measure) => ({ ...measure, peakBytes: peaks.get(measure.batch) ?? null })),
    limitBytes: Math.round(limit),
    batchSize: fitting.findLast(({ batch }) => batch <= config.batchSize)?.batch ?? null,
    accumulate: most && Math.ceil(config.batchSize / most),
    end,
  }
}

/**
 * Takes a few training steps of a config on noise, in a process of their own, and says how long they take and how much memory.
 * @param gpu its number; null: as TensorFlow finds one
 * @param onProgress stages done, of three
 * @returns null when it ended for want of memory
 * @throws HandloomError `no-engine`, `bad-request` for a config that cannot be, `internal` when the process ends for another reason, `interrupted`
 */
export const measureSteps = (spawnCompute: SpawnCompute, config: TrainConfig, classes: number, gpu: number | null, signal: AbortSignal, onProgress?: (done: number, total: number) => void): Promise<Measured | null> =>
  probe(spawnCompute, { config, classes, gpu, limitBytes: null }, signal, onProgress)

type StepProbe = Omit<ProbeJob, 'version' | 'kind'>

async function probe(spawnCompute: SpawnCompute, trial: StepProbe, signal: AbortSignal, onProgress: (done: number, total: number) => void = () => undefined): Promise<Measured | null> {
  if (signal.aborted) throw new HandloomError('interrupted', 'The trial was stopped.')
  return inScratch(async (scratch) => {
    let measured: Measured | null = null
    const { failure } = await runCompute(
      spawnCompute,
      join(scratch, 'job.json'),
      { version: 1, kind: 'probe', ...trial },
      signal,
      (message) => {
        if (message.type === 'stage') onProgress(message.done, message.total)
        if (message.type === 'measured') measured = message.measured
      },
      // Nothing is lost: it need not stop in an orderly way, which a step that computes would delay.
      (compute) => signal.addEventListener('abort', () => compute.kill(), { once: true }),
    )
    if (signal.aborted) throw new HandloomError('interrupted', 'The trial was stopped.')
    if (failure && failure.kind !== 'out-of-memory') throw new HandloomError(failure.kind, failure.message)
    return failure ? null : measured
  })
}

import { fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HandloomError } from '../contract/errors.ts'
import type { TrainConfig } from '../contract/train.ts'

/** How training steps on batches of one size went. */
export interface BatchMeasure {
  batch: number
  imagesPerSecond: number
  /** Most memory that the process held; null on a GPU, where what runs fits. */
  peakBytes: number | null
}

export interface BatchSearch {
  /** All that fit, smallest first. */
  fitting: BatchMeasure[]
  /** Why nothing larger was tried: the limit, or `largest`. */
  end: { batch: number; reason: 'estimate' | 'limit' | 'out-of-memory'; bytes: number | null } | null
}

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
  for (let batch = 1; batch <= largest; batch *= 2) {
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

/** What `batchProbe.ts` is started with. */
export interface BatchProbe {
  config: TrainConfig
  batch: number
  classes: number
  /** The process ends itself beyond this. */
  limitBytes: number
}

/**
 * Measures training steps in a process of their own, so that nothing is lost when memory runs out.
 * @returns null when it did
 * @throws HandloomError `internal` when the process ends for another reason, `interrupted`
 */
export async function measureBatch(probe: BatchProbe, signal: AbortSignal): Promise<BatchMeasure | null> {
  const program = fileURLToPath(new URL(`batchProbe${extname(import.meta.filename)}`, import.meta.url))
  const child = fork(program, [JSON.stringify(probe)], { execArgv: ['--disable-warning=DEP0044'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'], signal, killSignal: 'SIGKILL' })
  let said: BatchMeasure | { failed: HandloomError['kind']; message: string } | undefined
  let tail = ''
  child.on('message', (message) => (said = message as NonNullable<typeof said>))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-2000)))
  const { promise, resolve } = Promise.withResolvers<string | null>()
  child.on('error', () => undefined)
  child.on('close', (_, killed) => resolve(killed))
  const killed = await promise
  if (signal.aborted) throw new HandloomError('interrupted', 'The search for a batch size was stopped.')
  if (said && 'batch' in said) return said
  if (killed === 'SIGKILL' || said?.failed === 'out-of-memory') return null
  throw new HandloomError(said?.failed ?? 'internal', said?.message ?? `The trial of a batch of ${probe.batch} ended unexpectedly. Its last lines: ${tail}`)
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HandloomError } from '../../contract/errors.ts'
import type { Precision } from '../../contract/train.ts'
import { alternate, median, speedOf, type Speed } from './alternate.ts'
import { ourProgram, startContestant, type Contestant, type ContestantProgram, type Round } from './contestant.ts'
import { drawFrames, writeFrames, type BenchFrames } from './frames.ts'
import { findPeer } from './peer.ts'
import type { WorkerTask } from './worker.ts'

export interface BenchOptions {
  model: string
  /** Side in pixels of what the network sees. */
  size: number
  batch: number
  precision: Precision
  threads: number
  /** Rounds of each side. */
  rounds: number
  /** How long a round takes about. */
  roundSeconds: number
  /** Whether PyTorch is measured beside. */
  peer: boolean
  layout: 'channels-last' | 'nchw'
  /** Most frames of the benchmarks that begin with pictures. */
  frames: number
  /** A data set in the contest's layout for those; undefined: one is drawn into `drawn`. */
  folder: string | undefined
  drawn: string
}

export interface BenchTools {
  signal: AbortSignal
  progress(korean: string, english: string): void
  /** A line for people that the result does not hold: why there is no peer. */
  note(text: string): void
}

export type BenchResult = Record<string, unknown> & { ratio: number | null }

const classes = 157

/** Training steps, or predictions, of a model on pictures in memory. */
export async function benchClassifier(kind: 'train' | 'infer', options: BenchOptions, tools: BenchTools): Promise<BenchResult> {
  const { model, size, batch, precision, threads, roundSeconds, layout } = options
  const task = { kind, model, size, batch, classes, precision, threads, roundSeconds }
  return compared(options, tools, `${kind} ${model} ${size} px ${precision}`, task, { script: 'torch_regnet.py', task: { ...task, layout } }, async (contestants) => {
    const [ours, peer] = await alternate(contestants, options.rounds)
    const speed = speedOf(ours as Round[])
    const rival = peer && speedOf(peer)
    return {
      model,
      size,
      batch,
      precision,
      threads,
      ...contestants[0]?.facts,
      ...inImages(speed),
      peer: rival ? { ...contestants[1]?.facts, ...inImages(rival) } : null,
      ratio: rival ? speed.perSecond / rival.perSecond : null,
    }
  })
}

const inImages = ({ perSecond, rounds, peakMemoryBytes }: Speed) => ({ images_per_second: perSecond, rounds, peak_memory_bytes: peakMemoryBytes })

/** The way from picture files to what the network sees, in one thread: after the first epoch, which cuts the crops, and with it. */
export async function benchInput(options: BenchOptions, tools: BenchTools): Promise<BenchResult> {
  const { size, roundSeconds } = options
  return withFrames(options, tools, async ({ ours: frames, peer: list, frames: count }) => {
    const task = { kind: 'input', frames, threads: 1, roundSeconds } as const
    const rivalTask = { frames: list, size, roundSeconds }
    return compared({ ...options, threads: 1 }, tools, `input ${size} px`, task, { script: 'seed_input.py', task: rivalTask }, async (contestants) => {
      const [ours, peer] = await alternate(contestants, options.rounds)
      const { perSecond, rounds, peakMemoryBytes } = speedOf(ours as Round[])
      const rival = peer && speedOf(peer)
      const cutSeconds = Number(contestants[0]?.facts.cut_seconds)
      const first = count / (cutSeconds + count / perSecond)
      return {
        size,
        frames: count,
        threads: 1,
        samples_per_second: perSecond,
        cut_milliseconds_per_sample: (cutSeconds / count) * 1000,
        first_epoch_samples_per_second: first,
        rounds,
        peak_memory_bytes: peakMemoryBytes,
        peer: rival ? { ...contestants[1]?.facts, samples_per_second: rival.perSecond, rounds: rival.rounds, peak_memory_bytes: rival.peakMemoryBytes } : null,
        ratio: rival ? perSecond / rival.perSecond : null,
        first_epoch_ratio: rival ? first / rival.perSecond : null,
      }
    })
  })
}

/** Whole epochs from picture files on, data and training. */
export async function benchEpoch(options: BenchOptions, tools: BenchTools): Promise<BenchResult> {
  const { model, size, batch, precision, threads, layout } = options
  return withFrames(options, tools, async ({ ours: frames, peer: list, frames: count, classes: known }) => {
    const task = { kind: 'epoch', frames, threads } as const
    const rivalTask = { frames: list, model, size, batch, classes: known, precision, threads, layout }
    return compared(options, tools, `epoch ${model} ${size} px ${precision}`, task, { script: 'seed_epoch.py', task: rivalTask }, async (contestants) => {
      const [worker, rival] = contestants as [Contestant, Contestant?]
      const first = (await worker.round()).seconds
      const [ours = [], peer = []] = await alternate(contestants, options.rounds)
      const own = inEpochs(ours, count)
      const theirs = rival ? { ...rival.facts, ...inEpochs(peer, count) } : null
      return {
        model,
        size,
        batch,
        precision,
        threads,
        frames: count,
        ...worker.facts,
        first_epoch_seconds: first,
        ...own,
        peer: theirs,
        ratio: theirs ? theirs.epoch_seconds / own.epoch_seconds : null,
        // Compiling belongs to the first epoch, though a fold does it once whatever its length.
        first_epoch_ratio: theirs ? theirs.epoch_seconds / (first + Number(worker.facts.compile_seconds)) : null,
      }
    })
  })
}

function inEpochs(rounds: readonly Round[], frames: number) {
  const times = rounds.map(({ seconds }) => seconds)
  const epoch = median(times)
  return { epoch_seconds: epoch, images_per_second: frames / epoch, rounds: times, peak_memory_bytes: speedOf(rounds).peakMemoryBytes }
}

/** Runs `measure` on our worker and, where it can be had, the peer, both ready; ends them whatever happens. */
export async function compared(
  { peer: wanted, threads }: Pick<BenchOptions, 'peer' | 'threads'>,
  { signal, progress, note }: BenchTools,
  title: string,
  task: WorkerTask,
  rival: { script: Parameters<typeof findPeer>[0]; task: Record<string, unknown> },
  measure: (contestants: Contestant[]) => Promise<BenchResult>,
): Promise<BenchResult> {
  // Picture decoding takes its threads from there.
  const env = { UV_THREADPOOL_SIZE: String(threads) }
  const contestants: Contestant[] = []
  try {
    progress(`${title} 준비`, `${title}, making ready`)
    contestants.push(await startContestant(ourProgram(task, env), signal))
    const program = wanted ? await findPeer(rival.script, rival.task) : null
    if (program && 'missing' in program) note(program.missing)
    else if (program) {
      progress(`${title} 준비, ${program.name}`, `${title}, making ${program.name} ready`)
      const started = await startPeer(program, signal, note)
      if (started) contestants.push(started)
    }
    progress(`${title} 재는 중`, `${title}, measuring`)
    return await measure(contestants)
  } finally {
    for (const contestant of contestants) contestant.close()
  }
}

/** A peer that does not start costs its own figures only. */
async function startPeer(program: ContestantProgram, signal: AbortSignal, note: BenchTools['note']): Promise<Contestant | null> {
  try {
    return await startContestant(program, signal)
  } catch (error) {
    if (!(error instanceof HandloomError) || error.kind === 'interrupted') throw error
    note(error.message)
    return null
  }
}

export async function withFrames(options: BenchOptions, { signal, progress }: BenchTools, measure: (frames: BenchFrames) => Promise<BenchResult>): Promise<BenchResult> {
  const { folder = options.drawn } = options
  if (folder === options.drawn) await drawFrames(folder, options.frames, (done, total) => progress(`사진 그리는 중 ${done}/${total}`, `Drawing frames ${done}/${total}`), signal)
  const scratch = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  try {
    return await measure(await writeFrames({ ...options, folder }, scratch))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

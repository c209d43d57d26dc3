import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as eventLoop } from 'node:timers/promises'
import { HandloomError } from '../../contract/errors.ts'
import { randomStream } from '../../engine/random.ts'
import { nearDuplicates, type HashedFrames } from '../../split/leaks/nearDuplicates.ts'
import { hashBits, hashThreshold } from '../../split/leaks/perceptualHash.ts'
import { stratifiedGroupKFold } from '../../split/stratifiedGroupKFold.ts'
import { alternate } from './alternate.ts'
import { startContestant, type Contestant, type Round } from './contestant.ts'
import type { BenchOptions, BenchResult, BenchTools } from './measures.ts'
import { findPeer } from './peer.ts'

const folds = 5
const seed = 42
const classes = 157
const framesPerGroup = 5
/** Pairs of near duplicates among the random hashes that are searched. */
const planted = 1000

interface Table {
  classes: number[]
  groups: number[]
}

/**
 * Measures the fold planner: StratifiedGroupKFold of 100,000 frames in 20,000 groups of 157 classes, unbalanced as the contest's are, beside
 * scikit-learn, and whether the folds are the same; then 1,000,000 frames; then the search for near duplicates among 100,000 hashes. Times
 * are the best of the rounds. `ratio`: scikit-learn's time over ours.
 * @throws HandloomError `interrupted`
 */
export async function benchSplit({ rounds, peer: wanted }: Pick<BenchOptions, 'rounds' | 'peer'>, { signal, progress, note }: BenchTools): Promise<BenchResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  let rival: Contestant | null = null
  try {
    progress('폴드 나누기 준비', 'split, making ready')
    const table = unbalanced(100_000)
    if (wanted) {
      const file = join(scratch, 'table.json')
      await writeFile(file, JSON.stringify(table))
      rival = await startPeer(file, signal, note)
    }
    const fold = stratifiedGroupKFold(table.classes, table.groups, folds, seed)
    progress('폴드 나누는 시간 재는 중', 'split, measuring')
    const [ours = [], theirs = []] = await alternate([splitting(table, signal), ...(rival ? [rival] : [])], rounds)
    const seconds = best(ours)
    const peer = rival && { sklearn: rival.facts.sklearn, numpy: rival.facts.numpy, seconds: best(theirs), same_folds: rival.facts.fold_sha256 === sha256(fold) }
    progress('프레임 100만 개 나누는 중', 'split, a million frames')
    const million = unbalanced(1_000_000)
    const [millions = []] = await alternate([splitting(million, signal)], Math.min(rounds, 3))
    progress('비슷한 프레임 찾는 중', 'split, near duplicates')
    return {
      frames: table.classes.length,
      groups: table.groups.at(-1)! + 1,
      classes,
      folds,
      seconds,
      peer,
      ratio: peer && peer.seconds / seconds,
      million: { frames: million.classes.length, groups: million.groups.at(-1)! + 1, seconds: best(millions) },
      near_duplicates: await benchSearch(100_000, rounds, signal),
    }
  } finally {
    rival?.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

const best = (of: readonly Round[]): number => Math.min(...of.map(({ seconds }) => seconds))

const sha256 = (fold: Int32Array): string => createHash('sha256').update(fold).digest('hex')

/** Frames of groups of 1 to 9, a group of one class; of the first class about 12 times as many as of the last. */
function unbalanced(frames: number): Table {
  const random = randomStream(seed, frames)
  const table: Table = { classes: [], groups: [] }
  for (let group = 0; group < frames / framesPerGroup; group++) {
    const poseId = Math.floor(classes * random.uniform() ** 2)
    const length = 1 + random.integer(2 * framesPerGroup - 1)
    for (let frame = 0; frame < length; frame++) {
      table.classes.push(poseId)
      table.groups.push(group)
    }
  }
  return table
}

/** Our splitter as a contestant, in this process. */
function splitting({ classes, groups }: Table, signal: AbortSignal): Pick<Contestant, 'round'> {
  return {
    async round() {
      await eventLoop()
      stopIfAborted(signal)
      const began = performance.now()
      stratifiedGroupKFold(classes, groups, folds, seed)
      return { items: classes.length, seconds: (performance.now() - began) / 1000, peak_memory_bytes: process.resourceUsage().maxRSS * 1024 }
    },
  }
}

function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new HandloomError('interrupted', 'Measuring was stopped.')
}

async function startPeer(table: string, signal: AbortSignal, note: BenchTools['note']): Promise<Contestant | null> {
  const program = await findPeer('split.py', { table, folds, seed })
  if ('missing' in program) {
    note(program.missing)
    return null
  }
  try {
    return await startContestant(program, signal)
  } catch (error) {
    if (!(error instanceof HandloomError) || error.kind === 'interrupted') throw error
    note(error.message)
    return null
  }
}

/** The search as the leak check does it, but without its pauses' waiting. */
async function benchSearch(count: number, rounds: number, signal: AbortSignal): Promise<Record<string, number>> {
  const frames = randomHashes(count)
  let [seconds, found, longest] = [Infinity, 0, Infinity]
  for (let round = 0; round < rounds; round++) {
    await eventLoop()
    stopIfAborted(signal)
    const began = performance.now()
    const work = nearDuplicates(frames)
    let slice = 0
    let from = began
    for (let step = work.next(); ; step = work.next()) {
      const now = performance.now()
      slice = Math.max(slice, now - from)
      from = now
      if (!step.done) continue
      found = step.value.pairs.reduce((sum, { framePairs }) => sum + framePairs, 0)
      break
    }
    seconds = Math.min(seconds, (performance.now() - began) / 1000)
    longest = Math.min(longest, slice)
  }
  return { hashes: count, planted, found, seconds, longest_step_milliseconds: longest }
}

/** Random hashes, five a sequence; some of the first half's come again in the second, with up to so many bits turned as still count. */
function randomHashes(count: number): HashedFrames {
  const random = randomStream(seed, count, hashBits)
  const words = hashBits / 32
  const hashes = Uint32Array.from({ length: count * words }, () => random.integer(2 ** 32))
  for (const [pair, source] of random.permutation(count / 2).subarray(0, planted).entries()) {
    const copy = count / 2 + source
    hashes.copyWithin(copy * words, source * words, (source + 1) * words)
    for (const bit of random.permutation(hashBits).subarray(0, pair % (hashThreshold + 1))) hashes[copy * words + (bit >> 5)]! ^= 1 << (bit & 31)
  }
  return { hashes, sequences: Int32Array.from({ length: count }, (_, frame) => Math.floor(frame / framesPerGroup)) }
}

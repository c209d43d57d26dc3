import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { groupQuery, reviewLevels, type ReviewLevel } from '../../contract/evaluate.ts'
import { openProject } from '../project.ts'
import { alternate, median } from './alternate.ts'
import { startContestant, type Contestant, type ContestantProgram, type Round } from './contestant.ts'
import { percentile, round } from './figures.ts'
import type { BenchOptions, BenchResult, BenchTools } from './measures.ts'
import { findPeer } from './peer.ts'
import { writeReviewProject, type ReviewProject } from './reviewProject.ts'
import { changes, pageRows, tableProgram } from './reviewTable.ts'

const size = { sequences: 20_000, framesPerSequence: 5, folds: 5 }
/** How often the changes are gone through. */
const changeRounds = 3
/** Rows from the top that are compared with the peer's. */
const comparedRows = 50

/**
 * The review table of a run that predicted 100,000 frames of 20,000 sequences and 157 classes. `open_ms`: its first page, worst rows first, in a process that
 * has the project open and has not looked at the run (median of fresh processes); `change_ms`: a page after another filter or order. Beside pandas and
 * NumPy in a process of their own, which read the same numbers from plain files, score, sort and filter them. `ratio`: their time over ours for the first
 * page of frames; `ratios`: of all.
 * @throws HandloomError `interrupted`, `storage`
 */
export async function benchReview({ rounds, peer: wanted }: Pick<BenchOptions, 'rounds' | 'peer'>, { signal, progress, note }: BenchTools): Promise<BenchResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  try {
    progress('검토 표 준비', 'review, making ready')
    const made = await writeReviewProject(scratch, size, signal)
    const programs = async (level: ReviewLevel, opened: boolean): Promise<ContestantProgram[]> => {
      const ours = tableProgram({ ...made, level, opened })
      const peer = wanted ? await findPeer('review.py', { ...made.columns, classes: made.classes, level, opened, rows: pageRows }) : null
      if (peer && 'missing' in peer) note(peer.missing)
      return peer && !('missing' in peer) ? [ours, peer] : [ours]
    }
    const result: Record<string, unknown> = {}
    const ratios: Record<string, number> = {}
    for (const level of reviewLevels) {
      progress(`검토 표 재는 중: ${level}`, `review, measuring ${level}s`)
      const [open, peerOpen] = await alternate((await programs(level, false)).map((program) => freshEachTime(program, signal)), rounds)
      const { changed, peerChanged, peer } = await measureChanges(await programs(level, true), signal)
      const same = peer && JSON.stringify(peer.facts.worst) === JSON.stringify(await worstOf(made, level))
      result[level] = {
        open_ms: inMilliseconds(median(seconds(open))), open_rounds_ms: seconds(open).map(inMilliseconds), peak_memory_bytes: Math.max(...(open ?? []).map((each) => each.peak_memory_bytes)),
        change_ms: inMilliseconds(median(seconds(changed))), change_p95_ms: percentile(seconds(changed).map(inMilliseconds), 0.95), change_worst_ms: inMilliseconds(Math.max(...seconds(changed))),
        peer: peer && { pandas: peer.facts.pandas, numpy: peer.facts.numpy, open_ms: inMilliseconds(median(seconds(peerOpen))), change_ms: inMilliseconds(median(seconds(peerChanged))), same_rows: same },
      }
      if (peer) Object.assign(ratios, { [`${level}_open`]: round(median(seconds(peerOpen)) / median(seconds(open))), [`${level}_change`]: round(median(seconds(peerChanged)) / median(seconds(changed))) })
    }
    return { frames: size.sequences * size.framesPerSequence, sequences: size.sequences, classes: made.classes, page_rows: pageRows, ...result, ratios, ratio: ratios.frame_open ?? null }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

const seconds = (of: readonly Round[] | undefined): number[] => (of ?? []).map((each) => each.seconds)

const inMilliseconds = (of: number): number => round(1000 * of)

/** Each round in a process that has done nothing yet. */
const freshEachTime = (program: ContestantProgram, signal: AbortSignal): Pick<Contestant, 'round'> => ({
  async round() {
    const contestant = await startContestant(program, signal)
    try {
      return await contestant.round()
    } finally {
      contestant.close()
    }
  },
})

async function measureChanges(programs: readonly ContestantProgram[], signal: AbortSignal): Promise<{ changed: Round[]; peerChanged: Round[]; peer: Contestant | null }> {
  const contestants: Contestant[] = []
  try {
    for (const program of programs) contestants.push(await startContestant(program, signal))
    // The first time round compiles what the others run.
    const [changed = [], peerChanged = []] = (await alternate(contestants, (1 + changeRounds) * changes.length)).map((all) => all.slice(changes.length))
    return { changed, peerChanged, peer: contestants[1] ?? null }
  } finally {
    for (const contestant of contestants) contestant.close()
  }
}

/** Sequence and frame of the worst rows. */
async function worstOf({ data, project: projectFolder, runId }: ReviewProject, level: ReviewLevel): Promise<(readonly [number, number | null])[]> {
  const project = openProject({ folder: data, project: projectFolder, emit: () => undefined })
  try {
    const { rows } = await project.evaluate.groups(groupQuery.parse({ runId, level, limit: comparedRows }))
    return rows.map(({ group, frame }) => [Number(group.split('/')[1]), frame] as const)
  } finally {
    await project.close()
  }
}

import { sequenceQuery } from '../../contract/dataset.ts'
import { openProject, type Project } from '../project.ts'
import { longestBlock, percentile, round } from './figures.ts'

/** What people look for, in both languages, and what they click together. */
const filters: readonly Parameters<typeof sequenceQuery.parse>[0][] = [
  {}, { search: '왼손' }, { search: 'left' }, { search: '숫자 1 양손' }, { search: 'both a01' }, { search: 'train/12' }, { search: '없는 말' },
  { flag: 'problems' }, { flag: 'edited' }, { flag: 'empty' }, { flag: 'mismatch' }, { hand: 'right' }, { role: 'test' }, { poseIds: [1, 2, 3, 88] },
  { role: 'train', hand: 'both', flag: 'edited', search: '손' }, { role: 'train', hand: 'left', poseIds: [1, 28], flag: 'problems', search: 'a0' },
  { sort: 'class' }, { sort: 'frames', descending: true }, { sort: 'problems', descending: true }, { sort: 'edited', descending: true, flag: 'edited' }, { offset: 15_000 },
]
const rounds = 20
const editedSequences = 2000
const singleEdits = 200

/** Scans, reopens, filters and edits a big data folder in this process. Times in milliseconds unless the name says seconds; `*_block_ms`: longest hold of the event loop. */
export async function measureBigProject(folder: string, projectFolder: string, signal: AbortSignal): Promise<Record<string, number>> {
  const open = (): Project => openProject({ folder, project: projectFolder, emit: () => undefined })
  let project = open()
  try {
    const stop = (): void => void project.dataset.close()
    signal.addEventListener('abort', stop, { once: true })
    const scan = await longestBlock(() => project.dataset.scan())
    signal.removeEventListener('abort', stop)
    await project.close()

    const began = performance.now()
    project = open()
    const [first] = (await project.dataset.sequences(sequenceQuery.parse({}))).rows
    if (first) await project.dataset.sequence({ folder: first.folder })
    const reopen = performance.now() - began
    const recheck = await longestBlock(() => project.dataset.scan())
    signal.throwIfAborted()

    const bulk = await longestBlock(() => editMany(project))
    const filter = await timesOf(filters.flatMap((query) => Array<typeof query>(rounds).fill(query)), async (query) => project.dataset.sequences(sequenceQuery.parse(query)))
    const rows = (await project.dataset.sequences(sequenceQuery.parse({ limit: 10_000 }))).rows.slice(-singleEdits)
    const open200 = await timesOf(rows, async (row) => project.dataset.sequence({ folder: row.folder }))
    const edits = await timesOf(rows.filter(({ coverFrame }) => coverFrame !== null), async ({ folder, coverFrame }) =>
      project.annotation.apply({ label: 'bench', changes: [{ folder, frame: coverFrame ?? 0, index: 7, to: { erased: true } }] }))
    const summaries = await timesOf(Array(5).fill(0), async () => project.dataset.summaries())
    signal.throwIfAborted()
    return {
      scan_seconds: round(scan.milliseconds / 1000), scan_block_ms: scan.block, reopen_ms: round(reopen), recheck_seconds: round(recheck.milliseconds / 1000), recheck_block_ms: recheck.block,
      bulk_edit_ms: round(bulk.milliseconds), filter_ms: percentile(filter, 0.95), filter_worst_ms: percentile(filter, 1), page_ms: percentile(filter.slice(0, rounds), 0.5),
      sequence_ms: percentile(open200, 0.95), edit_ms: percentile(edits, 0.5), edit_p99_ms: percentile(edits, 0.99), summaries_ms: percentile(summaries, 0.5),
    }
  } finally {
    await project.close()
  }
}

/** One edit over many sequences, as a region rule makes it. */
async function editMany({ dataset, annotation }: Project): Promise<void> {
  const { rows } = await dataset.sequences(sequenceQuery.parse({ role: 'train', limit: 10_000 }))
  const chosen = rows.filter(({ keypoints }) => keypoints > 0).slice(0, editedSequences)
  await annotation.apply({ label: 'bench', changes: chosen.flatMap(({ folder, coverFrame }) => [0, 1, 2, 3, 4].map((index) => ({ folder, frame: coverFrame ?? 0, index, to: { erased: true as const } }))) })
}

async function timesOf<T>(inputs: readonly T[], work: (input: T) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (const input of inputs) {
    const began = performance.now()
    await work(input)
    times.push(performance.now() - began)
  }
  return times
}

import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { groupQuery, type GroupQueryInput, type ReviewLevel } from '../../contract/evaluate.ts'
import { toHandloomError } from '../../contract/errors.ts'
import { openProject } from '../project.ts'
import type { ContestantProgram } from './contestant.ts'

export interface ReviewTask {
  data: string
  project: string
  runId: number
  level: ReviewLevel
  /** Whether the table has been opened before, and what is measured is what a change of filter or order takes. */
  opened: boolean
}

/** Rows of a page. */
export const pageRows = 200

/** What people click and type, one after the other. */
export const changes: readonly Omit<GroupQueryInput, 'runId'>[] = [
  { wrongOnly: true }, { sort: 'confidence' }, { sort: 'predicted', descending: false }, { fold: 2 }, { sort: 'actor', descending: false }, { search: '숫자' }, { search: 'left a01' }, { lookAlike: 'any' },
  { issuesOnly: true, sort: 'labelQuality', descending: false }, { hand: 'right', wrongOnly: true }, { sort: 'group', descending: false, offset: 10_000 }, { actor: 'A005', fold: 1 }, { cause: 'none', sort: 'answer' }, {},
]

/** A core in a process of its own that has the project open and has not looked at its run. */
export const tableProgram = (task: ReviewTask): ContestantProgram => ({ name: 'Handloom', program: process.execPath, args: ['--disable-warning=DEP0044', fileURLToPath(import.meta.url), JSON.stringify(task)] })

/** Speaks as `worker.ts` does. */
async function main({ data, project: projectFolder, runId, level, opened }: ReviewTask): Promise<void> {
  const say = (message: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(message)}\n`)
  const project = openProject({ folder: data, project: projectFolder, emit: () => undefined })
  const page = async (query: Omit<GroupQueryInput, 'runId'>): Promise<number> => {
    const began = performance.now()
    await project.evaluate.groups(groupQuery.parse({ runId, level, limit: pageRows, ...query }))
    return (performance.now() - began) / 1000
  }
  if (opened) await page({})
  let done = 0
  say({ type: 'ready' })
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'round') continue
    const seconds = await page(opened ? (changes[done++ % changes.length] as (typeof changes)[number]) : {})
    say({ type: 'round', items: pageRows, seconds, peak_memory_bytes: process.resourceUsage().maxRSS * 1024 })
  }
  await project.close()
}

if (import.meta.main)
  await main(JSON.parse(process.argv[2] ?? '') as ReviewTask).catch((error: unknown) => {
    const { kind, message } = toHandloomError(error)
    process.stdout.write(`${JSON.stringify({ type: 'failed', kind, message })}\n`)
    process.exitCode = 1
  })

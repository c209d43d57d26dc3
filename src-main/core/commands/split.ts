import { parse } from 'csv-parse/sync'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { z } from 'zod'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { splitRequest, splitters, type LeakReport, type NearDuplicate, type SplitRecord } from '../../contract/split.ts'
import { splitTable } from '../../split/table.ts'
import { argument, text, texts, UsageError, wholeNumber, type Command, type CommandContext, type CommandResult } from '../command.ts'
import type { Project } from '../project.ts'
import { formatSeconds, formatTable } from '../terminal.ts'

function request(context: CommandContext): z.infer<typeof splitRequest> {
  const splitter = text(context, 'splitter') ?? 'StratifiedGroupKFold'
  if (!splitters.some((name) => name === splitter)) throw new UsageError(`--splitter wants one of ${splitters.join(', ')}.`)
  const merge = texts(context, 'merge').map((list) => poseIds('merge', list))
  if (merge.some((list) => list.length < 2)) throw new UsageError('--merge wants two classes or more, like 10,67.')
  const given = splitRequest.safeParse({
    name: text(context, 'name') ?? '',
    splitter,
    folds: wholeNumber(context, 'folds', 2) ?? 5,
    seed: wholeNumber(context, 'seed') ?? 42,
    shuffle: context.values.shuffle !== false,
    unit: context.values.frames === true ? 'frame' : 'sequence',
    group: text(context, 'group') ?? 'sequence',
    always: texts(context, 'always').flatMap((list) => poseIds('always', list)),
    merge,
  })
  const issue = given.error?.issues[0]
  if (!given.success) throw new UsageError(`--${String(issue?.path[0])}: ${issue?.message}`)
  return given.data
}

/** `92,188` as numbers. */
function poseIds(option: string, list: string): number[] {
  return list.split(',').map((entry) => {
    if (!/^\s*\d{1,9}\s*$/.test(entry)) throw new UsageError(`--${option} wants pose ids like 92,188, not "${list}".`)
    return Number(entry)
  })
}

async function readTable(file: string): Promise<{ item: string; class: string; group: string }[]> {
  try {
    const rows = parse(await readFile(file), { columns: true, bom: true, skip_empty_lines: true, trim: true }) as Record<string, string>[]
    const missing = ['item', 'class', 'group'].filter((column) => rows[0] && !(column in rows[0]))
    if (rows.length === 0 || missing.length) throw new HandloomError('bad-input', `${file}: ${rows.length === 0 ? 'no rows' : `no column ${missing.join(', ')}`}. The table needs the columns item, class, group.`, { file, place: 'line 1' })
    return rows.map((row) => ({ item: row.item ?? '', class: row.class ?? '', group: row.group ?? '' }))
  } catch (error) {
    if (error instanceof Error && 'lines' in error) throw new HandloomError('bad-input', `${file}, line ${String(error.lines)}: ${error.message}`, { file, place: `line ${String(error.lines)}`, cause: error })
    throw toHandloomError(error)
  }
}

/** Options that need a data folder. */
const folderOptions = ['group', 'always', 'merge', 'name', 'columns', 'leaks'] as const

export const split: Command = {
  name: 'split',
  usage: 'split FOLDER | --table FILE.csv  [--splitter NAME] [--folds K] [--seed S] [--no-shuffle] [--frames] [--group COLUMN] [--always 92,188] [--merge 10,67 …] [--name NAME] [--leaks] [--columns]',
  summary: { ko: '폴드를 나눕니다 (scikit-learn과 같은 결과)', en: 'Plans folds, equal to scikit-learn’s' },
  options: {
    table: { type: 'string' }, splitter: { type: 'string' }, folds: { type: 'string' }, seed: { type: 'string' }, shuffle: { type: 'boolean' }, frames: { type: 'boolean' },
    group: { type: 'string' }, always: { type: 'string', multiple: true }, merge: { type: 'string', multiple: true }, name: { type: 'string' }, columns: { type: 'boolean' }, leaks: { type: 'boolean' },
  },
  async run(context) {
    const chosen = request(context)
    const table = text(context, 'table')
    if (table !== undefined) {
      const misplaced = folderOptions.find((name) => context.values[name] !== undefined)
      if (misplaced !== undefined) throw new UsageError(`--${misplaced} goes with a FOLDER, not with --table.`)
      const json = splitTable(await readTable(table), chosen)
      return { json, text: Object.entries(json.fold).map(([item, fold]) => `${item}\t${fold}`).join('\n') }
    }
    const folder = argument(context, 0, 'FOLDER')
    if (context.values.columns === true) return listColumns(context, await context.project(folder))
    const project = await context.project(folder, { write: true })
    const record = await project.split.make(chosen)
    const leaks = context.values.leaks === true ? await checkLeaks(context, project, record.id) : null
    const { id, name, version, hash } = record
    return {
      json: { id, name, version, hash, fold: Object.fromEntries(record.folds.map(({ folder, fold }) => [folder, fold])), warnings: record.warnings, ...(leaks && { leaks }) },
      text: [`${name} v${version}`, foldTable(context, record), ...record.warnings.map(({ message }) => `! ${message}`), ...(leaks ? leakLines(context, leaks) : [])].join('\n'),
    }
  },
}

async function listColumns(context: CommandContext, project: Project): Promise<CommandResult> {
  const columns = await project.split.groupColumns()
  const lines = formatTable(columns, [
    { title: context.words('열', 'column'), value: ({ name }) => name },
    { title: context.words('값', 'values'), value: ({ values }) => String(values), right: true },
    { title: context.words('없음', 'missing'), value: ({ missing }) => String(missing), right: true },
    { title: context.words('예', 'examples'), value: ({ examples }) => examples.join(', ') },
  ])
  return { json: { columns }, text: lines }
}

function foldTable(context: CommandContext, { classes, frames }: SplitRecord): string {
  return formatTable(classes, [
    { title: context.words('클래스', 'class'), value: (row) => `${row.poseId} ${row.name}` },
    ...frames.map((_, fold) => ({ title: String(fold), value: (row: (typeof classes)[number]) => String(row.counts[fold] ?? 0), right: true })),
    ...(classes.some(({ always }) => always > 0) ? [{ title: context.words('항상 학습', 'always'), value: (row: (typeof classes)[number]) => String(row.always), right: true }] : []),
  ])
}

/** Runs the leak check to its end. @throws HandloomError `interrupted` when it is stopped; what was looked at is kept */
async function checkLeaks(context: CommandContext, { split }: Project, id: number): Promise<LeakReport> {
  const stop = (): void => void split.cancelLeakCheck()
  context.signal.addEventListener('abort', stop, { once: true })
  let report = await split.checkLeaks({ id })
  while (report.state === 'running') {
    if (context.signal.aborted) await split.cancelLeakCheck()
    await wait(100)
    report = await split.leaks({ id })
    const left = report.secondsLeft === null ? '' : `, ${formatSeconds(report.secondsLeft)}`
    context.progress(context.words(`비슷한 프레임 찾는 중 ${report.done}/${report.total}${left}`, `Looking for near duplicates ${report.done}/${report.total}${left}`))
  }
  context.signal.removeEventListener('abort', stop)
  if (report.state === 'cancelled') throw new HandloomError('interrupted', `The leak check was stopped after ${report.done} of ${report.total} frames. The same command goes on from there.`)
  if (report.state === 'failed') throw new HandloomError('internal', `The leak check failed: ${report.message}`)
  return report
}

const shownPairs = 20

function leakLines(context: CommandContext, { duplicates, siblings, unreadable, message }: LeakReport): string[] {
  const across = duplicates.filter(({ sameFold }) => !sameFold)
  const side = ({ folder, frame, fold }: NearDuplicate['a']): string => `${folder}/${frame} (${fold ?? context.words('항상', 'always')})`
  return [
    context.words(
      `폴드를 넘는 비슷한 시퀀스 쌍 ${across.length}개, 같은 폴드 안 ${duplicates.length - across.length}개`,
      `Pairs of sequences with near duplicates: ${across.length} across folds, ${duplicates.length - across.length} within one`,
    ),
    ...across.slice(0, shownPairs).map(({ a, b, distance, framePairs }) => context.words(`! ${side(a)} ~ ${side(b)}: 차이 ${distance}비트, 프레임 쌍 ${framePairs}개`, `! ${side(a)} ~ ${side(b)}: ${distance} bits apart, ${framePairs} pairs of frames`)),
    ...(across.length > shownPairs ? [context.words(`… 외 ${across.length - shownPairs}개`, `… and ${across.length - shownPairs} more`)] : []),
    ...siblings.slice(0, shownPairs).map(({ column, value, folds }) => context.words(`! ${column} ${value}: 폴드 ${folds.join(', ')}에 나뉨`, `! ${column} ${value} is torn over fold ${folds.join(', ')}`)),
    ...(siblings.length > shownPairs ? [context.words(`… 외 ${siblings.length - shownPairs}개`, `… and ${siblings.length - shownPairs} more`)] : []),
    ...(unreadable.length > 0 ? [context.words(`읽을 수 없는 사진 ${unreadable.length}장`, `Pictures that cannot be read: ${unreadable.length}`)] : []),
    ...(message === null ? [] : [message]),
  ]
}

import { readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { HandloomError } from '../../contract/errors.ts'
import { ruleDraft, ruleFitOptions, type FeatureSearch, type RuleDraftInput, type RulesState, type SequenceFeature, type SequenceRule } from '../../contract/rules.ts'
import { featureText, parseFeature } from '../../rules/featureText.ts'
import { argument, chosenRun, text, texts, UsageError, wholeNumber, type Command, type CommandContext, type CommandResult } from '../command.ts'
import type { Project } from '../project.ts'
import { formatTable } from '../terminal.ts'

/** Largest rule file that is read, bytes. */
const largestFile = 4_000_000

const alone = (poseIds: readonly number[]): number | number[] => (poseIds.length === 1 ? poseIds[0]! : [...poseIds])

const ruleJson = (rule: SequenceRule) => ({
  id: rule.id, run: rule.runId, name: rule.name, still: alone(rule.stillPoseIds), moving: alone(rule.movingPoseIds), still_classes: rule.stillPoseIds, moving_classes: rule.movingPoseIds,
  feature: featureText(rule.feature), threshold: rule.threshold, method: rule.method, threshold_interval: rule.thresholdInterval, action: rule.action, clamp: rule.clamp, left_out: rule.leftOut, enabled: rule.enabled,
  points: rule.points, unmeasured: rule.unmeasured, decisions: rule.decisions, wrong: rule.wrong, gain: rule.gain,
  log_loss_before: rule.logLossBefore, log_loss_after: rule.logLossAfter, log_loss_after_in_fold: rule.logLossAfterInFold,
  changed: rule.changed.map(({ folder }) => folder), test_changed: rule.testChanged.map(({ folder }) => folder),
})

function show(context: CommandContext, { version, rules, logLossBefore, logLossAfter, logLossAfterInFold }: RulesState): CommandResult {
  const table = formatTable(rules, [
    { title: 'id', value: (row) => String(row.id), right: true },
    { title: context.words('규칙', 'rule'), value: (row) => row.name },
    { title: context.words('특징', 'feature'), value: (row) => featureText(row.feature) },
    { title: context.words('기준값', 'threshold'), value: (row) => row.threshold.toFixed(2), right: true },
    { title: context.words('시퀀스', 'sequences'), value: (row) => String(row.points.length), right: true },
    { title: context.words('오답', 'wrong'), value: (row) => `${row.wrong}/${row.decisions}`, right: true },
    { title: context.words('남김', 'clamp'), value: (row) => (row.action === 'one-hot' ? 'one-hot' : row.clamp.toFixed(3)), right: true },
    { title: context.words('전', 'before'), value: (row) => row.logLossBefore.toFixed(4), right: true },
    { title: context.words('후', 'after'), value: (row) => row.logLossAfter.toFixed(4), right: true },
    { title: context.words('사용', 'on'), value: (row) => (row.enabled ? context.words('예', 'yes') : context.words('아니요', 'no')) },
  ])
  return {
    json: { version, rules: rules.map(ruleJson), log_loss_before: logLossBefore, log_loss_after: logLossAfter, log_loss_after_in_fold: logLossAfterInFold },
    text: `${table}\nlog loss ${logLossBefore.toFixed(4)} → ${logLossAfter.toFixed(4)}`,
  }
}

function showSearch(context: CommandContext, { ranks, tried, logLossBefore, logLossAfter }: FeatureSearch): CommandResult {
  const table = formatTable(ranks, [
    { title: context.words('특징', 'feature'), value: (row) => featureText(row.feature) },
    { title: context.words('기준값', 'threshold'), value: (row) => row.threshold.toFixed(3), right: true },
    { title: context.words('오답', 'wrong'), value: (row) => `${row.wrong}/${row.decisions}`, right: true },
    { title: context.words('전', 'before'), value: (row) => row.logLossBefore.toFixed(4), right: true },
    { title: context.words('후', 'after'), value: (row) => row.logLossAfter.toFixed(4), right: true },
  ])
  return {
    json: {
      ranks: ranks.map(({ feature, threshold, wrong, decisions, logLossBefore: before, logLossAfter: after }) => ({ feature: featureText(feature), threshold, wrong, decisions, log_loss_before: before, log_loss_after: after })),
      tried, log_loss_before: logLossBefore, log_loss_after: logLossAfter,
    },
    text: `${table}\n${context.words(`특징 ${tried}개 중에서 고른 것까지 폴드마다 다시 골라 계산한 log loss`, `log loss with the feature chosen anew without each fold, of ${tried}`)} ${logLossBefore.toFixed(4)} → ${logLossAfter.toFixed(4)}`,
  }
}

/** `--still 0,10` as numbers. */
function classes(context: CommandContext, name: string): number[] {
  const given = text(context, name)
  const poseIds = (given ?? '').split(',').map((entry) => (/^\s*\d{1,9}\s*$/.test(entry) ? Number(entry) : Number.NaN))
  if (poseIds.some(Number.isNaN)) throw new UsageError(`--${name} wants pose ids like 0 or 0,10, not "${given ?? ''}".`)
  return poseIds
}

function share(context: CommandContext): number | undefined {
  const value = text(context, 'clamp')
  if (value === undefined) return undefined
  const clamp = value.trim() === '' ? Number.NaN : Number(value)
  if (!(clamp >= 0 && clamp <= 0.5)) throw new UsageError(`--clamp wants a number from 0 to 0.5, not "${value}".`)
  return clamp
}

function number(context: CommandContext, name: string): number | undefined {
  const value = text(context, name)
  if (value === undefined) return undefined
  if (value.trim() === '' || !Number.isFinite(Number(value))) throw new UsageError(`--${name} wants a number, not "${value}".`)
  return Number(value)
}

function feature(context: CommandContext): SequenceFeature {
  const given = text(context, 'feature')
  const found = parseFeature(given ?? '')
  if (!found) throw new UsageError(`--feature wants a word like topmost-x-range, 8-both-path-hand-sizes or tips-x-turns, not "${given ?? ''}".`)
  return found
}

const leftOut = (context: CommandContext): string[] => texts(context, 'leave-out').flatMap((entry) => entry.split(',')).map((entry) => entry.trim()).filter((entry) => entry !== '')

/** Only sequences that are there can be left out: a mistyped one would go unnoticed. */
function requireSequences(project: Project, folders: readonly string[]): void {
  const missing = folders.find((folder) => !project.dataset.has(folder))
  if (missing !== undefined) throw new HandloomError('not-found', `There is no sequence ${missing} to leave out. Name one like train/3.`)
}

async function fit(context: CommandContext, project: Project, runId: number): Promise<RulesState> {
  const options = ruleFitOptions.safeParse({ runId, method: text(context, 'method'), action: text(context, 'action'), clamp: share(context) })
  if (!options.success) throw new UsageError('--method wants log-loss or maximum-plus-5, --action clamp or one-hot.')
  const out = leftOut(context)
  requireSequences(project, out)
  const state = await project.rules.fit(options.data)
  if (out.length === 0) return state
  for (const rule of state.rules) {
    const own = out.filter((folder) => !rule.leftOut.includes(folder) && rule.points.some(({ group }) => group === folder))
    if (own.length > 0) await project.rules.change({ runId, id: rule.id, change: { leftOut: [...rule.leftOut, ...own] } })
  }
  return project.rules.fit(options.data)
}

async function add(context: CommandContext, project: Project, runId: number): Promise<RulesState> {
  const out = leftOut(context)
  requireSequences(project, out)
  const [threshold, clamp] = [number(context, 'threshold'), share(context)]
  const given = {
    stillPoseIds: classes(context, 'still'), movingPoseIds: classes(context, 'moving'), feature: feature(context), leftOut: out, name: text(context, 'name') ?? '', enabled: context.values.off !== true,
    method: text(context, 'method') ?? (threshold === undefined ? 'log-loss' : 'by-hand'), action: text(context, 'action'), ...(threshold === undefined ? {} : { threshold }), ...(clamp === undefined ? {} : { clamp }),
  }
  const draft = ruleDraft.safeParse(given)
  if (!draft.success) throw new UsageError(`${draft.error.issues[0]?.path.join('.') ?? ''}: ${draft.error.issues[0]?.message ?? ''}. --method wants log-loss or maximum-plus-5, --action clamp or one-hot.`)
  return project.rules.add({ runId, draft: draft.data satisfies RuleDraftInput })
}

async function apply(context: CommandContext, project: Project, runId: number): Promise<RulesState> {
  const only = wholeNumber(context, 'rule')
  const { rules } = await project.rules.state({ runId })
  const chosen = rules.filter(({ id }) => only === undefined || id === only)
  if (chosen.length === 0 && only !== undefined) throw new HandloomError('not-found', `Run ${runId} has no rule ${only}. See its rules with: handloom rules list FOLDER --run ${runId}`)
  for (const { id } of chosen) await project.rules.change({ runId, id, change: { enabled: context.values.off !== true } })
  return project.rules.state({ runId })
}

async function search(context: CommandContext, project: Project, runId: number): Promise<CommandResult> {
  const out = leftOut(context)
  requireSequences(project, out)
  context.onEvent((event) => {
    if (event.type === 'job' && event.job.kind === 'rule-search') context.progress(`${context.words('특징 찾는 중', 'Trying features')} ${event.job.done}/${event.job.total}`)
  })
  context.signal.addEventListener('abort', () => void project.rules.cancelSearch(), { once: true })
  return showSearch(context, await project.rules.search({ runId, stillPoseIds: classes(context, 'still'), movingPoseIds: classes(context, 'moving'), leftOut: out }))
}

async function exportTo(context: CommandContext, project: Project, runId: number): Promise<CommandResult> {
  const { name, text: rules } = await project.rules.exportRules({ runId })
  const out = text(context, 'out')
  if (out === undefined) return { json: JSON.parse(rules), text: rules.trimEnd() }
  const path = resolve(out)
  if (`${dirname(path)}/`.startsWith(`${project.folder}/`)) throw new UsageError(`${path} is in the data folder, which is never written to. Choose another place for ${name}.`)
  await writeFile(path, rules)
  return { json: { path }, text: path }
}

async function importFrom(context: CommandContext, project: Project, runId: number): Promise<RulesState> {
  const file = text(context, 'file')
  if (file === undefined) throw new UsageError('--file FILE is missing: the rules to import.')
  const { size } = await stat(file)
  if (size > largestFile) throw new HandloomError('bad-input', `${file} has ${size} bytes; rules are read from files of up to ${largestFile}. Choose another file.`, { file })
  return project.rules.importRules({ runId, fileName: basename(file), text: await readFile(file, 'utf8') })
}

async function versions(context: CommandContext, project: Project, runId: number): Promise<CommandResult> {
  const rows = await project.rules.versions({ runId })
  const table = formatTable(rows, [
    { title: context.words('버전', 'version'), value: (row) => String(row.version), right: true },
    { title: context.words('시각', 'made'), value: (row) => row.created },
    { title: context.words('작성자', 'by'), value: (row) => row.author },
    { title: context.words('한 일', 'what'), value: (row) => row.label },
    { title: context.words('규칙 수', 'rules'), value: (row) => String(row.rules), right: true },
  ])
  return { json: { versions: rows }, text: table }
}

async function restore(context: CommandContext, project: Project, runId: number): Promise<RulesState> {
  const version = wholeNumber(context, 'version')
  if (version === undefined) throw new UsageError('--version N is missing: the version to restore (0: no rules).')
  return project.rules.restore({ runId, version })
}

type Act = (context: CommandContext, project: Project, runId: number) => Promise<CommandResult>

const shown = (act: (context: CommandContext, project: Project, runId: number) => Promise<RulesState>): Act => async (context, project, runId) => show(context, await act(context, project, runId))

const acts: Record<string, { act: Act; reads?: true }> = {
  fit: { act: shown(fit) },
  apply: { act: shown(apply) },
  list: { act: shown(async (_, project, runId) => project.rules.state({ runId })), reads: true },
  add: { act: shown(add) },
  search: { act: search, reads: true },
  export: { act: exportTo, reads: true },
  import: { act: shown(importFrom) },
  versions: { act: versions, reads: true },
  restore: { act: shown(restore) },
}
const names = Object.keys(acts)

export const rules: Command = {
  name: 'rules',
  usage: `rules ${names.join('|')} FOLDER [--run ID] [--method log-loss|maximum-plus-5] [--action clamp|one-hot] [--clamp E] [--still 0 --moving 42 --feature topmost-x-range] [--threshold T] [--name NAME] [--leave-out train/3] [--rule ID] [--off] [--out FILE] [--file FILE] [--version N]`,
  summary: { ko: '정지/움직임 구분 규칙: 맞추기, 켜기, 보기, 더하기, 특징 찾기, 파일, 버전', en: 'Still/moving sequence rules: fit, apply, list, add, search features, files, versions' },
  options: {
    run: { type: 'string' }, method: { type: 'string' }, action: { type: 'string' }, clamp: { type: 'string' }, still: { type: 'string' }, moving: { type: 'string' }, feature: { type: 'string' }, threshold: { type: 'string' },
    name: { type: 'string' }, 'leave-out': { type: 'string', multiple: true }, rule: { type: 'string' }, off: { type: 'boolean' }, out: { type: 'string' }, file: { type: 'string' }, version: { type: 'string' },
  },
  async run(context) {
    const given = argument(context, 0, names.join(', '))
    const chosen = Object.hasOwn(acts, given) ? acts[given] : undefined
    if (!chosen) throw new UsageError(`rules wants one of ${names.join(', ')}, not "${given}".`)
    const project = await context.project(argument(context, 1, 'FOLDER'), { write: chosen.reads !== true })
    return chosen.act(context, project, await chosenRun(context, project))
  },
}

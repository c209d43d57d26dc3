import { readFile } from 'node:fs/promises'
import { submitOptions, type Blend, type Submission, type SubmissionComparison } from '../../contract/ensemble.ts'
import type { TestViews } from '../../contract/train.ts'
import { compareSubmissions } from '../../ensemble/changes.ts'
import { checkSubmissionFiles } from '../../ensemble/checkFiles.ts'
import { compareFiles, readSubmissionFile } from '../../ensemble/compareFiles.ts'
import { argument, chosenRun, runList, text, UsageError, type Command, type CommandContext, type CommandResult } from '../command.ts'
import type { Project } from '../project.ts'
import { blendLines, changeLines, chosenWayText, wayLines } from './submitText.ts'

export const submit: Command = {
  name: 'submit',
  usage: [
    'submit FOLDER --out FILE.csv [--runs 1,2] [--blend] [--no-rules] [--pooling mean|median|geometric|trimmed|quality] [--folds equal|weighted|best] [--flip] [--margins 20,40] [--clip 1e-6] [--against ID|FILE.csv]',
    'submit FOLDER --ways [--runs 1,2] [--flip] [--margins 20,40]',
    'submit --check FILE.csv --sample SAMPLE.csv',
    'submit --diff A.csv B.csv',
  ].join('   |   '),
  summary: { ko: '제출 파일을 쓰고, 검사하고, 비교합니다', en: 'Writes a submission, checks one, or compares two' },
  options: {
    out: { type: 'string' }, runs: { type: 'string', multiple: true }, rules: { type: 'boolean' }, blend: { type: 'boolean' }, pooling: { type: 'string' }, folds: { type: 'string' }, flip: { type: 'boolean' },
    margins: { type: 'string' }, clip: { type: 'string' }, against: { type: 'string' }, ways: { type: 'boolean' }, check: { type: 'string' }, sample: { type: 'string' }, diff: { type: 'string' },
  },
  run(context) {
    const [check, diff] = [text(context, 'check'), text(context, 'diff')]
    if (check !== undefined) return checkFile(context, check)
    if (diff !== undefined) return diffFiles(context, diff)
    return context.values.ways === true ? showWays(context) : makeSubmission(context)
  },
}

async function checkFile(context: CommandContext, file: string): Promise<CommandResult> {
  const sample = text(context, 'sample')
  if (sample === undefined) throw new UsageError('--check wants --sample SAMPLE.csv too.')
  const problems = await checkSubmissionFiles(file, sample)
  const lines = problems.map((problem) => `${problem.place}: ${problem.message}`)
  return { json: { file, problems }, text: lines.length ? lines.join('\n') : context.words('문제없습니다.', 'No problems.'), exitCode: problems.length ? 1 : 0 }
}

async function diffFiles(context: CommandContext, before: string): Promise<CommandResult> {
  const after = argument(context, 0, 'The second file of --diff A.csv B.csv')
  const changes = await compareFiles(before, after)
  return { json: { before, after, ...changes }, text: changeLines(context, changes).join('\n') }
}

async function showWays(context: CommandContext): Promise<CommandResult> {
  const { views } = optionsOf(context)
  const project = await openProject(context, views !== undefined)
  const given = runList(context, 'runs')
  const runIds = given.length > 0 ? given : [await chosenRun(context, project)]
  const ways = await (views ? project.ensemble.predictViews({ runIds, views }) : project.ensemble.ways({ runIds }))
  return { json: { runIds, ...ways }, text: wayLines(context, ways).join('\n') }
}

async function makeSubmission(context: CommandContext): Promise<CommandResult> {
  const options = optionsOf(context)
  const project = await openProject(context, true)
  const compare = await comparison(context, project)
  const submission = await project.ensemble.submit(options)
  // As it was fitted for this way; `ensemble.blend` tells of the plain one.
  const { blend: fit } = JSON.parse(await readFile(submission.lineagePath, 'utf8')) as { blend: Blend | null }
  const changes = await compare?.(submission)
  const way = chosenWayText(context, submission)
  const lines = [
    ...(fit ? blendLines(context, fit) : []),
    `${submission.path}  (${submission.rows} × ${submission.columns})`,
    submission.lineagePath,
    way,
    submission.estimatedLogLoss === null ? '' : `${context.words('예상 log loss (폴드 밖)', 'estimated log loss (out of fold)')} ${submission.estimatedLogLoss.toFixed(4)}`,
    ...(changes ? changeLines(context, changes) : []),
    ...submission.warnings.map((warning) => `! ${warning}`),
    ...submission.problems.map((problem) => `! ${problem.place}: ${problem.message}`),
  ]
  return { json: { ...submission, ...(fit && { fit }), ...(changes && { changes }) }, text: lines.filter(Boolean).join('\n'), exitCode: submission.problems.length ? 1 : 0 }
}

/** Opens the project; what it predicts by other views is shown, and stops with the command. */
async function openProject(context: CommandContext, write: boolean): Promise<Project> {
  const project = await context.project(argument(context, 0, 'FOLDER'), { write })
  context.onEvent((event) => {
    if (event.type === 'job' && event.job.kind === 'views' && event.job.state === 'running' && event.job.total > 0)
      context.progress(`${context.words('다른 방법으로 예측 중', 'Predicting by other views')} ${Math.floor((100 * event.job.done) / event.job.total)} %`)
  })
  context.signal.addEventListener('abort', () => void project.ensemble.cancelViews(), { once: true })
  return project
}

/** How the submission of `--against` is compared with the one to be made. It is read before anything is made. */
async function comparison(context: CommandContext, project: Project): Promise<((made: Submission) => Promise<Omit<SubmissionComparison, 'id' | 'against'>>) | null> {
  const given = text(context, 'against')
  if (given === undefined) return null
  if (/^\d{1,9}$/.test(given)) {
    const against = Number(given)
    await project.ensemble.changes({ id: against, against })
    return async ({ id }) => project.ensemble.changes({ id, against })
  }
  const before = await readSubmissionFile(given)
  const names = new Map(project.dataset.classRows().map(({ poseId, name }) => [poseId, name]))
  return async ({ path }) => compareSubmissions(before, await readSubmissionFile(path), (poseId) => names.get(poseId) || String(poseId))
}

function optionsOf(context: CommandContext) {
  const clip = text(context, 'clip')
  const parsed = submitOptions.safeParse({
    runIds: runList(context, 'runs'), rules: context.values.rules !== false, blend: context.values.blend === true ? 'fitted' : 'equal', out: text(context, 'out'),
    pooling: text(context, 'pooling'), folds: text(context, 'folds'), clip: clip && Number(clip), views: viewsOf(context),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const key = String(issue?.path[0])
  throw new UsageError(`--${optionNames[key] ?? key}: ${issue?.message}.`)
}

const optionNames: Record<string, string> = { views: 'margins', runIds: 'runs' }

/** --flip and --margins; undefined: as each run's config says. */
function viewsOf(context: CommandContext): TestViews | undefined {
  const margins = text(context, 'margins')
  if (margins === undefined && context.values.flip === undefined) return undefined
  return { testFlip: context.values.flip === true, testMargins: margins === undefined ? [] : margins.split(',').map((entry) => (entry.trim() === '' ? Number.NaN : Number(entry))) }
}

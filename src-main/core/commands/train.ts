import { readFile } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { seesKeypoints } from '../../contract/keypoints.ts'
import { resumeChanges, sweepVary, trainConfig, type ResumeChanges, type Run, type SweepVary, type TrainConfig, type TrainConfigInput } from '../../contract/train.ts'
import { requireModel } from '../../model/info.ts'
import { setPath } from '../../train/configPath.ts'
import { argument, foldList, text, texts, UsageError, wholeNumber, type Command, type CommandContext } from '../command.ts'
import type { Project } from '../project.ts'
import { findBatch } from './findBatch.ts'
import { formatSeconds, formatTable } from '../terminal.ts'

/** The config of --config FILE (JSON or YAML), `otherwise` where there is none, with --set key=value over it. @throws HandloomError naming file and key */
export async function readConfig(context: CommandContext, otherwise: TrainConfigInput = {}): Promise<TrainConfig> {
  const file = text(context, 'config')
  const given = file === undefined ? { ...otherwise } : await readConfigFile(file)
  assign(given, texts(context, 'set'))
  const parsed = trainConfig.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const place = issue?.path.join('.') ?? ''
  throw new HandloomError('bad-input', `${file ?? 'The config'}${place ? `, ${place}` : ''}: ${issue?.message ?? 'not a valid config'}.`, { file, place })
}

async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = parseYaml(await readFile(file, 'utf8'), { maxAliasCount: 100 })
    if (value === null || value === undefined) return {}
    if (typeof value !== 'object' || Array.isArray(value)) throw new HandloomError('bad-input', `${file} does not hold keys and values. See docs/training.md for the keys.`, { file })
    return value as Record<string, unknown>
  } catch (error) {
    if (error instanceof Error && error.name === 'YAMLParseError') throw new HandloomError('bad-input', `${file}: ${error.message}`, { file, cause: error })
    throw toHandloomError(error)
  }
}

/** Puts each `key=value` into the target. */
function assign(target: Record<string, unknown>, entries: readonly string[]): void {
  for (const [key, value] of entries.map((entry) => keyAndValue('set', entry))) setPath(target, key, parseYaml(value))
}

function keyAndValue(option: string, entry: string): [key: string, value: string] {
  const at = entry.indexOf('=')
  if (at < 1) throw new UsageError(`--${option} wants key=value, not "${entry}".`)
  return [entry.slice(0, at), entry.slice(at + 1)]
}

/** What --sweep flipRatio=0.1,0.2,0.3 varies. */
function readSweep(context: CommandContext): SweepVary | null {
  const entries = texts(context, 'sweep').map((entry) => keyAndValue('sweep', entry))
  if (entries.length === 0) return null
  const parsed = sweepVary.safeParse(entries.map(([key, values]) => ({ key, values: values.split(',').map((value) => parseYaml(value) as unknown) })))
  if (parsed.success) return parsed.data
  throw new UsageError(`--sweep wants key=value,value,… (${parsed.error.issues[0]?.message ?? 'not a sweep'}).`)
}

/** What --set changes in a run that goes on. */
function readChanges(context: CommandContext): ResumeChanges {
  if (text(context, 'config') !== undefined) throw new UsageError('--resume goes on with the config of the run; --config would be another.')
  const given: Record<string, unknown> = {}
  assign(given, texts(context, 'set'))
  const parsed = resumeChanges.safeParse(given)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: '' }
  throw new UsageError(`When a run goes on, --set can change ${Object.keys(resumeChanges.shape).join(', ')} (${[...path, message].join(': ')}).`)
}

export const train: Command = {
  name: 'train',
  usage: 'train FOLDER [--config FILE] [--set key=value …] [--sweep key=value,value …] [--folds 0,1|all] [--resume] [--run ID] [--again ID]   |   train --find-batch [--config FILE] [--set key=value …] [--limit GIB]',
  summary: { ko: '폴드별로 모델을 학습합니다: 그림을 보는 RegNet이나 키포인트 모델', en: 'Trains a model per fold: a RegNet, or one that sees keypoints' },
  options: { config: { type: 'string' }, set: { type: 'string', multiple: true }, sweep: { type: 'string', multiple: true }, folds: { type: 'string' }, again: { type: 'string' }, resume: { type: 'boolean' }, run: { type: 'string' }, 'find-batch': { type: 'boolean' }, limit: { type: 'string' } },
  async run(context) {
    if (context.values['find-batch']) {
      const config = await readConfig(context)
      requireModel(config.model)
      return findBatch(context, config)
    }
    const again = wholeNumber(context, 'again')
    const begin = context.values.resume ? { changes: readChanges(context) } : { config: await readConfig(context) }
    const vary = readSweep(context)
    const project = await context.project(argument(context, 0, 'FOLDER'), { write: true })
    followTraining(context, context.json ? (event) => console.log(JSON.stringify(event)) : null)
    const folds = foldList(context)
    const runs = begin.changes
      ? [await project.train.resume({ id: await resumable(project, wholeNumber(context, 'run')), config: begin.changes })]
      : again !== undefined
        ? [await project.train.again({ id: again })]
        : vary
          ? await project.train.startSweep({ config: begin.config, folds, vary })
          : [await project.train.start({ config: begin.config, folds })]
    const finished = await waitForRuns(context, project, runs.map(({ id }) => id))
    const summaries = []
    for (const run of finished) summaries.push(await runSummary(context, project, run))
    const summary = { json: summaries.length === 1 ? summaries[0]?.json : summaries.map(({ json }) => json), text: summaries.map(({ text: one }) => one).join('\n\n') }
    const failed = finished.flatMap(({ folds: own }) => own.filter((fold) => fold.state === 'failed'))
    if (context.signal.aborted) {
      context.say('멈췄습니다. 이어서 하려면: handloom train FOLDER --resume', 'Stopped. Go on with: handloom train FOLDER --resume')
      return { ...summary, exitCode: 130 }
    }
    if (failed.length) throw new HandloomError('internal', failed.map((fold) => `fold ${fold.fold}: ${fold.message ?? 'failed'}`).join('\n'))
    return summary
  },
}

/** Shows steps and epochs as they come: JSON lines through `write`, or the progress line. */
export function followTraining(context: CommandContext, write: ((event: Record<string, unknown>) => void) | null): void {
  let left: number | null = null
  const running = new Set<string>()
  const models = new Map<number, string>()
  context.onEvent((event) => {
    if (event.type === 'run') {
      left = event.run.secondsLeft
      models.set(event.run.id, event.run.config.model)
      for (const { fold, state } of event.run.folds) {
        const key = `${event.run.id}/${fold}`
        if (state === 'done' && running.delete(key) && write) write({ type: 'done', run: event.run.id, fold })
        else if (state !== 'done') running.add(key)
      }
    }
    if (event.type === 'job' && !write) context.progress(`${context.words('크롭 자르는 중', 'Cutting crops')} ${event.job.done}/${event.job.total}`)
    if (event.type === 'metric') {
      const { kind, ...metric } = event.metric
      if (write) write({ type: kind, run: event.runId, ...metric })
      else
        context.progress(
          `${context.words('폴드', 'fold')} ${metric.fold} · ${context.words('에폭', 'epoch')} ${metric.epoch} · loss ${metric.loss.toFixed(4)}` +
            (metric.imagesPerSecond ? ` · ${metric.imagesPerSecond.toFixed(0)} ${speedUnit(models.get(event.runId))}` : '') + (left === null ? '' : ` · ${context.words('남은 시간', 'left')} ${formatSeconds(left)}`),
        )
    }
    if (event.type === 'checkpoint' && write) write({ type: 'checkpoint', run: event.runId, fold: event.fold, epoch: event.epoch, step: event.step, best: event.best })
  })
}

/** Waits until the folds of the runs are through; an interrupt stops them with a checkpoint. */
export async function waitForRuns(context: CommandContext, project: Project, ids: readonly number[]): Promise<Run[]> {
  const stop = () => {
    context.say('체크포인트를 쓰고 멈춥니다…', 'Writing a checkpoint and stopping…')
    for (const id of ids) void project.train.stop({ id })
  }
  if (context.signal.aborted) stop()
  else context.signal.addEventListener('abort', stop, { once: true })
  await project.train.idle()
  context.signal.removeEventListener('abort', stop)
  return Promise.all(ids.map((id) => project.train.run({ id })))
}

/** Samples a second: pictures, or sequences where keypoints are seen. */
const speedUnit = (model = ''): string => (seesKeypoints(model) ? 'seq/s' : 'img/s')

async function resumable(project: Project, given: number | undefined): Promise<number> {
  if (given !== undefined) return given
  const runs = await project.train.runs()
  const run = runs.toSorted((a, b) => b.id - a.id).find((entry) => entry.state !== 'done' && entry.madeFrom?.how !== 'refit')
  if (!run) throw new HandloomError('not-found', 'There is no unfinished run to resume.')
  return run.id
}

async function runSummary(context: CommandContext, project: Project, run: Run) {
  const trained = run.folds.some((fold) => fold.state === 'done')
  const evaluation = trained ? await project.evaluate.summary({ runId: run.id }) : null
  const table = formatTable(run.folds, [
    { title: context.words('폴드', 'fold'), value: (fold) => String(fold.fold), right: true },
    { title: context.words('상태', 'state'), value: (fold) => fold.state },
    { title: context.words('에폭', 'epoch'), value: (fold) => `${fold.epoch}/${fold.epochs}`, right: true },
    { title: context.words('검증 log loss', 'validation log loss'), value: (fold) => fold.bestLogLoss?.toFixed(4) ?? '–', right: true },
    { title: context.words('정확도', 'accuracy'), value: (fold) => fold.bestAccuracy?.toFixed(3) ?? '–', right: true },
    { title: speedUnit(run.config.model), value: (fold) => fold.imagesPerSecond?.toFixed(0) ?? '–', right: true },
  ])
  const score = evaluation ? `\n${context.words('시퀀스 log loss', 'sequence log loss')} ${evaluation.sequence.logLoss.toFixed(4)}, ${context.words('정확도', 'accuracy')} ${evaluation.sequence.accuracy.toFixed(3)}` : ''
  return {
    json: { type: 'summary', run: run.id, state: run.state, folds: run.folds, log_loss: evaluation?.sequence.logLoss ?? null, accuracy: evaluation?.sequence.accuracy ?? null },
    text: `${context.words('학습', 'run')} ${run.id}\n${table}${score}`,
  }
}

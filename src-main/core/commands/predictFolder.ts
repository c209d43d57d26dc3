import { writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { realpathSync } from 'node:fs'
import { poolings, type Pooling } from '../../contract/ensemble.ts'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import type { PredictedSequence, PredictionOptions, PredictionSession } from '../../contract/predict.ts'
import type { TestViews } from '../../contract/train.ts'
import { sequenceResult } from '../../predict/results.ts'
import { text, UsageError, type CommandContext, type CommandResult } from '../command.ts'
import { isInside } from '../../files/place.ts'
import type { Project } from '../project.ts'
import { formatTable } from '../terminal.ts'

/** What `predict NEWFOLDER --data FOLDER` wants besides runs and views. */
export interface FolderWishes {
  pooling: Pooling
  out: string | undefined
}

/** @throws UsageError */
export function folderWishes(context: CommandContext): FolderWishes {
  const pooling = text(context, 'pooling') ?? 'mean'
  if (!(poolings as readonly string[]).includes(pooling)) throw new UsageError(`--pooling wants ${poolings.join(', ')}, not "${pooling}".`)
  const out = text(context, 'out')
  if (out !== undefined && !/\.(csv|json)$/i.test(out)) throw new UsageError(`--out wants FILE.csv or FILE.json, not "${out}".`)
  return { pooling: pooling as Pooling, out }
}

/** Predicts a folder that is not the data set's; one that was stopped with the same wishes goes on. */
export async function predictFolder(context: CommandContext, project: Project, folder: string, runIds: number[], givenViews: Partial<TestViews>, { pooling, out }: FolderWishes): Promise<CommandResult | void> {
  const target = out === undefined ? undefined : outPath(out, project.folder)
  const watch = context.values.watch === true
  const options: PredictionOptions = { folder: resolve(folder), runIds, pooling, rules: context.values.rules === true, watch, ...(await fullViews(project, runIds, givenViews)) }
  const session = await startOrGoOn(project, options)
  const follow = (): void => void project.predict.stop({ id: session.id })
  context.signal.addEventListener('abort', follow, { once: true })
  if (context.signal.aborted) follow()
  context.onEvent((event) => {
    if (event.type !== 'prediction' || event.session.id !== session.id) return
    if (watch) for (const name of event.names) void told(context, project, session.id, name)
    else context.progress(`${context.words('예측 중', 'Predicting')} ${event.session.done}/${event.session.total}`)
  })
  const { state, message } = await project.predict.settled(session.id)
  context.signal.removeEventListener('abort', follow)
  if (state === 'failed') throw new HandloomError('bad-input', message ?? 'The prediction failed.', { file: folder })
  const { rows } = await project.predict.sequences({ id: session.id, limit: 100_000 })
  if (target !== undefined) await written(target, (await project.predict.results({ id: session.id, format: extname(target).toLowerCase() === '.csv' ? 'csv' : 'json' })).text)
  if (state === 'stopped') throw new HandloomError('interrupted', 'The prediction was stopped. The same command goes on.')
  const problems = rows.flatMap((row) => row.problems)
  if (!rows.some(({ top }) => top.length > 0)) {
    const [first] = problems
    throw new HandloomError('bad-input', `Nothing in ${folder} could be predicted.${first ? ` ${first.file}${first.place ? ` (${first.place})` : ''}: ${first.message}` : ''}`, { file: first?.file ?? folder })
  }
  return {
    json: JSON.parse((await project.predict.results({ id: session.id, format: 'json' })).text) as unknown,
    text: [table(context, rows), ...problems.map(({ file, place, message: what }) => `! ${file}${place ? ` (${place})` : ''}: ${what}`), ...(target === undefined ? [] : [target])].join('\n'),
  }
}

async function fullViews(project: Project, [first = 0]: readonly number[], given: Partial<TestViews>): Promise<{ views?: TestViews }> {
  if (Object.keys(given).length === 0) return {}
  const { config: { testFlip, testMargins } } = await project.train.run({ id: first })
  return { views: { testFlip, testMargins, ...given } }
}

async function startOrGoOn(project: Project, options: PredictionOptions): Promise<PredictionSession> {
  const wanted = JSON.stringify(sorted({ ...options, folder: realpathSync(options.folder) }))
  const stopped = (await project.predict.sessions()).find((session) => session.state === 'stopped' && JSON.stringify(sorted(session.options)) === wanted)
  return stopped ? project.predict.goOn({ id: stopped.id }) : project.predict.start(options)
}

const sorted = (options: PredictionOptions): object => Object.fromEntries(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)))

/** A line for a sequence that was just predicted. */
async function told(context: CommandContext, project: Project, id: number, name: string): Promise<void> {
  const sequence = await project.predict.sequence({ id, name })
  const line = sequenceLine(context, sequence)
  if (context.json) console.log(JSON.stringify(sequenceResult(name, sequence)))
  else context.say(line, line)
}

const sequenceLine = (context: CommandContext, { name, top: [best], problems }: PredictedSequence): string =>
  `${name}  ${best ? `${best.poseId} ${best.name}  ${best.probability.toFixed(4)}` : context.words('예측하지 못함', 'not predicted')}${problems[0] ? `  ! ${problems[0].message}` : ''}`

const table = (context: CommandContext, rows: readonly PredictedSequence[]): string => formatTable(rows, [
  { title: context.words('시퀀스', 'sequence'), value: ({ name }) => name },
  { title: context.words('프레임', 'frames'), value: ({ frames }) => String(frames), right: true },
  { title: context.words('키포인트', 'keypoints'), value: ({ keypoints }) => keypoints },
  { title: context.words('예측', 'predicted'), value: ({ top: [best] }) => (best ? `${best.poseId} ${best.name}` : '–') },
  { title: context.words('확률', 'probability'), value: ({ top: [best] }) => best?.probability.toFixed(4) ?? '', right: true },
])

/** Where results go: anywhere but in the data folder, links followed. */
function outPath(out: string, dataFolder: string): string {
  const path = resolve(out)
  let folder: string
  try {
    folder = realpathSync(dirname(path))
  } catch (error) {
    throw toHandloomError(error)
  }
  const target = join(folder, basename(path))
  if (isInside(target, dataFolder)) throw new HandloomError('bad-request', `${path} lies in the data folder, which is never written to. Choose another place for the results.`, { file: path })
  return target
}

async function written(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content)
  } catch (error) {
    throw toHandloomError(error)
  }
}

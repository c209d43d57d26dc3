import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { poolings } from '../../contract/ensemble.ts'
import { HandloomError } from '../../contract/errors.ts'
import { seesKeypoints } from '../../contract/keypoints.ts'
import type { PredictionRow } from '../../contract/rooms.ts'
import { trainConfigKeys, type TestViews } from '../../contract/train.ts'
import { argMax, meanProbabilities } from '../../evaluate/metrics.ts'
import { averageRows } from '../../train/predictions.ts'
import { argument, chosenRun, runList, text, UsageError, type Command, type CommandContext } from '../command.ts'
import type { Project } from '../project.ts'
import { resolveDataFolder } from '../paths.ts'
import { recentProjects } from '../recent.ts'
import { formatTable } from '../terminal.ts'
import { folderWishes, predictFolder } from './predictFolder.ts'

const isFolder = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new HandloomError('not-found', `${path} does not exist. Check the path.`, { file: path })
  return found.isDirectory()
}

const sameFolder = (one: string, other: string): boolean => resolveDataFolder(one) === resolveDataFolder(other)

/** The data folder of a picture at train/N/M.png or test/N/M.png. */
function dataFolderAbove(image: string): string | undefined {
  const [, folder] = /^(.*)[/\\](?:train|test)[/\\][^/\\]+[/\\][^/\\]+$/.exec(resolve(image)) ?? []
  return folder
}

function lastOpened(context: CommandContext): string | undefined {
  const last = recentProjects().find(({ exists }) => exists)?.folder
  if (last !== undefined) context.say(`마지막에 연 데이터의 학습 결과로 예측합니다: ${last}`, `Predicting with what was trained on the data last opened: ${last}`)
  return last
}

/** --flip and --margins, over what the run's config says. */
function viewsOf(context: CommandContext): Partial<TestViews> {
  const given = text(context, 'margins')
  const margins = given?.split(',').map((entry) => (entry.trim() === '' ? Number.NaN : Number(entry)))
  const parsed = trainConfigKeys.shape.testMargins.safeParse(margins)
  if (!parsed.success) throw new UsageError(`--margins wants up to eight numbers of pixels like 20,40, not "${given}".`)
  return { ...(context.values.flip === undefined ? {} : { testFlip: context.values.flip === true }), ...(margins ? { testMargins: margins } : {}) }
}

type Prediction = Awaited<ReturnType<Project['train']['predict']>>

/** The mean over runs, which must know the same classes. */
function meanOf(predictions: readonly Prediction[], runIds: readonly number[]): Prediction {
  const [first] = predictions as [Prediction, ...Prediction[]]
  const other = predictions.findIndex(({ poseIds }) => poseIds.join() !== first.poseIds.join())
  if (other > 0) throw new HandloomError('bad-request', `Runs ${runIds[0]} and ${runIds[other]} were trained on different classes, so their probabilities have no mean.`)
  return { poseIds: first.poseIds, rows: averageRows(predictions.map(({ rows }) => rows)), failures: first.failures }
}

async function newestThatSeesPictures(project: Project): Promise<number> {
  const runs = (await project.train.runs()).toSorted((a, b) => b.id - a.id)
  const run = runs.find(({ config, folds }) => !seesKeypoints(config.model) && folds.some(({ state }) => state === 'done'))
  if (!run) throw new HandloomError('not-found', 'There is no trained run that sees pictures yet. Train one with: handloom train FOLDER')
  return run.id
}

export const predict: Command = {
  name: 'predict',
  usage: `predict FOLDER [--run 1,2] [--flip] [--margins 20,40]   |   predict IMAGES… [--data FOLDER] [--run 1,2] [--flip]   |   predict NEWFOLDER --data FOLDER [--run 1,2] [--pooling ${poolings.join('|')}] [--rules] [--watch] [--detector CMD] [--out FILE.csv|.json]`,
  summary: { ko: '테스트 시퀀스, 그림, 새 폴더의 클래스 확률', en: 'Class probabilities of the test sequences, of pictures, or of a new folder' },
  options: {
    run: { type: 'string', multiple: true }, data: { type: 'string' }, flip: { type: 'boolean' }, margins: { type: 'string' },
    pooling: { type: 'string' }, rules: { type: 'boolean' }, watch: { type: 'boolean' }, detector: { type: 'string' }, out: { type: 'string' },
  },
  async run(context) {
    const first = argument(context, 0, 'FOLDER')
    const data = text(context, 'data')
    const elsewhere = isFolder(first) && data !== undefined && !sameFolder(first, data)
    const wishes = folderWishes(context)
    const foreign = ['pooling', 'rules', 'watch', 'detector', 'out'].find((name) => context.values[name] !== undefined)
    if (!elsewhere && foreign !== undefined) throw new UsageError(`--${foreign} is for a folder that is not the data set's: predict NEWFOLDER --data FOLDER.`)
    if (elsewhere && context.positionals.length > 1) throw new UsageError('One new folder is predicted at a time.')
    // The room asks the environment only.
    const detector = text(context, 'detector')
    if (detector !== undefined) process.env.HANDLOOM_HAND_DETECTOR = detector
    const folder = isFolder(first) && !elsewhere ? first : (data ?? dataFolderAbove(first) ?? lastOpened(context))
    if (folder === undefined) throw new UsageError('Pictures that lie in no data folder need --data FOLDER: the data set whose run is to be used.')
    const images = isFolder(first) ? undefined : context.positionals
    const project = await context.project(folder, { write: elsewhere })
    const given = runList(context)
    const runIds = given.length ? [...new Set(given)] : [images ? await newestThatSeesPictures(project) : await chosenRun(context, project)]
    if (elsewhere) return predictFolder(context, project, first, runIds, viewsOf(context), wishes)
    const predictions: Prediction[] = []
    for (const runId of runIds)
      predictions.push(await project.train.predict({
        runId, part: images ? 'images' : 'test', images, views: viewsOf(context), signal: context.signal, onProgress: (done, total) => context.progress(`${context.words('예측 중', 'Predicting')} ${done}/${total}`),
      }))
    const { poseIds, rows } = meanOf(predictions, runIds)
    const names = new Map(project.dataset.classRows().map((row) => [row.poseId, row.name]))
    const probabilities = (values: ArrayLike<number>) => Object.fromEntries(poseIds.map((poseId, index) => [poseId, values[index] ?? 0]))
    const sequences = sequencesOf(rows).map(({ folder: name, frames, mean }) => {
      const best = argMax(mean)
      return { folder: name, frames, predicted: poseIds[best] ?? -1, confidence: mean[best] ?? 0, probabilities: probabilities(mean) }
    })
    return {
      json: { run: runIds[0], runs: runIds, pose_ids: poseIds, sequences, frames: rows.map((row) => ({ folder: row.folder, frame: row.frame, probabilities: probabilities(row.probabilities) })) },
      text: formatTable(sequences, [
        { title: context.words('시퀀스', 'sequence'), value: (row) => row.folder },
        { title: context.words('프레임', 'frames'), value: (row) => String(row.frames), right: true },
        { title: context.words('예측', 'predicted'), value: (row) => `${row.predicted} ${names.get(row.predicted) ?? ''}` },
        { title: context.words('확률', 'probability'), value: (row) => row.confidence.toFixed(4), right: true },
      ]),
    }
  },
}

function sequencesOf(rows: readonly PredictionRow[]): { folder: string; frames: number; mean: Float64Array }[] {
  const byFolder = Map.groupBy(rows, (row) => row.folder)
  return [...byFolder].map(([folder, frames]) => ({ folder, frames: frames.length, mean: meanProbabilities(frames.map((row) => row.probabilities)) }))
}

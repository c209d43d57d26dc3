import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { CropRecipe } from '../contract/crop.ts'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { CropRoom, DatasetRoom, PredictionRow, TrainRoom } from '../contract/rooms.ts'
import { wholeFrame, shardSizeFor } from '../crop/geometry.ts'
import { placedSamples } from './foldJobs.ts'
import { prepareCrops, requireDone, runCompute, type RunnerDeps } from './foldRunner.ts'
import { classProbabilities, outputCount } from './outputs.ts'
import { averageRows, readPredictions } from './predictions.ts'
import { foldFolder, runFolder } from './runPlan.ts'
import type { StoredRun } from './runStore.ts'
import { cropRequest, planSamples, type PlannedSample } from './samples.ts'
import { testRecipes } from './testViews.ts'

export interface PredictDeps extends Omit<RunnerDeps, 'dataset'> {
  dataset: DatasetRoom
  crop: Pick<CropRoom, 'cropFrames'>
}

export type PredictInput = Omit<Parameters<TrainRoom['predict']>[0], 'signal'> & { signal: AbortSignal; /** The GPU it runs on; null: as TensorFlow finds it. */ gpu: number | null }

/**
 * Probabilities of frames by the best checkpoints of a run's folds, averaged over the folds: the data set's frames with their keypoints as
 * they are now, cut as the run cuts test frames, or whole pictures (`folder` is then the picture's path, `frame` 0).
 * @throws HandloomError `bad-input` for a picture that cannot be read, `interrupted`, `no-engine`, `out-of-memory`
 */
export async function predictFrames(deps: PredictDeps, run: StoredRun, folds: readonly number[], input: PredictInput): Promise<{ poseIds: number[]; rows: PredictionRow[] }> {
  const { signal, onProgress } = input
  const config = { ...run.config, ...input.views }
  const pictures = input.part === 'images'
  const inClasses = (row: PredictionRow): PredictionRow => ({ ...row, probabilities: classProbabilities(run.outputs, row.probabilities) })
  const planned = input.part === 'images' ? await Promise.all((input.images ?? []).map(pictureSample)) : planDataset(deps, { ...run, config }, input.part)
  const requests = planned.map((sample) => (pictures ? { ...cropRequest('', sample), name: sample.file, file: sample.file } : cropRequest(deps.dataset.folder, sample)))
  return inRunFolder(deps.projectFolder, run.id, async (scratch) => {
    // Pictures from anywhere keep their crops in a folder of their own, which goes with the prediction.
    const place = { ...deps, projectFolder: pictures ? scratch : deps.projectFolder }
    const cut = await prepareCrops(place, `prediction of run ${run.id}`, run.config.imageSize, requests, signal)
    if (pictures && cut.failures[0]) throw new HandloomError('bad-input', `${cut.failures[0].name} cannot be read: ${cut.failures[0].reason}`, { file: cut.failures[0].name })
    const samples = placedSamples(planned, cut).filter((sample) => sample.place)
    if (samples.length === 0) throw new HandloomError('not-found', 'There is no frame to predict.')
    const predictions = join(scratch, 'predictions.safetensors')
    const outcome = await runCompute(
      deps.spawnCompute,
      join(scratch, 'job.json'),
      {
        version: 1,
        gpu: input.gpu,
        kind: 'predict',
        runId: run.id,
        config,
        classes: outputCount(run.outputs, run.poseIds.length),
        outputs: run.outputs,
        shardSize: shardSizeFor(run.config.imageSize),
        shards: cut.files,
        recipes: run.recipes,
        flipTargets: run.flipTargets,
        samples,
        predictions,
        folders: folds.map((fold) => foldFolder(deps.projectFolder, run.id, fold)),
      },
      signal,
      (message) => {
        if (message.type === 'predicting') onProgress?.(message.done, message.total)
      },
    )
    requireDone(outcome, 'Predicting was stopped.')
    return { poseIds: run.poseIds, rows: averageRows([...(await readPredictions(predictions)).values()]).map(inClasses) }
  })
}

/** Does work in a folder of its own in a run's. Predictions of a run wait for each other, so another that lies there is what a killed process left. */
export async function inRunFolder<T>(projectFolder: string, runId: number, work: (scratch: string) => Promise<T>): Promise<T> {
  const folder = runFolder(projectFolder, runId)
  for (const name of await readdir(folder)) if (name.startsWith('predict-')) await rm(join(folder, name), { recursive: true, force: true })
  const scratch = await mkdtemp(join(folder, 'predict-'))
  try {
    return await work(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function planDataset({ dataset, crop }: PredictDeps, run: StoredRun, role: 'train' | 'test'): PlannedSample[] {
  const views = (recipe: CropRecipe): CropRecipe[] => testRecipes(recipe, run.config.testMargins)
  const regionRecipes = role === 'train' ? [run.recipes.train, ...views(run.recipes.validation)] : views(run.recipes.test)
  return planSamples(dataset, crop.cropFrames(role, run.recipes.test), 'test', regionRecipes, run.poseIds).samples
}

async function pictureSample(path: string): Promise<PlannedSample> {
  try {
    const [{ size, mtimeMs }, { width, height }] = await Promise.all([stat(path), sharp(path).metadata()])
    const whole = wholeFrame({ width, height })
    return { folder: path, frame: 0, hand: null, transform: null, toFrame: null, label: -1, role: 'test', width, height, keypointBox: whole, source: 'whole', region: whole, file: path, bytes: size, modified: mtimeMs }
  } catch (error) {
    const { kind, message } = toHandloomError(error)
    throw new HandloomError(kind === 'internal' ? 'bad-input' : kind, `${path} cannot be read: ${message}`, { file: path, cause: error })
  }
}

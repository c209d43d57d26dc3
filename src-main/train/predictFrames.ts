import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { CropRecipe } from '../contract/crop.ts'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { CropRoom, DatasetRoom, GivenSequence, PredictionRow, TrainRoom } from '../contract/rooms.ts'
import { ownCropFrames } from '../crop/cropFrames.ts'
import { wholeFrame, shardSizeFor } from '../crop/geometry.ts'
import { placedSamples } from './foldJobs.ts'
import { prepareCrops, requireDone, runCompute, type RunnerDeps } from './foldRunner.ts'
import { givenRecord } from './givenFrames.ts'
import type { JobSample, KeypointPredictJob, PredictJob } from './job.ts'
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

/** What was predicted, and what could not be. */
export type Predicted = Awaited<ReturnType<TrainRoom['predict']>>

/**
 * Probabilities of frames by the best checkpoints of a run's folds, averaged over the folds: the data set's frames with their keypoints as
 * they are now, those of other sequences, cut as the run cuts test frames, or whole pictures (`folder` is then the picture's path, `frame` 0).
 * @throws HandloomError `bad-input` for a picture that cannot be read (of other sequences it is among the failures), `interrupted`, `no-engine`, `out-of-memory`
 */
export async function predictFrames(deps: PredictDeps, run: StoredRun, folds: readonly number[], input: PredictInput): Promise<Predicted> {
  const viewed = { ...run, config: { ...run.config, ...input.views } }
  const elsewhere = input.part === 'images' || input.part === 'sequences'
  const planned = await plannedOf(deps, viewed, input)
  return inRunFolder(deps.projectFolder, run.id, async (scratch) => {
    // Pictures from anywhere keep their crops in a folder of their own, which goes with the prediction.
    const place = elsewhere ? { ...deps, projectFolder: scratch } : deps
    const { parts, failures } = await predictPlanned({ ...deps, place, scratch }, viewed, folds, { ...input, planned, elsewhere })
    if (input.part === 'images' && failures[0]) throw new HandloomError('bad-input', `${failures[0].folder} cannot be read: ${failures[0].reason}`, { file: failures[0].folder })
    return { poseIds: run.poseIds, rows: averageRows(parts), failures }
  })
}

/**
 * Predicts planned samples with the weights of each fold.
 * @param deps `place`: whose crops they are cut to; `scratch`: an empty folder
 * @param input `lists`: positions that each fold predicts (absent: all); `elsewhere`: the samples' files are absolute paths
 * @returns rows of each fold, and the frames that could not be cut
 * @throws HandloomError `not-found` when there is nothing to predict, `interrupted`, `no-engine`, `out-of-memory`
 */
export async function predictPlanned(
  deps: PredictDeps & { place: Pick<PredictDeps, 'emit' | 'projectFolder' | 'alone'>; scratch: string },
  run: StoredRun,
  folds: readonly number[],
  input: Pick<PredictInput, 'signal' | 'gpu' | 'onProgress'> & { planned: readonly PlannedSample[]; elsewhere: boolean; lists?: readonly (readonly number[])[] },
): Promise<{ parts: PredictionRow[][]; failures: Predicted['failures'] }> {
  const { planned, elsewhere, lists } = input
  const requests = planned.map((sample) => (elsewhere ? { ...cropRequest('', sample), name: sample.file, file: sample.file } : cropRequest(deps.dataset.folder, sample)))
  const cut = await prepareCrops(deps.place, `prediction of run ${run.id}`, run.config.imageSize, requests, input.signal)
  const reasons = new Map(cut.failures.map(({ name, reason }) => [name, reason]))
  const placed = placedSamples(planned, cut)
  const failures = placed.flatMap(({ folder, frame, place }, position) => (place ? [] : [{ folder, frame, reason: reasons.get(requests[position]?.name ?? '') ?? 'The picture could not be cut.' }]))
  // Where a sample lies once those without a crop are left out.
  const samples = placed.filter(({ place }) => place)
  const positionOf = new Map(samples.map((sample, position) => [sample, position]))
  if (samples.length === 0 && !elsewhere) throw new HandloomError('not-found', 'There is no frame to predict.')
  if (samples.length === 0) return { parts: [], failures }
  const ownLists = lists?.map((list) => list.flatMap((position) => positionOf.get(placed[position] as JobSample) ?? []))
  const parts = await predictByFolds(deps, run, folds, input, { kind: 'predict', shardSize: shardSizeFor(run.config.imageSize), shards: cut.files, recipes: run.recipes, samples, ...(ownLists && { lists: ownLists }) })
  return { parts, failures }
}

/**
 * Runs a prediction's process with the weights of each fold.
 * @param deps `scratch`: an empty folder
 * @param seen what of the job depends on what the run sees
 * @returns rows of each fold, in classes
 */
export async function predictByFolds(
  deps: Pick<PredictDeps, 'projectFolder' | 'spawnCompute'> & { scratch: string },
  run: StoredRun,
  folds: readonly number[],
  { signal, gpu, onProgress }: Pick<PredictInput, 'signal' | 'gpu' | 'onProgress'>,
  seen: Pick<PredictJob, 'kind' | 'shardSize' | 'shards' | 'recipes' | 'samples' | 'lists'> | Pick<KeypointPredictJob, 'kind' | 'sequences' | 'lists'>,
): Promise<PredictionRow[][]> {
  const predictions = join(deps.scratch, 'predictions.safetensors')
  const base = {
    version: 1, gpu, runId: run.id, config: run.config, classes: outputCount(run.outputs, run.poseIds.length), outputs: run.outputs, flipTargets: run.flipTargets, predictions,
    folders: folds.map((fold) => foldFolder(deps.projectFolder, run.id, fold)),
  } as const
  const outcome = await runCompute(deps.spawnCompute, join(deps.scratch, 'job.json'), { ...base, ...seen }, signal, (message) => {
    if (message.type === 'predicting') onProgress?.(message.done, message.total)
  })
  requireDone(outcome, 'Predicting was stopped.')
  const parts = await readPredictions(predictions)
  return folds.map((_, at) => (parts.get(`checkpoint ${at}`) ?? []).map((row) => ({ ...row, probabilities: classProbabilities(run.outputs, row.probabilities) })))
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

/** The samples that are asked for, as the run (with its views) cuts test frames. */
async function plannedOf({ dataset, crop }: PredictDeps, run: StoredRun, { part, images = [], sequences = [] }: PredictInput): Promise<PlannedSample[]> {
  const views = (recipe: CropRecipe): CropRecipe[] => testRecipes(recipe, run.config.testMargins)
  switch (part) {
    case 'images':
      return Promise.all(images.map(pictureSample))
    case 'sequences':
      return sequences.flatMap((sequence) => givenSamples(sequence, run.recipes.test, views(run.recipes.test)))
    case 'train':
      return planSamples(dataset, crop.cropFrames(part, run.recipes.test), 'test', [run.recipes.train, ...views(run.recipes.validation)], run.poseIds).samples
    case 'test':
      return planSamples(dataset, crop.cropFrames(part, run.recipes.test), 'test', views(run.recipes.test), run.poseIds).samples
  }
}

/** The samples of a sequence that is not the data set's; `file` is an absolute path. */
function givenSamples({ name, frames }: GivenSequence, recipe: CropRecipe, regionRecipes: readonly CropRecipe[]): PlannedSample[] {
  const pictures = frames.filter(({ file }) => file !== null)
  const listed = ownCropFrames(name, null, pictures.map(givenRecord), recipe)
  const sourceFrames = () => pictures.map(({ number, file, width, height, bytes, modified }) => ({ number, file: file as string, width, height, size: bytes, modified, original: null, unreadable: null }))
  return planSamples({ sourceFrames }, listed, 'test', regionRecipes, []).samples
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

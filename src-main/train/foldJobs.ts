import { join } from 'node:path'
import { shardSizeFor } from '../crop/geometry.ts'
import type { CutCrops } from '../crop/shards.ts'
import { classWeightsOf } from './classWeights.ts'
import type { TrainingDevice } from './devices.ts'
import { foldLists } from './foldLists.ts'
import type { FoldJob, JobSample, KeypointTrainJob, TrainJob } from './job.ts'
import { foldSequences } from './keypointLists.ts'
import { outputCount } from './outputs.ts'
import { foldFolder, type RunPlan } from './runPlan.ts'
import type { StoredRun } from './runStore.ts'
import type { PlannedSample } from './samples.ts'

const checkpointSeconds = 45

/** @param labels class indices of the training samples */
function foldBase(projectFolder: string, run: StoredRun, fold: number, device: TrainingDevice, labels: readonly number[]) {
  const folder = foldFolder(projectFolder, run.id, fold)
  return {
    version: 1,
    gpu: device.gpu,
    runId: run.id,
    fold,
    config: run.config,
    classes: outputCount(run.outputs, run.poseIds.length),
    outputs: run.outputs,
    augment: run.augment,
    flipTargets: run.flipTargets,
    classWeights: classWeightsOf(run, labels),
    folder,
    predictions: join(folder, 'predictions.safetensors'),
    checkpointSeconds,
    explanations: join(folder, 'explanations.safetensors'),
  } satisfies Partial<FoldJob>
}

/** Trains a fold of a run that sees pictures; what could not be cut is in no list. */
export function trainJob(projectFolder: string, run: StoredRun, fold: number, plan: RunPlan, cut: CutCrops, device: TrainingDevice): TrainJob {
  const samples = placedSamples(plan.samples, cut)
  const lists = foldLists(samples, plan, fold)
  const [train, validation, test] = ([lists.train, lists.validation, lists.test] as const).map((list) => list.filter((position) => samples[position]?.place)) as [number[], number[], number[]]
  return {
    ...foldBase(projectFolder, run, fold, device, train.map((position) => samples[position]?.label ?? -1)),
    kind: 'train',
    shardSize: shardSizeFor(run.config.imageSize),
    shards: cut.files,
    recipes: run.recipes,
    samples,
    train,
    validation,
    test,
  }
}

/** Trains a fold of a run that sees keypoints. */
export function keypointTrainJob(projectFolder: string, run: StoredRun, fold: number, plan: Pick<RunPlan, 'sequences' | 'folds' | 'frameFolds'>, device: TrainingDevice): KeypointTrainJob {
  const lists = foldSequences(plan.sequences, plan, fold)
  return { ...foldBase(projectFolder, run, fold, device, lists.train.map((position) => lists.sequences[position]?.label ?? -1)), kind: 'train-keypoints', ...lists }
}

export function placedSamples(samples: readonly PlannedSample[], cut: CutCrops): JobSample[] {
  return samples.map((sample, position) => ({ ...sample, place: cut.places[position] ?? null }))
}

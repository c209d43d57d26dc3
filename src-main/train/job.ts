import type { Matrix3 } from '../augment/projective.ts'
import type { FlipTargets } from '../augment/sampleTransform.ts'
import type { AugmentRecipe, Box, BoxSource, CropRecipes, CropRole, DerivedTransform } from '../contract/crop.ts'
import type { TrainConfig } from '../contract/train.ts'
import type { CropPlace } from '../crop/shards.ts'
import type { KeypointFrame } from '../keypoints/sequence.ts'
import type { CheckExportJob, ExportJob, KeypointExportJob } from './export/exportJobs.ts'
import type { Outputs } from './outputs.ts'

/** A frame as training or prediction sees it. */
export interface JobSample {
  folder: string
  frame: number
  /** Which hand, where hands are cut apart. */
  hand: number | null
  /** How the sample's picture was derived from the frame; null: it is the frame. */
  transform: DerivedTransform | null
  /** Picture → frame, pixels; null: the same. */
  toFrame: Matrix3 | null
  /** Class index; −1 where it is not known. */
  label: number
  /** Whose recipe cuts it. */
  role: CropRole
  /** Size of the picture, pixels. */
  width: number
  height: number
  keypointBox: Box
  source: BoxSource
  /** Part of the frame that the stored crop shows. */
  region: Box
  /** null: the picture could not be cut; such a sample is in no list. */
  place: CropPlace | null
}

/** A sequence as a keypoint model sees it. */
export interface JobSequence {
  folder: string
  /** Class index; −1 where it is not known. */
  label: number
  role: 'train' | 'test'
  /** How it was derived (its frames are as derived); null: it is the sequence itself. */
  transform: DerivedTransform | null
  /** In the order of their numbers; those without any keypoint too. */
  frames: KeypointFrame[]
}

interface JobBase {
  version: 1
  /** The GPU it runs on, by its number; null or absent: as TensorFlow finds it. */
  gpu?: number | null
  runId: number
  config: TrainConfig
  /** Outputs of the network: the classes, fewer where some are merged. */
  classes: number
  /** Which output a class index is; null: itself. */
  outputs: Outputs | null
  flipTargets: FlipTargets
  /** Where the predictions go: tensors `validation` and `test`, or one `checkpoint 0`, `checkpoint 1`, … each. */
  predictions: string
}

/** What is trained on pictures. */
interface PictureBase extends JobBase {
  /** Side of the stored crops. */
  shardSize: number
  /** Absolute paths of the shard files. */
  shards: string[]
  recipes: CropRecipes
  samples: JobSample[]
}

/** What is trained on keypoints. */
interface KeypointBase extends JobBase {
  sequences: JobSequence[]
}

/** How a fold is trained, whatever it sees. */
interface FoldBase {
  fold: number
  augment: AugmentRecipe
  /** Weight of each class in the loss; absent: none. */
  classWeights?: number[] | undefined
  /** Positions in `samples` or `sequences`. */
  train: number[]
  validation: number[]
  test: number[]
  /** Folder of the fold's checkpoints. */
  folder: string
  /** Longest time between checkpoints, seconds. */
  checkpointSeconds: number
  /** Where embeddings and activation maps go: a file of `explanations.ts`. */
  explanations: string
}

/** Trains one fold, then predicts its validation and the test samples. All that the compute process knows. */
export interface TrainJob extends PictureBase, FoldBase {
  kind: 'train'
}

/** The same with a model that sees keypoints. */
export interface KeypointTrainJob extends KeypointBase, FoldBase {
  kind: 'train-keypoints'
}

/** Jobs that train a fold. */
export type FoldJob = TrainJob | KeypointTrainJob

/** A learning-rate range test on a fold's training samples: nothing is kept. */
export interface RateJob extends Omit<TrainJob, 'kind' | 'explanations'> {
  kind: 'rate'
  steps: number
  /** First and last learning rate. */
  from: number
  to: number
}

/** Predicts all samples with each of some folds' best checkpoints. */
export interface PredictJob extends PictureBase {
  kind: 'predict'
  /** Folders of the folds' checkpoints. */
  folders: string[]
  /** Positions in `samples` that each of them predicts; absent: all. */
  lists?: number[][]
}

/** The same with a model that sees keypoints. */
export interface KeypointPredictJob extends KeypointBase {
  kind: 'predict-keypoints'
  folders: string[]
  lists?: number[][]
}

/** A few training steps on noise, to see how long they take and how much memory. */
export interface ProbeJob {
  version: 1
  gpu: number | null
  kind: 'probe'
  config: TrainConfig
  classes: number
  /** On a CPU the process ends itself beyond this; null: beyond what was free. */
  limitBytes: number | null
}

export type ComputeJob = FoldJob | RateJob | PredictJob | KeypointPredictJob | ProbeJob | ExportJob | KeypointExportJob | CheckExportJob

/** Jobs that look at pictures. */
export type PictureJob = TrainJob | RateJob | PredictJob | ExportJob

/** Batches that a list of samples makes: the steps of an epoch. */
export const batchCount = (samples: number, batchSize: number): number => Math.ceil(samples / batchSize)

/** Cuts 0 … count − 1 into as few parts of at most `most` as can be, as equal as can be: none is a small remainder. */
export function evenParts(count: number, most: number): [start: number, end: number][] {
  const parts = batchCount(count, most)
  const start = (part: number): number => Math.floor((part * count) / parts)
  return Array.from({ length: parts }, (_, part) => [start(part), start(part + 1)])
}

import { z } from 'zod'
import { augmentRecipe, cropRecipe, type ObjectReference, type ObjectSlot } from './crop.ts'
import type { ErrorKind } from './errors.ts'
import type { Score } from './evaluate.ts'
import { keypointDefaults, keypointInput, seesKeypoints } from './keypoints.ts'
import { splitters } from './split.ts'

/** What activations are computed in; weights, statistics, optimiser and loss are float32 always. */
export const precisions = ['float32', 'bfloat16', 'float16'] as const
export type Precision = (typeof precisions)[number]

const { shape: augmentShape } = augmentRecipe
/** What a config may say of the augmentation: no default values, since what is left out is as the project has it. */
const givenAugment = z.object({
  rotateDegrees: augmentShape.rotateDegrees,
  perspective: augmentShape.perspective,
  perspectiveProbability: augmentShape.perspectiveProbability,
  colour: augmentShape.colour.unwrap(),
  verticalFlipRatio: augmentShape.verticalFlipRatio.unwrap(),
  scale: augmentShape.scale.unwrap(),
  keypointJitter: augmentShape.keypointJitter.unwrap(),
  keypointDrop: augmentShape.keypointDrop.unwrap(),
  frameDrop: augmentShape.frameDrop.unwrap(),
  frameRepeat: augmentShape.frameRepeat.unwrap(),
  strayHands: augmentShape.strayHands.unwrap(),
})

const withoutUndefined = <T extends object>(given: T): T => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T

/** The keys of a config with their limits, and their values where the model is one that sees pictures. */
export const trainConfigKeys = z.object({
  name: z.string().max(200).default(''),
  /** A model of the zoo (timm's or torchvision's name), or one that sees keypoints (`keypoint_temporal`, `keypoint_linear`). */
  model: z.string().max(100).default('regnety_nano'),
  imageSize: z.number().int().min(16).max(1024).default(64),
  epochs: z.number().int().min(1).max(10_000).default(40),
  /** Samples of an optimiser step. */
  batchSize: z.number().int().min(1).max(4096).default(16),
  /** Parts that a batch is computed in, one after the other, so that it needs less memory: gradient accumulation. */
  accumulate: z.number().int().min(1).max(4096).default(1),
  folds: z.number().int().min(2).max(50).default(5),
  splitter: z.enum(splitters).default('StratifiedGroupKFold'),
  seed: z.number().int().min(0).max(4_294_967_295).default(42),
  /** Id of a planned split; it then says the folds, and `folds` and `splitter` follow it. Absent: one by `folds`, `splitter` and `seed`. */
  split: z.number().int().min(1).optional(),
  optimizer: z.enum(['lamb', 'adamw', 'sgd']).default('lamb'),
  learningRate: z.number().positive().max(100).default(1e-2),
  weightDecay: z.number().min(0).max(10).default(1e-3),
  schedule: z.enum(['one-cycle', 'cosine', 'multi-step', 'constant']).default('one-cycle'),
  warmupEpochs: z.number().min(0).max(1000).default(2),
  gradientClip: z.number().min(0).max(1e6).default(0),
  dropPath: z.number().min(0).max(0.9).default(0.05),
  labelSmoothing: z.number().min(0).max(0.9).default(0.1),
  /** Weight of each class in the loss: 1, inverse to its share of the training frames, or given by pose id (1 where left out). */
  classWeights: z.union([z.enum(['none', 'balanced']), z.record(z.string().regex(/^\d{1,9}$/), z.number().min(1e-3).max(1e3))]).default('none'),
  /** Absent, like the keys left out of `crop` and `augment`: as the project's crop settings say. */
  flipRatio: z.number().min(0).max(1).optional(),
  /** `margin` (one number, or one for each side) and `wristExtra` hold for every role, `randomMargin` and `randomProbability` in training. */
  crop: cropRecipe.pick({ margin: true, randomMargin: true, randomProbability: true, wristExtra: true }).partial().default({}),
  augment: givenAugment.partial().default({}),
  /** What a keypoint model is shown; a model that sees pictures has no use for it. */
  keypoints: keypointInput.partial().default({}),
  precision: z.enum(precisions).default('float32'),
  /** Decay of the exponential moving average of the weights; 0 = off. */
  ema: z.number().min(0).max(0.99999).default(0.99),
  /** A .safetensors or .pth file with weights to begin from. */
  pretrained: z.string().max(4096).optional(),
  /** Stop when the validation log loss has not improved for this many epochs; 0 = never. */
  patience: z.number().int().min(0).max(10_000).default(0),
  /** Which weights predict when a fold is done: those of the epoch with the lowest validation log loss, or the last ones (chosen without a look at the frames that are scored). */
  predictWith: z.enum(['best', 'last']).default('best'),
  /** Predictions are averaged over the picture and its mirror image. */
  testFlip: z.boolean().default(false),
  /** Predictions are averaged over the crop and crops with so much more margin (pixels of a 1920-wide frame). */
  testMargins: z.array(z.number().min(-2000).max(2000)).max(8).default([]),
  deterministic: z.boolean().default(false),
  threads: z.number().int().min(0).max(1024).default(0),
}).strict()

/** Everything a run is made from; every key optional for the caller, all present in a stored run. What is left out depends on what the model sees. */
export const trainConfig = z.preprocess(
  (given: z.input<typeof trainConfigKeys>) => (typeof given === 'object' && given !== null && typeof given.model === 'string' && seesKeypoints(given.model) ? { ...keypointDefaults, ...withoutUndefined(given) } : given),
  trainConfigKeys,
)
export type TrainConfig = z.infer<typeof trainConfig>
export type TrainConfigInput = z.input<typeof trainConfig>

/** How frames are looked at when they are predicted. */
export const testViews = trainConfigKeys.pick({ testFlip: true, testMargins: true })
export type TestViews = z.infer<typeof testViews>
/** Tells views from others. */
export const viewsKey = ({ testFlip, testMargins }: TestViews): string => [testFlip ? 'mirrored' : 'plain', ...testMargins].join(' ')

/** What may be another when a run goes on: all that its checkpoints do not depend on. */
export const resumeChanges = z.object({
  learningRate: trainConfigKeys.shape.learningRate.unwrap(),
  gradientClip: trainConfigKeys.shape.gradientClip.unwrap(),
  accumulate: trainConfigKeys.shape.accumulate.unwrap(),
  threads: trainConfigKeys.shape.threads.unwrap(),
}).partial().strict()
export type ResumeChanges = z.infer<typeof resumeChanges>

export interface TrainPreset {
  id: 'cpu' | 'quick' | 'winner' | 'keypoints'
  config: TrainConfigInput
}

export type FoldState = 'queued' | 'preparing' | 'training' | 'stopped' | 'failed' | 'done'

export interface RunFold {
  fold: number
  state: FoldState
  epoch: number
  epochs: number
  bestLogLoss: number | null
  bestAccuracy: number | null
  imagesPerSecond: number | null
  secondsLeft: number | null
  /** Why it failed or stopped. */
  message: string | null
  trainFrames: number
  validationFrames: number
  /** The epoch (from 1) with the lowest validation log loss so far. */
  bestEpoch: number | null
  /** What kind of failure ended it; null unless `failed`. */
  failure: ErrorKind | null
  /** Device it runs on (`CPU`, `GPU 1`); null when it does not run. */
  device: string | null
  /** How often its process ended by itself and was started again from the last checkpoint. */
  restarts: number
  /** The run whose fold this is, taken over as it was and not trained again; null: trained here. */
  carriedFrom: number | null
}

/** What of a run that is queued or running is asked to end, and when. */
export const stopRequest = z.object({
  id: z.number().int(),
  /** Absent: all. */
  folds: z.array(z.number().int().min(0)).max(50).optional(),
  /** `after-epoch`: once the running epoch is over and its checkpoint is kept. */
  when: z.enum(['now', 'after-epoch']).default('now'),
})
export type StopRequest = z.input<typeof stopRequest>

/** A fold that waits for a device. */
export interface QueueEntry {
  runId: number
  fold: number
  runName: string
  epoch: number
  epochs: number
  /** Expected; null while nothing is known. */
  secondsLeft: number | null
}

/** Something that trains: the CPU, or one GPU. */
export interface QueueDevice {
  /** `CPU`, `GPU 0` */
  name: string
  running: { runId: number; fold: number } | null
  /** What else it does: predicts, or measures for a run that is being planned. */
  busyWith: 'predict' | 'trial' | null
}

export interface QueueState {
  /** Nothing starts until the queue goes on. `pausing`: folds still run to the end of their epoch (they are then first in the queue). */
  state: 'on' | 'pausing' | 'paused'
  devices: QueueDevice[]
  /** First to start first. */
  waiting: QueueEntry[]
  /** Until all is done, of what runs and waits; null while nothing is known. */
  secondsLeft: number | null
}

/** Runs that differ in the given keys alone (`flipRatio`, `crop.margin`, `seed`, …): one for each combination of values. */
export const sweepVary = z
  .array(z.object({ key: z.string().regex(/^[a-zA-Z]+(\.[a-zA-Z]+)?$/).max(60), values: z.array(z.union([z.number(), z.string().max(100), z.boolean()])).min(1).max(64) }))
  .min(1)
  .max(4)
export type SweepVary = z.infer<typeof sweepVary>

/** Where a run stands in a sweep. */
export interface SweepPlace {
  /** The same for all runs of a sweep. */
  id: string
  values: Record<string, number | string | boolean>
}

/** What is no longer as it was when a run was made. */
export interface RunChangesSince {
  /** Sequences whose keypoints or label were edited since, or whose files changed. */
  folders: string[]
  /** Sequences that are new, or gone. */
  added: string[]
  removed: string[]
  /** Recipes, augmentation, flip map or derived set in use are others. */
  recipes: boolean
  /** Of the changed sequences: which a fold validates (its predictions of them are old), and which it learnt from. */
  folds: { fold: number; validates: string[]; trains: string[] }[]
}

export interface Run {
  id: number
  name: string
  created: string
  config: TrainConfig
  splitId: number
  state: 'queued' | 'running' | 'stopped' | 'failed' | 'done'
  folds: RunFold[]
  secondsLeft: number | null
  /** Hash of the data, edits, recipes, split and config the run was made from. */
  provenance: { dataHash: string; editsHash: string; recipeHash: string; splitHash: string; version: string; machine: string; /** TensorFlow and our operations; null for a run of an older Handloom. */ engine: string | null }
  /** The named objects it was made from; null for a run of an older Handloom. */
  objects: Record<ObjectSlot | 'split', ObjectReference> | null
  sweep: SweepPlace | null
  /** The run it was made from: the same again, with some folds trained anew on the data as they are now, or fitted again whenever these change. */
  madeFrom: { runId: number; how: 'again' | 'retrained' | 'refit' } | null
}

/** A run's out-of-fold scores, and what it shares with others. */
export interface RunScore {
  runId: number
  name: string
  created: string
  model: string
  flipRatio: number
  split: ObjectReference
  splitId: number
  /** `frame`: siblings of validated frames were trained on, and the score is too good. */
  unit: 'sequence' | 'frame'
  leakingSequences: number
  /** Planned, and those with predictions. */
  folds: number
  foldsScored: number
  sequence: Score
  frame: Score
  perFold: { fold: number; sequence: Score }[]
  /** Runs with the same text here differ in their flip ratio alone (or not at all). */
  likeButFlipRatio: string
  /** Runs with the same text here differ in their split alone (or not at all). */
  likeButSplit: string
  sweep: SweepPlace | null
}

/** One point of a run's curves: per epoch (validation measured) or per few steps (training only). */
export interface Metric {
  fold: number
  kind: 'step' | 'epoch'
  step: number
  epoch: number
  loss: number
  learningRate: number
  gradientNorm: number | null
  imagesPerSecond: number | null
  trainAccuracy: number | null
  validationLogLoss: number | null
  validationAccuracy: number | null
  /** What the machine did; null where it was not asked, or for a run of an older Handloom. */
  load: DeviceLoad | null
}

export interface DeviceLoad {
  /** Share of all processors that the training process took since the point before, 0–1. */
  cpu: number
  /** Memory of the training process, bytes. */
  memoryBytes: number
  /** Share of time that the GPU was busy, 0–1, and its memory in use; null without one. */
  gpu: number | null
  gpuMemoryBytes: number | null
}

/** A batch as it was fed: the pictures are under `/batch/RUN/FOLD/STEP`, beside each other. */
export interface FedBatch {
  step: number
  epoch: number
  /** Side of each picture, pixels. */
  size: number
  samples: {
    folder: string
    frame: number
    hand: number | null
    /** Class that it was fed with; `mirrored`: flipped left to right, or top to bottom. */
    poseId: number
    mirrored: boolean
    derived: boolean
  }[]
}

export interface ModelInfo {
  name: string
  sees: 'pictures' | 'keypoints'
  family: 'timm' | 'torchvision' | 'handloom'
  parameters: number
  /** Multiply-adds at the model's own input size, as the RegNet paper counts FLOPs; of a keypoint model per frame. */
  flops: number
  activations: number
  imageSize: number
  depths: number[]
  widths: number[]
  groupWidths: number[]
  squeezeExcite: number
}

export interface EngineStatus {
  available: boolean
  device: 'cpu' | 'gpu' | null
  tensorflow: string | null
  /** What is missing and the command that mends it, when not available. */
  message: string | null
}

export interface Preflight {
  trainFrames: number
  validationFrames: number
  skippedFrames: number
  stepsPerEpoch: number
  classesMissingInFolds: { fold: number; poseIds: number[] }[]
  leakingSequences: number
  /** Samples added by the derived set in all folds together, and derived sequences that nothing can be made of. */
  derivedFrames: number
  derivedProblems: number
  shardBytes: number
  freeBytes: number
  /** As measured for this config, else from the last run of the same model and size; null when neither is there. */
  secondsPerEpoch: number | null
  /** Of the chosen folds on the devices there are, what is before them in the queue left out. */
  secondsTotal: number | null
  timeFrom: 'measured' | 'run' | null
  /** What a trial of this model, size, batch and precision on this machine said; null when there was none. */
  measured: Measurement | null
}

/** A few real steps. */
export interface Measurement {
  created: string
  device: string
  steps: number
  imagesPerSecond: number
  secondsPerStep: number
  compileSeconds: number
  /** Most memory that the process took (on a GPU: of the GPU); null where it cannot be told. */
  peakBytes: number | null
  /** Of the device, and what of it was free before. */
  memoryBytes: number
  freeMemoryBytes: number
}

/** Which batches fit in memory, found by trying. */
export interface BatchFit {
  fitting: { batch: number; imagesPerSecond: number; peakBytes: number | null }[]
  limitBytes: number
  /** The largest that fits and is not larger than the config's; null when not even one picture does. */
  batchSize: number | null
  /** Parts in which the config's batch fits; 1 when it does whole. */
  accumulate: number | null
}

/** A learning-rate range test (Smith 2017, section 3.3): the loss while the rate grows exponentially from step to step. */
export interface RateSearch {
  /** Loss smoothed (exponential moving average of 0.9, corrected for its start). */
  points: { learningRate: number; loss: number }[]
  /** Where the loss falls most steeply over the logarithm of the rate, and a highest rate to train with; null when it never fell. */
  steepest: number | null
  suggested: number | null
  end: 'diverged' | 'last-step'
}

export type TrialKind = 'measure' | 'batch-size' | 'learning-rate'

export const modelFormats = ['onnx', 'savedmodel', 'safetensors'] as const
export type ModelFormat = (typeof modelFormats)[number]

export const modelExportOptions = z.object({
  runId: z.number().int(),
  format: z.enum(modelFormats),
  /** Absent: the finished fold with the lowest validation log loss. */
  fold: z.number().int().min(0).optional(),
  /** File (a folder for savedmodel); absent: among the project's exports. Never in the data folder. */
  out: z.string().min(1).max(4096).optional(),
})
export type ModelExportOptions = z.infer<typeof modelExportOptions>

/** A model in another program's format. */
export interface ExportedModel {
  format: ModelFormat
  runId: number
  fold: number
  path: string
  bytes: number
  /** Largest difference of a logit from the app's own over `samples` samples of the run (its validated frames first); null: what was written could not be run here, `checkedWith` says why. */
  largestDifference: number | null
  samples: number
  /** `onnxruntime 1.30.0`, `TensorFlow 2.x`, `read back`. */
  checkedWith: string
  /** What was worth saying, for example that a head was made wider. */
  notes: string[]
}

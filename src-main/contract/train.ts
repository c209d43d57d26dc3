import { z } from 'zod'
import { augmentRecipe, cropRecipe, type ObjectReference, type ObjectSlot } from './crop.ts'
import type { Score } from './evaluate.ts'
import { splitters } from './split.ts'

/** What activations are computed in; weights, statistics, optimiser and loss are float32 always. */
export const precisions = ['float32', 'bfloat16', 'float16'] as const
export type Precision = (typeof precisions)[number]

/** Everything a run is made from; every key optional for the caller, all present in a stored run. */
export const trainConfig = z.object({
  name: z.string().max(200).default(''),
  /** A model of the zoo (timm's or torchvision's name). */
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
  augment: augmentRecipe.pick({ rotateDegrees: true, perspective: true, perspectiveProbability: true }).extend({ colour: augmentRecipe.shape.colour.unwrap(), verticalFlipRatio: augmentRecipe.shape.verticalFlipRatio.unwrap() }).partial().default({}),
  precision: z.enum(precisions).default('float32'),
  /** Decay of the exponential moving average of the weights; 0 = off. */
  ema: z.number().min(0).max(0.99999).default(0.99),
  /** A .safetensors or .pth file with weights to begin from. */
  pretrained: z.string().max(4096).optional(),
  /** Stop when the validation log loss has not improved for this many epochs; 0 = never. */
  patience: z.number().int().min(0).max(10_000).default(0),
  /** Predictions are averaged over the picture and its mirror image. */
  testFlip: z.boolean().default(false),
  /** Predictions are averaged over the crop and crops with so much more margin (pixels of a 1920-wide frame). */
  testMargins: z.array(z.number().min(-2000).max(2000)).max(8).default([]),
  deterministic: z.boolean().default(false),
  threads: z.number().int().min(0).max(1024).default(0),
}).strict()
export type TrainConfig = z.infer<typeof trainConfig>
export type TrainConfigInput = z.input<typeof trainConfig>

/** How frames are looked at when they are predicted. */
export type TestViews = Pick<TrainConfig, 'testFlip' | 'testMargins'>

/** What may be another when a run goes on: all that its checkpoints do not depend on. */
export const resumeChanges = z.object({
  learningRate: trainConfig.shape.learningRate.unwrap(),
  gradientClip: trainConfig.shape.gradientClip.unwrap(),
  accumulate: trainConfig.shape.accumulate.unwrap(),
  threads: trainConfig.shape.threads.unwrap(),
}).partial().strict()
export type ResumeChanges = z.infer<typeof resumeChanges>

export interface TrainPreset {
  id: 'cpu' | 'quick' | 'winner'
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
  provenance: { dataHash: string; editsHash: string; recipeHash: string; splitHash: string; version: string; machine: string }
  /** The named objects it was made from; null for a run of an older Handloom. */
  objects: Record<ObjectSlot | 'split', ObjectReference> | null
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
}

export interface ModelInfo {
  name: string
  family: 'timm' | 'torchvision' | 'handloom'
  parameters: number
  /** Multiply-adds at the model's own input size, as the RegNet paper counts FLOPs. */
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
  /** From the last run of the same model and size on this machine; null when there is none. */
  secondsPerEpoch: number | null
  secondsTotal: number | null
}

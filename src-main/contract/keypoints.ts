import { z } from 'zod'

/** Models that see keypoints instead of pictures; in every list they stand beside the zoo's. */
export const keypointModels = ['keypoint_temporal', 'keypoint_linear'] as const
export type KeypointModel = (typeof keypointModels)[number]
export const seesKeypoints = (model: string): model is KeypointModel => (keypointModels as readonly string[]).includes(model)

/** What a keypoint model is shown beside the shape of the hands. */
export const keypointInput = z.object({
  /** Turns each hand so that its middle finger's base is above the wrist: what is left does not depend on how the hand is turned in the picture. */
  normaliseRotation: z.boolean(),
  /** Adds where in the picture the hands are and how large. */
  place: z.boolean(),
  /** Most frames of a sequence that are looked at, evenly chosen; the others are predicted as the nearest chosen one. */
  frames: z.number().int().min(1).max(256),
}).strict()
export type KeypointInput = z.infer<typeof keypointInput>

/** What a keypoint model is shown where its config does not say otherwise. */
export const keypointInputDefaults: KeypointInput = { normaliseRotation: false, place: false, frames: 32 }

/** What a keypoint run begins with where its config does not say otherwise. */
export const keypointDefaults = {
  epochs: 40,
  batchSize: 16,
  optimizer: 'adamw',
  learningRate: 4e-3,
  weightDecay: 0.1,
  schedule: 'one-cycle',
  warmupEpochs: 5,
  dropPath: 0.1,
  labelSmoothing: 0.03,
  ema: 0.99,
  predictWith: 'last',
  testFlip: true,
} as const

/** A keypoint, or a whole hand, of one frame whose removal changes what the model says. */
export interface KeypointInfluence {
  frame: number
  /** Rows that are taken away: one, or a hand's 21. */
  rows: number[]
  /** What the frame is taken for without them. */
  poseId: number
  name: string
  /** Change of the log of the probability that the frame (`frame`) or the sequence gives the answer; of the prediction where the label is unknown. Above 0: better without. */
  frameChange: number
  sequenceChange: number
  /** Whose most probable class is another without them. */
  changes: 'frame' | 'sequence' | 'both'
}

/**
 * What a keypoint run says of a sequence with its keypoints as they are now, by folds that did not learn from it (of a test sequence: all).
 */
export interface KeypointOpinion {
  runId: number
  runName: string
  folds: number[]
  /** No frame has a keypoint: nothing can be said, and the probabilities are equal. */
  withoutKeypoints: boolean
  /** Most probable classes, best first, at most five. */
  top: { poseId: number; name: string; probability: number }[]
  /** The sequence's label and its probability; null without a label. */
  answer: { poseId: number; name: string; probability: number } | null
  /** Before the edits of the sequence (keypoints as in the file), where it has any. */
  before: { poseId: number; name: string; probability: number; answerProbability: number | null } | null
  frames: { frame: number; poseId: number; name: string; probability: number; answerProbability: number | null }[]
  /** Those whose removal makes the label more probable first. */
  influences: KeypointInfluence[]
}

/** The keypoint model that is fitted again behind, whenever keypoints or labels were edited. */
export interface RefitState {
  /** Kept over restarts. */
  enabled: boolean
  /** The newest finished keypoint run, whose settings are used; null: there is none yet. */
  baseRunId: number | null
  /** The run of the refits, with predictions as the data are now; null before the first. */
  runId: number | null
  /** `waiting`: an edit was just made; `fitting`: folds are trained. */
  state: 'idle' | 'waiting' | 'fitting' | 'failed'
  /** Folds that are done, of all. */
  foldsDone: number
  folds: number
  /** Sequences edited since the base run was made. */
  edited: string[]
  /** Out-of-fold log loss of sequences: of the base run, and of the refit; null where it is not known. */
  logLossBefore: number | null
  logLossAfter: number | null
  message: string | null
}

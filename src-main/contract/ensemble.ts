import { z } from 'zod'
import { testViews, type TestViews } from './train.ts'

/**
 * How the frames of a sequence become one probability vector. `median`: class by class. `geometric`: the mean of the logarithms. `trimmed`: the mean
 * without the tenth (rounded up) of the frames on either end, class by class, where there are five frames or more. `quality`: weighted by how good the frame's crop is. All are normalised.
 */
export const poolings = ['mean', 'median', 'geometric', 'trimmed', 'quality'] as const
export type Pooling = (typeof poolings)[number]

/**
 * How the folds of a run become one for test sequences. `weighted`: each counts as the probability that it typically (geometric mean) gives
 * the answers of the sequences it validates. `best`: the one with the lowest out-of-fold log loss alone.
 */
export const foldChoices = ['equal', 'weighted', 'best'] as const
export type FoldChoice = (typeof foldChoices)[number]

export const submitOptions = z.object({
  runIds: z.array(z.number().int()).max(100).default([]),
  rules: z.boolean().default(true),
  /** `equal`: the mean of the runs. `fitted`: as `EnsembleApi.blend` says, by weights and temperatures fitted on out-of-fold predictions. */
  blend: z.enum(['equal', 'fitted']).default('equal'),
  pooling: z.enum(poolings).default('mean'),
  folds: z.enum(foldChoices).default('equal'),
  /** How frames are looked at (test-time augmentation): absent as each run's config says; else they are predicted anew where that was not done yet. */
  views: testViews.optional(),
  /** No probability is below this (each row is normalised after). */
  clip: z.number().min(1e-15).max(0.01).default(1e-15),
  /** Where the CSV goes; absent = the project's own `submissions` folder. */
  out: z.string().max(4096).optional(),
})
export type SubmitOptions = z.infer<typeof submitOptions>

export const submissionProblemKinds = ['missing-row', 'extra-row', 'missing-column', 'extra-column', 'column-order', 'row-order', 'duplicate-row', 'not-a-number', 'out-of-range', 'row-sum', 'line-end', 'unreadable'] as const

export interface SubmissionProblem {
  kind: (typeof submissionProblemKinds)[number]
  place: string
  message: string
}

export interface Submission {
  id: number
  created: string
  path: string
  lineagePath: string
  runIds: number[]
  rules: boolean
  blend: SubmitOptions['blend']
  pooling: Pooling
  folds: FoldChoice
  /** null: as each run's config says. */
  views: TestViews | null
  clip: number
  /** Probabilities that were raised to it. */
  clipped: number
  rows: number
  columns: number
  /** Out-of-fold sequence log loss of the same runs and rules. */
  estimatedLogLoss: number | null
  problems: SubmissionProblem[]
  /** Test sequences without any prediction; they got equal probabilities. */
  missing: string[]
  /** What is well-formed but worth knowing: classes no run knows, data that changed since a run, test sequences the sample leaves out. */
  warnings: string[]
}

export interface SubmissionRow {
  folder: string
  top: { poseId: number; name: string; probability: number }[]
}

/** A test sequence in two submissions. */
export interface SubmissionChange {
  folder: string
  before: { poseId: number; name: string; probability: number }
  after: { poseId: number; name: string; probability: number }
  /** Total variation distance of the two rows, 0 … 1: the share of probability that went elsewhere. */
  distance: number
  /** Of the class that the earlier one held most probable: ln of its probability before less after. Above 0: it got less. */
  drop: number
}

/** What changed against an earlier submission. Classes and sequences that only one of them has are left out and counted. */
export interface SubmissionComparison {
  id: number
  against: number
  /** Largest distance first. */
  rows: SubmissionChange[]
  /** Sequences whose most probable class is another, and those that are the same to 1e-9. */
  otherClass: number
  same: number
  onlyHere: string[]
  onlyThere: string[]
  /** Expected log loss of the earlier one if the later were right: mean over sequences of −Σ p(later) · ln p(earlier), less the later's own entropy. */
  divergence: number
}

/** A way of putting together what runs say, scored out of fold. */
export interface WayScore {
  logLoss: number
  accuracy: number
  /** Against the mean over frames, with the views of the runs' configs. */
  gain: BlendGain
}

/** Frames to sequence, folds, and test-time augmentation, each scored over the same out-of-fold sequences (the equal mean of the runs, before the rules). */
export interface EnsembleWays {
  sequences: number
  poolings: ({ pooling: Pooling } & WayScore)[]
  /** Folds that validated sequences. A fold's score is of other sequences than another's: the interval says how far such scores can be trusted. */
  folds: { runId: number; fold: number; sequences: number; logLoss: number; low: number; high: number; /** With `weighted`. */ weight: number; best: boolean }[]
  /** The views of the configs first; others that were predicted for all of the runs. */
  views: ({ views: TestViews | null } & WayScore)[]
  /** `few-folds`: fewer than three, or intervals that all overlap: which fold is best cannot be told. `few-sequences`: under 50. */
  caveats: ('few-folds' | 'few-sequences')[]
}

/** A run in a blend. */
export interface BlendMember {
  runId: number
  name: string
  model: string
  /** What its logits (log-probabilities) are divided by before anything else: the one with the lowest out-of-fold log loss (Guo et al. 2017). */
  temperature: number
  /** Share in the blend, 0–1; all together 1. */
  weight: number
  /** Its own out-of-fold sequence log loss and accuracy on the blend's sequences, as it is and with its temperature. */
  logLoss: number
  logLossCalibrated: number
  accuracy: number
}

/** Log loss of the blend against another way, over the same sequences. */
export interface BlendGain {
  /** Mean of (log loss of the other − log loss of the blend): above 0 the blend is better. */
  gain: number
  /** 95 % interval, by bootstrap over sequences (of a sequence, both ways are drawn together). */
  low: number
  high: number
}

/**
 * How runs are put together: p = Σ wₖ · softmax(log pₖ / Tₖ), the weights convex. All scores are cross-fitted: weights and temperatures for the
 * sequences of a fold are fitted on the others, so they tell what the blend does on sequences that it was not fitted on.
 */
export interface Blend {
  members: BlendMember[]
  /** Sequences that all of the runs predicted out of fold. */
  sequences: number
  /** Cross-fitted. */
  logLoss: number
  accuracy: number
  /** Mean of the runs as they are. */
  equal: { logLoss: number; accuracy: number }
  /** The run with the lowest log loss alone, as it is. */
  best: { runId: number; logLoss: number; accuracy: number }
  overEqual: BlendGain
  overBest: BlendGain
  /**
   * Weights of single classes, where a class has enough sequences and they lower the cross-fitted log loss; empty: the same for all. The weight of
   * class c is then `weights[k]` in place of the member's, and each row is normalised.
   */
  perClass: { poseId: number; name: string; sequences: number; weights: number[] }[]
  /** What is worth knowing: few folds or sequences, folds that differ between the runs, sequences of which a run can say nothing. */
  caveats: ('few-sequences' | 'different-folds' | 'unknown-sequences' | 'one-run')[]
  /** Sequences that a run can say nothing of (no keypoints): the others answer for them. */
  unknown: number
}

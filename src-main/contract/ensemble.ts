import { z } from 'zod'

export const submitOptions = z.object({
  runIds: z.array(z.number().int()).max(100).default([]),
  rules: z.boolean().default(true),
  /** `equal`: the mean of the runs. `fitted`: as `EnsembleApi.blend` says, by weights and temperatures fitted on out-of-fold predictions. */
  blend: z.enum(['equal', 'fitted']).default('equal'),
  /** Where the CSV goes; absent = the project's own `submissions` folder. */
  out: z.string().max(4096).optional(),
})
export type SubmitOptions = z.infer<typeof submitOptions>

export const submissionProblemKinds = ['missing-row', 'extra-row', 'missing-column', 'extra-column', 'column-order', 'row-order', 'duplicate-row', 'not-a-number', 'out-of-range', 'row-sum', 'unreadable'] as const

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

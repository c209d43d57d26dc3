import { z } from 'zod'
import { sequenceFolder } from './dataset.ts'

/** Per frame the outermost keypoint in a direction, of all hands together; or the five finger tips, each by itself. */
export const featurePoints = ['topmost', 'bottommost', 'leftmost', 'rightmost', 'tips'] as const
/**
 * What a keypoint's way over a sequence is measured by. `range`: largest less smallest. `spread`: the 90th percentile less the 10th, so that single
 * stray frames do not count. `path`: all the way it goes. `speed`: path by frame. `turns`: how often it changes its direction, moves that
 * are as small as noise left out.
 */
export const featureMeasures = ['range', 'spread', 'path', 'speed', 'turns'] as const

/**
 * A number that a sequence's keypoints give, frames without the keypoint passed over. `point` may be a keypoint by its index in the hand (0–20, as
 * MediaPipe orders them). Of an index or of the tips each hand (and tip) is measured by itself, and the largest value counts.
 */
export const sequenceFeature = z.object({
  point: z.union([z.enum(featurePoints), z.number().int().min(0).max(20)]),
  measure: z.enum(featureMeasures),
  /** `both`: lengths in the plane; range and spread are then the diagonal of those of x and y. */
  axis: z.enum(['x', 'y', 'both']),
  /** Pixels of a 1920-wide frame, or the size of the hand (median over the frames), so that it does not matter how near the camera it is. Turns have no unit. */
  unit: z.enum(['pixels', 'hand-sizes']),
}).strict()
export type SequenceFeature = z.infer<typeof sequenceFeature>

export const thresholdMethods = ['log-loss', 'maximum-plus-5', 'by-hand'] as const

const poseIds = z.array(z.number().int().min(0)).min(1).max(50)

/** What a rule says, as it is kept, exported and shared. */
export const ruleDefinition = z.object({
  name: z.string().trim().max(200),
  /** Classes of the sequences that measure below the threshold, and of those that measure at least as much. */
  stillPoseIds: poseIds,
  movingPoseIds: poseIds,
  feature: sequenceFeature,
  threshold: z.number(),
  /**
   * Where the threshold comes from: the lowest out-of-fold log loss, the largest value of the still classes and a margin (5 pixels, as the winning
   * pipeline; in hand sizes 0.05, of turns 0.5), or a person.
   */
  method: z.enum(thresholdMethods),
  /**
   * `clamp`: the side decided against keeps at most the share `clamp` of the probability that both have together; every other class keeps its own.
   * `one-hot`: the row becomes one for the decided class and zero for all others, as in the winning pipeline.
   */
  action: z.enum(['clamp', 'one-hot']),
  clamp: z.number().min(0).max(0.5),
  /** `error`: the share with the lowest log loss given how often the rule is wrong out of fold, (wrong + 1) / (decisions + 2). */
  clampFrom: z.enum(['error', 'by-hand']),
  /** Sequences that a person left out when the threshold was fitted. They are judged all the same. */
  leftOut: z.array(sequenceFolder).max(10_000).default([]),
  enabled: z.boolean(),
  note: z.string().max(2000).default(''),
}).strict()
export type RuleDefinition = z.infer<typeof ruleDefinition>

/** A rule to be tried: threshold and clamp are fitted unless they are set by hand. */
export const ruleDraft = ruleDefinition.extend({
  name: ruleDefinition.shape.name.default(''),
  threshold: z.number().optional(),
  method: z.enum(thresholdMethods).default('log-loss'),
  action: ruleDefinition.shape.action.default('clamp'),
  clamp: z.number().min(0).max(0.5).optional(),
  clampFrom: ruleDefinition.shape.clampFrom.default('error'),
  enabled: z.boolean().default(true),
})
export type RuleDraft = z.infer<typeof ruleDraft>
export type RuleDraftInput = z.input<typeof ruleDraft>

/** What can be changed of a rule that is there; a threshold or clamp given here is one by hand. */
export const ruleChange = ruleDefinition.extend({ leftOut: ruleDefinition.shape.leftOut.unwrap(), note: ruleDefinition.shape.note.unwrap() }).partial()
export type RuleChange = z.input<typeof ruleChange>

export const ruleFitOptions = z.object({
  runId: z.number().int(),
  method: z.enum(['maximum-plus-5', 'log-loss']).default('log-loss'),
  /** Absent: fitted by the rule's own errors. */
  clamp: z.number().min(0).max(0.5).optional(),
  action: z.enum(['clamp', 'one-hot']).default('clamp'),
})
export type RuleFitOptions = z.infer<typeof ruleFitOptions>

/** A sequence of a rule's classes. */
export interface RulePoint {
  group: string
  poseId: number
  value: number
  /** Fold that validates it; null: no out-of-fold prediction. */
  fold: number | null
  /** Left out of the fit by hand. */
  leftOut: boolean
}

/** A sequence whose probabilities a rule (or the run's rules together) changes. */
export interface ChangedSequence {
  folder: string
  /** null: a test sequence, or one without a label. */
  poseId: number | null
  value: number
  before: { poseId: number; name: string; probability: number }
  after: { poseId: number; name: string; probability: number }
  /** Of the label; null without one. */
  answerBefore: number | null
  answerAfter: number | null
}

/** What a rule does, told before it is applied. */
export interface RuleJudgement {
  points: RulePoint[]
  /** Sequences of the classes that cannot be measured: fewer than two frames with the keypoint. */
  unmeasured: string[]
  /** 95 % of the thresholds fitted on sequences drawn with replacement; null when it is set by hand or there is too little. */
  thresholdInterval: { low: number; high: number } | null
  /** What was fitted without each fold; empty when both are set by hand. */
  fits: { fold: number; threshold: number | null; clamp: number }[]
  /** Decisions on out-of-fold sequences of the classes, each by what was fitted without its fold. */
  decisions: number
  wrong: number
  /** Mean out-of-fold log loss of the classes' sequences: as they are; after the rule, each by what was fitted without its fold; and by what was fitted on all (in fold), which flatters. */
  logLossBefore: number
  logLossAfter: number
  logLossAfterInFold: number
  /** Mean of (before − after) over those sequences, with its 95 % interval by bootstrap; null without predicted sequences. */
  gain: { mean: number; low: number; high: number } | null
  /** Out-of-fold log loss of the whole run: with the enabled rules before it in the order, and with it as well. */
  runBefore: number
  runAfter: number
  /** Out-of-fold sequences whose probabilities it changes (of other classes too), and test sequences. */
  changed: ChangedSequence[]
  testChanged: ChangedSequence[]
}

export interface SequenceRule extends RuleDefinition, RuleJudgement {
  /** Stays over versions. */
  id: number
  runId: number
}

/** What `preview` says of a draft: the rule as it would be, not kept. */
export type PreviewedRule = Omit<SequenceRule, 'id'>

export interface RulesVersion {
  version: number
  created: string
  author: string
  /** What was done. */
  label: string
  rules: number
}

export interface RulesState {
  runId: number
  /** 0: the run has no rules yet. */
  version: number
  /** In the order in which they are applied. */
  rules: SequenceRule[]
  /** Out-of-fold sequence log loss of the whole run, without and with the enabled rules; and with what was fitted on all sequences. */
  logLossBefore: number
  logLossAfter: number
  logLossAfterInFold: number
}

/** Two classes (or groups) that a rule may tell apart. */
export interface RuleProposal {
  /** `preset`: a pair of the winning pipeline. `confusion`: the run takes the one for the other. */
  source: 'preset' | 'confusion'
  stillPoseIds: number[]
  movingPoseIds: number[]
  /** The preset's feature; null: to be looked for. */
  feature: SequenceFeature | null
  /** Labelled training sequences of both. */
  sequences: number
  /** Out-of-fold sequences of the one that are taken for the other. */
  confused: number
  /** Mean log loss of their sequences: what there is to win. */
  logLoss: number
  /** Rules of the run that are about these classes. */
  ruleIds: number[]
}

/** How well a feature tells the two apart. */
export interface FeatureRank {
  feature: SequenceFeature
  threshold: number
  wrong: number
  decisions: number
  /** Cross-fitted, as `RuleJudgement`. */
  logLossBefore: number
  logLossAfter: number
}

export interface FeatureSearch {
  /** Best first, at most 20. */
  ranks: FeatureRank[]
  tried: number
  /** Log loss when the feature too is chosen without each fold: what choosing the best of so many is really worth. */
  logLossBefore: number
  logLossAfter: number
}

import { z } from 'zod'
import type { Role } from './dataset.ts'
import { sequenceFolder } from './dataset.ts'

export interface Score {
  logLoss: number
  accuracy: number
  count: number
}

export interface EvaluationSummary {
  runId: number
  /** Folds that have out-of-fold predictions. */
  folds: { fold: number; frame: Score; sequence: Score }[]
  frame: Score
  sequence: Score
  /** After the run's enabled rules; null when it has none. */
  afterRules: Score | null
  perClass: { poseId: number; name: string; logLoss: number; accuracy: number; sequences: number }[]
  /** ln(number of classes): what a model that knows nothing scores. */
  chance: number
  classes: number
  /** Share of the total log loss that the ten worst sequences carry, 0–1. */
  topTenShare: number
  /** Sequences whose label is doubted (`labelIssue`), and those with a cause. */
  labelIssues: number
  triaged: number
  /** Sequences of which the run can say nothing, because they have no keypoints: all classes got the same probability. */
  unknown: number
  /** The other run that a review compares it with, where one was asked for. */
  against: {
    runId: number
    name: string
    /** Of the sequences that both predicted out of fold: how many, and how often their most probable classes differ. */
    sequences: number
    disagreements: number
    /** Of those sequences: this run's, the other's, and that of the mean of both. */
    own: Score
    other: Score
    both: Score
  } | null
}

/** Why a sequence is predicted badly, as a person judged. */
export const triageCauses = ['wrong-label', 'bad-keypoints', 'crop', 'augmentation', 'ambiguous', 'hard'] as const
export type TriageCause = (typeof triageCauses)[number]

export interface TriageEntry {
  folder: string
  cause: TriageCause
  note: string
  created: string
  author: string
}

export const lookAlikes = ['left-right', 'still-moving', 'same-name'] as const
export type LookAlike = (typeof lookAlikes)[number]

/** A row of the review table: a sequence (the out-of-fold mean probability of its frames) or one frame, against its answer. */
export interface GroupRow {
  /** `train/352` */
  group: string
  /** Frame number; null: the sequence. */
  frame: number | null
  answerName: string
  poseId: number
  logLoss: number
  predictedPoseId: number
  predictedName: string
  /** Probability of the predicted class. */
  confidence: number
  /** Probability of the answer. */
  answerProbability: number
  frames: number
  fold: number
  actor: string | null
  hand: string
  view: string
  /** Share of the run's total log loss (of sequences, or of frames). */
  share: number
  /** Answer and prediction are flip partners, or still and moving look-alikes; null otherwise. */
  lookAlike: LookAlike | null
  /** After the run's enabled rules, where they change the sequence; null for frames. */
  afterRules: { logLoss: number; predictedPoseId: number; predictedName: string; answerProbability: number } | null
  /** Confident learning (Northcutt et al. 2021; cleanlab's normalised margin): 0 … 1, low = the label is doubted. */
  labelQuality: number
  /** Off the diagonal of the confident joint: the model is surer of another class than it usually is of that class's own sequences. */
  labelIssue: boolean
  /** The class that the confident joint counts it to, where `labelIssue`. */
  suggestedPoseId: number | null
  suggestedName: string | null
  cause: TriageCause | null
  note: string
  /** All classes have the same probability: the run could say nothing (no keypoints). */
  unknown: boolean
  /** What the other run says (`ReviewView.against`), of the same sequence or frame; null where none was asked for, or it did not predict it out of fold. */
  against: {
    logLoss: number
    predictedPoseId: number
    predictedName: string
    confidence: number
    answerProbability: number
    /** Jensen-Shannon divergence of the two, in bits: 0 the same, 1 nothing in common. */
    disagreement: number
    /** This run's log loss less the other's: above 0 the other one is better. */
    change: number
  } | null
}

export const reviewLevels = ['sequence', 'frame'] as const
export type ReviewLevel = (typeof reviewLevels)[number]

/** What of the table is looked at; saved under a name it is a view. */
export const reviewView = z.object({
  level: z.enum(reviewLevels).default('sequence'),
  /** Words looked for in folder, class names and ids, actor, hand, note. */
  search: z.string().max(200).default(''),
  poseId: z.number().int().optional(),
  predictedPoseId: z.number().int().optional(),
  fold: z.number().int().optional(),
  actor: z.string().max(300).optional(),
  hand: z.string().max(20).optional(),
  view: z.string().max(100).optional(),
  cause: z.enum([...triageCauses, 'any', 'none']).optional(),
  lookAlike: z.enum([...lookAlikes, 'any']).optional(),
  /** Probability of the predicted class: above the one, at most the other, as a bin of the reliability diagram. */
  confidenceFrom: z.number().min(0).max(1).optional(),
  confidenceTo: z.number().min(0).max(1).optional(),
  wrongOnly: z.boolean().default(false),
  /** Labels in doubt only. */
  issuesOnly: z.boolean().default(false),
  /** Sequences that the rules change only. */
  changedByRules: z.boolean().default(false),
  /** Scores and predictions after the rules are what is filtered and sorted by. */
  afterRules: z.boolean().default(false),
  /** Another run with out-of-fold predictions: a second opinion, or the same run before an edit. With it labels are doubted by the mean of both runs' probabilities. */
  against: z.number().int().optional(),
  /** Sequences (or frames) for which the two runs' most probable classes differ only. */
  disagreeOnly: z.boolean().default(false),
  /** `disagreement` and `change` (by its size) need `against`; without it rows are as by log loss. */
  sort: z.enum(['logLoss', 'group', 'answer', 'predicted', 'confidence', 'fold', 'labelQuality', 'actor', 'cause', 'disagreement', 'change']).default('logLoss'),
  descending: z.boolean().default(true),
})
export type ReviewView = z.infer<typeof reviewView>

export const groupQuery = reviewView.extend({
  runId: z.number().int(),
  /** Of these sequences only: a lasso, a cell. */
  groups: z.array(sequenceFolder).max(100_000).optional(),
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(100_000).default(1000),
})
export type GroupQuery = z.infer<typeof groupQuery>
export type GroupQueryInput = z.input<typeof groupQuery>

export interface GroupPage {
  total: number
  rows: GroupRow[]
  /** Of all rows the query leaves: mean log loss, and their share of the run's total. */
  logLoss: number | null
  share: number
  /** Largest share of a single row among them. */
  mostShare: number
}

export const breakdowns = ['class', 'actor', 'hand', 'view', 'gesture', 'fold', 'cause'] as const
export type BreakdownBy = (typeof breakdowns)[number]

export interface BreakdownRow {
  /** Value as text; '' where it is not known. */
  key: string
  poseId: number | null
  name: string
  count: number
  logLoss: number
  accuracy: number
  share: number
  /** Its sequence with the highest log loss. */
  worst: string
}

export interface GroupDetail extends GroupRow {
  frameRows: {
    frame: number
    logLoss: number
    answerProbability: number
    /** Most probable classes of the frame, best first. */
    top: { poseId: number; name: string; probability: number }[]
  }[]
  top: { poseId: number; name: string; probability: number }[]
  /** Sequences of the class it is most taken for (the answer's own where it is right), the best predicted first. */
  examples: { poseId: number; name: string; folders: string[] }
}

export interface ConfusionCell {
  answer: number
  predicted: number
  count: number
  /** Mean of the cell's rows. */
  logLoss: number
  lookAlike: LookAlike | null
}

export interface Confusion {
  cells: ConfusionCell[]
  /** Name of each class that is in it. */
  classes: { poseId: number; name: string; hand: string; count: number }[]
  /** Pose ids so that classes taken for each other stand beside each other: average linkage over the mean probabilities they give each other. */
  order: number[]
  /** Runs of `order` that hang together, two classes or more. */
  clusters: number[][]
}

/** Reliability diagram of the predicted class (Guo et al. 2017): bins as `sklearn.calibration.calibration_curve` with strategy uniform. */
export interface Calibration {
  bins: { from: number; to: number; count: number; confidence: number; accuracy: number }[]
  expectedCalibrationError: number
  /** Mean over rows of Σ (p − y)². */
  brier: number
}

/** Sequence whose embedding lies near another's. */
export interface Neighbour {
  folder: string
  poseId: number
  name: string
  /** 1 − cosine of the angle between the mean embeddings. */
  distance: number
}

export interface EmbeddingPoint {
  folder: string
  role: Role
  x: number
  y: number
  /** Mean cosine distance to its five nearest of the same class, over what is usual in that class (median): above 2 it stands apart. null without another one. */
  outlier: number | null
}

export const embeddingMapOptions = z.object({
  runId: z.number().int(),
  /** The fold whose network sees; sequences it validates are those it never learnt from. */
  fold: z.number().int().min(0),
  method: z.enum(['umap', 'pca']).default('umap'),
  neighbours: z.number().int().min(2).max(200).default(15),
  minimumDistance: z.number().min(0).max(0.99).default(0.1),
  seed: z.number().int().min(0).max(4_294_967_295).default(42),
})
export type EmbeddingMapOptions = z.infer<typeof embeddingMapOptions>

export interface EmbeddingMap {
  points: EmbeddingPoint[]
  /** Pairs of sequences that look the same to the network (distance under 0.002), nearest first, at most 200. */
  duplicates: { a: string; b: string; distance: number }[]
  /** Share of the variance that the two axes hold; null for UMAP. */
  explained: [number, number] | null
}

/** Where a fold's network looked in a frame that it did not learn from: class activation maps (Zhou et al. 2016). */
export interface ActivationFrame {
  frame: number
  hand: number | null
  height: number
  width: number
  /** The answer first, then the most probable others. Row by row; their mean is the class's logit without its bias. */
  classes: { poseId: number; name: string; values: number[] }[]
}

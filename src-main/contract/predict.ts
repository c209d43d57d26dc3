import { z } from 'zod'
import { poolings } from './ensemble.ts'
import { testViews } from './train.ts'

export const predictionOptions = z.object({
  /** A folder on the core's machine: with sequence folders in it (any depth: `train/0`, `walk/take 3`), or pictures, which are one sequence. Only read. */
  folder: z.string().min(1).max(4096),
  runIds: z.array(z.number().int()).min(1).max(100),
  pooling: z.enum(poolings).default('mean'),
  views: testViews.optional(),
  /** Applies each run's enabled sequence rules. */
  rules: z.boolean().default(false),
  /** Goes on looking for sequences that come or change, until it is stopped. */
  watch: z.boolean().default(false),
})
export type PredictionOptions = z.infer<typeof predictionOptions>

/** A folder that is (or was) predicted. Kept, and goes on where it was when the app ended. */
export interface PredictionSession {
  id: number
  created: string
  options: PredictionOptions
  /** `watching`: all that is there is predicted, and more may come. `stopped`: by a person, or because the app ended. */
  state: 'running' | 'watching' | 'stopped' | 'done' | 'failed'
  /** Sequences that are predicted, of those found. */
  done: number
  total: number
  secondsLeft: number | null
  /** Sequences with a problem. */
  problems: number
  /** Why it failed. */
  message: string | null
}

/** Where a sequence's keypoints are from: a JSON file beside its pictures, the configured hand detector, or nowhere (the whole frame is looked at). */
export type KeypointSource = 'file' | 'detector' | 'none'

export interface PredictedSequence {
  /** Path from the session's folder; `.` for pictures in the folder itself. */
  name: string
  frames: number
  keypoints: KeypointSource
  /** Most probable first, at most three; empty when nothing could be predicted. */
  top: { poseId: number; name: string; probability: number }[]
  /** What its JSON file says it is; null: nothing, or a class that the runs do not know. */
  poseId: number | null
  changedByRules: boolean
  /** What went wrong, in full or in part, with file and place. */
  problems: { file: string; place: string; message: string }[]
  predicted: string
}

export interface PredictedDetail extends PredictedSequence {
  /** All classes, most probable first. */
  all: { poseId: number; name: string; probability: number }[]
  frameRows: { frame: number; file: string; width: number; height: number; points: (readonly [x: number, y: number] | null)[]; top: { poseId: number; name: string; probability: number }[] }[]
}

export const predictedQuery = z.object({
  id: z.number().int(),
  search: z.string().max(200).default(''),
  sort: z.enum(['name', 'confidence', 'newest']).default('name'),
  /** Sequences with problems only. */
  problemsOnly: z.boolean().default(false),
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(100_000).default(1000),
})
export type PredictedQuery = z.input<typeof predictedQuery>

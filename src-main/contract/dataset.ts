import { z } from 'zod'
import type { HandType } from './hand.ts'

export type Role = 'train' | 'test'

/** One row of the class table (`hand_gesture_pose.csv`), joined with what the training folders say. */
export interface ClassRow {
  poseId: number
  /** Rank of the pose id among those of the training folders; null when no training folder has it. */
  classIndex: number | null
  name: string
  /** `1st`, `3rd`, … as the table has it; '' when unknown. */
  view: string
  /** `my_hand`, `your_hand`, … as the table has it; '' when unknown. */
  gesture: string
  hand: HandType
  /** Columns that are not ours, kept as they are. */
  extra: Record<string, string>
  trainSequences: number
}

export interface SequenceSummary {
  /** `train/475` */
  folder: string
  role: Role
  number: number
  /** As corrected by an edit, else as in the file. */
  poseId: number | null
  /** Pose id in the file, where an edit corrected it; null: not corrected. */
  correctedFrom: number | null
  className: string | null
  hand: HandType
  view: string
  gesture: string
  actor: string | null
  frames: number
  /** Frame number of the thumbnail. */
  coverFrame: number | null
  width: number | null
  height: number | null
  /** Most keypoints any of its frames has now (0, 21 or 42 as a rule). */
  keypoints: number
  emptyFrames: number
  editedPoints: number
  problems: number
  /** Changes whenever what is drawn changes; part of image addresses. */
  version: string
}

/** A keypoint row: x and y in pixels of the frame, z as the file has it. */
export type Point = readonly [x: number, y: number, z: number]

export interface FrameRecord {
  number: number
  file: string
  width: number | null
  height: number | null
  /** As in the file: 0, 21 or 42 rows as a rule; null when `annotations` has no entry for the frame. */
  original: Point[] | null
  /** After all edits: the rows of `original`, and those added by hand (up to whole hands); erased rows keep their last place. */
  points: Point[]
  /** Row indices that are erased now. */
  erased: number[]
  /** Row indices that are occluded: their place is a guess. */
  hidden: number[]
  /** Row indices moved from their original place, or added. */
  moved: number[]
  /** Edited rows that the file has with other values than when they were edited. The edit is in force until a person decides. */
  conflicts: number[]
  /** The picture cannot be read; the message says why. */
  unreadable: string | null
}

export interface SequenceDetail extends SequenceSummary {
  frameRecords: FrameRecord[]
  problemList: Problem[]
}

export const problemKinds = [
  'empty-folder', 'missing-json', 'broken-json', 'wrong-shape', 'wrong-length', 'not-finite', 'out-of-frame', 'unknown-pose', 'missing-pose',
  'missing-frame', 'extra-frame', 'wrong-size', 'duplicate-frame', 'unreadable-image', 'unreadable-table', 'missing-column', 'missing-table',
  'keypoint-count', 'unexpected-name', 'too-large',
] as const
export type ProblemKind = (typeof problemKinds)[number]

/** Something in the data folder that is not as it should be. `file` is relative to the data folder. */
export interface Problem {
  file: string
  /** Where in the file: `annotations[3].data[7]`, `line 12`, `column pose_id`, `byte 33`; '' for the whole file. */
  place: string
  kind: ProblemKind
  /** What is wrong and what follows or can be done, in one or two sentences (English; the kind lets the UI say it in Korean). */
  message: string
  folder: string | null
  severity: 'error' | 'warning'
}

export interface ScanStatus {
  state: 'idle' | 'scanning' | 'done' | 'failed'
  sequencesDone: number
  sequencesTotal: number
  framesDone: number
  /** Sequences read anew in this scan; the others were unchanged. */
  sequencesRead: number
  seconds: number
  problems: number
  message: string | null
}

export interface DatasetCounts {
  sequences: number
  trainSequences: number
  testSequences: number
  frames: number
  classes: number
  problems: number
}

export const sequenceQuery = z.object({
  role: z.enum(['train', 'test']).optional(),
  /** Words looked for in folder, class name, pose id, actor, hand. */
  search: z.string().max(200).default(''),
  poseIds: z.array(z.number().int()).max(1000).optional(),
  hand: z.enum(['left', 'right', 'both', 'unknown']).optional(),
  flag: z.enum(['problems', 'edited', 'empty', 'mismatch']).optional(),
  sort: z.enum(['folder', 'class', 'frames', 'problems', 'edited']).default('folder'),
  descending: z.boolean().default(false),
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(10_000).default(200),
})
export type SequenceQuery = z.infer<typeof sequenceQuery>

export interface SequencePage {
  total: number
  rows: SequenceSummary[]
}

export const problemQuery = z.object({
  kind: z.enum(problemKinds).optional(),
  folder: z.string().max(300).optional(),
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(10_000).default(500),
})
export type ProblemQuery = z.infer<typeof problemQuery>

export interface ProblemPage {
  total: number
  byKind: { kind: ProblemKind; count: number }[]
  rows: Problem[]
}

/** Folder of a sequence inside the data folder. */
export const sequenceFolder = z.string().regex(/^(train|test)\/\d{1,9}$/)

/** The order of sequences wherever they are listed: train first, by number. */
export const inFolderOrder = (a: Pick<SequenceSummary, 'folder' | 'role' | 'number'>, b: Pick<SequenceSummary, 'folder' | 'role' | 'number'>): number =>
  (a.role === b.role ? 0 : a.role === 'train' ? -1 : 1) || a.number - b.number || (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0)

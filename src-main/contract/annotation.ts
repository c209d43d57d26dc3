import { z } from 'zod'
import { sequenceFolder } from './dataset.ts'

/** What happens to one keypoint row of one frame. */
export const pointChange = z.object({
  folder: sequenceFolder,
  frame: z.number().int().min(0),
  /** Row in the frame's keypoints, 0–20 first hand, 21–41 second. A row that the file does not have can be placed when it is below 42. */
  index: z.number().int().min(0).max(1000),
  to: z.union([
    z.object({ erased: z.literal(true) }),
    /** Occluded (its place is a guess), or in sight again. Brings an erased row back. */
    z.object({ hidden: z.boolean() }),
    /** Pixels of the frame; without `z` the row keeps its own, without `visibility` an erased row is brought back and a hidden one stays hidden. */
    z.object({ x: z.number(), y: z.number(), z: z.number().optional(), visibility: z.enum(['visible', 'hidden', 'erased']).optional() }),
    z.object({ original: z.literal(true) }),
  ]),
  /** What the caller saw before the change. When the row is another by now (a second window changed it), nothing is written and `conflict` is thrown. */
  was: z.object({ x: z.number(), y: z.number(), visibility: z.enum(['visible', 'hidden', 'erased']) }).optional(),
})
export type PointChange = z.infer<typeof pointChange>

/** Seen, occluded (a guessed place, COCO's v = 1), or erased (COCO's v = 0). */
export type Visibility = 'visible' | 'hidden' | 'erased'

/** Half-planes and their combination: a term is met when all its conditions are, a rule when any term is. Pixels of the frame. */
export const regionCondition = z.object({
  axis: z.enum(['x', 'y']),
  relation: z.enum(['<', '>']),
  value: z.number(),
})
export type RegionCondition = z.infer<typeof regionCondition>

export const regionRule = z.object({
  name: z.string().min(1).max(200),
  /** Folders the rule is for; empty = every sequence it is applied to. */
  folders: z.array(sequenceFolder).max(10_000).default([]),
  /** Frame range, both ends included; absent = all frames. */
  frames: z.object({ from: z.number().int(), to: z.number().int() }).optional(),
  terms: z.array(z.array(regionCondition).min(1).max(8)).min(1).max(32),
  /** Frame width the values are for; when given they scale with the frame's width. Absent = pixels as they are. */
  referenceWidth: z.number().positive().optional(),
})
export type RegionRule = z.infer<typeof regionRule>

export interface RulePreview {
  sequences: { folder: string; erased: number; kept: number; points: { frame: number; index: number; x: number; y: number; why: string }[] }[]
  erased: number
  frames: number
}

export interface EditSummary {
  id: number
  /** ISO 8601, UTC */
  created: string
  kind: 'erase' | 'move' | 'hide' | 'restore' | 'rule' | 'detector' | 'import' | 'resolve' | 'label'
  label: string
  /** Who made it: the user's name on the machine that the core runs on; '' where it is not known. */
  author: string
  /** What it was made from: a rule or a file by its name, a detector by its kind, an earlier edit by its id. */
  source: EditSource | null
  points: number
  frames: number
  sequences: number
  /** In the history the first 100 of them; in events and answers all. */
  folders: string[]
  /** Undone edits stay in the history; after a new edit they can no longer be redone. */
  undone: boolean
}

export type EditSource = { rule: string } | { detector: FindingKind } | { file: string } | { edit: number }

/** One keypoint row of an edit, before and after it: `null` = not there at all (a row that the file does not have). */
export interface EditedPoint {
  folder: string
  frame: number
  index: number
  before: EditedPlace | null
  after: EditedPlace | null
}

/** `changed`: differs from the file. A row that the file has no longer has no place. */
export interface EditedPlace {
  x: number | null
  y: number | null
  visibility: Visibility
  changed: boolean
}

export interface EditDetail {
  edit: EditSummary
  /** Labels that it changed; null: the file's own. */
  labels: { folder: string; before: number | null; after: number | null }[]
  /** Of the folder asked for (the first of the edit, when none was), in the order of frames and rows; at most `limit`. */
  points: EditedPoint[]
  total: number
}

/** A sequence whose file changed on disk after keypoints of it were edited. The edits are in force until a person decides. */
export interface EditConflict {
  folder: string
  /** Edited rows whose values in the file are others now, or that the file no longer has. */
  points: { frame: number; index: number }[]
  /** Frames with edits that are no longer there. */
  missingFrames: number[]
}

/** Says which gesture a training sequence shows, over what its file says; `poseId` null: as in the file. */
export const labelChange = z.object({ folder: sequenceFolder, poseId: z.number().int().min(0).nullable() })
export type LabelChange = z.infer<typeof labelChange>

export interface HistoryState {
  edits: EditSummary[]
  canUndo: boolean
  canRedo: boolean
}

export const findingKinds = ['second-hand', 'isolated-hand', 'isolated-cluster', 'jump', 'bone-length', 'border', 'count-mismatch'] as const
export type FindingKind = (typeof findingKinds)[number]

/** A keypoint or a whole hand that looks stray, with the reason. */
export interface Finding {
  id: string
  folder: string
  frame: number
  kind: FindingKind
  /** Rows concerned. */
  indices: number[]
  /** Larger is more suspicious, 0–1. */
  score: number
  why: string
}

export interface FindingList {
  findings: Finding[]
  /** Findings there are, also beyond the limit. */
  total: number
  /** Sequences looked at so far, of all; the list grows until they are the same. */
  sequencesDone: number
  sequencesTotal: number
}

/** Formats that keypoints are written in. `contest`: cleaned copies in the data set's own layout; `coco`: COCO keypoints; `yolo`: YOLO-pose; `dlc`, `sleap`: the CSV tables of DeepLabCut and SLEAP. */
export const exportFormats = ['contest', 'coco', 'yolo', 'dlc', 'sleap'] as const
export type ExportFormat = (typeof exportFormats)[number]
/** Formats that keypoints are read from. */
export const importFormats = ['contest', 'coco'] as const
export type ImportFormat = (typeof importFormats)[number]

export interface ExportedKeypoints {
  format: ExportFormat
  /** The file or folder that was written, absolute. */
  out: string
  files: number
  sequences: number
  frames: number
  points: number
}

/** What a file would change, before it is taken in; `edit` is set once it is. */
export interface ImportedKeypoints {
  format: ImportFormat
  /** What differs from the keypoints as they are now. */
  points: number
  frames: number
  folders: string[]
  /** Entries of the file that could not be used, with place and reason; all the rest is used. */
  problems: { place: string; message: string }[]
  edit: EditSummary | null
}

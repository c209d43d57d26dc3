import { z } from 'zod'

export const splitters = ['KFold', 'StratifiedKFold', 'GroupKFold', 'StratifiedGroupKFold'] as const
export type Splitter = (typeof splitters)[number]

const poseId = z.number().int().min(0).max(999_999_999)

export const splitOptions = z.object({
  splitter: z.enum(splitters).default('StratifiedGroupKFold'),
  folds: z.number().int().min(2).max(50).default(5),
  seed: z.number().int().min(0).max(4_294_967_295).default(42),
  shuffle: z.boolean().default(true),
  /** What is split: whole sequences, or frames (then siblings of a validation frame can be in training, and the split says so). */
  unit: z.enum(['sequence', 'frame']).default('sequence'),
  /** Column whose equal values the group splitters keep in one fold: `sequence`, or one of `groupColumns`. A sequence without a value is a group of its own. */
  group: z.string().min(1).max(200).default('sequence'),
  /** Classes (pose ids) that are trained in every fold and validated in none. */
  always: z.array(poseId).max(1000).default([]),
  /** Classes that are balanced and learnt as one; its probability is shared out by how many training frames each has. No class twice. */
  merge: z.array(z.array(poseId).min(2).max(1000)).max(500).default([]),
})
export type SplitOptions = z.infer<typeof splitOptions>

export const splitName = z.string().trim().max(60)
/** A split to make; without a name it is called after its splitter. The same name again makes a new version. */
export const splitRequest = splitOptions.extend({ name: splitName.default('') })
export type SplitRequest = z.input<typeof splitRequest>

export interface SplitWarning {
  kind: 'class-in-one-fold' | 'class-missing-in-train' | 'leak' | 'empty-fold' | 'few-members' | 'group-missing' | 'always-trained' | 'unknown-class'
  message: string
  poseIds: number[]
  folds: number[]
}

export interface SplitSequence {
  folder: string
  poseId: number
  /** null: trained in every fold, validated in none. With unit `frame`, the fold of most of its frames. */
  fold: number | null
  /** Value of the group column. */
  group: string
}

export interface SplitRecord {
  id: number
  name: string
  /** Counts the splits of one name, from 1. */
  version: number
  created: string
  /** SHA-256 over who is validated where (and what is merged): equal hashes are the same folds, however they came about. */
  hash: string
  options: SplitOptions
  /** The split that this one was made from by moving sequences; null when it was made by its options alone. */
  parent: number | null
  /** All moves by hand since the options made it. */
  moved: { folder: string; from: number | null; to: number | null }[]
  folds: SplitSequence[]
  /** With unit `frame` and a splitter that does not group: the fold of each frame, in the order of the sequence's frames. */
  frameFolds: Record<string, number[]> | null
  /** Sequences per class and fold: `counts[fold]`; `always`: trained in every fold. */
  classes: { poseId: number; name: string; counts: number[]; always: number }[]
  /** Frames per fold. */
  frames: number[]
  warnings: SplitWarning[]
  /** Sequences whose frames are in more than one fold. */
  leakingSequences: number
}

export type SplitListEntry = Pick<SplitRecord, 'id' | 'name' | 'version' | 'created' | 'hash' | 'options' | 'parent' | 'leakingSequences'> & { movedSequences: number }

/** Something known of every sequence, to group by. */
export interface GroupColumn {
  /** `actor`, `actor.id`, `hand`, `class.kind` … as `SplitOptions.group` takes it. */
  name: string
  /** Distinct values among the training sequences. */
  values: number
  /** Training sequences without a value. */
  missing: number
  /** A few of the values. */
  examples: string[]
}

/** Frames of two sequences that look the same, and would be learnt in one fold and asked in another. */
export interface NearDuplicate {
  a: { folder: string; frame: number; fold: number | null }
  b: { folder: string; frame: number; fold: number | null }
  /** Bits in which the perceptual hashes differ, of the closest pair. */
  distance: number
  /** Pairs of frames of these two sequences that are near duplicates. */
  framePairs: number
  /** They are validated together, so nothing leaks. */
  sameFold: boolean
}

export interface LeakReport {
  splitId: number
  /** `none`: not looked at yet (or the data changed since). */
  state: 'none' | 'running' | 'done' | 'cancelled' | 'failed'
  /** Frames whose hash is known, and all frames of the training sequences. */
  done: number
  total: number
  secondsLeft: number | null
  message: string | null
  /** Bits of a hash, and from how few different ones on two frames count as the same. */
  bits: number
  threshold: number
  /** Near duplicates between sequences: first those across folds, closest first. */
  duplicates: NearDuplicate[]
  /** Sequences, and groups of other columns, with frames in more than one fold: siblings are learnt and asked. */
  siblings: { column: string; value: string; folders: string[]; folds: number[] }[]
  /** Frames that could not be looked at. */
  unreadable: { folder: string; frame: number; reason: string }[]
}

import type { SequenceSummary } from '../contract/dataset.ts'
import type { LookAlike, ReviewLevel, TriageEntry } from '../contract/evaluate.ts'
import type { Comparison } from './comparison.ts'
import type { LabelIssues } from './labelIssues.ts'
import type { ScoredRows, ScoredRun } from './scoredRun.ts'

/** Sequence scores after the run's enabled rules. */
export interface AfterRules {
  rows: ScoredRows
  /** Which sequences the rules change. */
  changed: ReadonlySet<number>
}

/** What a run's tables are made from: scores, and what is known of the sequences now. */
export interface ReviewData {
  run: ScoredRun
  /** Of each answered sequence. */
  summaries: readonly SequenceSummary[]
  /** Doubted by the run; where it is looked at beside another one, by both. */
  labels: LabelIssues
  /** null: the run has no enabled rules. */
  afterRules: AfterRules | null
  /** The run beside another one; null: it is looked at by itself. */
  against: Comparison | null
  causes: ReadonlyMap<string, TriageEntry>
  name(poseId: number): string
  lookAlike(answer: number, predicted: number): LookAlike | null
}

/** The rows of a level; after the rules those of sequences are others, frames stay as they are. */
export function rowsOf({ run, afterRules }: ReviewData, level: ReviewLevel, after: boolean): ScoredRows {
  if (level === 'frame') return run.frames
  return after && afterRules ? afterRules.rows : run.sequences
}

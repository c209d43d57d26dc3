import { HandloomError } from '../contract/errors.ts'
import type { Submission } from '../contract/ensemble.ts'
import type { Db } from '../db/open.ts'
import { smallestProbability } from './combine.ts'
import type { SubmissionMatrix } from './matrix.ts'

/** A test sequence's most probable classes, best first; names are looked up when they are shown. */
export interface StoredRow {
  folder: string
  top: { poseId: number; probability: number }[]
}

/** Number the next submission gets; numbers are never used again. */
export function nextSubmissionId(db: Db): number {
  const last = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'submission'").pluck().get() as number | undefined
  return (last ?? 0) + 1
}

/** Records a submission whose files are written, in one transaction; its id is taken as it is. */
export function storeSubmission(db: Db, submission: Submission, rows: readonly StoredRow[], { columns, folders, probabilities }: SubmissionMatrix): void {
  db.transaction(() => {
    db.prepare('INSERT INTO submission (id, created, record) VALUES (?, ?, ?)').run(submission.id, submission.created, JSON.stringify({ submission, rows }))
    db.prepare('INSERT INTO submission_matrix (submission_id, columns, folders, probabilities) VALUES (?, ?, ?, ?)').run(
      submission.id, JSON.stringify(columns), JSON.stringify(folders), Buffer.from(probabilities.buffer, probabilities.byteOffset, probabilities.byteLength),
    )
  })()
}

/** What a Handloom that could not choose yet did. */
const onceAlways = { blend: 'equal', pooling: 'mean', folds: 'equal', views: null, clip: smallestProbability, clipped: 0 } as const satisfies Partial<Submission>

/** All submissions, newest first. */
export function readSubmissions(db: Db): Submission[] {
  const records = db.prepare('SELECT record FROM submission ORDER BY id DESC').pluck().all() as string[]
  return records.map((record) => ({ ...onceAlways, ...(JSON.parse(record) as { submission: Omit<Submission, keyof typeof onceAlways> }).submission }))
}

/** Every probability of a submission; null where it was made by a Handloom that did not keep them. */
export function readMatrix(db: Db, id: number): SubmissionMatrix | null {
  const stored = db.prepare('SELECT columns, folders, probabilities FROM submission_matrix WHERE submission_id = ?').get(id) as { columns: string; folders: string; probabilities: Buffer } | undefined
  if (!stored) return null
  return { columns: JSON.parse(stored.columns) as (number | null)[], folders: JSON.parse(stored.folders) as string[], probabilities: new Float64Array(Uint8Array.from(stored.probabilities).buffer) }
}

/** @throws HandloomError `not-found` when there is no such submission */
export function readSubmission(db: Db, id: number): StoredRow[] {
  const record = db.prepare('SELECT record FROM submission WHERE id = ?').pluck().get(id) as string | undefined
  if (record === undefined) throw new HandloomError('not-found', `There is no submission ${id}.`)
  return (JSON.parse(record) as { rows: StoredRow[] }).rows
}

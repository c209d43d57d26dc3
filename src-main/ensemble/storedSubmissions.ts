import { HandloomError } from '../contract/errors.ts'
import type { Submission } from '../contract/ensemble.ts'
import type { Db } from '../db/open.ts'

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

/** Records a submission whose files are written; its id is taken as it is. */
export function storeSubmission(db: Db, submission: Submission, rows: readonly StoredRow[]): void {
  db.prepare('INSERT INTO submission (id, created, record) VALUES (?, ?, ?)').run(submission.id, submission.created, JSON.stringify({ submission, rows }))
}

/** All submissions, newest first; those of a Handloom that could only average are `equal`. */
export function readSubmissions(db: Db): Submission[] {
  const records = db.prepare('SELECT record FROM submission ORDER BY id DESC').pluck().all() as string[]
  return records.map((record) => ({ blend: 'equal', ...(JSON.parse(record) as { submission: Omit<Submission, 'blend'> & Partial<Pick<Submission, 'blend'>> }).submission }))
}

/** @throws HandloomError `not-found` when there is no such submission */
export function readSubmission(db: Db, id: number): StoredRow[] {
  const record = db.prepare('SELECT record FROM submission WHERE id = ?').pluck().get(id) as string | undefined
  if (record === undefined) throw new HandloomError('not-found', `There is no submission ${id}.`)
  return (JSON.parse(record) as { rows: StoredRow[] }).rows
}

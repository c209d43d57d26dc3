import { HandloomError } from '../contract/errors.ts'
import type { KeypointSource, PredictedSequence, PredictionSession } from '../contract/predict.ts'
import type { Db } from '../db/open.ts'

/** What is kept of a session beside what its sequences say. */
export type SessionRecord = Pick<PredictionSession, 'options' | 'state' | 'done' | 'total' | 'message'>

/** A frame as it was predicted. */
export interface StoredFrame {
  number: number
  file: string | null
  width: number
  height: number
  points: (readonly [x: number, y: number] | null)[]
}

/** What is kept of a sequence beside its numbers. */
export interface SequenceRecord {
  frames: number
  keypoints: KeypointSource
  poseId: number | null
  changedByRules: boolean
  problems: PredictedSequence['problems']
  predicted: string
  /** Most probable first; empty when nothing could be predicted. */
  top: { poseId: number; probability: number }[]
}

/** A predicted sequence; `probabilities` is [frames + 1, classes] row by row, the sequence first, NaN for a frame that was not predicted. No classes: nothing was predicted. */
export interface NewSequence {
  name: string
  /** '' is never that of a sequence: it is predicted again when the session goes on. */
  stamp: string
  record: SequenceRecord
  frames: StoredFrame[]
  poseIds: number[]
  probabilities: Float32Array
}

/** Reads and writes the tables prediction_session and predicted_sequence. */
export function createSessionStore(db: Db) {
  const insert = db.prepare<[string, string]>('INSERT INTO prediction_session (created, record) VALUES (?, ?)')
  const update = db.prepare<[string, number]>('UPDATE prediction_session SET record = ? WHERE id = ?')
  const remove = db.prepare<[number]>('DELETE FROM prediction_session WHERE id = ?')
  const one = db.prepare<[number], { created: string; record: string }>('SELECT created, record FROM prediction_session WHERE id = ?')
  const ids = db.prepare<[], number>('SELECT id FROM prediction_session ORDER BY id DESC').pluck()
  const problems = db.prepare<[number], number>("SELECT count(*) FROM predicted_sequence WHERE session_id = ? AND json_array_length(record, '$.problems') > 0").pluck()
  const stamps = db.prepare<[number], [name: string, stamp: string]>('SELECT name, stamp FROM predicted_sequence WHERE session_id = ?').raw()
  const records = db.prepare<[number], { name: string; record: string }>('SELECT name, record FROM predicted_sequence WHERE session_id = ?')
  const whole = db.prepare<[number, string], { record: string; frames: string; pose_ids: string; probabilities: Uint8Array }>('SELECT record, frames, pose_ids, probabilities FROM predicted_sequence WHERE session_id = ? AND name = ?')
  const frames = db.prepare<[number, string], string>('SELECT frames FROM predicted_sequence WHERE session_id = ? AND name = ?').pluck()
  const put = db.prepare<[number, string, string, string, string, string, Uint8Array]>(`
    INSERT INTO predicted_sequence (session_id, name, stamp, record, frames, pose_ids, probabilities) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (session_id, name) DO UPDATE SET stamp = excluded.stamp, record = excluded.record, frames = excluded.frames, pose_ids = excluded.pose_ids, probabilities = excluded.probabilities`)

  function session(id: number): { created: string; record: SessionRecord } {
    const row = one.get(id)
    if (!row) throw new HandloomError('not-found', `There is no prediction ${id}.`)
    return { created: row.created, record: JSON.parse(row.record) as SessionRecord }
  }

  const changed = (id: number, changes: Partial<SessionRecord>): void => void update.run(JSON.stringify({ ...session(id).record, ...changes }), id)

  return {
    ids: () => ids.all(),
    session,
    problems: (id: number) => problems.get(id) ?? 0,
    add: (created: string, record: SessionRecord): number => Number(insert.run(created, JSON.stringify(record)).lastInsertRowid),
    change: changed,
    remove: (id: number): void => void remove.run(id),
    /** Stamp of each sequence that was predicted, by name. */
    stamps: (id: number) => new Map(stamps.all(id)),
    records: (id: number) => records.all(id).map(({ name, record }) => ({ name, record: JSON.parse(record) as SequenceRecord })),
    sequence(id: number, name: string): Omit<NewSequence, 'stamp'> {
      const row = whole.get(id, name)
      if (!row) throw missing(id, name)
      const { record, pose_ids: poseIds, probabilities } = row
      return { name, record: JSON.parse(record) as SequenceRecord, frames: JSON.parse(row.frames) as StoredFrame[], poseIds: JSON.parse(poseIds) as number[], probabilities: floats(probabilities) }
    },
    frames(id: number, name: string): StoredFrame[] {
      const text = frames.get(id, name)
      if (text === undefined) throw missing(id, name)
      return JSON.parse(text) as StoredFrame[]
    },
    /** Keeps sequences (in the place of what was known of them) and how far the session is, all or nothing. */
    keep: db.transaction((id: number, sequences: readonly NewSequence[], changes: Partial<SessionRecord>): void => {
      for (const { name, stamp, record, frames: list, poseIds, probabilities } of sequences)
        put.run(id, name, stamp, JSON.stringify(record), JSON.stringify(list), JSON.stringify(poseIds), new Uint8Array(probabilities.buffer, probabilities.byteOffset, probabilities.byteLength))
      changed(id, changes)
    }),
  }
}

const missing = (id: number, name: string): HandloomError => new HandloomError('not-found', `Prediction ${id} has no sequence ${name} (any more).`)

/** Bytes of a blob as they are, aligned. */
const floats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))

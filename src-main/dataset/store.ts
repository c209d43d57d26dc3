import type { ClassRow, Problem } from '../contract/dataset.ts'
import type { SourceFrame } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import type { ClassRead, FolderTables, FrameRead, SampleSubmission, SequenceRead } from './records.ts'

/** A row of the table `sequence`, without what only lineage needs. */
export interface SequenceRow {
  folder: string
  role: 'train' | 'test'
  number: number
  poseId: number | null
  actionName: string | null
  actor: string | null
  /** `<hash over names, sizes and times>:<hash of the JSON>` */
  stamp: string
  frames: number
  keypoints: number
  emptyFrames: number
  width: number | null
  height: number | null
  coverFrame: number | null
}

/** Kinds found by looking across sequences; they are made anew at the end of every scan that changed something. */
export const crossKinds = ['unknown-pose', 'keypoint-count', 'wrong-size', 'duplicate-frame'] as const
const crossList = crossKinds.map((kind) => `'${kind}'`).join(', ')

const bytesPerRow = 3 * Float64Array.BYTES_PER_ELEMENT

/** Every sequence in folder order, train first. */
export function loadSequences(db: Db): SequenceRow[] {
  return db
    .prepare(
      `SELECT folder, role, number, pose_id AS poseId, action_name AS actionName, actor, stamp, frame_count AS frames, keypoints,
              empty_frames AS emptyFrames, width, height, cover_frame AS coverFrame
       FROM sequence ORDER BY role DESC, number, folder`,
    )
    .all() as SequenceRow[]
}

export function loadClasses(db: Db): ClassRead[] {
  const rows = db.prepare('SELECT pose_id AS poseId, name, view, gesture, hand, extra FROM class_row ORDER BY pose_id').all() as (Omit<ClassRow, 'extra'> & { extra: string })[]
  return rows.map((row) => ({ ...row, extra: JSON.parse(row.extra) as Record<string, string> }))
}

export function loadProblemCounts(db: Db): Map<string, { count: number; mismatch: boolean }> {
  const rows = db
    .prepare(`SELECT folder, count(*) AS count, max(kind = 'keypoint-count') AS mismatch FROM problem WHERE folder IS NOT NULL GROUP BY folder`)
    .all() as { folder: string; count: number; mismatch: number }[]
  return new Map(rows.map(({ folder, count, mismatch }) => [folder, { count, mismatch: mismatch === 1 }]))
}

/** Gives the frames of a sequence as the data folder has them. */
export function frameReader(db: Db): (folder: string) => SourceFrame[] {
  const select = db.prepare('SELECT number, file, width, height, size, modified, points, unreadable FROM frame WHERE folder = ? ORDER BY number')
  return (folder) => {
    const rows = select.all(folder) as (Omit<SourceFrame, 'original'> & { points: Buffer | null })[]
    return rows.map(({ points, ...row }) => ({ ...row, original: points ? decodePoints(points) : null }))
  }
}

function decodePoints(bytes: Buffer): [number, number, number][] {
  const points: [number, number, number][] = []
  for (let offset = 0; offset + bytesPerRow <= bytes.length; offset += bytesPerRow)
    points.push([bytes.readDoubleLE(offset), bytes.readDoubleLE(offset + 8), bytes.readDoubleLE(offset + 16)])
  return points
}

function encodePoints(points: Float64Array): Buffer {
  const bytes = Buffer.alloc(points.length * 8)
  for (const [index, value] of points.entries()) bytes.writeDoubleLE(value, index * 8)
  return bytes
}

export function valueStore(db: Db): { get(key: string): string | null; set(key: string, value: string): void } {
  const get = db.prepare('SELECT value FROM dataset_value WHERE key = ?').pluck()
  const set = db.prepare('INSERT INTO dataset_value (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
  return { get: (key) => (get.get(key) as string | undefined) ?? null, set: (key, value) => void set.run(key, value) }
}

/**
 * A transaction of what a scan can always read again: atomic, but not waited for until it is on the disk. The log is written in order, so the next
 * edit, which is waited for, takes all that was written before to the disk with it.
 */
export function writeScanned<T>(db: Db, work: () => T): T {
  db.pragma('synchronous = NORMAL')
  try {
    return db.transaction(work)()
  } finally {
    db.pragma('synchronous = FULL')
  }
}

/** Writes sequences, replacing what was known of them. To be called in a transaction. */
export function sequenceWriter(db: Db): { write(read: SequenceRead): SequenceRow; remove(folder: string): void } {
  const removeSequence = db.prepare('DELETE FROM sequence WHERE folder = ?')
  const removeProblems = db.prepare('DELETE FROM problem WHERE folder = ?')
  const addSequence = db.prepare(
    `INSERT INTO sequence (folder, role, number, pose_id, action_name, actor, image_info, extra, stamp, frame_count, keypoints, empty_frames, width, height, cover_frame)
     VALUES (@folder, @role, @number, @poseId, @actionName, @actor, @imageInfo, @extra, @stamp, @frames, @keypoints, @emptyFrames, @width, @height, @coverFrame)`,
  )
  const addFrame = db.prepare(
    `INSERT INTO frame (folder, number, file, width, height, size, modified, points, unreadable, fingerprint)
     VALUES (@folder, @number, @file, @width, @height, @size, @modified, @points, @unreadable, @fingerprint)`,
  )
  const addProblem = problemWriter(db)
  const remove = (folder: string): void => {
    removeSequence.run(folder)
    removeProblems.run(folder)
  }
  return {
    remove,
    write(read) {
      remove(read.folder)
      const { folder, role, number, poseId, actionName, actor } = read
      const row: SequenceRow = { folder, role, number, poseId, actionName, actor, stamp: `${read.stamp}:${read.jsonHash}`, ...summarise(read.frames) }
      addSequence.run({ ...row, imageInfo: read.imageInfo, extra: read.extra })
      for (const frame of read.frames) addFrame.run({ ...frame, folder, points: frame.points ? encodePoints(frame.points) : null })
      for (const problem of read.problems) addProblem(problem)
      return row
    },
  }
}

function summarise(frames: readonly FrameRead[]): Pick<SequenceRow, 'frames' | 'keypoints' | 'emptyFrames' | 'width' | 'height' | 'coverFrame'> {
  const counts = frames.map(({ points }) => finiteRows(points))
  const readable = frames.filter(({ unreadable }) => unreadable === null)
  const withHands = readable.filter(({ points }) => finiteRows(points) > 0)
  const shown = withHands.length > 0 ? withHands : readable
  const size = mostCommon(frames.flatMap(({ width, height }) => (width === null || height === null ? [] : [`${width}x${height}`])))?.split('x').map(Number)
  return {
    frames: frames.length,
    keypoints: counts.reduce((most, count) => Math.max(most, count), 0),
    emptyFrames: counts.filter((count) => count === 0).length,
    width: size?.[0] ?? null,
    height: size?.[1] ?? null,
    coverFrame: shown[Math.floor(shown.length / 2)]?.number ?? null,
  }
}

function finiteRows(points: Float64Array | null): number {
  let count = 0
  for (let index = 0; index < (points?.length ?? 0); index += 3) if (!Number.isNaN(points?.[index])) count++
  return count
}

/** The value that is there most often, the first of equals. */
export function mostCommon<T>(values: Iterable<T>): T | undefined {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let best: T | undefined
  let most = 0
  for (const [value, count] of counts)
    if (count > most) {
      best = value
      most = count
    }
  return best
}

function problemWriter(db: Db): (problem: Problem) => void {
  const add = db.prepare('INSERT INTO problem (file, place, kind, message, folder, severity) VALUES (@file, @place, @kind, @message, @folder, @severity)')
  return (problem) => void add.run(problem)
}

/** Writes the tables and the problems that belong to no sequence, where they differ from what is there. @returns whether the classes changed */
export function writeTables(db: Db, tables: FolderTables): boolean {
  const values = valueStore(db)
  const known = db.prepare('SELECT file, place, kind, message, folder, severity FROM problem WHERE folder IS NULL ORDER BY id').all()
  const classes = tables.classes.toSorted((a, b) => a.poseId - b.poseId)
  const classesChanged = JSON.stringify(loadClasses(db)) !== JSON.stringify(classes.map(({ poseId, name, view, gesture, hand, extra }) => ({ poseId, name, view, gesture, hand, extra })))
  const sample = JSON.stringify(tables.sample)
  const problemsChanged = JSON.stringify(known) !== JSON.stringify(tables.problems.map(({ file, place, kind, message, folder, severity }) => ({ file, place, kind, message, folder, severity })))
  if (!classesChanged && !problemsChanged && values.get('sample') === sample && values.get('classHash') === tables.classHash) return false
  writeScanned(db, () => {
    values.set('sample', sample)
    values.set('classHash', tables.classHash)
    if (classesChanged) {
      values.set('finished', '0')
      db.prepare('DELETE FROM class_row').run()
      const add = db.prepare('INSERT INTO class_row (pose_id, name, view, gesture, hand, extra) VALUES (@poseId, @name, @view, @gesture, @hand, @extra)')
      for (const row of classes) add.run({ ...row, extra: JSON.stringify(row.extra) })
    }
    if (problemsChanged) {
      db.prepare('DELETE FROM problem WHERE folder IS NULL').run()
      const add = problemWriter(db)
      for (const problem of tables.problems) add(problem)
    }
  })
  return classesChanged
}

export function loadSample(db: Db): SampleSubmission | null {
  return JSON.parse(valueStore(db).get('sample') ?? 'null') as SampleSubmission | null
}

/** A frame as checks across sequences want it. */
export interface FrameFacts {
  folder: string
  number: number
  file: string
  width: number | null
  height: number | null
  size: number
  fingerprint: string | null
  /** Keypoint rows in the JSON; null without an entry. */
  rows: number | null
}

/** A sequence with what checks across sequences look at. */
export interface SequenceFacts {
  sequence: SequenceRow
  /** `image` of the JSON, as JSON text. */
  imageInfo: string | null
  frames: FrameFacts[]
}

export function factsReader(db: Db): (sequence: SequenceRow) => SequenceFacts {
  const infoOf = db.prepare<[string], string | null>('SELECT image_info FROM sequence WHERE folder = ?').pluck()
  const framesOf = db.prepare<[string], FrameFacts>(
    `SELECT folder, number, file, width, height, size, fingerprint, length(points) / ${bytesPerRow} AS rows FROM frame WHERE folder = ? ORDER BY number`,
  )
  return (sequence) => ({ sequence, imageInfo: infoOf.get(sequence.folder) ?? null, frames: framesOf.all(sequence.folder) })
}

/** Replaces the problems found across sequences. @returns the folders whose problems changed */
export function writeCrossProblems(db: Db, problems: readonly Problem[]): string[] {
  const keyOf = ({ folder, file, place, kind, message }: Problem): string => JSON.stringify([folder, file, place, kind, message])
  const before = new Map((db.prepare(`SELECT * FROM problem WHERE kind IN (${crossList})`).all() as Problem[]).map((problem) => [keyOf(problem), problem]))
  const changed = new Set<string | null>()
  for (const problem of problems) if (!before.delete(keyOf(problem))) changed.add(problem.folder)
  for (const { folder } of before.values()) changed.add(folder)
  writeScanned(db, () => {
    if (changed.size > 0) {
      db.prepare(`DELETE FROM problem WHERE kind IN (${crossList})`).run()
      const add = problemWriter(db)
      for (const problem of problems) add(problem)
    }
    valueStore(db).set('finished', '1')
  })
  return [...changed].filter((folder) => folder !== null)
}

import { createHash } from 'node:crypto'
import type { EditSource, EditSummary, HistoryState } from '../contract/annotation.ts'
import { toHandloomError } from '../contract/errors.ts'
import type { Db } from '../db/open.ts'
import { decodeState, type PointState, type SequenceStates } from './pointState.ts'

/** One keypoint row before and after an edit, as stored; null = as in the file. */
export interface JournalChange {
  folder: string
  frame: number
  point: number
  before: string | null
  after: string | null
}

/** A sequence's label before and after an edit; null = as in the file. */
export interface JournalLabel {
  folder: string
  before: number | null
  after: number | null
}

interface EditRow {
  id: number
  created: string
  kind: EditSummary['kind']
  label: string
  /** JSON of {@link KeptSource}. */
  source: string
  undone: number
}

/** What is kept of an edit beside its changes: how many, who made it, and what it was made from. */
interface KeptSource {
  points: number
  frames: number
  folders: string[]
  author?: string
  from?: EditSource
}

/** An edit to be written: what it is and where it comes from. */
export type NewEdit = Pick<EditSummary, 'kind' | 'label' | 'author'> & { source: EditSource | null }

/** A sequence that was ever edited: what of it differs from the file now. */
interface EditedSequence {
  version: number
  points: number
  label: number | null
}

/** As many folders of an edit are named in the history: a rule may touch thousands. */
const foldersListed = 100

/** `edit.undone`: in force; taken back and next in line for redo; taken back and overtaken by a newer edit. */
const inForce = 0
const redoable = 1
const overtaken = 2

export interface Journal {
  /** Writes an edit and the state it leads to in one transaction; on disk when it returns. There must be a change or a label. */
  commit(edit: NewEdit, changes: readonly JournalChange[], labels?: readonly JournalLabel[]): EditSummary
  undo(): EditSummary | null
  redo(): EditSummary | null
  edit(id: number): EditSummary | null
  changes(editId: number): JournalChange[]
  labels(editId: number): JournalLabel[]
  history(limit: number, folder: string | undefined): HistoryState
  /** Current states of a sequence, rows in ascending order. */
  states(folder: string): SequenceStates
  editedPoints(folder: string): number
  correctedLabel(folder: string): number | null
  version(folder: string): number
  /** Sequences that were ever edited, with their versions. */
  versions(): ReadonlyMap<string, number>
  hash(): string
}

/**
 * The journal of edits and the state they add up to, in SQLite. History is a line: undo takes back the newest edit in force, redo
 * brings back the oldest one taken back, and a new edit ends the redo line. The edits it overtook stay in the history, marked undone,
 * with all their changes; they can only no longer be redone.
 */
export function createJournal(db: Db, readOnly: boolean): Journal {
  const supersede = db.prepare(`UPDATE edit SET undone = ${overtaken} WHERE undone = ${redoable}`)
  const insertEdit = db.prepare<[string, string, string, string]>('INSERT INTO edit (created, kind, label, source) VALUES (?, ?, ?, ?)')
  const insertChange = db.prepare<[number, string, number, number, string | null, string | null]>('INSERT INTO edit_change VALUES (?, ?, ?, ?, ?, ?)')
  const insertLabel = db.prepare<[number, string, number | null, number | null]>('INSERT INTO edit_label VALUES (?, ?, ?, ?)')
  const setUndone = db.prepare<[number, number]>('UPDATE edit SET undone = ? WHERE id = ?')
  const bump = db.prepare<[string]>('INSERT INTO sequence_version VALUES (?, 1) ON CONFLICT (folder) DO UPDATE SET version = version + 1')
  const toState = (column: 'before_state' | 'after_state', pose: 'before_pose' | 'after_pose') => ({
    clear: db.prepare<[number]>(
      `DELETE FROM point_state WHERE (folder, frame, point) IN (SELECT folder, frame, point FROM edit_change WHERE edit_id = ? AND ${column} IS NULL)`,
    ),
    set: db.prepare<[number]>(
      `INSERT OR REPLACE INTO point_state SELECT folder, frame, point, ${column} FROM edit_change WHERE edit_id = ? AND ${column} IS NOT NULL`,
    ),
    clearLabels: db.prepare<[number]>(`DELETE FROM label_correction WHERE folder IN (SELECT folder FROM edit_label WHERE edit_id = ? AND ${pose} IS NULL)`),
    setLabels: db.prepare<[number]>(`INSERT OR REPLACE INTO label_correction SELECT folder, ${pose} FROM edit_label WHERE edit_id = ? AND ${pose} IS NOT NULL`),
  })
  const before = toState('before_state', 'before_pose')
  const after = toState('after_state', 'after_pose')

  const columns = 'SELECT id, created, kind, label, source, undone FROM edit'
  const byId = db.prepare<[number], EditRow>(`${columns} WHERE id = ?`)
  const newestInForce = db.prepare<[], EditRow>(`${columns} WHERE undone = ${inForce} ORDER BY id DESC LIMIT 1`)
  const nextToRedo = db.prepare<[], EditRow>(`${columns} WHERE undone = ${redoable} ORDER BY id LIMIT 1`)
  const newest = db.prepare<[number], EditRow>(`${columns} ORDER BY id DESC LIMIT ?`)
  const newestOfFolder = db.prepare<[string, string, number], EditRow>(
    `${columns} WHERE id IN (SELECT edit_id FROM edit_change WHERE folder = ? UNION SELECT edit_id FROM edit_label WHERE folder = ?) ORDER BY id DESC LIMIT ?`,
  )
  const changesOf = db.prepare<[number], JournalChange>(
    'SELECT folder, frame, point, before_state AS before, after_state AS after FROM edit_change WHERE edit_id = ? ORDER BY folder, frame, point',
  )
  const labelsOf = db.prepare<[number], JournalLabel>('SELECT folder, before_pose AS before, after_pose AS after FROM edit_label WHERE edit_id = ? ORDER BY folder')
  const statesOf = db.prepare<[string], { frame: number; point: number; state: string }>('SELECT frame, point, state FROM point_state WHERE folder = ? ORDER BY frame, point')
  const countOf = db.prepare<[string]>('SELECT count(*) FROM point_state WHERE folder = ?').pluck()
  const versionOf = db.prepare<[string]>('SELECT version FROM sequence_version WHERE folder = ?').pluck()
  const labelOf = db.prepare<[string], number>('SELECT pose_id FROM label_correction WHERE folder = ?').pluck()
  const allSequences = db.prepare<[], { folder: string } & EditedSequence>(
    `SELECT folder, version, (SELECT count(*) FROM point_state WHERE point_state.folder = sequence_version.folder) AS points, pose_id AS label
     FROM sequence_version LEFT JOIN label_correction USING (folder)`,
  )
  const allStates = db.prepare<[], string>(`SELECT folder || ' ' || frame || ' ' || point || ' ' || state FROM point_state ORDER BY folder, frame, point`).pluck()
  const allLabels = db.prepare<[], string>(`SELECT 'label ' || folder || ' ' || pose_id FROM label_correction ORDER BY folder`).pluck()
  const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck()

  // Versions and counts are asked for with every listing, so they are kept; a reader beside the writer looks whether the file changed.
  let kept: { sequences: Map<string, EditedSequence>; hash: string | null; dataVersion: number } | null = null
  let looked = false
  function current(): NonNullable<typeof kept> {
    // Once a turn of the event loop: a listing asks for every sequence.
    if (kept && (looked || !readOnly)) return kept
    const seen = readOnly ? (dataVersion.get() ?? 0) : 0
    looked = true
    setImmediate(() => (looked = false)).unref()
    if (!kept || kept.dataVersion !== seen)
      kept = { sequences: new Map(allSequences.all().map(({ folder, ...sequence }) => [folder, sequence])), hash: null, dataVersion: seen }
    return kept
  }
  function refresh(folders: readonly string[]): void {
    if (!kept) return
    kept.hash = null
    for (const folder of folders) kept.sequences.set(folder, { version: versionOf.get(folder) as number, points: countOf.get(folder) as number, label: labelOf.get(folder) ?? null })
  }

  function write<T extends EditSummary>(work: () => T): T {
    let edit: T
    try {
      edit = db.transaction(work).immediate()
    } catch (error) {
      throw toHandloomError(error)
    }
    refresh(edit.folders)
    return edit
  }

  function moveTo(id: number, state: typeof before, folders: readonly string[]): void {
    state.clear.run(id)
    state.set.run(id)
    state.clearLabels.run(id)
    state.setLabels.run(id)
    for (const folder of folders) bump.run(folder)
  }

  function step(row: EditRow | undefined, state: typeof before, undone: number): EditSummary | null {
    if (!row) return null
    return write(() => {
      const edit = summarise({ ...row, undone })
      moveTo(row.id, state, edit.folders)
      setUndone.run(undone, row.id)
      return edit
    })
  }

  return {
    commit({ kind, label, author, source: from }, changes, labels = []) {
      const folders = [...new Set([...changes, ...labels].map(({ folder }) => folder))]
      const frames = new Set(changes.map(({ folder, frame }) => `${folder} ${frame}`)).size
      const source: KeptSource = { points: changes.length, frames, folders, author, ...(from && { from }) }
      const created = new Date().toISOString()
      return write(() => {
        supersede.run()
        const id = Number(insertEdit.run(created, kind, label, JSON.stringify(source)).lastInsertRowid)
        for (const change of changes) insertChange.run(id, change.folder, change.frame, change.point, change.before, change.after)
        for (const { folder, before: was, after: becomes } of labels) insertLabel.run(id, folder, was, becomes)
        moveTo(id, after, folders)
        return { id, created, kind, label, author, source: from, points: changes.length, frames, sequences: folders.length, folders, undone: false }
      })
    },
    undo: () => step(newestInForce.get(), before, redoable),
    redo: () => step(nextToRedo.get(), after, inForce),
    edit(id) {
      const row = byId.get(id)
      return row ? summarise(row) : null
    },
    changes: (editId) => changesOf.all(editId),
    labels: (editId) => labelsOf.all(editId),
    history: (limit, folder) => ({
      edits: (folder === undefined ? newest.all(limit) : newestOfFolder.all(folder, folder, limit)).map(summarise).map((edit) => ({ ...edit, folders: edit.folders.slice(0, foldersListed) })),
      canUndo: !readOnly && newestInForce.get() !== undefined,
      canRedo: !readOnly && nextToRedo.get() !== undefined,
    }),
    states(folder) {
      const frames = new Map<number, Map<number, PointState>>()
      for (const { frame, point, state } of statesOf.all(folder)) {
        const rows = frames.get(frame) ?? new Map<number, PointState>()
        frames.set(frame, rows.set(point, decodeState(state)))
      }
      return frames
    },
    editedPoints: (folder) => current().sequences.get(folder)?.points ?? 0,
    correctedLabel: (folder) => current().sequences.get(folder)?.label ?? null,
    version: (folder) => current().sequences.get(folder)?.version ?? 0,
    versions: () => new Map([...current().sequences].map(([folder, { version }]) => [folder, version])),
    hash() {
      const memory = current()
      memory.hash ??= hashOf([...allStates.all(), ...allLabels.all()])
      return memory.hash
    },
  }
}

function summarise({ id, created, kind, label, source, undone }: EditRow): EditSummary {
  const { points, frames, folders, author = '', from = null } = JSON.parse(source) as KeptSource
  return { id, created, kind, label, author, source: from, points, frames, sequences: folders.length, folders, undone: undone !== inForce }
}

function hashOf(lines: readonly string[]): string {
  return lines.length === 0 ? '' : createHash('sha256').update(lines.join('\n')).digest('hex')
}

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { DatasetCounts, Problem, ProblemKind, ProblemPage, ProblemQuery, Role, ScanStatus, SequenceDetail } from '../contract/dataset.ts'
import type { Emit } from '../contract/events.ts'
import type { DatasetRoom, EditOverlay } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { applyOverlay } from './editedFrames.ts'
import { groupColumnReader } from './groupColumns.ts'
import { checkDataFolder, isInside } from './layout.ts'
import { startScan, type RunningScan } from './scan.ts'
import { createSequenceIndex } from './sequenceIndex.ts'
import { frameReader, loadSample, valueStore, type SequenceRow } from './store.ts'

export { checkDataFolder } from './layout.ts'

export interface DatasetService extends DatasetRoom {
  /** The annotation room's edits, shown in everything from then on. */
  setOverlay(overlay: EditOverlay): void
  counts(): DatasetCounts
  status(): ScanStatus
  rescan(): ScanStatus
}

/**
 * The data set room: what the data folder holds, kept in the project's database. Everything known from before is there at once; `scan` brings it up
 * to date in the background. The data folder is only ever read.
 * @param deps.readOnly another process writes this project: nothing is scanned or written, its rows are shown
 * @throws HandloomError `not-found`, `bad-input` or `storage` when the folder is no data folder (see `checkDataFolder`)
 */
export function createDataset({ db, folder, emit, readOnly }: { db: Db; folder: string; emit: Emit; readOnly: boolean }): DatasetService {
  const root = checkDataFolder(folder)
  let overlay: EditOverlay | null = null
  const index = createSequenceIndex(db, () => overlay, readOnly)
  const values = valueStore(db)
  const framesOf = frameReader(db)
  const fileOf = db.prepare('SELECT file FROM frame WHERE folder = ? AND number = ?').pluck()
  const countProblems = (): number => db.prepare('SELECT count(*) FROM problem').pluck().get() as number
  const countFrames = (): number => index.all().reduce((sum, { frames }) => sum + frames, 0)
  const status: ScanStatus = {
    state: readOnly ? 'done' : 'idle',
    sequencesDone: index.all().length,
    sequencesTotal: index.all().length,
    framesDone: countFrames(),
    sequencesRead: 0,
    seconds: 0,
    problems: countProblems(),
    message: null,
  }
  let running: RunningScan | null = null
  let closed = false

  const start = (): RunningScan => {
    if (running) return running
    if (closed) throw new HandloomError('conflict', 'The project is closed. Open it again to scan.')
    checkDataFolder(folder)
    const scan = startScan({ db, root, index, emit, status, countProblems })
    running = scan
    // Who waits gets the failure from `over`; whoever does not sees it in the status.
    void scan.over.catch(() => null).finally(() => (running = null))
    return scan
  }

  const find = (name: string): SequenceRow => {
    const row = index.find(name)
    if (row) return row
    throw new HandloomError('not-found', `There is no sequence ${name} in ${folder}. If it was just added, scan again.`, { file: name })
  }

  const detail = (name: string): SequenceDetail => {
    const row = find(name)
    const problemList = db.prepare('SELECT file, place, kind, message, folder, severity FROM problem WHERE folder = ? ORDER BY id').all(name) as Problem[]
    return { ...index.summaryOf(row), frameRecords: room.frames(name), problemList }
  }

  const room: DatasetService = {
    folder: root,
    setOverlay(given) {
      overlay = given
    },
    counts() {
      const rows = index.all()
      const trainSequences = rows.filter(({ role }) => role === 'train').length
      return { sequences: rows.length, trainSequences, testSequences: rows.length - trainSequences, frames: countFrames(), classes: index.poseIds().length, problems: countProblems() }
    },

    status: () => ({ ...status }),
    rescan() {
      if (!readOnly) start()
      return { ...status }
    },
    async scan() {
      if (!readOnly) await start().over
    },
    async close() {
      closed = true
      await running?.stop()
    },

    sequences: (query) => index.query(query),
    async sequence({ folder: name }) {
      if (!index.has(name)) await running?.readNext(name)
      return detail(name)
    },
    classes: () => index.classRows(),
    problems: (query) => problemPage(db, query),

    summaries: (role?: Role) => index.all().filter((row) => role === undefined || row.role === role).map((row) => index.summaryOf(row)),
    summary: (name) => index.summaryOf(find(name)),
    has: (name) => index.has(name),
    sourceFrames: (name) => framesOf(find(name).folder),
    frames: (name) => applyOverlay(name, framesOf(find(name).folder), overlay),
    classRows: () => index.classRows(),
    poseIds: () => index.poseIds(),
    imagePath(name, frame) {
      const file = fileOf.get(find(name).folder, frame) as string | undefined
      if (file === undefined) throw new HandloomError('not-found', `There is no frame ${frame} in ${name}.`, { file: name })
      const path = join(root, name, file)
      try {
        if (!isInside(root, path)) throw new HandloomError('bad-input', `${name}/${file} is a link that leads outside the data folder, so it is not opened.`, { file: `${name}/${file}` })
      } catch (error) {
        throw toHandloomError(error)
      }
      return path
    },
    sampleSubmission() {
      const sample = loadSample(db)
      return sample && { idColumn: sample.idColumn, rows: sample.rows, poseIds: sample.poseIds, path: join(root, sample.file) }
    },
    groupColumns: groupColumnReader(db, index),
    dataHash() {
      const hash = createHash('sha256').update(`classes ${values.get('classHash') ?? ''}\n`)
      for (const { folder: name, stamp } of index.all()) hash.update(`${name} ${stamp}\n`)
      return hash.digest('hex')
    },
  }
  return room
}

function problemPage(db: Db, query: ProblemQuery): ProblemPage {
  const asked = { folder: query.folder ?? null, kind: query.kind ?? null }
  const byKind = db
    .prepare('SELECT kind, count(*) AS count FROM problem WHERE @folder IS NULL OR folder = @folder GROUP BY kind ORDER BY count DESC, kind')
    .all({ folder: asked.folder }) as { kind: ProblemKind; count: number }[]
  const where = '(@folder IS NULL OR problem.folder = @folder) AND (@kind IS NULL OR kind = @kind)'
  const total = db.prepare(`SELECT count(*) FROM problem WHERE ${where}`).pluck().get(asked) as number
  const rows = db
    .prepare(
      `SELECT file, place, kind, message, problem.folder, severity FROM problem LEFT JOIN sequence ON sequence.folder = problem.folder
       WHERE ${where} ORDER BY problem.folder IS NOT NULL, sequence.role DESC, sequence.number, problem.folder, problem.id LIMIT @limit OFFSET @offset`,
    )
    .all({ ...asked, limit: query.limit, offset: query.offset }) as Problem[]
  return { total, byKind, rows }
}

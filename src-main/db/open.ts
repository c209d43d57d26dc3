import Database from 'better-sqlite3'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { sql as rooms } from './migrations/0001-rooms.ts'
import { sql as redo } from './migrations/0002-redo.ts'
import { sql as plans } from './migrations/0003-plans.ts'
import { sql as review } from './migrations/0004-review.ts'
import { sql as submission } from './migrations/0005-submission.ts'

export type Db = Database.Database

/** One entry per released schema version; never edited, only added to. */
const migrations: readonly string[] = [rooms, redo, plans, review, submission]

export const databaseName = 'project.sqlite'

/** Below this SQLite had a fault in WAL mode with two connections. */
const oldestSqlite = [3, 51, 3]

export interface OpenedDatabase {
  db: Db
  /** Another process holds the project: `db` can be read, not written. */
  readOnly: boolean
  close(): void
}

/** How long whoever comes second waits for the first to have made the project, or brought its schema up to date. */
const makingMilliseconds = 5000

/**
 * Opens (or makes) a project's database: WAL, synchronous=FULL so that what was acknowledged survives a power cut, foreign keys,
 * migrations one transaction each. One process writes: the others get a read-only connection. The lock is the operating system's
 * own on `writer.lock`, so it is gone with the process that held it.
 * @throws HandloomError `storage` (read-only or full folder), `conflict` (of another version), `bad-input` (not a database, or damaged)
 */
export function openDatabase(projectFolder: string): OpenedDatabase {
  try {
    mkdirSync(projectFolder, { recursive: true })
  } catch (error) {
    throw toHandloomError(error)
  }
  const file = join(projectFolder, databaseName)
  const deadline = performance.now() + makingMilliseconds
  for (;;) {
    const lock = takeWriterLock(join(projectFolder, 'writer.lock'))
    if (lock) return openToWrite(file, lock)
    const seen = openToRead(file)
    if (typeof seen === 'object') return seen
    if (performance.now() > deadline)
      throw seen === 0
        ? new HandloomError('conflict', `Another Handloom is just making the project ${projectFolder}. Try again in a moment.`)
        : new HandloomError('conflict', `${file} is open in an older Handloom (schema ${seen}, this one needs ${migrations.length}). Close it there, then open the folder again.`, { file })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25)
  }
}

function openToWrite(file: string, lock: Db): OpenedDatabase {
  try {
    const db = connect(file, { timeout: 5000 }, (opened) => {
      opened.pragma('journal_mode = WAL')
      opened.pragma('synchronous = FULL')
      migrate(opened, file)
      // A file that cannot be written opens all the same, and would refuse the first edit only.
      opened.exec('DELETE FROM project WHERE false')
      checkJournal(opened, file)
    })
    return {
      db,
      readOnly: false,
      close() {
        db.close()
        lock.close()
      },
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** The schema's version where it is not ours yet: 0 while another process makes the project, older while it brings it up to date (or is older itself). */
function openToRead(file: string): OpenedDatabase | number {
  if (!existsSync(file)) return 0
  const db = connect(file, { readonly: true, timeout: 5000 }, (opened) => requireKnownVersion(opened, file))
  const version = schemaVersion(db)
  if (version === migrations.length) return { db, readOnly: true, close: () => void db.close() }
  db.close()
  return version
}

function connect(file: string, options: Database.Options, prepare: (db: Db) => void): Db {
  let db: Db | null = null
  try {
    db = new Database(file, options)
    checkVersion(db)
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    db.pragma('foreign_keys = ON')
    prepare(db)
    refuseForeignPrograms(db, file)
    return db
  } catch (error) {
    db?.close()
    throw databaseError(error, file)
  }
}

/**
 * The lock is SQLite's for one writer (RESERVED) on an empty file of its own. Unlike the exclusive one it is taken in one step, so of
 * any number of processes that try at once exactly one gets it.
 */
function takeWriterLock(file: string): Db | null {
  let lock: Db | null = null
  try {
    lock = new Database(file, { timeout: 0 })
    lock.pragma('journal_mode = MEMORY')
    lock.exec('BEGIN IMMEDIATE')
    return lock
  } catch (error) {
    lock?.close()
    const code = (error as { code?: string }).code ?? ''
    if (code.startsWith('SQLITE_BUSY')) return null
    throw databaseError(error, file)
  }
}

function checkVersion(db: Db): void {
  const { version } = db.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  const found = version.split('.').map(Number)
  for (const [index, least] of oldestSqlite.entries()) {
    const part = found[index] ?? 0
    if (part > least) return
    if (part < least) throw new HandloomError('internal', `SQLite ${version} is too old; ${oldestSqlite.join('.')} or newer is needed. Reinstall the packages with npm ci.`)
  }
}

const schemaVersion = (db: Db): number => db.pragma('user_version', { simple: true }) as number

function requireKnownVersion(db: Db, file: string): void {
  const version = schemaVersion(db)
  if (version > migrations.length)
    throw new HandloomError('conflict', `${file} was made by a newer Handloom (schema ${version}, this one knows ${migrations.length}). Update Handloom; nothing was changed.`, { file })
}

/** Brings the schema up to date; the version is the database's user_version. */
function migrate(db: Db, file: string): void {
  requireKnownVersion(db, file)
  const version = schemaVersion(db)
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    db.transaction(() => {
      db.exec(sql)
      db.pragma(`user_version = ${index + 1}`)
    })()
  }
}

/** The tables that hold what a person did by hand and no scan or training can make again. */
const journalTables = ['edit', 'edit_change', 'point_state', 'sequence_version'] as const

/** Writing on over a damaged journal would lose more of it. */
function checkJournal(db: Db, file: string): void {
  for (const table of journalTables) {
    const found = db.pragma(`quick_check(${table})`, { simple: true }) as string
    if (found !== 'ok') throw damaged(file, found)
  }
}

/** Handloom makes no triggers and no views: what hides in a project from elsewhere would run with every edit. */
function refuseForeignPrograms(db: Db, file: string): void {
  const found = db.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1").get() as { type: string; name: string } | undefined
  if (found)
    throw new HandloomError('bad-input', `${file} holds the ${found.type} "${found.name}", which no Handloom made and which could change what is stored. Nothing was changed; choose another project folder with --project DIR.`, { file, place: found.name })
}

const damaged = (file: string, reason: string, cause?: unknown): HandloomError =>
  new HandloomError('bad-input', `${file} is damaged (${reason.split('\n')[0]}). Nothing was changed; restore it from a copy, or choose another project folder with --project DIR.`, { file, cause })

function databaseError(error: unknown, file: string): HandloomError {
  if (error instanceof HandloomError) return error
  const code = (error as { code?: string }).code ?? ''
  if (code === 'SQLITE_NOTADB') return new HandloomError('bad-input', `${file} is not a readable Handloom database. Nothing was changed; restore it from a copy, or choose another project folder with --project DIR.`, { file, cause: error })
  if (code.startsWith('SQLITE_CORRUPT')) return damaged(file, (error as Error).message, error)
  const known = toHandloomError(error)
  return new HandloomError(known.kind, `${file}: ${known.message}`, { file, cause: error })
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { sql as firstSchema } from '../../src-main/db/migrations/0001-rooms.ts'
import { databaseName, openDatabase } from '../../src-main/db/open.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-db-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const failure = (work: () => unknown): HandloomError => {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(HandloomError)
    return error as HandloomError
  }
  throw new Error('nothing was thrown')
}

describe('openDatabase', () => {
  it('makes a durable database: WAL, synchronous=FULL, foreign keys, untrusted schema', () => {
    const { db, readOnly, close } = openDatabase(join(folder, 'deep', 'project'))
    const pragma = (name: string) => db.pragma(name, { simple: true })
    expect({ readOnly, journal: pragma('journal_mode'), synchronous: pragma('synchronous'), foreign: pragma('foreign_keys'), trusted: pragma('trusted_schema'), version: pragma('user_version') }).toEqual({
      readOnly: false, journal: 'wal', synchronous: 2, foreign: 1, trusted: 0, version: 5,
    })
    close()
  })

  it('lets one process write; a second reads, and writes once the first is gone, even by kill -9', async () => {
    const program = `
      import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, '../../src-main/db/open.ts'))}
      const { db } = openDatabase(${JSON.stringify(folder)})
      db.prepare("INSERT INTO project (key, value) VALUES ('owner', 'first')").run()
      console.log('open')
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    const second = openDatabase(folder)
    expect(second.readOnly).toBe(true)
    expect(second.db.prepare('SELECT value FROM project').all()).toEqual([{ value: 'first' }])
    expect(() => second.db.prepare("DELETE FROM project WHERE key = 'owner'").run()).toThrow(/readonly/)
    second.close()
    child.kill('SIGKILL')
    await once(child, 'exit')
    const third = openDatabase(folder)
    expect(third.readOnly).toBe(false)
    expect(third.db.prepare('SELECT value FROM project').all()).toEqual([{ value: 'first' }])
    third.close()
  })

  it('brings a project of an older schema up to date and keeps what is in it', () => {
    const older = new Database(join(folder, databaseName))
    older.exec(firstSchema)
    older.pragma('user_version = 1')
    older.exec(`INSERT INTO edit (created, kind, label, source) VALUES ('2026-11-26T00:00:00.000Z', 'erase', 'by hand', '{"points":1,"frames":1,"folders":["train/7"]}'); INSERT INTO edit_change VALUES (1, 'train/7', 0, 3, NULL, 'erased')`)
    older.close()
    const { db, close } = openDatabase(folder)
    expect([db.pragma('user_version', { simple: true }), db.prepare('SELECT label, undone FROM edit').all(), db.prepare('SELECT after_state FROM edit_change').pluck().all()]).toEqual([5, [{ label: 'by hand', undone: 0 }], ['erased']])
    expect(db.prepare('EXPLAIN QUERY PLAN SELECT * FROM edit WHERE undone = 1 ORDER BY id LIMIT 1').all()).toMatchObject([{ detail: expect.stringContaining('edit_redoable') as string }])
    close()
  })

  it('refuses a project made by a newer Handloom and leaves it as it is', () => {
    openDatabase(folder).close()
    const newer = new Database(join(folder, databaseName))
    newer.pragma('user_version = 99')
    newer.close()
    const error = failure(() => openDatabase(folder))
    expect([error.kind, error.message]).toEqual(['conflict', expect.stringContaining('newer Handloom')])
    const after = new Database(join(folder, databaseName))
    expect(after.pragma('user_version', { simple: true })).toBe(99)
    after.close()
  })

  it.each(['CREATE TRIGGER sly AFTER INSERT ON edit BEGIN DELETE FROM edit; END', 'CREATE VIEW sly AS SELECT * FROM edit'])('opens no project that brings its own program: %s', (sql) => {
    openDatabase(folder).close()
    const hostile = new Database(join(folder, databaseName))
    hostile.exec(sql)
    hostile.close()
    expect(failure(() => openDatabase(folder))).toMatchObject({ kind: 'bad-input', message: expect.stringContaining('"sly"') })
  })

  it('names the file when it is not a database', () => {
    writeFileSync(join(folder, databaseName), 'this is not a database, and long enough to be looked at as one'.repeat(100))
    const error = failure(() => openDatabase(folder))
    expect([error.kind, error.message.includes(databaseName)]).toEqual(['bad-input', true])
  })

  it('says what to do when the project folder cannot be written', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(failure(() => openDatabase(join(folder, 'file', 'project'))).message).not.toBe('')
  })

  it.runIf(process.platform === 'linux')('names the way out of a read-only place', () => {
    expect(failure(() => openDatabase('/sys/handloom-project'))).toMatchObject({ kind: 'storage', message: expect.stringContaining('--project DIR') })
  })

  it('reports a full disk as storage, and keeps what was committed', () => {
    const opened = openDatabase(folder)
    const insert = opened.db.prepare('INSERT INTO project (key, value) VALUES (?, ?)')
    insert.run('kept', 'yes')
    opened.db.pragma(`max_page_count = ${opened.db.pragma('page_count', { simple: true }) as number}`)
    const error = (() => {
      try {
        insert.run('too much', 'x'.repeat(1_000_000))
      } catch (thrown) {
        return thrown as { code: string }
      }
      return null
    })()
    expect(error?.code).toBe('SQLITE_FULL')
    opened.close()
    const again = openDatabase(folder)
    expect(again.db.prepare('SELECT key, value FROM project').all()).toEqual([{ key: 'kept', value: 'yes' }])
    again.close()
  })
})

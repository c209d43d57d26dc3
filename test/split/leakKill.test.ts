import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import type { LeakReport } from '../../src-main/contract/split.ts'
import { databaseName } from '../../src-main/db/open.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { temporaryFolder } from '../annotation/openRoom.ts'
import { handloom } from '../core/command.ts'

const cli = join(import.meta.dirname, '../../src-main/core/cli.ts')

it('a leak check whose process was killed goes on with what it had looked at', async () => {
  const { path, remove } = temporaryFolder()
  onTestFinished(remove)
  const [data, project] = [join(path, 'data'), join(path, 'project')]
  await generateSample({ folder: data, sequences: 96, width: 480, height: 270, seed: 3 })
  const check = ['split', data, '--project', project, '--folds', '2', '--leaks', '--json']
  const looked = (): number => {
    if (!existsSync(join(project, databaseName))) return 0
    const db = new Database(join(project, databaseName), { readonly: true })
    try {
      return db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'frame_hash'").pluck().get() === 0 ? 0 : (db.prepare('SELECT count(*) FROM frame_hash WHERE length(hash) = 32').pluck().get() as number)
    } finally {
      db.close()
    }
  }

  const child = spawn(process.execPath, [cli, ...check], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  await expect.poll(looked, { timeout: 30_000, interval: 10 }).toBeGreaterThan(0)
  child.kill('SIGKILL')
  await ended
  expect(child.signalCode).toBe('SIGKILL')
  const before = looked()

  const { code, out, err } = await handloom(check)
  const { leaks } = JSON.parse(out) as { leaks: LeakReport }
  const first = Number(/near duplicates (\d+)\//.exec(err)?.[1])
  expect({ code, state: leaks.state, all: leaks.done === leaks.total, went: before < leaks.total && (Number.isNaN(first) || first >= before), kept: looked() }).toEqual({ code: 0, state: 'done', all: true, went: true, kept: leaks.total })
})

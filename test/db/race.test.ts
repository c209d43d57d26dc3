import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sql as firstSchema } from '../../src-main/db/migrations/0001-rooms.ts'
import { sql as secondSchema } from '../../src-main/db/migrations/0002-redo.ts'
import { sql as thirdSchema } from '../../src-main/db/migrations/0003-plans.ts'
import { sql as fourthSchema } from '../../src-main/db/migrations/0004-review.ts'
import { sql as fifthSchema } from '../../src-main/db/migrations/0005-submission.ts'
import { databaseName, openDatabase } from '../../src-main/db/open.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'handloom-race-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Processes that open a project at the same moment and hold it; what each says of itself. */
async function launch(project: string, processes: number): Promise<{ said: string[]; release(): Promise<void> }> {
  const children = Array.from({ length: processes }, () => spawn(process.execPath, [join(import.meta.dirname, 'openWriter.ts'), project], { stdio: ['pipe', 'pipe', 'inherit'] }))
  const ended = children.map((child) => once(child, 'close'))
  const said = await Promise.all(children.map(async (child) => String(((await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as unknown[])[0]).trim()))
  return {
    said,
    async release() {
      for (const child of children) child.stdin.end()
      await Promise.all(ended)
    },
  }
}

const launches = Number(process.env.HANDLOOM_TEST_LAUNCHES ?? 12)

it('of many processes that make or open a project at once exactly one writes, and the others read', async () => {
  const project = join(root, 'project')
  const one = ['writes', ...Array.from({ length: launches - 1 }, () => 'reads')]
  for (const moment of ['making', 'opening']) {
    const { said, release } = await launch(project, launches)
    await release()
    expect([moment, said.toSorted().reverse()]).toEqual([moment, one])
  }
  const after = openDatabase(project)
  expect(after.readOnly).toBe(false)
  after.close()
})

it('whoever opens a project while another brings its schema up to date waits for that, and reads', async () => {
  const project = join(root, 'older')
  openDatabase(project).close()
  rmSync(join(project, databaseName))
  const writer = new Database(join(project, databaseName))
  writer.pragma('journal_mode = WAL')
  writer.exec(firstSchema)
  writer.pragma('user_version = 1')
  const lock = new Database(join(project, 'writer.lock'))
  lock.exec('BEGIN IMMEDIATE')
  const reading = launch(project, 1)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  for (const [index, sql] of [secondSchema, thirdSchema, fourthSchema, fifthSchema].entries()) {
    writer.exec(sql)
    writer.pragma(`user_version = ${index + 2}`)
  }
  const { said, release } = await reading
  await release()
  writer.close()
  lock.close()
  expect(said).toEqual(['reads'])
})

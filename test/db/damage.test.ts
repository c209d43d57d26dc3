import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { databaseName, openDatabase } from '../../src-main/db/open.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { killDataset } from '../annotation/killDataset.ts'
import { openRoom } from '../annotation/openRoom.ts'

let root: string
let project: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'handloom-damage-'))
  chmodSync(root, 0o755)
  project = join(root, 'project')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const failure = async (work: () => unknown): Promise<HandloomError> => {
  try {
    await work()
  } catch (error) {
    expect(error).toBeInstanceOf(HandloomError)
    return error as HandloomError
  }
  throw new Error('nothing was thrown')
}

const wholeFrame = (number: number) => Array.from({ length: 42 }, (_, index) => ({ folder: 'train/0', frame: number % 5, index, to: { x: number, y: index } }))

/** A project with edits 1, 2, … of a whole frame each; its hash of edits. */
async function madeProject(edits: number): Promise<string> {
  const { room, close } = openRoom(killDataset, project)
  for (let number = 1; number <= edits; number++) await room.apply({ label: `edit ${number}`, changes: wholeFrame(number) })
  const hash = room.editsHash()
  close()
  return hash
}

/** Edits that a project holds now, and whether each row is as the newest of them in force made it. */
async function heldEdits(folder: string): Promise<{ ids: number[]; integrity: string; whole: boolean }> {
  const { room, opened, close } = openRoom(killDataset, folder)
  const { edits } = await room.history({ limit: 10_000 })
  const whole = room.overlay('train/0', killDataset.sourceFrames('train/0')).every(({ number, points, moved }) => {
    const newest = edits.find(({ id, undone }) => !undone && id % 5 === number)?.id
    return newest === undefined ? moved.length === 0 : points.length === 42 && points.every(([x, y], index) => x === newest && y === index)
  })
  const integrity = opened.db.pragma('integrity_check', { simple: true }) as string
  close()
  return { ids: edits.map(({ id }) => id), integrity, whole }
}

describe('a project that something else damaged', () => {
  it('is refused when its journal of edits is, with its file named and left as it is', async () => {
    await madeProject(30)
    const file = join(project, databaseName)
    const database = new Database(file, { readonly: true })
    const [pageSize, page] = [database.pragma('page_size', { simple: true }) as number, database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'edit_change'").pluck().get() as number]
    database.close()
    const bytes = readFileSync(file)
    bytes.fill(0xa5, (page - 1) * pageSize, page * pageSize)
    writeFileSync(file, bytes)
    expect(await failure(() => openDatabase(project))).toMatchObject({ kind: 'bad-input', file, message: expect.stringMatching(/is damaged.*restore it from a copy/) as string })
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })

  it('is opened with every whole edit that is left when the end of its write-ahead log is cut off', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../annotation/editWriter.ts'), project], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const text of child.stdout.setEncoding('utf8')) if ((said += text as string).split('\n').length > 40) break
    child.kill('SIGKILL')
    await once(child, 'exit')
    const log = statSync(join(project, `${databaseName}-wal`)).size
    const random = randomStream(3)
    let most = Infinity
    for (const size of Array.from({ length: 12 }, () => random.integer(log)).sort((a, b) => b - a)) {
      const copy = join(root, `cut-${size}`)
      cpSync(project, copy, { recursive: true })
      rmSync(join(copy, `${databaseName}-shm`), { force: true })
      truncateSync(join(copy, `${databaseName}-wal`), size)
      const { ids, integrity, whole } = await heldEdits(copy)
      expect({ size, ids, integrity, whole, fewer: ids.length <= most }).toEqual({ size, ids: Array.from({ length: ids.length }, (_, index) => ids.length - index), integrity: 'ok', whole: true, fewer: true })
      most = ids.length
    }
  })
})

it.each([['newer', 99, /newer Handloom.*Update/], ['older', -1, /older Handloom.*Close it there/]])('a project that a Handloom of another version (%s) has open is not even read', async (_which, version, message) => {
  const writer = openDatabase(project)
  writer.db.pragma(`user_version = ${version}`)
  expect(await failure(() => openDatabase(project))).toMatchObject({ kind: 'conflict', message: expect.stringMatching(message) as string })
  writer.close()
})

// Root may write everywhere, so there it plays somebody else.
const asSomebody = <T>(work: () => T): T => {
  if (process.getuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
  }
}

describe.skipIf(process.platform === 'win32')('a project folder without write permission', () => {
  it.each([['the folder', '', 0o555], ['its database', databaseName, 0o444]])('%s: says which and what to do, and opens as before once it may be written', async (_which, name, mode) => {
    const hash = await madeProject(3)
    const place = join(project, name)
    const before = statSync(place).mode & 0o777
    // Whoever plays somebody else shall fail for this place alone.
    for (const [path, rights] of [[project, 0o777], [join(project, databaseName), 0o666], [join(project, 'writer.lock'), 0o666]] as const) chmodSync(path, rights)
    chmodSync(place, mode)
    expect(await failure(() => asSomebody(() => openDatabase(project)))).toMatchObject({ kind: 'storage', message: expect.stringMatching(/--project DIR/) as string })
    chmodSync(place, before)
    const { room, close } = openRoom(killDataset, project)
    expect([room.editsHash(), (await room.apply({ label: '', changes: wholeFrame(9) })).id]).toEqual([hash, 4])
    close()
  })
})

it('a disk that is full in the middle of an edit: the edit is not made and said to be so, nothing is lost, and later ones are made', async () => {
  await madeProject(4)
  const { room, opened, events, close } = openRoom(killDataset, project)
  const state = async () => ({ hash: room.editsHash(), history: await room.history({ limit: 100 }), frames: room.overlay('train/0', killDataset.sourceFrames('train/0')), version: room.version('train/0') })
  const before = await state()
  const pages = opened.db.pragma('page_count', { simple: true }) as number
  opened.db.pragma(`max_page_count = ${pages}`)
  const tries = Array.from({ length: 40 }, (_, number) => () => room.apply({ label: 'x'.repeat(3000), changes: wholeFrame(100 + number) }))
  let made = 0
  let refused: HandloomError | null = null
  let held = before
  for (const attempt of tries) {
    try {
      await attempt()
      made++
      held = await state()
    } catch (error) {
      refused = error as HandloomError
      break
    }
  }
  expect(refused).toMatchObject({ kind: 'storage', message: expect.stringContaining('disk is full') as string })
  expect([await state(), events.filter(({ type }) => type === 'edit').length]).toEqual([held, made])
  opened.db.pragma('max_page_count = 1000000')
  const later = await room.apply({ label: 'later', changes: wholeFrame(200) })
  expect([later.id, (await room.undo())?.id, await state()]).toEqual([5 + made, 5 + made, { ...held, history: expect.anything() as unknown, version: held.version + 2 }])
  close()
  expect((await heldEdits(project)).integrity).toBe('ok')
})

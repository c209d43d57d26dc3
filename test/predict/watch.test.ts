import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { openProject } from '../../src-main/core/project.ts'
import { trainedProject, type Trained } from './trained.ts'

const script = join(import.meta.dirname, 'keypointWriter.ts')
let made: Trained
beforeAll(async () => {
  made = await trainedProject()
})
afterAll(async () => {
  await made.project.close()
  rmSync(made.root, { recursive: true, force: true })
})

const sessionOf = async (id: number) => (await made.project.predict.sessions()).find((session) => session.id === id)
const rowsOf = async (id: number) => (await made.project.predict.sequences({ id })).rows

async function until(what: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await what())) {
    if (Date.now() > end) throw new Error('It did not come to that in a minute.')
    await sleep(100)
  }
}

it('watching, takes what comes once it is whole, what changes again, and keeps what is removed; stopped, it goes on', async () => {
  const folder = join(made.root, 'watched')
  mkdirSync(folder)
  const { id } = await made.project.predict.start({ folder, runIds: [made.keypoints], watch: true })
  await until(async () => (await sessionOf(id))?.state === 'watching')
  // A slow copy: another picture at every look.
  const names: number[] = []
  const looks = (async () => {
    mkdirSync(join(folder, 'slow'))
    cpSync(join(made.data, 'test/8/8.json'), join(folder, 'slow/8.json'))
    for (let frame = 0; frame < 6; frame++) {
      cpSync(join(made.data, 'test/8/0.png'), join(folder, `slow/${frame}.png`))
      names.push((await rowsOf(id)).length)
      await sleep(1200)
    }
  })()
  await looks
  await until(async () => (await rowsOf(id)).length === 1)
  expect([names, (await rowsOf(id)).map(({ name, frames }) => [name, frames])]).toEqual([[0, 0, 0, 0, 0, 0], [['slow', 6]]])

  made.events.length = 0
  writeFileSync(join(folder, 'slow/8.json'), '{}')
  await until(async () => (await rowsOf(id))[0]?.problems.length !== 0)
  rmSync(join(folder, 'slow'), { recursive: true })
  await until(async () => (await sessionOf(id))?.total === 0)
  expect([(await sessionOf(id))?.state, (await rowsOf(id)).map(({ name }) => name)]).toEqual(['watching', ['slow']])

  expect((await made.project.predict.stop({ id })).state).toBe('stopped')
  cpSync(join(made.data, 'test/8'), join(folder, 'later'), { recursive: true })
  await made.project.predict.goOn({ id })
  await until(async () => (await rowsOf(id)).length === 2)
  await expect((async () => made.project.predict.goOn({ id }))()).rejects.toMatchObject({ kind: 'conflict' })
  await made.project.predict.stop({ id })
  expect(made.events.flatMap((event: HandloomEvent) => (event.type === 'prediction' ? event.names : []))).toEqual(['slow', 'later'])
})

it('two sessions do not predict at once, and one that waits can be stopped', async () => {
  const folder = join(made.root, 'turns')
  for (const name of ['a', 'b', 'c']) cpSync(join(made.data, 'test/8'), join(folder, name), { recursive: true })
  made.events.length = 0
  const ids = []
  for (let count = 0; count < 3; count++) ids.push((await made.project.predict.start({ folder, runIds: [made.keypoints] })).id)
  const [first = 0, second = 0, third = 0] = ids
  await made.project.predict.stop({ id: second })
  await Promise.all(ids.map((id) => made.project.predict.settled(id)))
  const order = made.events.flatMap((event) => (event.type === 'prediction' ? event.names.map(() => event.session.id) : []))
  // Whose folder is looked through first goes first.
  const turns = order.filter((id, at) => id !== order[at - 1])
  expect([turns.toSorted(), order.length, (await sessionOf(second))?.state, (await sessionOf(third))?.state]).toEqual([[first, third], 6, 'stopped', 'done'])
})

it('a project that is closed while it predicts has a stopped session, which goes on where it was', async () => {
  const folder = join(made.root, 'closed')
  for (let count = 0; count < 12; count++) cpSync(join(made.data, 'test/8'), join(folder, `${count}`), { recursive: true })
  const { id } = await made.project.predict.start({ folder, runIds: [made.keypoints, made.pictures] })
  await until(async () => ((await sessionOf(id))?.done ?? 0) > 0)
  await made.project.close()
  made.project = openProject({ folder: made.data, project: made.projectFolder, emit: (event) => void made.events.push(event) })
  const before = await rowsOf(id)
  expect([(await sessionOf(id))?.state, before.length > 0 && before.length < 12]).toEqual(['stopped', true])
  await made.project.predict.goOn({ id })
  expect(await made.project.predict.settled(id)).toMatchObject({ state: 'done', done: 12, total: 12 })
  const after = new Map((await rowsOf(id)).map((row) => [row.name, row]))
  expect(before.map(({ name }) => after.get(name))).toEqual(before)
})

/** Opens the project in an environment with this detector; that is where it is read. */
async function withDetector(how: string, seconds: number): Promise<void> {
  await made.project.close()
  process.env.HANDLOOM_HAND_DETECTOR = `"${process.execPath}" "${script}" "${how}"`
  process.env.HANDLOOM_HAND_DETECTOR_SECONDS = String(seconds)
  made.project = openProject({ folder: made.data, project: made.projectFolder, emit: () => undefined })
  delete process.env.HANDLOOM_HAND_DETECTOR
  delete process.env.HANDLOOM_HAND_DETECTOR_SECONDS
}

it('keypoints come from a hand detector where there is one and no file has them; one that fails is a problem of those sequences, tried again when the session goes on', async () => {
  const folder = join(made.root, 'detected')
  for (const name of ['bare', 'filed']) cpSync(join(made.data, 'test/8'), join(folder, name), { recursive: true })
  rmSync(join(folder, 'bare/8.json'))
  expect(await made.project.predict.detector()).toEqual({ command: null, works: null, message: null })
  const said = async (id: number) => (await rowsOf(id)).map(({ name, keypoints, top, problems }) => [name, keypoints, top.length > 0, problems.map(({ message }) => message)])
  const filed = ['filed', 'file', true, []]
  let id = 0
  for (const [how, why] of [['hangs', 'it gave no answer for 2 seconds'], ['wrong count', 'it gave 20 keypoints'], ['exits in between', 'it ended (exit code 0)']] as const) {
    await withDetector(how, 2)
    if (id === 0) id = (await made.project.predict.start({ folder, runIds: [made.keypoints] })).id
    else await made.project.predict.goOn({ id })
    await made.project.predict.settled(id)
    expect(await said(id)).toEqual([['bare', 'none', false, [expect.stringContaining(why), expect.stringContaining('says nothing')]], filed])
    expect(await made.project.predict.detector()).toMatchObject({ works: false, message: expect.stringContaining(why) })
  }
  await withDetector('works', 20)
  await made.project.predict.goOn({ id })
  await made.project.predict.settled(id)
  expect(await said(id)).toEqual([['bare', 'detector', true, []], filed])
  expect(await made.project.predict.detector()).toMatchObject({ works: true, message: null })
  expect((await made.project.predict.sequence({ id, name: 'bare' })).frameRows[0]?.points[3]).toEqual([33, 23])
})

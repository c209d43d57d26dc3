import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import type { SplitRoom } from '../../src-main/contract/rooms.ts'
import type { LeakReport } from '../../src-main/contract/split.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { createSplit } from '../../src-main/split/service.ts'
import { openRoom as openDatasetRoom, temporaryFolder as testFolder } from '../dataset/dataFolder.ts'
import { temporaryFolder } from '../annotation/openRoom.ts'

let sample: { path: string; remove(): void }
beforeAll(async () => {
  sample = temporaryFolder()
  await generateSample({ folder: sample.path, sequences: 14, width: 320, height: 180, seed: 6 })
  return () => sample.remove()
})

/** A copy of the sample that a test may change. */
function dataFolder(): string {
  const folder = testFolder()
  cpSync(sample.path, folder, { recursive: true })
  return folder
}

/** A scanned data set with its split room, over a project of its own unless one is given. */
async function openRoom(folder: string, project?: string) {
  const dataset = openDatasetRoom(folder, project === undefined ? {} : { project })
  await dataset.room.scan()
  const events: Extract<HandloomEvent, { type: 'leaks' }>[] = []
  const room = createSplit({ db: dataset.db, dataset: dataset.room, emit: (event) => void (event.type === 'leaks' && events.push(event)) })
  const close = async (): Promise<void> => {
    await room.close()
    await dataset.close()
  }
  onTestFinished(close)
  return { room, events, dataset: dataset.room, db: dataset.db, project: dataset.project, close }
}

async function ended(room: SplitRoom, id: number): Promise<LeakReport> {
  for (;;) {
    const report = await room.leaks({ id })
    if (report.state !== 'running') return report
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const trainFolders = (folder: string) => readdirSync(join(folder, 'train')).sort((a, b) => Number(a) - Number(b))
const pictures = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.png')).sort((a, b) => parseInt(a) - parseInt(b))

/** Plants a sequence under another number, its pictures made by `change`. */
async function plant(folder: string, source: string, number: string, change: (picture: Buffer) => Promise<Buffer>): Promise<void> {
  const [from, to] = [join(folder, 'train', source), join(folder, 'train', number)]
  mkdirSync(to)
  writeFileSync(join(to, `${number}.json`), readFileSync(join(from, `${source}.json`)))
  for (const name of pictures(from)) writeFileSync(join(to, name), await change(readFileSync(join(from, name))))
}

const changes: Record<string, (picture: Buffer) => Promise<Buffer>> = {
  'as they are': (picture) => Promise.resolve(picture),
  're-encoded': async (picture) => sharp(await sharp(picture).jpeg({ quality: 60 }).toBuffer()).png().toBuffer(),
  smaller: (picture) => sharp(picture).resize(288, 162).png().toBuffer(),
  darker: (picture) => sharp(picture).linear(0.85, 0).png().toBuffer(),
}

describe('leak check', () => {
  it('finds no near duplicates among the different sequences of the sample', async () => {
    const { room, events } = await openRoom(sample.path)
    const { id } = await room.make({ folds: 2, splitter: 'GroupKFold' })
    const before = await room.leaks({ id })
    const started = await room.checkLeaks({ id })
    const { state, done, total, duplicates, siblings, unreadable } = await ended(room, id)
    const frames = trainFolders(sample.path).flatMap((name) => pictures(join(sample.path, 'train', name))).length
    expect({ before: [before.state, before.done, before.total], started: started.state, after: { state, done, total, duplicates, siblings, unreadable }, last: events.at(-1) }).toEqual({
      before: ['none', 0, frames], started: 'running',
      after: { state: 'done', done: frames, total: frames, duplicates: [], siblings: [], unreadable: [] },
      last: { type: 'leaks', done: frames, total: frames },
    })
  })

  it('finds a sequence that is there again, as it is, re-encoded, smaller or darker, those across folds first', async () => {
    const folder = dataFolder()
    const sources = trainFolders(folder).slice(0, 4)
    for (const [index, change] of Object.values(changes).entries()) await plant(folder, sources[index]!, String(900 + index), change)
    const { room } = await openRoom(folder)
    const made = await room.make({ folds: 2, splitter: 'KFold', shuffle: false })
    const foldOf = (of: string) => made.folds.find((one) => one.folder === of)!.fold
    const together = await room.move({ id: made.id, moves: [{ folder: 'train/901', fold: foldOf(`train/${sources[1]}`) }] })
    await room.checkLeaks({ id: made.id })
    const report = await ended(room, together.id)
    const counted = (pairs: LeakReport['duplicates']) => pairs.map(({ a, b, framePairs }) => [a.folder, b.folder, framePairs >= pictures(join(folder, b.folder)).length]).sort()
    expect({
      across: counted(report.duplicates.filter(({ sameFold }) => !sameFold)),
      together: counted(report.duplicates.filter(({ sameFold }) => sameFold)),
      lastIsTogether: report.duplicates.at(-1)?.sameFold,
      exact: report.duplicates.find(({ b }) => b.folder === 'train/900')?.distance,
      folds: report.duplicates.every(({ a, b, sameFold }) => (a.fold === b.fold) === sameFold),
    }).toEqual({
      across: [0, 2, 3].map((index) => [`train/${sources[index]}`, `train/${900 + index}`, true]).sort(),
      together: [[`train/${sources[1]}`, 'train/901', true]],
      lastIsTogether: true, exact: 0, folds: true,
    })
  })

  it('lists pictures that cannot be read, with the reason, goes on, and tries them again the next time', async () => {
    const folder = dataFolder()
    const [first] = trainFolders(folder)
    const name = pictures(join(folder, 'train', first!))[1]!
    const whole = readFileSync(join(folder, 'train', first!, name))
    const damaged = Buffer.from(whole)
    damaged.fill(0x55, 120, whole.length - 40)
    writeFileSync(join(folder, 'train', first!, name), damaged)
    const { room } = await openRoom(folder)
    const { id } = await room.make({ folds: 2, splitter: 'GroupKFold' })
    await room.checkLeaks({ id })
    const { state, unreadable, done, total } = await ended(room, id)
    const { mtime, atime } = statSync(join(folder, 'train', first!, name))
    writeFileSync(join(folder, 'train', first!, name), whole)
    utimesSync(join(folder, 'train', first!, name), atime, mtime)
    await room.checkLeaks({ id })
    const mended = await ended(room, id)
    expect([state, done === total, unreadable, [mended.state, mended.done, mended.unreadable]]).toEqual([
      'done', true, [{ folder: `train/${first}`, frame: parseInt(name), reason: expect.stringMatching(/./) as string }], ['done', total, []],
    ])
  })

  it('keeps what was looked at when it is cancelled, and goes on there in another process’s room', async () => {
    const { room, project, close, db } = await openRoom(sample.path)
    const { id } = await room.make({ folds: 2, splitter: 'GroupKFold' })
    await room.checkLeaks({ id })
    while ((await room.leaks({ id })).done < 3) await new Promise((resolve) => setImmediate(resolve))
    await room.cancelLeakCheck()
    const cancelled = await room.leaks({ id })
    const kept = db.prepare('SELECT count(*) FROM frame_hash').pluck().get()
    await close()
    const again = await openRoom(sample.path, project)
    const reopened = await again.room.leaks({ id })
    const rows = again.db.prepare('SELECT folder, number, hash FROM frame_hash').all()
    await again.room.checkLeaks({ id })
    const end = await ended(again.room, id)
    const still = new Set(again.db.prepare('SELECT folder, number, hash FROM frame_hash').all().map((row) => JSON.stringify(row)))
    expect([cancelled.state, cancelled.done === kept, cancelled.done < cancelled.total, [reopened.state, reopened.done], [end.state, end.done], rows.every((row) => still.has(JSON.stringify(row)))]).toEqual([
      'cancelled', true, true, ['none', cancelled.done], ['done', end.total], true,
    ])
  })

  it('is read by a second process while the first one looks', async () => {
    const folder = dataFolder()
    await plant(folder, trainFolders(folder)[0]!, '900', changes.smaller!)
    const { room, project } = await openRoom(folder)
    const { id } = await room.make({ folds: 2, splitter: 'GroupKFold' })
    const reader = await openRoom(folder, project)
    const before = await reader.room.leaks({ id })
    await room.checkLeaks({ id })
    const end = await ended(room, id)
    expect([reader.db.readonly, before.state, await reader.room.leaks({ id }), end.duplicates.length]).toEqual([true, 'none', end, 1])
  })

  it('looks again at a picture that was changed, and only at that', async () => {
    const folder = dataFolder()
    const { room, dataset, db } = await openRoom(folder)
    const { id } = await room.make({ folds: 2, splitter: 'GroupKFold' })
    await room.checkLeaks({ id })
    const { total } = await ended(room, id)
    const [first, second] = trainFolders(folder).map((name) => join(folder, 'train', name))
    const [here, there] = [join(first!, pictures(first!)[0]!), join(second!, pictures(second!)[0]!)]
    writeFileSync(here, readFileSync(there))
    utimesSync(here, new Date(), new Date(Date.now() - 60_000))
    db.prepare('CREATE TABLE seen AS SELECT folder, number, stamp FROM frame_hash').run()
    await dataset.scan()
    const stale = await room.leaks({ id })
    await room.checkLeaks({ id })
    const after = await ended(room, id)
    const changed = db.prepare('SELECT count(*) FROM frame_hash JOIN seen USING (folder, number) WHERE frame_hash.stamp <> seen.stamp').pluck().get()
    expect([stale.state, stale.done, after.state, after.duplicates.map(({ distance, framePairs }) => [distance, framePairs >= 1]), changed]).toEqual(['none', total - 1, 'done', [[0, true]], 1])
  })

  it('says which sequences a split by frame tears, and which people a move does', async () => {
    const folder = dataFolder()
    const { room } = await openRoom(folder)
    const torn = await room.make({ folds: 2, splitter: 'KFold', shuffle: false, unit: 'frame' })
    const [between] = Object.entries(torn.frameFolds!).find(([, folds]) => new Set(folds).size > 1)!
    const people = await room.make({ folds: 2, splitter: 'GroupKFold', group: 'actor' })
    const someone = people.folds.find(({ group }, _, all) => all.filter((other) => other.group === group).length > 1)!
    const moved = await room.move({ id: people.id, moves: [{ folder: someone.folder, fold: 1 - someone.fold! }] })
    const members = people.folds.filter(({ group }) => group === someone.group).map((member) => member.folder)
    expect([(await room.leaks({ id: torn.id })).siblings, (await room.leaks({ id: people.id })).siblings, (await room.leaks({ id: moved.id })).siblings]).toEqual([
      [{ column: 'sequence', value: between.split('/')[1], folders: [between], folds: [0, 1] }], [],
      [{ column: 'actor', value: someone.group, folders: members, folds: [0, 1] }],
    ])
  })

  it('is cancelled when the project is closed, and says so to whoever still waits', async () => {
    const { room, close } = await openRoom(sample.path)
    const { id } = await room.make({ folds: 2, splitter: 'GroupKFold' })
    await room.checkLeaks({ id })
    await close()
    await expect((async () => room.leaks({ id }))()).rejects.toThrow(/not open|closed/)
  })
})

import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { EditOverlay } from '../../src-main/contract/rooms.ts'
import { checkDataFolder } from '../../src-main/dataset/service.ts'
import { auditOf, brief, classTable, goodFolder, openRoom, png, put, putSequence, temporaryFolder } from './dataFolder.ts'

const failure = (work: () => unknown): { kind: string; message: string } => {
  try {
    work()
  } catch (error) {
    if (error instanceof HandloomError) return { kind: error.kind, message: error.message }
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('opening', () => {
  it('says what is wrong with a folder that is no data folder', async () => {
    const base = temporaryFolder()
    put(base, 'file.txt', 'x')
    put(base, 'inner/data/train/0/0.png', await png())
    mkdirSync(join(base, 'empty'))
    const layout = "A data folder holds train/0, train/1, … (and test/…), each with frames N.png and a JSON of the folder's name."
    const at = (name: string) => failure(() => checkDataFolder(join(base, name)))
    expect(['file.txt', 'empty', 'nowhere', 'inner', 'inner/data/train', 'inner/data/train/0', '.'].map(at)).toEqual([
      { kind: 'bad-input', message: `${join(base, 'file.txt')} is a file, not a folder. ${layout}` },
      { kind: 'bad-input', message: `${join(base, 'empty')} is empty. ${layout}` },
      { kind: 'not-found', message: `The folder ${join(base, 'nowhere')} does not exist. Check the path.` },
      { kind: 'bad-input', message: `${join(base, 'inner')} has no train folder, but data in it has. Open ${join(base, 'inner/data')}.` },
      { kind: 'bad-input', message: `${join(base, 'inner/data/train')} is the train folder itself. Open the folder it is in: ${join(base, 'inner/data')}.` },
      { kind: 'bad-input', message: `${join(base, 'inner/data/train/0')} is one sequence. Open the data folder it belongs to: ${join(base, 'inner/data')}.` },
      { kind: 'bad-input', message: `${base} has neither a train nor a test folder. ${layout}` },
    ])
    const locked = join(base, 'locked')
    mkdirSync(join(locked, 'train'), { recursive: true })
    chmodSync(locked, 0)
    const root = process.geteuid?.() === 0
    chmodSync(base, 0o755)
    if (root) process.seteuid?.(65_534)
    try {
      expect(failure(() => checkDataFolder(locked)).message).toMatch(/^No permission to read the folder /)
    } finally {
      if (root) process.seteuid?.(0)
      chmodSync(locked, 0o755)
    }
  })

  it('takes a folder with test only, with a warning', async () => {
    const folder = temporaryFolder()
    put(folder, 'hand_gesture_pose.csv', classTable)
    put(folder, 'sample_submission.csv', 'Image_Path,5\n./test/1,0\n')
    await putSequence(folder, 'test/1')
    expect((await auditOf(folder)).map(brief)).toEqual(['warning empty-folder train'])
  })
})

describe('scanning', () => {
  it('gives sequences in numeric order with frames, points and classes', async () => {
    const folder = await goodFolder()
    put(folder, 'train/11/20.png', await png())
    put(folder, 'train/11/3.png', await png())
    const { room, events, page } = openRoom(folder)
    await room.scan()
    expect((await page()).rows.map((row) => row.folder)).toEqual(['train/0', 'train/2', 'train/11', 'test/10'])
    expect(room.poseIds()).toEqual([5, 7, 12])
    const { version, ...summary } = room.summary('train/11')
    expect(summary).toEqual({
      folder: 'train/11', role: 'train', number: 11, poseId: 12, correctedFrom: null, className: '손하트', hand: 'both', view: '1st', gesture: 'my_hand', actor: 'kim',
      frames: 4, coverFrame: 1, width: 32, height: 24, keypoints: 42, emptyFrames: 2, editedPoints: 0, problems: 2,
    })
    const detail = await room.sequence({ folder: 'train/11' })
    expect(detail.version).toBe(version)
    expect(detail.frameRecords.map(({ number, file, width, original, points }) => [number, file, width, original?.length, points[1]])).toEqual([
      [0, '0.png', 32, 42, [2.5, 3.25, -1]],
      [1, '1.png', 32, 42, [2.5, 3.25, -1]],
      [3, '3.png', 32, undefined, undefined],
      [20, '20.png', 32, undefined, undefined],
    ])
    expect(detail.problemList.map(({ kind }) => kind)).toEqual(['extra-frame', 'extra-frame'])
    expect(room.imagePath('test/10', 1)).toBe(join(folder, 'test/10/1.png'))
    expect(room.counts()).toEqual({ sequences: 4, trainSequences: 3, testSequences: 1, frames: 10, classes: 3, problems: 2 })
    const statuses = events.flatMap((event) => (event.type === 'scan' ? [event.status] : []))
    expect(statuses.at(-1)).toMatchObject({ state: 'done', sequencesDone: 4, sequencesTotal: 4, framesDone: 10, sequencesRead: 4, problems: 2, message: null })
    expect(new Set(events.flatMap((event) => (event.type === 'sequences' ? event.folders : [])))).toEqual(new Set(['train/0', 'train/2', 'train/11', 'test/10']))
    expect(failure(() => room.summary('train/99')).kind).toBe('not-found')
    expect(failure(() => room.imagePath('train/0', 99)).kind).toBe('not-found')
  })

  it('filters, searches, sorts and pages', async () => {
    const folder = await goodFolder()
    await putSequence(folder, 'train/30', { frames: 3, rows: 42 })
    await putSequence(folder, 'train/31', { frames: 1, json: { annotations: [{ image_id: 0, data: [] }], actor: 'Lee' } })
    const { room, page } = openRoom(folder)
    await room.scan()
    const folders = async (query: Parameters<typeof page>[0]) => (await page(query)).rows.map((row) => row.folder)
    expect({
      test: await folders({ role: 'test' }),
      name: await folders({ search: '손하트' }),
      words: await folders({ search: 'LEE 왼손' }),
      nothing: await folders({ search: 'zebra' }),
      hand: await folders({ hand: 'both' }),
      poses: await folders({ poseIds: [7, 12] }),
      empty: await folders({ flag: 'empty' }),
      mismatch: await folders({ flag: 'mismatch' }),
      edited: await folders({ flag: 'edited' }),
      frames: await folders({ sort: 'frames', descending: true, limit: 2 }),
      backwards: await folders({ descending: true, offset: 1, limit: 2 }),
      byClass: await folders({ sort: 'class' }),
    }).toEqual({
      test: ['test/10'], name: ['train/11'], words: ['train/31'], nothing: [], hand: ['train/11'], poses: ['train/2', 'train/11'], empty: ['train/31'], mismatch: ['train/30'],
      edited: [], frames: ['train/30', 'train/0'], backwards: ['train/31', 'train/30'], byClass: ['train/0', 'train/30', 'train/31', 'train/2', 'train/11', 'test/10'],
    })
    expect((await page({ limit: 1 })).total).toBe(6)
  })

  it('shows edits over the files and changes the version with them', async () => {
    const { room } = openRoom(await goodFolder())
    await room.scan()
    const before = room.summary('train/0')
    let version = 0
    const overlay: EditOverlay = {
      version: () => version,
      correctedLabel: () => null,
      editedPoints: (folder) => (folder === 'train/0' && version > 0 ? 21 : 0),
      overlay: (_, frames) =>
        frames.map(({ number, file, width, height, original, unreadable }) => ({
          number, file, width, height, original, unreadable, points: original ?? [], hidden: [], moved: [], conflicts: [], erased: number === 0 && version > 0 ? [...Array(21).keys()] : [],
        })),
    }
    room.setOverlay(overlay)
    expect(room.summary('train/0')).toEqual(before)
    version = 3
    expect(room.summary('train/0')).toEqual({ ...before, version: before.version.replace(/\.0$/, '.3'), editedPoints: 21, emptyFrames: 1, keypoints: 21 })
    expect(room.frames('train/0')[0]?.erased).toHaveLength(21)
  })

  it('reads again only what changed, drops what is gone and finds what is new', async () => {
    const folder = await goodFolder()
    const project = temporaryFolder()
    const first = openRoom(folder, { project })
    await first.room.scan()
    const hash = first.room.dataHash()
    const stamps = new Map(first.room.summaries().map((row) => [row.folder, row.version]))
    await first.close()

    const same = openRoom(folder, { project })
    expect(same.room.counts().frames).toBe(8)
    expect(same.room.dataHash()).toBe(hash)
    await same.room.scan()
    expect([same.room.status().sequencesRead, same.room.status().sequencesDone, same.room.dataHash()]).toEqual([0, 4, hash])
    expect(same.events.filter(({ type }) => type === 'sequences')).toEqual([])
    await same.close()

    rmSync(join(folder, 'train/2'), { recursive: true })
    await putSequence(folder, 'train/3', { action: [7, 'x'] })
    put(folder, 'train/0/0.json', readFileSync(join(folder, 'train/0/0.json'), 'utf8').replace('[2,', '[2.125,'))
    const { atime } = statSync(join(folder, 'test/10/0.png'))
    utimesSync(join(folder, 'test/10/0.png'), atime, new Date(1_700_000_000_000))
    const changed = openRoom(folder, { project })
    expect(changed.room.summaries().map((row) => row.folder)).toEqual(['train/0', 'train/2', 'train/11', 'test/10'])
    await changed.room.scan()
    expect(changed.room.summaries().map((row) => [row.folder, row.version === stamps.get(row.folder)])).toEqual([['train/0', false], ['train/3', false], ['train/11', true], ['test/10', false]])
    expect(changed.room.status().sequencesRead).toBe(3)
    expect(changed.room.frames('train/0')[0]?.points[0]).toEqual([2.125, 3, 0])
    expect(changed.room.dataHash()).not.toBe(hash)
    expect(changed.db.prepare("SELECT count(*) FROM frame WHERE folder = 'train/2'").pluck().get()).toBe(0)
    expect(new Set(changed.events.flatMap((event) => (event.type === 'sequences' ? event.folders : [])))).toEqual(new Set(['train/0', 'train/2', 'train/3', 'test/10']))
    put(folder, 'hand_gesture_pose.csv', classTable.replace('숫자 5', '다섯'))
    await changed.room.scan()
    expect([changed.room.summary('train/0').className, changed.room.status().sequencesRead]).toEqual(['다섯', 0])
  })

  it('takes problems back when the files are mended', async () => {
    const folder = await goodFolder()
    const project = temporaryFolder()
    await putSequence(folder, 'train/4', { json: '{' })
    writeFileSync(join(folder, 'train/4/0.png'), readFileSync(join(folder, 'train/0/0.png')))
    rmSync(join(folder, 'hand_gesture_pose.csv'))
    const { room, allProblems } = openRoom(folder, { project })
    await room.scan()
    expect((await allProblems()).map(({ kind }) => kind)).toEqual(['missing-table', 'broken-json', 'duplicate-frame'])
    rmSync(join(folder, 'train/4'), { recursive: true })
    await putSequence(folder, 'train/4')
    put(folder, 'hand_gesture_pose.csv', classTable)
    await room.scan()
    expect(await allProblems()).toEqual([])
  })

  it('reads a sequence at once when it is asked for before its turn', async () => {
    const folder = temporaryFolder()
    const picture = await png()
    for (let number = 0; number < 600; number++) {
      for (let frame = 0; frame < 4; frame++) put(folder, `train/${number}/${frame}.png`, picture)
      put(folder, `train/${number}/${number}.json`, '{"action": [5, "x"], "annotations": []}')
    }
    const { room } = openRoom(folder)
    const over = room.scan()
    const detail = await room.sequence({ folder: 'train/599' })
    expect([detail.frameRecords.length, room.status().state]).toEqual([4, 'scanning'])
    expect(room.counts().sequences).toBeLessThan(600)
    await expect(room.sequence({ folder: 'train/600' })).rejects.toMatchObject({ kind: 'not-found' })
    await over
    expect(room.counts().sequences).toBe(600)
  })

  it('leaves the database waiting for the disk at every edit, also after a scan that failed', async () => {
    const folder = await goodFolder()
    const { room, db } = openRoom(folder)
    const full = db.pragma('synchronous', { simple: true })
    await room.scan()
    const after = db.pragma('synchronous', { simple: true })
    await putSequence(folder, 'train/60')
    db.exec("CREATE TEMP TRIGGER refuse BEFORE INSERT ON sequence BEGIN SELECT RAISE(ABORT, 'refused'); END")
    await expect(room.scan()).rejects.toThrow(/refused/)
    expect([full, after, db.pragma('synchronous', { simple: true })]).toEqual([2, 2, 2])
  })

  it('is joined, not doubled, and can be closed under way', async () => {
    const folder = await goodFolder()
    const { room, events } = openRoom(folder)
    await Promise.all([room.scan(), room.scan(), room.rescan()])
    expect(events.filter((event) => event.type === 'scan' && event.status.state === 'done')).toHaveLength(1)
    const again = room.scan()
    await Promise.all([expect(again).rejects.toMatchObject({ kind: 'interrupted' }), room.close()])
    expect(room.status().state).toBe('idle')
  })

  it('says that the disk is full, keeps what was written, and goes on later', async () => {
    const folder = await goodFolder()
    const { room, db } = openRoom(folder)
    const pages = db.pragma('max_page_count', { simple: true }) as number
    db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true }) as number}`)
    await putSequence(folder, 'train/60', { json: { note: 'x'.repeat(200_000) } })
    await expect(room.scan()).rejects.toMatchObject({ kind: 'storage', message: expect.stringMatching(/disk is full/) })
    expect([room.status().state, room.status().message]).toEqual(['failed', expect.stringMatching(/disk is full/)])
    db.pragma(`max_page_count = ${pages}`)
    await room.scan()
    expect([room.status().state, room.counts().sequences]).toEqual(['done', 5])
  })

  it('shows a project that another process writes, without writing', async () => {
    const folder = await goodFolder()
    const project = temporaryFolder()
    const writer = openRoom(folder, { project })
    const reader = openRoom(folder, { project })
    expect(reader.room.counts().sequences).toBe(0)
    await writer.room.scan()
    await reader.room.scan()
    expect(reader.room.summaries()).toEqual(writer.room.summaries())
    expect(await reader.room.sequence({ folder: 'train/2' })).toEqual(await writer.room.sequence({ folder: 'train/2' }))
    expect(reader.room.sampleSubmission()?.poseIds).toEqual([5, 7, 12])
  })

  it('never writes to the data folder', async () => {
    const folder = await goodFolder()
    const picture = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort().map((name) => [name, statSync(join(folder, name)).mtimeMs])
    const before = picture()
    await auditOf(folder)
    expect(picture()).toEqual(before)
  })

  it('goes on after being killed at any time', async () => {
    const folder = temporaryFolder()
    const project = temporaryFolder()
    const picture = await png()
    for (let number = 0; number < 800; number++) {
      put(folder, `train/${number}/0.png`, picture)
      put(folder, `train/${number}/${number}.json`, '{"action": [5, "x"], "annotations": [{"image_id": 0, "data": []}]}')
    }
    const read: number[] = []
    for (const batches of [1, 2]) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'scanChild.ts'), folder, project], { stdio: ['ignore', 'pipe', 'inherit'] })
      let seen = 0
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          seen += chunk.toString().split('\n').length - 1
          if (seen >= batches) child.kill('SIGKILL')
        })
        child.on('close', () => resolve())
      })
      const { room, db, close } = openRoom(folder, { project })
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      read.push(room.counts().sequences)
      await close()
    }
    const { room } = openRoom(folder, { project })
    await room.scan()
    expect(read[0]).toBeGreaterThan(0)
    expect(room.status().sequencesRead).toBe(800 - (read[1] ?? 0))
    expect(room.counts()).toMatchObject({ sequences: 800, frames: 800, problems: 799 + 2 })
  })
})

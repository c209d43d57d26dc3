import { setImmediate as eventLoop } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFindings } from '../../src-main/annotation/findings.ts'
import type { FindingList } from '../../src-main/contract/annotation.ts'
import type { Point, ScanStatus } from '../../src-main/contract/dataset.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import type { DatasetRoom } from '../../src-main/contract/rooms.ts'
import { openDatabase, type Db } from '../../src-main/db/open.ts'
import { madeHand, memoryDataset, type MemorySequence } from './memoryDataset.ts'
import { openRoom, temporaryFolder } from './openRoom.ts'

const scanned: ScanStatus = { state: 'done', sequencesDone: 0, sequencesTotal: 0, framesDone: 0, sequencesRead: 0, seconds: 0, problems: 0, message: null }
const one = madeHand(900, 500)
const two = [...one, ...madeHand(150, 930, 160)]
const frames = (...orders: number[]): Point[][] => Array.from({ length: 7 }, (_, order) => (orders.includes(order) ? two : one))

/** A data set in memory whose sequences change as a scan would change them. */
function changingDataset(count: number) {
  const sequences: MemorySequence[] = Array.from({ length: count }, (_, number) => ({ folder: `train/${number}`, hand: 'left', frames: frames(number % 7) }))
  const versions = new Map<string, number>()
  const edits = new Map<string, number>()
  const looked: string[] = []
  let seconds = 0
  const versioned = (row: ReturnType<DatasetRoom['summary']>) => ({ ...row, version: `${versions.get(row.folder) ?? 1}.${edits.get(row.folder) ?? 0}` })
  const of = () => memoryDataset(sequences)
  return {
    sequences,
    looked,
    dataset: { status: () => ({ ...scanned, seconds }), summaries: () => of().summaries().map(versioned), summary: (folder: string) => versioned(of().summary(folder)) },
    framesOf(folder: string) {
      looked.push(folder)
      const ofFolder = sequences.find((sequence) => sequence.folder === folder)
      if (!ofFolder) throw new HandloomError('not-found', `There is no sequence ${folder}.`)
      return ofFolder.frames.map((points, number) => ({ number, file: `${number}.png`, width: 1920, height: 1080, original: points, points: points ?? [], erased: [], hidden: [], moved: [], conflicts: [], unreadable: null }))
    },
    editVersion: (folder: string) => edits.get(folder) ?? 0,
    edit(folder: string, to: Point[][]) {
      sequences.find((sequence) => sequence.folder === folder)!.frames = to
      edits.set(folder, (edits.get(folder) ?? 0) + 1)
    },
    scan(change: () => void, ...folders: string[]) {
      change()
      for (const folder of folders) versions.set(folder, (versions.get(folder) ?? 1) + 1)
      seconds++
    },
  }
}

let temporary: ReturnType<typeof temporaryFolder>
let db: Db
let close: () => void
beforeEach(() => {
  temporary = temporaryFolder()
  ;({ db, close } = openDatabase(temporary.path))
})
afterEach(() => {
  close()
  temporary.remove()
})

const inBrief = ({ findings, ...rest }: FindingList) => ({ ...rest, findings: findings.map(({ folder, frame }) => `${folder} ${frame}`) })

describe('findings', () => {
  it('of one sequence are there at once, of all when they were waited for, the surest first and then in folder order', async () => {
    const { dataset, framesOf, editVersion, looked, sequences } = changingDataset(20)
    sequences[12]!.frames = frames(2, 3, 4)
    const findings = createFindings({ db, dataset, framesOf, editVersion, emit: () => undefined })
    expect(inBrief(await findings.list({ folder: 'train/12', limit: 2 }))).toEqual({ findings: ['train/12 2', 'train/12 3'], total: 3, sequencesDone: 1, sequencesTotal: 1 })
    const all = inBrief(await findings.list({ limit: 100, wait: true }))
    const single = sequences.flatMap(({ folder }, number) => (number === 12 ? [] : [`${folder} ${number % 7}`]))
    expect([all, looked.length]).toEqual([{ findings: [...single, 'train/12 2', 'train/12 3', 'train/12 4'], total: 22, sequencesDone: 20, sequencesTotal: 20 }, 20])
  })

  it('are looked for behind, and told of, with the event loop free in between', async () => {
    const { dataset, framesOf, editVersion, looked } = changingDataset(3000)
    const events: HandloomEvent[] = []
    const findings = createFindings({ db, dataset, framesOf, editVersion, emit: (event) => events.push(event) })
    const first = await findings.list({ limit: 10 })
    const all = findings.list({ limit: 10, wait: true })
    let turns = 0
    for (let last: FindingList | null = null; last === null; turns++) last = await Promise.race([all, eventLoop(null)])
    const done = events.map((event) => (event.type === 'detection' ? event.sequencesDone : -1))
    expect([first.sequencesDone < 3000, turns > 3, await all, looked.length, done.at(-1), done]).toEqual([
      true, true, { findings: expect.objectContaining({ length: 10 }), total: 3000, sequencesDone: 3000, sequencesTotal: 3000 }, 3000, 3000, done.toSorted((a, b) => a - b),
    ])
  })

  it('are right at once after an edit, and only the edited sequence is looked at again', async () => {
    const { dataset, framesOf, editVersion, looked, edit } = changingDataset(50)
    const findings = createFindings({ db, dataset, framesOf, editVersion, emit: () => undefined })
    await findings.list({ limit: 100, wait: true })
    looked.length = 0
    edit('train/30', frames())
    edit('train/31', frames(1, 2))
    const { total, sequencesDone } = await findings.list({ limit: 100 })
    await findings.list({ limit: 100 })
    expect([total, sequencesDone, looked]).toEqual([50, 50, ['train/30', 'train/31']])
  })

  it('put what was edited before all that is still to be looked at', async () => {
    const { dataset, framesOf, editVersion, edit } = changingDataset(3000)
    const findings = createFindings({ db, dataset, framesOf, editVersion, emit: () => undefined })
    const { sequencesDone } = await findings.list({ limit: 1 })
    edit('train/0', frames(4, 5))
    const { findings: found } = await findings.list({ limit: 3000 })
    findings.close()
    expect([sequencesDone < 3000, found.filter(({ folder }) => folder === 'train/0').map(({ frame }) => frame)]).toEqual([true, [4, 5]])
  })

  it('follow a scan: changed, new and removed sequences, and no others', async () => {
    const { dataset, framesOf, editVersion, looked, scan, sequences } = changingDataset(50)
    const findings = createFindings({ db, dataset, framesOf, editVersion, emit: () => undefined })
    await findings.list({ limit: 100, wait: true })
    looked.length = 0
    scan(() => {
      sequences[7]!.frames = frames(0, 1)
      sequences.splice(3, 1)
      sequences.push({ folder: 'train/90', hand: 'right', frames: frames(6) }, { folder: 'train/91', hand: 'both', frames: frames(0, 1, 2, 3, 4, 5, 6) })
    }, 'train/7')
    const { findings: found, ...rest } = await findings.list({ limit: 100, wait: true })
    expect([rest, looked, found.some(({ folder }) => folder === 'train/3')]).toEqual([{ total: 51, sequencesDone: 51, sequencesTotal: 51 }, ['train/7', 'train/90', 'train/91'], false])
  })

  it('pass over a sequence that a running scan has removed, tell a failure to the caller, and go on after it', async () => {
    const { dataset, framesOf, editVersion, sequences } = changingDataset(10)
    let failing = true
    const findings = createFindings({
      db, dataset, editVersion, emit: () => undefined,
      framesOf(folder) {
        if (folder === 'train/2') sequences.splice(5, 1)
        if (folder === 'train/8' && failing) throw new HandloomError('storage', 'The disk is gone.')
        return framesOf(folder)
      },
    })
    await expect(findings.list({ limit: 100, wait: true })).rejects.toThrow('The disk is gone.')
    failing = false
    const { findings: found, ...rest } = await findings.list({ limit: 100, wait: true })
    expect([rest, found.some(({ folder }) => folder === 'train/5')]).toEqual([{ total: 9, sequencesDone: 9, sequencesTotal: 9 }, false])
  })

  it('are no longer looked for once closed, and who waits hears of it', async () => {
    const { dataset, framesOf, editVersion, looked } = changingDataset(3000)
    const findings = createFindings({ db, dataset, framesOf, editVersion, emit: () => undefined })
    const waiting = findings.list({ limit: 1, wait: true })
    await eventLoop()
    const late = findings.list({ limit: 1, wait: true })
    findings.close()
    await expect(waiting).rejects.toMatchObject({ kind: 'interrupted' })
    await expect(late).rejects.toMatchObject({ kind: 'interrupted' })
    const before = looked.length
    await eventLoop()
    await eventLoop()
    expect([before < 3000, looked.length]).toEqual([true, before])
  })

  it('leave out in a second process what the first one keeps', async () => {
    const { dataset, framesOf, editVersion } = changingDataset(3)
    const second = openDatabase(temporary.path)
    try {
      const writing = createFindings({ db, dataset, framesOf, editVersion, emit: () => undefined })
      const reading = createFindings({ db: second.db, dataset, framesOf, editVersion, emit: () => undefined })
      const { findings: found } = await reading.list({ limit: 10, wait: true })
      writing.keep(found[1]!.id, true)
      expect([second.readOnly, inBrief(await reading.list({ limit: 10 })).findings, inBrief(await writing.list({ limit: 10, wait: true })).total]).toEqual([true, ['train/0 0', 'train/2 2'], 2])
    } finally {
      second.close()
    }
  })
})

describe('findings of a project', () => {
  it('are sorted, have lasting ids, and leave out what was erased or kept', async () => {
    const other = temporaryFolder()
    const dataset: DatasetRoom = {
      ...memoryDataset([
        { folder: 'train/0', hand: 'left', frames: frames(0, 1) },
        { folder: 'train/1', hand: 'both', frames: frames() },
        { folder: 'train/2', hand: 'right', frames: frames() },
      ]),
      status: () => scanned,
    }
    const { room, close: closeRoom } = openRoom(dataset, other.path)
    const ids = async (folder?: string) => (await room.findings({ limit: 100, folder, wait: true })).findings.map(({ id, kind }) => [id.split(':').slice(0, 2).join(':'), kind])
    try {
      const { findings: all } = await room.findings({ limit: 100, wait: true })
      expect([await ids(), all.map(({ score }) => score), await ids('train/2'), (await room.findings({ limit: 1 })).findings.length]).toEqual([
        [['train/0:0', 'second-hand'], ['train/0:1', 'second-hand'], ['train/1:0', 'count-mismatch']],
        all.map(({ score }) => score).toSorted((a, b) => b - a), [], 1,
      ])
      await room.apply({ label: '', changes: all[0]!.indices.map((index) => ({ folder: 'train/0', frame: 0, index, to: { erased: true } })) })
      expect(await ids()).toEqual([['train/0:1', 'second-hand'], ['train/1:0', 'count-mismatch']])
      await room.keepFinding({ id: all[2]!.id, kept: true })
      expect(await ids()).toEqual([['train/0:1', 'second-hand']])
      await room.keepFinding({ id: all[2]!.id, kept: false })
      expect(await ids()).toEqual([['train/0:1', 'second-hand'], ['train/1:0', 'count-mismatch']])
      await room.keepFinding({ id: all[2]!.id, kept: true })
      await room.undo()
      expect((await room.findings({ limit: 100 })).findings.map(({ id }) => id)).toEqual([all[0]!.id, all[1]!.id])
      expect(() => room.keepFinding({ id: 'nonsense', kept: true })).toThrow('is not the id of a finding')
    } finally {
      closeRoom()
      other.remove()
    }
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PointChange, RegionRule } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { madeHand, memoryDataset } from './memoryDataset.ts'
import { essence, openRoom, temporaryFolder, type OpenedRoom } from './openRoom.ts'

const hand = madeHand(900, 500)
const strays: Point[] = [[100, 900, 0], [1500, 100, 0], [249.999, 800.001, 0], [250, 900, 0], [100, 800, 0], [1400, 100, 0], [1500, 400, 0]]
const dataset = memoryDataset([
  { folder: 'train/7', frames: [hand, null, []] },
  { folder: 'train/475', frames: [hand, [...hand, ...strays]] },
  { folder: 'train/543', frames: [strays.slice(0, 1)] },
  { folder: 'test/700', frames: [strays] },
])

let temporary: ReturnType<typeof temporaryFolder>
let opened: OpenedRoom
beforeEach(() => {
  temporary = temporaryFolder()
  opened = openRoom(dataset, temporary.path)
})
afterEach(() => {
  opened.close()
  temporary.remove()
})

const erase = (folder: string, frame: number, index: number): PointChange => ({ folder, frame, index, to: { erased: true } })
const move = (folder: string, frame: number, index: number, x: number, y: number): PointChange => ({ folder, frame, index, to: { x, y } })
const restore = (folder: string, frame: number, index: number): PointChange => ({ folder, frame, index, to: { original: true } })
const frameOf = (folder: string, frame: number) => {
  const { points, erased, moved } = opened.room.overlay(folder, dataset.sourceFrames(folder))[frame]!
  return { points, erased, moved }
}
async function failure(work: () => unknown): Promise<{ kind: string; message: string; place: string | undefined }> {
  try {
    await work()
  } catch (error) {
    if (error instanceof HandloomError) return { kind: error.kind, message: error.message, place: error.place }
    throw error
  }
  throw new Error('It did not fail.')
}

describe('edits', () => {
  it('lays erased and moved points over the frames, and tells the listeners', async () => {
    const edit = await opened.room.apply({ label: 'by hand', changes: [erase('train/7', 0, 3), move('train/7', 0, 5, -12.25, 2000)] })
    expect({
      edit: essence(edit),
      frame: frameOf('train/7', 0),
      counts: [opened.room.editedPoints('train/7'), opened.room.version('train/7'), opened.room.version('train/475')],
      events: opened.events,
    }).toEqual({
      edit: { id: 1, kind: 'erase', label: 'by hand', points: 2, frames: 1, folders: ['train/7'], undone: false },
      frame: { points: hand.map((point, row) => (row === 5 ? [-12.25, 2000, 0] : point)), erased: [3], moved: [5] },
      counts: [2, 1, 0],
      events: [{ type: 'edit', action: 'applied', edit }, { type: 'sequences', folders: ['train/7'] }],
    })
  })

  it('keeps the place of a moved point that is erased, and brings it back by moving or restoring', async () => {
    await opened.room.apply({ label: '', changes: [move('train/7', 0, 4, 10, 20), erase('train/7', 0, 4)] })
    expect(frameOf('train/7', 0)).toEqual({ points: hand.with(4, [10, 20, 0]), erased: [4], moved: [4] })
    await opened.room.apply({ label: '', changes: [move('train/7', 0, 4, 11, 21)] })
    expect(frameOf('train/7', 0)).toEqual({ points: hand.with(4, [11, 21, 0]), erased: [], moved: [4] })
    const [x, y] = hand[4]!
    await opened.room.apply({ label: '', changes: [move('train/7', 0, 4, x, y)] })
    expect([frameOf('train/7', 0), opened.room.editedPoints('train/7'), opened.room.editsHash()]).toEqual([{ points: hand, erased: [], moved: [] }, 0, ''])
  })

  it('undoes and redoes over restarts, newest first', async () => {
    await opened.room.apply({ label: 'one', changes: [erase('train/7', 0, 0)] })
    await opened.room.apply({ label: 'two', changes: [erase('train/475', 1, 22), restore('train/7', 0, 0)] })
    const hash = opened.room.editsHash()
    opened.close()
    opened = openRoom(dataset, temporary.path)
    const undone = [await opened.room.undo(), await opened.room.undo(), await opened.room.undo()].map((edit) => edit?.label ?? null)
    expect([undone, opened.room.editsHash(), (await opened.room.history({ limit: 9 })).canUndo]).toEqual([['two', 'one', null], '', false])
    opened.close()
    opened = openRoom(dataset, temporary.path)
    const redone = [await opened.room.redo(), await opened.room.redo(), await opened.room.redo()].map((edit) => edit?.label ?? null)
    expect([redone, opened.room.editsHash()]).toEqual([['one', 'two', null], hash])
  })

  it('keeps undone edits in the history when a new edit ends the redo line', async () => {
    await opened.room.apply({ label: 'one', changes: [erase('train/7', 0, 0)] })
    await opened.room.apply({ label: 'two', changes: [erase('train/475', 0, 1)] })
    await opened.room.undo()
    await opened.room.apply({ label: 'three', changes: [erase('train/7', 0, 2)] })
    const { edits, canUndo, canRedo } = await opened.room.history({ limit: 9 })
    const ofFolder = await opened.room.history({ limit: 9, folder: 'train/475' })
    expect([edits.map(({ label, undone }) => [label, undone]), canUndo, canRedo, ofFolder.edits.map(({ label }) => label), await opened.room.redo()]).toEqual([
      [['three', false], ['two', true], ['one', false]], true, false, ['two'], null,
    ])
  })

  it('takes one earlier edit back where its points were not touched since', async () => {
    const first = await opened.room.apply({ label: 'first', changes: [erase('train/7', 0, 0), erase('train/7', 0, 1), erase('train/7', 0, 2)] })
    await opened.room.apply({ label: 'later', changes: [move('train/7', 0, 1, 5, 5)] })
    const taken = await opened.room.revert({ editId: first.id })
    expect([essence(taken), frameOf('train/7', 0)]).toEqual([
      { id: 3, kind: 'restore', label: 'Take back “first” (2 of 3 keypoints; 1 changed again later and left alone)', points: 2, frames: 1, folders: ['train/7'], undone: false },
      { points: hand.with(1, [5, 5, 0]), erased: [], moved: [1] },
    ])
    expect((await failure(() => opened.room.revert({ editId: first.id }))).kind).toBe('conflict')
    expect((await failure(() => opened.room.revert({ editId: 99 }))).kind).toBe('not-found')
  })

  it('refuses what is not there, with its place, and changes nothing', async () => {
    const fails = async (change: PointChange) => {
      const { kind, place } = await failure(() => opened.room.apply({ label: '', changes: [erase('train/7', 0, 0), change] }))
      return [kind, place]
    }
    expect([
      await fails(erase('train/999', 0, 0)),
      await fails(erase('train/7', 5, 0)),
      await fails(erase('train/7', 1, 0)),
      await fails(erase('train/475', 0, 21)),
      await fails(move('train/7', 0, 1, Number.NaN, 2)),
      await fails(move('train/7', 0, 1, 2, Infinity)),
      opened.room.editsHash(),
      (await opened.room.history({ limit: 9 })).edits,
      opened.events,
    ]).toEqual([
      ['not-found', undefined],
      ['not-found', 'train/7, frame 5'],
      ['bad-request', 'train/7, frame 1, keypoint 0'],
      ['bad-request', 'train/475, frame 0, keypoint 21'],
      ['bad-request', 'train/7, frame 0, keypoint 1'],
      ['bad-request', 'train/7, frame 0, keypoint 1'],
      '', [], [],
    ])
  })

  it('says conflict when nothing would change', async () => {
    await opened.room.apply({ label: '', changes: [erase('train/7', 0, 0)] })
    expect((await failure(() => opened.room.apply({ label: '', changes: [erase('train/7', 0, 0), restore('train/7', 0, 1)] }))).kind).toBe('conflict')
  })

  it('shows the edits in a second, read-only opening, and refuses to write there', async () => {
    const reader = openRoom(dataset, temporary.path)
    try {
      expect([reader.opened.readOnly, reader.room.version('train/7'), reader.room.editsHash()]).toEqual([true, 0, ''])
      await opened.room.apply({ label: '', changes: [erase('train/7', 0, 0)] })
      // It looks once in a turn of the event loop.
      await new Promise(setImmediate)
      expect([reader.room.version('train/7'), reader.room.editedPoints('train/7'), reader.room.editsHash()]).toEqual([1, 1, opened.room.editsHash()])
      expect((await failure(() => reader.room.undo())).kind).toBe('conflict')
    } finally {
      reader.close()
    }
  })

  it('treats a row that the file could not place as erased until it is moved', async () => {
    const broken = memoryDataset([{ folder: 'train/0', frames: [[[Number.NaN, Number.NaN, Number.NaN], [1, 2, 3]]] }])
    const room = openRoom(broken, `${temporary.path}/other`)
    const frame = () => room.room.overlay('train/0', broken.sourceFrames('train/0'))[0]!
    try {
      expect(frame().erased).toEqual([0])
      expect((await failure(() => room.room.apply({ label: '', changes: [erase('train/0', 0, 0)] }))).kind).toBe('conflict')
      await room.room.apply({ label: '', changes: [move('train/0', 0, 0, 7, 8)] })
      expect([frame().points, frame().erased]).toEqual([[[7, 8, 0], [1, 2, 3]], []])
    } finally {
      room.close()
    }
  })
})

describe('rules', () => {
  it('erases by the contest preset in its two folders only, borders left alone, as one edit', async () => {
    const [contest] = await opened.room.presets()
    const preview = await opened.room.previewRule({ rule: contest! })
    expect(await opened.room.previewRule({ rule: contest!, brief: true })).toEqual({ ...preview, sequences: preview.sequences.map((sequence) => ({ ...sequence, points: sequence.points.slice(0, 1) })) })
    const edit = await opened.room.applyRule({ rule: contest! })
    expect({ preview, edit: essence(edit), erased: frameOf('train/475', 1).erased, elsewhere: opened.room.editedPoints('test/700') }).toEqual({
      preview: {
        erased: 4,
        frames: 2,
        sequences: [
          {
            folder: 'train/475', erased: 3, kept: 46,
            points: [
              { frame: 1, index: 21, x: 100, y: 900, why: 'contest: x < 250 and y > 800' },
              { frame: 1, index: 22, x: 1500, y: 100, why: 'contest: x > 1400 and y < 400' },
              { frame: 1, index: 23, x: 249.999, y: 800.001, why: 'contest: x < 250 and y > 800' },
            ],
          },
          { folder: 'train/543', erased: 1, kept: 0, points: [{ frame: 0, index: 0, x: 100, y: 900, why: 'contest: x < 250 and y > 800' }] },
        ],
      },
      edit: { id: 1, kind: 'rule', label: 'contest: 4 keypoints in 2 sequences', points: 4, frames: 2, folders: ['train/475', 'train/543'], undone: false },
      erased: [21, 22, 23],
      elsewhere: 0,
    })
    expect(await opened.room.previewRule({ rule: contest! })).toEqual({ sequences: [], erased: 0, frames: 0 })
    expect((await failure(() => opened.room.applyRule({ rule: contest! }))).kind).toBe('conflict')
  })

  it('applies to the given folders that the rule is for', async () => {
    const rule: RegionRule = { name: 'left', folders: [], terms: [[{ axis: 'x', relation: '<', value: 101 }]] }
    const folders = async (given?: string[], own: string[] = []) => (await opened.room.previewRule({ rule: { ...rule, folders: own }, folders: given })).sequences.map(({ folder }) => folder)
    expect([
      await folders(),
      await folders(['test/700', 'train/7']),
      await folders(['test/700'], ['train/475', 'train/999']),
      await folders(undefined, ['train/475', 'train/999']),
      (await failure(() => opened.room.previewRule({ rule, folders: ['train/999'] }))).kind,
    ]).toEqual([['train/475', 'train/543', 'test/700'], ['test/700'], [], ['train/475'], 'not-found'])
  })

  it('saves, lists and removes rules', async () => {
    const [contest, scaled] = await opened.room.presets()
    await opened.room.saveRule({ ...scaled!, name: 'b' })
    expect(await opened.room.saveRule({ ...contest!, name: 'a' })).toEqual([{ ...contest, name: 'a' }, { ...scaled, name: 'b' }])
    expect(await opened.room.removeRule({ name: 'b' })).toEqual([{ ...contest, name: 'a' }])
    expect((await failure(() => opened.room.removeRule({ name: 'b' }))).kind).toBe('not-found')
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PointChange } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import type { DatasetRoom } from '../../src-main/contract/rooms.ts'
import { madeHand, memoryDataset } from './memoryDataset.ts'
import { openRoom, temporaryFolder, type OpenedRoom } from './openRoom.ts'

const hand = madeHand(900, 500)
const folder = 'train/7'

let temporary: ReturnType<typeof temporaryFolder>
let dataset: DatasetRoom
let opened: OpenedRoom
beforeEach(() => {
  temporary = temporaryFolder()
  dataset = memoryDataset([{ folder, frames: [hand, hand, hand] }])
  opened = openRoom(dataset, temporary.path)
})
afterEach(() => {
  opened.close()
  temporary.remove()
})

/** As when the JSON was written by somebody else and the folder scanned again. */
function fileIsNow(frames: (Point[] | null)[]): void {
  opened.close()
  dataset = memoryDataset([{ folder, frames }])
  opened = openRoom(dataset, temporary.path)
}
const change = (frame: number, index: number, to: PointChange['to']): PointChange => ({ folder, frame, index, to })
const frames = () => opened.room.overlay(folder, dataset.sourceFrames(folder)).map(({ points, erased, moved, conflicts }) => ({ points, erased, moved, conflicts }))
const asFile = (points: Point[]) => ({ points, erased: [], moved: [], conflicts: [] })

describe('a file that changed on disk after it was edited', () => {
  beforeEach(async () => {
    await opened.room.apply({ label: '', changes: [change(0, 1, { x: 1, y: 2 }), change(0, 2, { erased: true }), change(1, 3, { erased: true }), change(2, 0, { x: 9, y: 9 })] })
  })

  it('keeps the edits and says which rows are others now', async () => {
    const other = hand.with(1, [700, 700, 0])
    fileIsNow([other, hand])
    expect([await opened.room.conflicts(), frames()]).toEqual([
      [{ folder, points: [{ frame: 0, index: 1 }], missingFrames: [2] }],
      [
        { points: other.with(1, [1, 2, 0]), erased: [2], moved: [1], conflicts: [1] },
        { points: hand, erased: [3], moved: [], conflicts: [] },
      ],
    ])
  })

  it('is settled for the edits: they are in force over the new file, and undo shows the conflict again', async () => {
    const other = hand.with(1, [700, 700, 0])
    fileIsNow([other, hand])
    const edit = await opened.room.resolveConflict({ folder, keep: 'edits' })
    expect([edit.kind, edit.points, await opened.room.conflicts(), frames()[0]]).toEqual(['resolve', 2, [], { points: other.with(1, [1, 2, 0]), erased: [2], moved: [1], conflicts: [] }])
    await opened.room.undo()
    expect((await opened.room.conflicts()).length).toBe(1)
  })

  it('is settled for the file: its rows are shown, the other edits stay', async () => {
    const other = hand.with(1, [700, 700, 0])
    fileIsNow([other, hand])
    await opened.room.resolveConflict({ folder, keep: 'file' })
    expect([await opened.room.conflicts(), frames()]).toEqual([[], [{ points: other, erased: [2], moved: [], conflicts: [] }, { points: hand, erased: [3], moved: [], conflicts: [] }]])
  })

  it('frames whose rows are gone keep what was placed, as added rows once that is chosen', async () => {
    fileIsNow([[], [], hand])
    expect((await opened.room.conflicts()).map(({ points }) => points)).toEqual([[{ frame: 0, index: 1 }, { frame: 0, index: 2 }, { frame: 1, index: 3 }]])
    await opened.room.resolveConflict({ folder, keep: 'edits' })
    const [first, second, third] = frames()
    expect([await opened.room.conflicts(), first?.points[1], first?.moved, first?.erased.length, second, third?.points[0]]).toEqual([[], [1, 2, 0], [1], 20, asFile([]), [9, 9, 0]])
  })

  it('comes to the edited values by itself: keeping the edits leaves nothing edited there', async () => {
    fileIsNow([hand.with(1, [1, 2, 0]), hand, hand])
    await opened.room.resolveConflict({ folder, keep: 'edits' })
    expect([frames()[0]?.moved, opened.room.editedPoints(folder)]).toEqual([[], 3])
  })

  it('cannot be settled where there is nothing to settle', () => {
    expect(() => opened.room.resolveConflict({ folder, keep: 'file' })).toThrow(/nothing to settle/)
  })

  it('undo and redo of edits made over the old file show the conflict too', async () => {
    await opened.room.undo()
    fileIsNow([hand.with(1, [700, 700, 0]), hand, hand])
    expect(await opened.room.conflicts()).toEqual([])
    await opened.room.redo()
    expect((await opened.room.conflicts())[0]?.points).toEqual([{ frame: 0, index: 1 }])
  })
})

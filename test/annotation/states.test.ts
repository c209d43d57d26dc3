import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PointChange } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { decodeState, encodeState, type PointState } from '../../src-main/annotation/pointState.ts'
import { madeHand, memoryDataset } from './memoryDataset.ts'
import { openRoom, temporaryFolder, type OpenedRoom } from './openRoom.ts'

const hand = madeHand(900, 500)
const dataset = memoryDataset([{ folder: 'train/7', frames: [hand, [], null, [...hand, ...madeHand(300, 500)]] }])

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

const change = (frame: number, index: number, to: PointChange['to'], was?: PointChange['was']): PointChange => ({ folder: 'train/7', frame, index, to, ...(was && { was }) })
const apply = (...changes: PointChange[]) => opened.room.apply({ label: '', changes })
const frameOf = (frame: number) => {
  const { points, erased, hidden, moved } = opened.room.overlay('train/7', dataset.sourceFrames('train/7'))[frame]!
  return { points, erased, hidden, moved }
}
const kindOf = async (work: () => unknown): Promise<string> => {
  try {
    await work()
    return 'done'
  } catch (error) {
    return error instanceof HandloomError ? error.kind : String(error)
  }
}

describe('what can be said of a keypoint', () => {
  it('occluded and in sight again, at its own place or another', async () => {
    await apply(change(0, 3, { hidden: true }), change(0, 4, { x: 5, y: 6, visibility: 'hidden' }))
    expect(frameOf(0)).toEqual({ points: hand.with(4, [5, 6, 0]), erased: [], hidden: [3, 4], moved: [4] })
    await apply(change(0, 3, { hidden: false }), change(0, 4, { x: 7, y: 8 }))
    expect(frameOf(0)).toEqual({ points: hand.with(4, [7, 8, 0]), erased: [], hidden: [4], moved: [4] })
    await apply(change(0, 4, { erased: true }))
    await apply(change(0, 4, { hidden: true }))
    expect(frameOf(0)).toEqual({ points: hand.with(4, [7, 8, 0]), erased: [], hidden: [4], moved: [4] })
    while (opened.room.undo() !== null);
    expect([frameOf(0), opened.room.editsHash()]).toEqual([{ points: hand, erased: [], hidden: [], moved: [] }, ''])
  })

  it('rows added to a frame without any: the rest of the hand stays missing until it is placed', async () => {
    await apply(change(1, 23, { x: 100, y: 200, z: 0.5 }))
    const { points, erased, moved } = frameOf(1)
    expect([points.length, points[23], erased, moved]).toEqual([42, [100, 200, 0.5], Array.from({ length: 42 }, (_, row) => row).filter((row) => row !== 23), [23]])
    await apply(...hand.map(([x, y], index) => change(2, index, { x, y })))
    expect(frameOf(2)).toEqual({ points: hand, erased: [], hidden: [], moved: [...hand.keys()] })
    await apply(change(2, 0, { original: true }), change(1, 23, { original: true }))
    expect([frameOf(1).points, frameOf(2).erased]).toEqual([[], [0]])
  })

  it('a row that does not exist can only be placed, and only as part of two hands', async () => {
    const tried = [{ erased: true }, { hidden: true }, { original: true }] as const
    expect([await Promise.all(tried.map((to) => kindOf(() => apply(change(1, 0, to))))), await kindOf(() => apply(change(1, 42, { x: 1, y: 1 })))]).toEqual([['bad-request', 'bad-request', 'bad-request'], 'bad-request'])
  })

  it('z goes along when two hands change places, and comes back', async () => {
    const [left, right] = [frameOf(3).points.slice(0, 21), frameOf(3).points.slice(21)]
    const to = ([x, y, z]: Point) => ({ x, y, z: z + 1 })
    await apply(...left.map((point, row) => change(3, row + 21, to(point))), ...right.map((point, row) => change(3, row, to(point))))
    const raised = (points: Point[]) => points.map(([x, y, z]) => [x, y, z + 1])
    expect(frameOf(3).points).toEqual([...raised(right), ...raised(left)])
    await opened.room.undo()
    expect(frameOf(3)).toEqual({ points: [...left, ...right], erased: [], hidden: [], moved: [] })
  })

  it('keeps every state as text, exactly', () => {
    const states: PointState[] = [
      { visibility: 'visible', place: { x: 0.1 + 0.2, y: -1e-7, z: null }, base: [1, 2, 3] },
      { visibility: 'hidden', place: { x: 1, y: 2, z: -3.5 }, base: 'none' },
      { visibility: 'erased', place: null, base: [Number.NaN, 2, 0] },
      { visibility: 'hidden', place: null, base: null },
    ]
    expect(states.map((state) => decodeState(encodeState(state)))).toEqual(states)
  })
})

describe('two windows', () => {
  it('an edit over what somebody else changed meanwhile is refused whole, with the place', async () => {
    const [x, y] = hand[5]!
    const seen = { x, y, visibility: 'visible' } as const
    await apply(change(0, 5, { x: 1, y: 2 }, seen))
    expect([
      await kindOf(() => apply(change(0, 6, { erased: true }), change(0, 5, { x: 3, y: 4 }, seen))),
      await kindOf(() => apply(change(0, 5, { x: 3, y: 4 }, { x: 1, y: 2, visibility: 'hidden' }))),
      frameOf(0).erased,
      await kindOf(() => apply(change(0, 5, { x: 3, y: 4 }, { x: 1, y: 2, visibility: 'visible' }))),
    ]).toEqual(['conflict', 'conflict', [], 'done'])
  })
})

describe('the history', () => {
  it('says who made an edit, from what, and what each keypoint was before and after', async () => {
    const [x, y] = hand[8]!
    await apply(change(0, 8, { x: 1500, y: 10 }), change(1, 0, { x: 4, y: 5 }))
    await opened.room.apply({ label: 'stray', changes: [change(0, 8, { erased: true })], detector: 'jump' })
    const { edits } = await opened.room.history({ limit: 10 })
    const details = await Promise.all(edits.map(({ id }) => opened.room.editDetail({ editId: id, limit: 10 })))
    expect([edits.map(({ kind, source, sequences, author }) => [kind, source, sequences, author === edits[0]!.author]), details.map(({ points, total }) => ({ points, total }))]).toEqual([
      [['detector', { detector: 'jump' }, 1, true], ['move', null, 1, true]],
      [
        { total: 1, points: [{ folder: 'train/7', frame: 0, index: 8, before: { x: 1500, y: 10, visibility: 'visible', changed: true }, after: { x: 1500, y: 10, visibility: 'erased', changed: true } }] },
        {
          total: 2,
          points: [
            { folder: 'train/7', frame: 0, index: 8, before: { x, y, visibility: 'visible', changed: false }, after: { x: 1500, y: 10, visibility: 'visible', changed: true } },
            { folder: 'train/7', frame: 1, index: 0, before: null, after: { x: 4, y: 5, visibility: 'visible', changed: true } },
          ],
        },
      ],
    ])
  })
})

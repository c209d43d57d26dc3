import { describe, expect, it } from 'vitest'
import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import type { KeypointView } from '../../src-main/keypoints/augment.ts'
import { plannedSequences } from '../../src-main/train/keypointPlan.ts'
import { drawnHands, keypointFrames, shownKinds, windowOf, windowSide } from '../../src-renderer/pages/crop/sheet/sheetKeypoints.ts'
import { drawnHand } from '../keypoints/sequences.ts'

const record = (number: number, points: Point[], changes: Partial<FrameRecord> = {}): FrameRecord => ({ number, file: `${number}.png`, width: 640, height: 360, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null, ...changes })
const hand = (x: number, y: number): Point[] => drawnHand(40, [x, y])
const nothingDrawn: KeypointView['draw'] = { flip: false, verticalFlip: false, degrees: 0, scale: 1, corners: null, droppedKeypoints: 0, droppedFrames: [], repeatedFrames: [], stray: [] }
const viewOf = (frames: KeypointView['frames'], draw: Partial<KeypointView['draw']> = {}): KeypointView => ({ frames, label: 0, draw: { ...nothingDrawn, ...draw } })

describe('the keypoints of a sheet', () => {
  it('are those that training plans: without erased rows, rows beyond two hands and frames that tell nothing', () => {
    const records = [
      record(3, hand(100, 100), { erased: [0, 4] }), record(5, []), record(7, [...hand(100, 100), ...hand(300, 100), ...hand(500, 100)]),
      record(8, hand(120, 100), { unreadable: 'broken', width: null, height: null }), record(9, [], { unreadable: 'broken', width: null, height: null }),
    ]
    const summary = { folder: 'train/7', role: 'train', poseId: 12, width: 640, height: 360 }
    const dataset = { summaries: () => [summary], frames: () => records, sourceFrames: () => records } as unknown as Parameters<typeof plannedSequences>[0]
    const shown = keypointFrames({ ...summary, frameRecords: records })
    expect(shown).toEqual(plannedSequences(dataset, 'train', [12])[0]?.frames)
    expect(shown.map(({ frame, points }) => [frame, points.length, points[4] === null])).toEqual([[3, 21, true], [5, 0, false], [7, 42, false], [8, 21, false]])
  })
  it('are drawn in one size over the epochs, about the middle of what an epoch shows', () => {
    const frames = [{ frame: 0, width: 640, height: 360, points: hand(100, 100) }, { frame: 1, width: 640, height: 360, points: hand(200, 100) }]
    const side = windowSide(frames)
    const moved = frames.map((frame) => ({ ...frame, points: frame.points.map(([x, y, z]): Point => [x + 50, y, z]) }))
    const [before, after] = [viewOf(frames), viewOf(moved)].map((view) => windowOf(view, view.frames[0]!, side))
    expect(after).toEqual({ ...before, x: before!.x + 50 })
    for (const { points } of frames) for (const [x, y] of points) expect([x > before!.x && x < before!.x + side, y > before!.y && y < before!.y + side]).toEqual([true, true])
  })
  it('are drawn smaller where a stray hand is far away, and only in its frames', () => {
    const frames = [{ frame: 0, width: 640, height: 360, points: [...hand(100, 100), ...hand(600, 300)] }, { frame: 1, width: 640, height: 360, points: hand(110, 100) }]
    const own = frames.map((frame) => ({ ...frame, points: frame.points.slice(0, 21) }))
    const view = viewOf(frames, { stray: [{ frame: 0, hand: 1 }] })
    const side = windowSide(own)
    const [wide, usual] = frames.map((frame) => windowOf(view, frame, side))
    expect(usual).toEqual(windowOf(viewOf(own), own[1]!, side))
    for (const [x, y] of frames[0]!.points as Point[]) expect([x > wide!.x && x < wide!.x + wide!.side, y > wide!.y && y < wide!.y + wide!.side]).toEqual([true, true])
  })
  it('have a mark each, and bones only between those that are there', () => {
    const window = { x: 0, y: 0, side: 200 }
    const places: Point[] = Array.from({ length: 21 }, (_, row) => [10 * row, 100, 0])
    const drawn = (points: (Point | null)[]) => drawnHands(points, ['left'], window).map(({ kind, bones, marks }) => [kind, bones.match(/M/g)?.length ?? 0, marks.match(/M/g)?.length])
    // A hand has 21 bones; the tip of the thumb ends one, the wrist three.
    expect([drawn(places), drawn(places.with(4, null as never)), drawn(places.with(0, null as never)), drawn(places.map(() => null))]).toEqual([[['left', 21, 21]], [['left', 20, 20]], [['left', 18, 20]], []])
    expect(drawnHands([[50, 100, 0]], ['left'], window)[0]?.marks).toBe('M23.30 48.30h3.4v3.4h-3.4z')
  })
  it('look like the other hand when they are mirrored, and stray ones like neither', () => {
    const kinds = (changes: Partial<KeypointView['draw']>) => shownKinds(['left', 'right'], 4, { ...nothingDrawn, ...changes })
    expect([kinds({}), kinds({ flip: true }), kinds({ verticalFlip: true }), kinds({ flip: true, verticalFlip: true })]).toEqual([['left', 'right'], ['right', 'left'], ['right', 'left'], ['left', 'right']])
    const one = (frame: number, stray: number) => shownKinds(['left'], 4, { ...nothingDrawn, stray: [{ frame, hand: stray }] })
    expect([one(4, 1), one(5, 1)]).toEqual([['left', 'stray'], ['left']])
  })
})

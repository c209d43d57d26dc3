import { describe, expect, it } from 'vitest'
import { matchingTerm } from '../../src-main/annotation/region.ts'
import type { PointChange, RegionRule } from '../../src-main/contract/annotation.ts'
import { sides, type CropRecipe } from '../../src-main/contract/crop.ts'
import type { FrameRecord, Point, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { boxSize, frameBoxes, sameBox } from '../../src-renderer/editor/cropBoxes.ts'
import { addRows, noRows, selectionCounts, selectRows, toggleRow } from '../../src-renderer/editor/frameSelection.ts'
import { changedRows, withChanges } from '../../src-renderer/editor/pendingChanges.ts'
import { handAt, nearestRow, rowsInBox, rowsInLine } from '../../src-renderer/editor/picking.ts'
import { regionBoxes } from '../../src-renderer/editor/regionBoxes.ts'
import { withinFrame } from '../../src-renderer/editor/useGestures.ts'
import { centredAt, fitted, isWhole, kept, toFrame, toStage, viewOnMap, zoomedAt } from '../../src-renderer/editor/viewport.ts'

const frameOf = (number: number, points: Point[], erased: number[] = [], moved: number[] = [], original: Point[] = points): FrameRecord => ({ number, file: `${number}.png`, width: 1920, height: 1080, original, points, erased, hidden: [], moved, conflicts: [], unreadable: null })
const sequenceOf = (frameRecords: FrameRecord[]): SequenceDetail => ({
  folder: 'train/475', role: 'train', number: 475, poseId: 1, correctedFrom: null, className: 'fist', hand: 'right', view: '1st', gesture: 'my_hand', actor: null, frames: frameRecords.length,
  coverFrame: 0, width: 1920, height: 1080, keypoints: 21, emptyFrames: 0, editedPoints: 0, problems: 0, version: 'a.0', frameRecords, problemList: [],
})

describe('viewport', () => {
  const frame = { width: 1920, height: 1080 }
  const stage = { width: 984, height: 564 }

  it('fits the frame in the middle with a border', () => {
    expect(fitted(frame, stage)).toEqual({ scale: 0.5, x: 12, y: 12 })
  })

  it('keeps the place under the pointer when it zooms', () => {
    const view = fitted(frame, stage)
    const at = [300, 200] as const
    const before = toFrame(view, at)
    const zoomed = zoomedAt(view, 3.7, at)
    const [x, y] = toStage(zoomed, before)
    expect([x, y].map((value) => Number(value.toFixed(6)))).toEqual([300, 200])
    expect(zoomed.scale).toBeCloseTo(1.85, 12)
  })

  it('tells the minimap what the stage shows, cut off at the border of the frame', () => {
    const zoomed = centredAt({ scale: 2, x: 0, y: 0 }, stage, [960, 540])
    expect([viewOnMap(zoomed, frame, stage, 192), viewOnMap(centredAt(zoomed, stage, [0, 0]), frame, stage, 192)]).toEqual([{ x: 71.4, y: 39.9, width: 49.2, height: 28.2 }, { x: 0, y: 0, width: 24.6, height: 14.1 }].map((rect) => ({ x: expect.closeTo(rect.x, 9), y: expect.closeTo(rect.y, 9), width: expect.closeTo(rect.width, 9), height: expect.closeTo(rect.height, 9) })))
    expect([isWhole(fitted(frame, stage), frame, stage), isWhole(zoomed, frame, stage)]).toEqual([true, false])
  })

  it('never lets the frame leave the stage', () => {
    expect(kept({ scale: 0.5, x: -5000, y: 5000 }, frame, stage)).toEqual({ scale: 0.5, x: -912, y: 516 })
  })
})

describe('picking', () => {
  const points: Point[] = [[100, 100, 0], [104, 100, 0], [Number.NaN, Number.NaN, 0], [300, 300, 0]]

  it('takes the nearest row, and one that is not erased before one that is', () => {
    expect(nearestRow({ points, erased: [] }, [101, 100], 10)).toBe(0)
    expect(nearestRow({ points, erased: [0] }, [101, 100], 10)).toBe(1)
    expect(nearestRow({ points, erased: [] }, [200, 200], 10)).toBeNull()
  })

  it('finds rows in a box and inside a line, without those that are nowhere', () => {
    expect(rowsInBox({ points, erased: [] }, { x0: 90, y0: 90, x1: 102, y1: 310 })).toEqual([0])
    expect(rowsInLine({ points, erased: [] }, [[90, 80], [120, 80], [120, 130]])).toEqual([1])
    expect(rowsInLine({ points, erased: [] }, [[290, 290], [310, 290], [310, 320], [290, 320]])).toEqual([3])
  })

  it('takes the whole hand that is nearest', () => {
    const two = Array.from({ length: 42 }, (_, row): Point => [row < 21 ? 100 + row : 900 + row, 200 + (row % 21) * 5, 0])
    const first = Array.from({ length: 21 }, (_, row) => row)
    expect(handAt({ points: two, erased: [] }, [110, 250], 5)).toEqual(first)
    expect(handAt({ points: two, erased: [] }, [930, 280], 40)).toEqual(first.map((row) => row + 21))
    expect(handAt({ points: two, erased: [] }, [500, 900], 40)).toBeNull()
  })

  it('holds a shift where it would push a point out of the frame', () => {
    expect(withinFrame({ points }, [0, 1], [-150, 20], { width: 1920, height: 1080 })).toEqual([-100, 20])
    expect(withinFrame({ points: [[-20, 5, 0]] }, [0], [-10, 0], { width: 1920, height: 1080 })).toEqual([-10, 0])
  })
})

describe('changes that are not saved yet', () => {
  const original: Point[] = [[10, 10, 1], [20, 20, 2], [30, 30, 3]]
  const sequence = sequenceOf([frameOf(4, [[10, 10, 1], [25, 20, 2], [30, 30, 3]], [2], [1], original)])
  const change = (index: number, to: PointChange['to'], folder = 'train/475'): PointChange => ({ folder, frame: 4, index, to })

  it('are laid over the sequence in their order, as the core will have them', () => {
    const shown = withChanges(sequence, [change(0, { erased: true }), change(1, { original: true }), change(2, { x: 31, y: 32 }), change(0, { erased: true }, 'train/1')])
    expect(shown.frameRecords[0]).toEqual(frameOf(4, [[10, 10, 1], [20, 20, 2], [31, 32, 3]], [0], [2], original))
    expect(withChanges(sequence, [change(0, { erased: true }, 'train/1')])).toBe(sequence)
  })

  it('and what an undo changed is found again', () => {
    const after = withChanges(sequence, [change(0, { erased: true }), change(1, { x: 26, y: 20 })])
    expect(changedRows(sequence, after)).toEqual(new Map([[4, [0, 1]]]))
    expect(changedRows(after, sequence)).toEqual(new Map([[4, [0, 1]]]))
  })
})

describe('selection over frames', () => {
  it('adds, toggles and counts what there is to erase and to restore', () => {
    const selection = toggleRow(toggleRow(addRows(selectRows(1, [3, 1]), 2, [0]), 1, 3), 1, 5)
    expect(selection).toEqual(new Map([[1, [1, 5]], [2, [0]]]))
    expect(toggleRow(selectRows(1, [3]), 1, 3)).toEqual(noRows)
    const points = Array.from({ length: 6 }, (): Point => [1, 1, 0])
    expect(selectionCounts(selection, [frameOf(1, points, [5], [1]), frameOf(2, points, [], []), frameOf(3, points)])).toEqual({ rows: 3, frames: 2, live: 2, hidden: 0, edited: 2 })
  })
})

describe('region on the frame', () => {
  const rule: Pick<RegionRule, 'terms' | 'referenceWidth'> = {
    terms: [[{ axis: 'x', relation: '<', value: 250 }, { axis: 'y', relation: '>', value: 800 }], [{ axis: 'x', relation: '>', value: 1400 }, { axis: 'y', relation: '<', value: 400 }], [{ axis: 'x', relation: '>', value: 5000 }]],
  }

  it('is the boxes that the rule erases in', () => {
    expect(regionBoxes(rule, { width: 1920, height: 1080 })).toEqual([{ x0: 0, y0: 800, x1: 250, y1: 1080 }, { x0: 1400, y0: 0, x1: 1920, y1: 400 }])
    const scaled = { ...rule, referenceWidth: 1920 }
    const size = { width: 480, height: 270 }
    const boxes = regionBoxes(scaled, size)
    const middles = boxes.map(({ x0, y0, x1, y1 }) => matchingTerm(scaled, [(x0 + x1) / 2, (y0 + y1) / 2], size.width))
    expect({ boxes, middles }).toEqual({ boxes: [{ x0: 0, y0: 200, x1: 62.5, y1: 270 }, { x0: 350, y0: 0, x1: 480, y1: 100 }], middles: [0, 1] })
  })
})

describe('crop box before and after', () => {
  it('shrinks when a stray point is erased', () => {
    const points: Point[] = [[900, 400, 0], [1000, 600, 0], [50, 1000, 0]]
    const recipe: CropRecipe = { margin: sides(10), randomMargin: 50, randomProbability: 1, wristExtra: 20, clamp: true, minimumSize: 1, shape: 'stretch', fewestKeypoints: 1, empty: 'nearest', hands: 'together' }
    const frames = [frameOf(0, points, [2])]
    const [before, after] = [frameBoxes(frames, 0, recipe, 'original')[0], frameBoxes(frames, 0, recipe)[0]]
    expect({ before: before?.box, after: after?.box, same: sameBox(before?.box ?? null, after?.box ?? null), size: after && boxSize(after) }).toEqual({
      before: { x0: 40, y0: 390, x1: 1010, y1: 1030 }, after: { x0: 890, y0: 390, x1: 1010, y1: 630 }, same: false, size: '120×240',
    })
  })

  it('is one for each hand where hands are cut apart, and none for a hand with too few points', () => {
    const hand = (x: number): Point[] => Array.from({ length: 21 }, (_, row): Point => [x + row, 500 + row, 0])
    const recipe: CropRecipe = { margin: sides(0), randomMargin: 0, randomProbability: 0, wristExtra: 0, clamp: true, minimumSize: 1, shape: 'stretch', fewestKeypoints: 3, empty: 'nearest', hands: 'apart' }
    const both = [...hand(100), ...hand(900)]
    const frames = [frameOf(0, both), frameOf(1, both, Array.from({ length: 19 }, (_, row) => row))]
    const cut = (frame: number): unknown => frameBoxes(frames, frame, recipe).map(({ hand, box, source }) => ({ hand, x0: box?.x0, x1: box?.x1, source }))
    expect([cut(0), cut(1), cut(2)]).toEqual([[{ hand: 0, x0: 100, x1: 120, source: 'keypoints' }, { hand: 1, x0: 900, x1: 920, source: 'keypoints' }], [{ hand: 1, x0: 900, x1: 920, source: 'keypoints' }], []])
  })
})

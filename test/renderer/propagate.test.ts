import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { overlayFrames, changedState, type PointState } from '../../src-main/annotation/pointState.ts'
import type { PointChange } from '../../src-main/contract/annotation.ts'
import type { FrameRecord, Point, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { noRows } from '../../src-renderer/editor/frameSelection.ts'
import { withChanges } from '../../src-renderer/editor/pendingChanges.ts'
import { copiedFromPrevious, interpolated, swappedHands } from '../../src-renderer/editor/propagate.ts'

const hand = (x: number): Point[] => Array.from({ length: 21 }, (_, row): Point => [x + row, 100 + row, row / 100])
const frameOf = (number: number, points: Point[], changes: Partial<FrameRecord> = {}): FrameRecord => ({ number, file: `${number}.png`, width: 1920, height: 1080, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null, ...changes })
const sequenceOf = (frameRecords: FrameRecord[]): SequenceDetail => ({
  folder: 'train/475', role: 'train', number: 475, poseId: 1, correctedFrom: null, className: 'fist', hand: 'both', view: '1st', gesture: 'my_hand', actor: null, frames: frameRecords.length,
  coverFrame: 0, width: 1920, height: 1080, keypoints: 21, emptyFrames: 0, editedPoints: 0, problems: 0, version: 'a.0', frameRecords, problemList: [],
})
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const places = (changes: readonly PointChange[]) => changes.map(({ frame, index, to }) => [frame, index, 'x' in to ? [to.x, to.y, to.z, to.visibility] : to])

describe('copying from the frame before', () => {
  it('fills what is missing in the frame, also where it has no rows at all, and leaves what is there', () => {
    const sequence = sequenceOf([frameOf(0, hand(10), { hidden: [2] }), frameOf(1, []), frameOf(2, hand(50), { erased: [3] })])
    expect(places(copiedFromPrevious(sequence, [1], noRows))).toEqual(hand(10).map(([x, y, z], row) => [1, row, [x, y, z, row === 2 ? 'hidden' : 'visible']]))
    expect(copiedFromPrevious(sequence, [2], noRows)).toEqual([])
    expect(places(copiedFromPrevious(sequence, [1, 2], noRows)).slice(-1)).toEqual([[2, 3, [13, 103, 0.03, 'visible']]])
  })

  it('takes the selected rows alone, and nothing where the frame before has none', () => {
    const sequence = sequenceOf([frameOf(0, hand(10), { erased: [5] }), frameOf(1, hand(20))])
    expect(places(copiedFromPrevious(sequence, [1], new Map([[1, [4, 5]]])))).toEqual([[1, 4, [14, 104, 0.04, 'visible']]])
    expect(copiedFromPrevious(sequence, [0], noRows)).toEqual([])
  })
})

describe('interpolating', () => {
  it('lies on the line between the nearest frames that have the point, by frame number', () => {
    const sequence = sequenceOf([frameOf(0, hand(0)), frameOf(2, []), frameOf(3, hand(999)), frameOf(8, hand(80))])
    const found = interpolated(sequence, [2, 3], new Map([[3, [0, 20]]]))
    expect(places(found).filter(([, row]) => row === 0 || row === 20)).toEqual([
      [2, 0, [20, 100, 0, 'visible']], [2, 20, [40, 120, 0.2, 'visible']],
      [3, 0, [30, 100, 0, 'visible']], [3, 20, [50, 120, 0.2, 'visible']],
    ])
  })

  it('makes nothing up before the first and after the last frame that has the point', () => {
    const sequence = sequenceOf([frameOf(0, []), frameOf(1, hand(5)), frameOf(2, [])])
    expect([interpolated(sequence, [0], noRows), interpolated(sequence, [2], noRows)]).toEqual([[], []])
  })
})

describe('swapping the hands', () => {
  it('carries z, occlusion and erased points over, and twice is nothing', () => {
    const sequence = sequenceOf([frameOf(0, [...hand(10), ...hand(500)], { erased: [1], hidden: [23] })])
    const swapped = withChanges(sequence, swappedHands(sequence, [0]))
    const [record] = swapped.frameRecords
    expect([record?.points, record?.erased, record?.hidden]).toEqual([[...hand(500), ...hand(10)], [22], [2]])
    const back = withChanges(swapped, swappedHands(swapped, [0])).frameRecords[0]
    expect([back?.points, back?.erased, back?.hidden]).toEqual([[...hand(10), ...hand(500)], [1], [23]])
  })

  it('makes the only hand of a frame the other one', () => {
    const sequence = sequenceOf([frameOf(0, hand(10))])
    const [record] = withChanges(sequence, swappedHands(sequence, [0])).frameRecords
    expect([record?.points.slice(21), record?.erased]).toEqual([hand(10), rows(0, 21)])
  })
})

describe('what is shown before it is saved', () => {
  const to: fc.Arbitrary<PointChange['to']> = fc.oneof(
    fc.constant({ erased: true as const }),
    fc.record({ hidden: fc.boolean() }),
    fc.constant({ original: true as const }),
    fc.record({ x: fc.constantFrom(10, 33), y: fc.constantFrom(100, 7), z: fc.constantFrom(0, 0.5), visibility: fc.constantFrom('visible' as const, 'hidden' as const, 'erased' as const) }),
  )
  const changes = fc.array(fc.record({ folder: fc.constant('train/475'), frame: fc.integer({ min: 0, max: 1 }), index: fc.constantFrom(0, 1, 20, 21, 41), to }), { minLength: 1, maxLength: 12 })

  it('is what the core makes of it', () => {
    const originals = [hand(10), []]
    const source = originals.map((original, number) => ({ number, file: `${number}.png`, width: 1920, height: 1080, size: 1, modified: 0, original, unreadable: null }))
    fc.assert(
      fc.property(changes, (made) => {
        const states = new Map<number, Map<number, PointState>>([[0, new Map()], [1, new Map()]])
        const taken = made.filter(({ frame, index, to: next }) => {
          const rowsOf = states.get(frame)!
          const original = originals[frame]![index]
          // What the core refuses is never shown.
          if (!original && !rowsOf.get(index)?.place && !('x' in next)) return false
          const state = changedState(rowsOf.get(index) ?? null, next, original)
          if (state) rowsOf.set(index, state)
          else rowsOf.delete(index)
          return true
        })
        // As the dataset room gives it: what is nowhere is at 0, 0.
        const expected = overlayFrames(source, states).map(({ number, points, erased, hidden }) => ({ number, points: points.map((point) => (Number.isNaN(point[0]) ? [0, 0, 0] : point)), erased, hidden }))
        const shown = withChanges(sequenceOf(originals.map((points, number) => frameOf(number, points))), taken).frameRecords.map(({ number, points, erased, hidden }) => ({ number, points, erased, hidden }))
        expect(shown).toEqual(expected)
      }),
      { numRuns: 500, seed: 5 },
    )
  })
})

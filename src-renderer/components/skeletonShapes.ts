import type { Point, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { bones, handOfRow, handSides, keypointsPerHand, sequenceSides, type HandSide, type HandType } from '../../src-main/contract/hand.ts'

/** 0 thumb … 4 little finger; null = palm. */
export type Finger = 0 | 1 | 2 | 3 | 4 | null

export interface SkeletonMark {
  index: number
  x: number
  y: number
  side: HandSide
  finger: Finger
  erased: boolean
  /** Occluded: its place is a guess. */
  hidden: boolean
  moved: boolean
}

export interface SkeletonBone {
  key: string
  x1: number
  y1: number
  x2: number
  y2: number
  side: HandSide
  finger: Finger
  erased: boolean
  hidden: boolean
}

interface ShapeOptions {
  erased: readonly number[]
  hidden?: readonly number[]
  moved: readonly number[]
  hand: HandType
  view: string | null
  /** The side of each hand as the whole sequence tells (`sidesOf`); without it the frame alone decides. */
  sides?: readonly HandSide[] | undefined
}

const fingerOf = (row: number): Finger => (row % keypointsPerHand === 0 ? null : (Math.floor(((row % keypointsPerHand) - 1) / 4) as Finger))
const fingerOfBone = (from: number, to: number): Finger => (from === 0 || to - from !== 1 ? null : fingerOf(to))

/** What to draw for a frame's keypoint rows: marks and bones with the side of their hand, in pixels of the frame. */
export function skeletonShapes(points: readonly Point[], options: ShapeOptions): { marks: SkeletonMark[]; bones: SkeletonBone[] } {
  const [erased, hidden, moved] = [new Set(options.erased), new Set(options.hidden), new Set(options.moved)]
  const hands = Math.ceil(points.length / keypointsPerHand)
  const sides = options.sides ?? handSides(Array.from({ length: hands }, (_, hand) => points[hand * keypointsPerHand]?.[0] ?? 0), options.hand, options.view)
  const sideOf = (row: number): HandSide => sides[handOfRow(row)] ?? 'right'
  const marks = points.flatMap(([x, y], index): SkeletonMark[] =>
    Number.isFinite(x) && Number.isFinite(y) ? [{ index, x, y, side: sideOf(index), finger: fingerOf(index), erased: erased.has(index), hidden: hidden.has(index), moved: moved.has(index) }] : [],
  )
  const byIndex = new Map(marks.map((mark) => [mark.index, mark]))
  const lines = Array.from({ length: hands }, (_, hand) =>
    bones.flatMap(([from, to]): SkeletonBone[] => {
      const start = byIndex.get(hand * keypointsPerHand + from)
      const end = byIndex.get(hand * keypointsPerHand + to)
      if (start === undefined || end === undefined) return []
      return [{ key: `${hand}-${from}-${to}`, x1: start.x, y1: start.y, x2: end.x, y2: end.y, side: start.side, finger: fingerOfBone(from, to), erased: start.erased || end.erased, hidden: start.hidden || end.hidden }]
    }),
  ).flat()
  return { marks, bones: lines }
}

const known = new WeakMap<SequenceDetail, HandSide[][]>()

/** The side of each hand of a frame of a sequence (by its position among the frames), found once for each state of the sequence. */
export function sidesOf(sequence: SequenceDetail, position: number): readonly HandSide[] | undefined {
  const sides = known.get(sequence) ?? sequenceSides(sequence.frameRecords, sequence.hand, sequence.view)
  known.set(sequence, sides)
  return sides[position]
}

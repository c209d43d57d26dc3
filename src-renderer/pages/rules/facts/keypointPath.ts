import type { FrameRecord } from '../../../../src-main/contract/dataset.ts'
import { keypointsPerHand } from '../../../../src-main/contract/hand.ts'
import type { SequenceFeature } from '../../../../src-main/contract/rules.ts'

export interface PathPoint {
  frame: number
  x: number
  y: number
}

const tips = [4, 8, 12, 16, 20]
/** How far out a keypoint is in a direction; the largest is followed. */
const outward = { topmost: ([, y]: readonly number[]) => -(y ?? 0), bottommost: ([, y]: readonly number[]) => y ?? 0, leftmost: ([x]: readonly number[]) => -(x ?? 0), rightmost: ([x]: readonly number[]) => x ?? 0 }

/** The ways of the keypoints that a feature follows, in pixels of the frame: of all hands together one, or one of each hand (and tip). Erased rows are not there. */
export function keypointPaths(frames: readonly Pick<FrameRecord, 'number' | 'points' | 'erased'>[], point: SequenceFeature['point']): PathPoint[][] {
  const rowsOf = ({ points, erased }: Pick<FrameRecord, 'points' | 'erased'>): { row: number; at: readonly number[] }[] => points.flatMap((at, row) => (Number.isFinite(at[0]) && Number.isFinite(at[1]) && !erased.includes(row) ? [{ row, at }] : []))
  const place = (frame: number, at: readonly number[]): PathPoint => ({ frame, x: at[0] ?? 0, y: at[1] ?? 0 })
  if (typeof point === 'string' && point !== 'tips') {
    const out = outward[point]
    const path = frames.flatMap((frame) => {
      const rows = rowsOf(frame)
      const first = rows[0]
      return first === undefined ? [] : [place(frame.number, rows.reduce((best, one) => (out(one.at) > out(best.at) ? one : best), first).at)]
    })
    return path.length === 0 ? [] : [path]
  }
  const followed = point === 'tips' ? tips : [point]
  return [0, 1]
    .flatMap((hand) => followed.map((index) => hand * keypointsPerHand + index))
    .map((wanted) => frames.flatMap((frame) => rowsOf(frame).filter(({ row }) => row === wanted).map(({ at }) => place(frame.number, at))))
    .filter((path) => path.length > 0)
}

import type { PointChange, Visibility } from '../../contract/annotation.ts'
import type { FrameRecord } from '../../contract/dataset.ts'
import { mostRows } from '../pointState.ts'

/** What a file says of a keypoint row. `place` null = it is erased, wherever it was; `z` null = the file says nothing of it. */
export interface SaidRow {
  visibility: Visibility
  place: { x: number; y: number; z: number | null } | null
}

export interface FrameChanges {
  changes: PointChange[]
  /** Rows that the frame does not have and that cannot be added, as they belong to a third hand. */
  tooMany: number[]
}

/**
 * The changes that lead from a frame's keypoints as they are to what a file says of them.
 * @param said by row; a row that is not in it stays as it is
 */
export function frameChanges(folder: string, { number, points, erased, hidden }: FrameRecord, said: ReadonlyMap<number, SaidRow>): FrameChanges {
  const found: FrameChanges = { changes: [], tooMany: [] }
  const gone = new Set(erased)
  const guessed = new Set(hidden)
  for (const [row, { visibility, place }] of said) {
    const point = points[row]
    const now: Visibility = !point || gone.has(row) ? 'erased' : guessed.has(row) ? 'hidden' : 'visible'
    if (!place) {
      if (now !== 'erased') found.changes.push({ folder, frame: number, index: row, to: { erased: true } })
      continue
    }
    const { x, y, z } = place
    if (point && now === visibility && x === point[0] && y === point[1] && (z === null || z === point[2])) continue
    if (!point && row >= mostRows) found.tooMany.push(row)
    else found.changes.push({ folder, frame: number, index: row, to: { x, y, ...(z !== null && { z }), visibility } })
  }
  return found
}

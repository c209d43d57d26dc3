import type { FrameRecord } from '../../src-main/contract/dataset.ts'

/** Selected keypoint rows by frame number; an action touches all of them as one edit. */
export type FrameSelection = ReadonlyMap<number, readonly number[]>

export const noRows: FrameSelection = new Map()

const ascending = (rows: Iterable<number>): number[] => [...new Set(rows)].sort((a, b) => a - b)

export const selectRows = (frame: number, rows: readonly number[]): FrameSelection => (rows.length === 0 ? noRows : new Map([[frame, ascending(rows)]]))

export function addRows(selection: FrameSelection, frame: number, rows: readonly number[]): FrameSelection {
  return rows.length === 0 ? selection : new Map([...selection, [frame, ascending([...(selection.get(frame) ?? []), ...rows])]])
}

/** Takes the row in, or out when it is in. */
export function toggleRow(selection: FrameSelection, frame: number, row: number): FrameSelection {
  const rows = selection.get(frame) ?? []
  if (!rows.includes(row)) return addRows(selection, frame, [row])
  const left = new Map([...selection, [frame, rows.filter((other) => other !== row)]])
  if (left.get(frame)?.length === 0) left.delete(frame)
  return left
}

export interface SelectionCounts {
  rows: number
  frames: number
  /** To erase or to hide: rows that are not erased. */
  live: number
  /** Of those, rows that are hidden. */
  hidden: number
  /** To restore: rows that differ from the file. */
  edited: number
}

/** What can be done to the selected rows, in rows. */
export function selectionCounts(selection: FrameSelection, frames: readonly FrameRecord[]): SelectionCounts {
  const counts: SelectionCounts = { rows: 0, frames: 0, live: 0, hidden: 0, edited: 0 }
  for (const record of frames) {
    const rows = selection.get(record.number)
    if (rows === undefined) continue
    const erased = new Set(record.erased)
    const hidden = new Set(record.hidden)
    const moved = new Set(record.moved)
    counts.frames++
    for (const row of rows) {
      if (record.points[row] === undefined) continue
      counts.rows++
      if (!erased.has(row)) counts.live++
      if (hidden.has(row)) counts.hidden++
      if (erased.has(row) || moved.has(row) || hidden.has(row)) counts.edited++
    }
  }
  return counts
}

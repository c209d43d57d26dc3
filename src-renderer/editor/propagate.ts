import type { PointChange } from '../../src-main/contract/annotation.ts'
import type { FrameRecord, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { keypointsPerHand } from '../../src-main/contract/hand.ts'
import type { FrameSelection } from './frameSelection.ts'
import { visibilityOf } from './pendingChanges.ts'

/** Edits that take keypoints from elsewhere in the sequence. All of them give changes against what is shown; none of them looks beyond the sequence. */

/** Places are kept to hundredths of a pixel. */
export const toHundredths = (pixels: number): number => Math.round(pixels * 100) / 100
const isThere = (record: FrameRecord, row: number): boolean => visibilityOf(record, row) !== 'erased'

/** Rows to work on in a frame: the selected ones, or, with none selected there, those that are missing in it. */
function rowsToFill(record: FrameRecord, selection: FrameSelection, known: (row: number) => boolean): number[] {
  const chosen = selection.get(record.number) ?? []
  if (chosen.length > 0) return chosen.filter(known)
  return Array.from({ length: 2 * keypointsPerHand }, (_, row) => row).filter((row) => !isThere(record, row) && known(row))
}

/** The selected rows (or those that are missing) of the frames, where the frame before has them: placed where they are there. */
export function copiedFromPrevious(sequence: SequenceDetail, frames: readonly number[], selection: FrameSelection): PointChange[] {
  const wanted = new Set(frames)
  // Frame after frame: the second of two takes over what the first was given.
  const placed = new Map<number, readonly [number, number, number]>()
  return sequence.frameRecords.flatMap((record, at) => {
    const previous = sequence.frameRecords[at - 1]
    if (!wanted.has(record.number)) {
      placed.clear()
      return []
    }
    if (previous === undefined) return []
    const from = (row: number) => placed.get(row) ?? (isThere(previous, row) ? previous.points[row] : undefined)
    const changes = rowsToFill(record, selection, (row) => from(row) !== undefined).map((index): PointChange => {
      const [x, y, z] = from(index) ?? [0, 0, 0]
      return { folder: sequence.folder, frame: record.number, index, to: { x, y, z, visibility: visibilityOf(previous, index) === 'hidden' ? 'hidden' : 'visible' } }
    })
    placed.clear()
    for (const { index, to } of changes) if ('x' in to) placed.set(index, [to.x, to.y, to.z ?? 0])
    return changes
  })
}

/**
 * The selected rows (or those that are missing) of the frames, on the straight line between the nearest frames before and after that
 * have them and are not to be filled themselves. By frame number, so that a gap in the numbers counts as time.
 */
export function interpolated(sequence: SequenceDetail, frames: readonly number[], selection: FrameSelection): PointChange[] {
  const { frameRecords, folder } = sequence
  const wanted = new Set(frames)
  const filled = (record: FrameRecord, row: number): boolean => wanted.has(record.number) && ((selection.get(record.number)?.length ?? 0) === 0 ? !isThere(record, row) : selection.get(record.number)?.includes(row) === true)
  const anchors = (at: number, row: number): [FrameRecord, FrameRecord] | null => {
    const usable = (record: FrameRecord): boolean => isThere(record, row) && !filled(record, row)
    const before = frameRecords.slice(0, at).findLast(usable)
    const after = frameRecords.slice(at + 1).find(usable)
    return before === undefined || after === undefined ? null : [before, after]
  }
  return frameRecords.flatMap((record, at) => {
    if (!wanted.has(record.number)) return []
    return rowsToFill(record, selection, (row) => anchors(at, row) !== null).flatMap((index): PointChange[] => {
      const [before, after] = anchors(at, index) ?? []
      const [from, to] = [before?.points[index], after?.points[index]]
      if (before === undefined || after === undefined || from === undefined || to === undefined) return []
      const share = (record.number - before.number) / (after.number - before.number)
      const between = (axis: 0 | 1 | 2): number => toHundredths(from[axis] + (to[axis] - from[axis]) * share)
      return [{ folder, frame: record.number, index, to: { x: between(0), y: between(1), z: from[2] + (to[2] - from[2]) * share, visibility: 'visible' } }]
    })
  })
}

/** The two hands of the frames changed for each other, with z, occlusion and what is erased. A frame with one hand has it as the other one. */
export function swappedHands(sequence: SequenceDetail, frames: readonly number[]): PointChange[] {
  const wanted = new Set(frames)
  return sequence.frameRecords.flatMap((record) => {
    if (!wanted.has(record.number) || record.points.length === 0 || record.points.length > 2 * keypointsPerHand) return []
    const take = (index: number, from: number): PointChange[] => {
      const point = record.points[from]
      if (point === undefined) return isThere(record, index) ? [{ folder: sequence.folder, frame: record.number, index, to: { erased: true } }] : []
      // A row that is nowhere and that the frame does not have on the other side needs no place there.
      if (!isThere(record, from) && !isThere(record, index)) return []
      const [x, y, z] = point
      return [{ folder: sequence.folder, frame: record.number, index, to: { x, y, z, visibility: visibilityOf(record, from) } }]
    }
    return Array.from({ length: keypointsPerHand }, (_, row) => row).flatMap((row) => [...take(row, row + keypointsPerHand), ...take(row + keypointsPerHand, row)])
  })
}

import type { PointChange, Visibility } from '../../src-main/contract/annotation.ts'
import type { FrameRecord, Point, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { keypointsPerHand } from '../../src-main/contract/hand.ts'

/** A sequence as it will be once the changes are saved, in the order they were made. The core decides; this is what is shown until it has. */
export function withChanges(sequence: SequenceDetail, changes: readonly PointChange[]): SequenceDetail {
  const own = changes.filter(({ folder }) => folder === sequence.folder)
  if (own.length === 0) return sequence
  const byFrame = Map.groupBy(own, ({ frame }) => frame)
  return { ...sequence, frameRecords: sequence.frameRecords.map((record) => changedFrame(record, byFrame.get(record.number) ?? [])) }
}

const missing: Point = [0, 0, 0]

function changedFrame(record: FrameRecord, changes: readonly PointChange[]): FrameRecord {
  if (changes.length === 0) return record
  const points = [...record.points]
  const [erased, hidden, moved, conflicts] = [new Set(record.erased), new Set(record.hidden), new Set(record.moved), new Set(record.conflicts)]
  for (const { index, to } of changes) {
    // The rest of an added hand is missing until it is placed.
    if ('x' in to) for (let row = points.length; row <= index || row % keypointsPerHand !== 0; row++) erased.add(points.push(missing) - 1)
    const point = points[index]
    if (point === undefined) continue
    const original = record.original?.[index]
    if ('erased' in to) {
      erased.add(index)
      hidden.delete(index)
    } else if ('original' in to) {
      points[index] = original ?? missing
      for (const rows of [moved, hidden, conflicts]) rows.delete(index)
      if (original === undefined) erased.add(index)
      else erased.delete(index)
    } else if ('hidden' in to) {
      erased.delete(index)
      if (to.hidden) hidden.add(index)
      else hidden.delete(index)
    } else {
      const visibility = to.visibility ?? (hidden.has(index) ? 'hidden' : 'visible')
      points[index] = [to.x, to.y, to.z ?? point[2]]
      moved.add(index)
      if (visibility === 'erased') erased.add(index)
      else erased.delete(index)
      if (visibility === 'hidden') hidden.add(index)
      else hidden.delete(index)
    }
  }
  const rows = wholeHands(Math.max(record.original?.length ?? 0, ...[...moved].map((row) => row + 1)), record.original?.length ?? 0)
  const within = (some: ReadonlySet<number>): number[] => ascending(some).filter((row) => row < rows)
  return { ...record, points: points.slice(0, rows), erased: within(erased), hidden: within(hidden), moved: within(moved), conflicts: within(conflicts) }
}

/** Rows that are added come as whole hands. */
const wholeHands = (rows: number, ofFile: number): number => (rows <= ofFile ? rows : Math.ceil(rows / keypointsPerHand) * keypointsPerHand)

const ascending = (rows: ReadonlySet<number>): number[] => [...rows].sort((a, b) => a - b)

/** The rows that differ between two states of a sequence, by frame, in the frames' order. */
export function changedRows(before: SequenceDetail, after: SequenceDetail): Map<number, number[]> {
  const records = new Map(before.frameRecords.map((record) => [record.number, record]))
  return new Map(
    after.frameRecords.flatMap((record) => {
      const old = records.get(record.number)
      if (old === undefined) return []
      const rows = Array.from({ length: Math.max(old.points.length, record.points.length) }, (_, row) => row).filter((row) => !sameRow(old, record, row))
      return rows.length === 0 ? [] : [[record.number, rows] as const]
    }),
  )
}

function sameRow(before: FrameRecord, after: FrameRecord, row: number): boolean {
  const [was, is] = [visibilityOf(before, row), visibilityOf(after, row)]
  const [from, to] = [before.points[row], after.points[row]]
  return was === is && (from === undefined || to === undefined ? from === to : Object.is(from[0], to[0]) && Object.is(from[1], to[1]))
}

/** Whether a row of a frame is seen, occluded or erased; one that is not there at all is erased. */
export function visibilityOf({ points, erased, hidden }: Pick<FrameRecord, 'points' | 'erased' | 'hidden'>, row: number): Visibility {
  if (row >= points.length || erased.includes(row)) return 'erased'
  return hidden.includes(row) ? 'hidden' : 'visible'
}

/** The changes with what they change as it is shown now, so that the core can refuse them where somebody else was quicker. */
export function withSeen(sequence: SequenceDetail, changes: readonly PointChange[]): PointChange[] {
  const records = new Map(sequence.frameRecords.map((record) => [record.number, record]))
  return changes.map((change) => {
    const record = records.get(change.frame)
    if (record === undefined || change.folder !== sequence.folder) return change
    const [x, y] = record.points[change.index] ?? missing
    return { ...change, was: { x, y, visibility: visibilityOf(record, change.index) } }
  })
}

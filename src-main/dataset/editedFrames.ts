import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError } from '../contract/errors.ts'
import type { FrameRecord } from '../contract/dataset.ts'
import type { EditOverlay, SourceFrame } from '../contract/rooms.ts'
import type { SequenceRow } from './store.ts'

/** What a sequence has left after the edits. */
export type LeftKeypoints = Pick<SequenceRow, 'keypoints' | 'emptyFrames' | 'coverFrame'>

export interface EditedCounts {
  /** @param version of the sequence's files and edits */
  of(row: SequenceRow, version: string): LeftKeypoints
  /** Counts many, letting other work in between, so that `of` knows them at once. Rejects with `interrupted` when the project is closed meanwhile. */
  prepare(edited: readonly { row: SequenceRow; version: string }[]): Promise<void>
  forget(folder: string): void
}

/** Frames with all edits applied; without an overlay as the files have them. Rows that are not finite count as erased. */
export function applyOverlay(folder: string, frames: readonly SourceFrame[], overlay: EditOverlay | null): FrameRecord[] {
  const records = overlay
    ? overlay.overlay(folder, frames)
    : frames.map(({ number, file, width, height, original, unreadable }) => ({ number, file, width, height, original, points: original ?? [], erased: [], hidden: [], moved: [], conflicts: [], unreadable }))
  return records.map((record) => {
    const missing = record.points.flatMap(([x, y], index) => (Number.isFinite(x) && Number.isFinite(y) ? [] : [index]))
    const original = record.original?.some(([x]) => Number.isNaN(x)) ? record.original.map((row) => (Number.isNaN(row[0]) ? nowhere : row)) : record.original
    if (missing.length === 0) return original === record.original ? record : { ...record, original }
    const points = record.points.map((row, index) => (missing.includes(index) ? nowhere : row))
    return { ...record, original, points, erased: [...new Set([...record.erased, ...missing])].sort((a, b) => a - b) }
  })
}

const nowhere = [0, 0, 0] as const

/** Other work waits for a slice of counting at most about this long (milliseconds). */
const sliceMilliseconds = 8

/** Counts of edited sequences, kept until their files or edits change. */
export function createEditedCounts({ framesOf, overlay, isOpen }: { framesOf: (folder: string) => SourceFrame[]; overlay: () => EditOverlay | null; isOpen: () => boolean }): EditedCounts {
  const known = new Map<string, LeftKeypoints & { version: string }>()

  function of(row: SequenceRow, version: string): LeftKeypoints {
    const before = known.get(row.folder)
    if (before?.version === version) return before
    const counts = applyOverlay(row.folder, framesOf(row.folder), overlay()).map(({ number, points, erased, unreadable }) => ({ number, left: points.length - erased.length, unreadable }))
    const shown = counts.filter(({ left, unreadable }) => left > 0 && unreadable === null)
    const left = {
      version,
      keypoints: counts.reduce((most, { left }) => Math.max(most, left), 0),
      emptyFrames: counts.filter(({ left }) => left === 0).length,
      coverFrame: shown[Math.floor(shown.length / 2)]?.number ?? row.coverFrame,
    }
    known.set(row.folder, left)
    return left
  }

  return {
    of,
    forget: (folder) => void known.delete(folder),
    async prepare(edited) {
      let breathed = performance.now()
      for (const { row, version } of edited) {
        if (performance.now() - breathed > sliceMilliseconds) {
          await breathe()
          if (!isOpen()) throw new HandloomError('interrupted', 'The project was closed.')
          breathed = performance.now()
        }
        of(row, version)
      }
    },
  }
}

import type { PointChange } from '../../contract/annotation.ts'
import type { FrameRecord } from '../../contract/dataset.ts'
import { frameChanges, type SaidRow } from './frameChanges.ts'

/** What a file would change, and what in it could not be used. */
export interface ReadKeypoints {
  changes: PointChange[]
  folders: string[]
  /** Frames that would change. */
  frames: number
  problems: { place: string; message: string }[]
}

export interface Reading {
  /** What an entry of the file says of a frame, row by row; rows that are not in `said` stay as they are. */
  take(folder: string, frame: FrameRecord, said: ReadonlyMap<number, SaidRow>, place: string): void
  problem(place: string, message: string): void
  done(): ReadKeypoints
}

/** A file may be wrong in every line; more than these are only counted. */
const mostProblems = 1000

export function createReading(): Reading {
  const read: ReadKeypoints = { changes: [], folders: [], frames: 0, problems: [] }
  const folders = new Set<string>()
  let unlisted = 0
  const problem = (place: string, message: string): void => {
    if (read.problems.length < mostProblems) read.problems.push({ place, message })
    else unlisted++
  }
  return {
    take(folder, frame, said, place) {
      const { changes, tooMany } = frameChanges(folder, frame, said)
      if (tooMany.length > 0) problem(place, `Frame ${frame.number} of ${folder} has ${frame.points.length} keypoints, and rows beyond two hands cannot be added: ${tooMany.join(', ')}. The others were used.`)
      if (changes.length === 0) return
      for (const change of changes) read.changes.push(change)
      read.frames++
      folders.add(folder)
    },
    problem,
    done() {
      if (unlisted > 0) read.problems.push({ place: '', message: `${unlisted} more entries could not be used.` })
      return { ...read, folders: [...folders] }
    },
  }
}

import type { EditConflict } from '../contract/annotation.ts'
import type { SourceFrame } from '../contract/rooms.ts'
import type { JournalChange } from './journal.ts'
import { encodeState, isConflict, mostRows, type PointState, type SequenceStates } from './pointState.ts'

/** What of a sequence's edits was made over a file that is another one now; null when nothing was. */
export function conflictOf(folder: string, frames: readonly SourceFrame[], states: SequenceStates): EditConflict | null {
  const originals = new Map(frames.map(({ number, original }) => [number, original ?? []]))
  const found: EditConflict = { folder, points: [], missingFrames: [] }
  for (const [frame, rows] of states) {
    const original = originals.get(frame)
    if (!original) {
      if ([...rows.values()].some(({ base }) => base !== null)) found.missingFrames.push(frame)
      continue
    }
    for (const [index, state] of rows) if (isConflict(state, original[index])) found.points.push({ frame, index })
  }
  return found.points.length + found.missingFrames.length === 0 ? null : found
}

/**
 * The changes that settle a conflict. `edits`: they stay, from now on over the file as it is (those that the file has by itself now are
 * no edits any more; rows of frames that are gone are kept without a base, for the day the frame is back). `file`: those rows are as in the file.
 */
export function settledConflict({ folder, points, missingFrames }: EditConflict, frames: readonly SourceFrame[], states: SequenceStates, keep: 'edits' | 'file'): JournalChange[] {
  const originals = new Map(frames.map(({ number, original }) => [number, original ?? []]))
  const change = (frame: number, index: number, after: (state: PointState) => PointState | null): JournalChange[] => {
    const state = states.get(frame)?.get(index)
    if (!state) return []
    const next = keep === 'file' ? null : after(state)
    return [{ folder, frame, point: index, before: encodeState(state), after: next && encodeState(next) }]
  }
  return [
    ...points.flatMap(({ frame, index }) => change(frame, index, (state) => rebased(state, originals.get(frame)?.[index], index))),
    ...missingFrames.flatMap((frame) => [...(states.get(frame)?.keys() ?? [])].flatMap((index) => change(frame, index, (state) => ({ ...state, base: null })))),
  ]
}

function rebased(state: PointState, original: readonly [number, number, number] | undefined, index: number): PointState | null {
  // A row that the file no longer has is one that was added, if it has a place to be at.
  if (!original) return state.place && index < mostRows ? { ...state, base: 'none' } : null
  const { place, visibility } = state
  const same = place !== null && place.x === original[0] && place.y === original[1] && (place.z === null || Object.is(place.z, original[2]))
  const next: PointState = { visibility, place: same ? null : place, base: original }
  return next.place === null && visibility === 'visible' ? null : next
}

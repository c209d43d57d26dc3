import type { PointChange, Visibility } from '../contract/annotation.ts'
import type { FrameRecord, Point } from '../contract/dataset.ts'
import { keypointsPerHand } from '../contract/hand.ts'
import type { SourceFrame } from '../contract/rooms.ts'

/** How a keypoint row differs from the file: erased (at the place it had last), occluded, or at another place. No state at all = as in the file. */
export interface PointState {
  visibility: Visibility
  /** Pixels of the frame; null = where the file has it. `z` null = as in the file. */
  place: { x: number; y: number; z: number | null } | null
  /** The file's row when it was edited, to see when the file has another one; `none` = it had no such row, null = not known. */
  base: Point | 'none' | null
}

/** States of one sequence: frame number → row → state. */
export type SequenceStates = ReadonlyMap<number, ReadonlyMap<number, PointState>>

/** A row that the file does not have can be added up to two whole hands. */
export const mostRows = 2 * keypointsPerHand

/** As stored: `erased`, `hidden`, `erased 12.5 33`, `12.5 33 0.1`, each with `| 12 33 0` or `| none` for the base. Numbers come back exactly. */
export function encodeState({ visibility, place, base }: PointState): string {
  const words = [...(visibility === 'visible' ? [] : [visibility]), ...(place ? [place.x, place.y, ...(place.z === null ? [] : [place.z])] : [])]
  return [...words, ...(base === null ? [] : ['|', ...(base === 'none' ? ['none'] : base)])].join(' ')
}

export function decodeState(text: string): PointState {
  const [own = '', based] = text.split('|')
  const words = own.trim().split(' ')
  const visibility = words[0] === 'erased' || words[0] === 'hidden' ? words[0] : 'visible'
  const [x, y, z] = visibility === 'visible' ? words : words.slice(1)
  const base = based?.trim()
  return {
    visibility,
    place: x === undefined || x === '' || y === undefined ? null : { x: Number(x), y: Number(y), z: z === undefined ? null : Number(z) },
    base: base === undefined ? null : base === 'none' ? 'none' : (base.split(' ').map(Number) as unknown as Point),
  }
}

/**
 * The state a change leads to; null = as in the file. Erasing and hiding keep a moved point's place, moving an erased point brings it
 * back, and a move to where the file has the point is no move.
 * @param original the file's row; undefined when it has none
 */
export function changedState(current: PointState | null, to: PointChange['to'], original: Point | undefined): PointState | null {
  if ('original' in to) return null
  const base = current?.base ?? original ?? 'none'
  const settled = (state: PointState): PointState | null => (state.visibility === 'visible' && state.place === null ? null : state)
  // A row that is no place in the file counts as erased.
  const before: PointState = current ?? { visibility: original && isPlace(original) ? 'visible' : 'erased', place: null, base }
  if ('erased' in to) return original && !isPlace(original) && !before.place ? null : { visibility: 'erased', place: before.place, base }
  if ('hidden' in to) {
    const somewhere = before.place !== null || (original !== undefined && isPlace(original))
    return somewhere ? settled({ visibility: to.hidden ? 'hidden' : 'visible', place: before.place, base }) : current
  }
  const visibility = to.visibility ?? (before.visibility === 'hidden' ? 'hidden' : 'visible')
  const z = to.z ?? before.place?.z ?? null
  const unmoved = original !== undefined && to.x === original[0] && to.y === original[1] && (z === null || z === original[2])
  return settled({ visibility, place: unmoved ? null : { x: to.x + 0, y: to.y + 0, z: z === null ? null : z + 0 }, base })
}

/** Whether the file has another row now than when the state was made. */
export function isConflict({ base }: PointState, original: Point | undefined): boolean {
  if (base === null) return false
  if (base === 'none' || original === undefined) return (base === 'none') !== (original === undefined)
  return base.some((value, axis) => !Object.is(value, original[axis]))
}

const nowhere: Point = [Number.NaN, Number.NaN, Number.NaN]

/**
 * The frames with the states laid over. A row that is no place in the file (NaN) counts as erased until it is moved to one; where rows
 * are added, those of the same hand that are still missing are such rows too.
 */
export function overlayFrames(frames: readonly SourceFrame[], states: SequenceStates): FrameRecord[] {
  return frames.map(({ number, file, width, height, original, unreadable }) => {
    const ofFrame = states.get(number)
    const points = [...(original ?? [])]
    const [erased, hidden, moved, conflicts]: [number[], number[], number[], number[]] = [[], [], [], []]
    const added = ofFrame ? Math.max(0, ...[...ofFrame].flatMap(([row, { place }]) => (place ? [row + 1] : []))) : 0
    if (added > points.length) {
      const hands = Math.ceil(added / keypointsPerHand) * keypointsPerHand
      while (points.length < hands) points.push(nowhere)
    }
    for (const [row, point] of points.entries()) {
      const state = ofFrame?.get(row)
      if (state?.place) {
        moved.push(row)
        points[row] = [state.place.x, state.place.y, state.place.z ?? (Number.isFinite(point[2]) ? point[2] : 0)]
      }
      if (state?.visibility === 'hidden') hidden.push(row)
      if (state ? state.visibility === 'erased' : !isPlace(point)) erased.push(row)
      if (state && isConflict(state, original?.[row])) conflicts.push(row)
    }
    return { number, file, width, height, original, points, erased, hidden, moved, conflicts, unreadable }
  })
}

/** Whether the file gave the row a place: one that could not be read is NaN. */
export function isPlace(point: readonly [number, number, ...number[]]): boolean {
  return Number.isFinite(point[0]) && Number.isFinite(point[1])
}

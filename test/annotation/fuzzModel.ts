import { isDeepStrictEqual } from 'node:util'
import type { PointChange, RegionRule, Visibility } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import type { ErrorKind } from '../../src-main/contract/errors.ts'

/** What was said of one keypoint row, and the file's row when it was said first (`none`: it had no such row; null: settled without one). */
export interface ModelState {
  visibility: Visibility
  place: { x: number; y: number; z: number | null } | null
  base: Point | 'none' | null
}

/** The simplest model of all edits: the rows that differ from the files, by `folder frame row`. */
export type Model = ReadonlyMap<string, ModelState>

/** The files as they are now: rows by folder and frame. */
export type Files = ReadonlyMap<string, readonly (readonly Point[] | null)[]>

export interface ShownRow {
  /** null: nowhere. */
  point: Point | null
  visibility: Visibility
  moved: boolean
  conflict: boolean
}

const isPlace = (row: Point | undefined): row is Point => row !== undefined && Number.isFinite(row[0]) && Number.isFinite(row[1])

const handRows = 21

/** A row as a person sees it: where it was put, else where the file has it. */
export function shownRow(state: ModelState | undefined, file: Point | undefined): ShownRow {
  const place = state?.place
  const point: Point | null = place ? [place.x, place.y, place.z ?? (file && Number.isFinite(file[2]) ? file[2] : 0)] : isPlace(file) ? file : null
  return { point, visibility: state?.visibility ?? (point ? 'visible' : 'erased'), moved: Boolean(place), conflict: state !== undefined && otherFile(state, file) }
}

/** Every row of every frame. Where a row was added, the whole hand it belongs to is there. */
export function shownRows(model: Model, files: Files): [string, ShownRow][] {
  const placed = new Map<string, number>()
  for (const [key, { place }] of model) {
    const [frame, row] = [key.slice(0, key.lastIndexOf(' ')), Number(key.split(' ')[2])]
    if (place) placed.set(frame, Math.max(placed.get(frame) ?? 0, row + 1))
  }
  return [...files].flatMap(([folder, frames]) =>
    frames.flatMap((file, frame) => {
      const [rows, last] = [file?.length ?? 0, placed.get(`${folder} ${frame}`) ?? 0]
      const count = last > rows ? handRows * Math.ceil(last / handRows) : rows
      return Array.from({ length: count }, (_, row): [string, ShownRow] => [`${folder} ${frame} ${row}`, shownRow(model.get(`${folder} ${frame} ${row}`), file?.[row])])
    }),
  )
}

const otherFile = ({ base }: ModelState, file: Point | undefined): boolean => base !== null && !isDeepStrictEqual(base, file ?? 'none')

/** One edit; or the kind of error with which it is refused as a whole. */
export function edited(model: Model, files: Files, changes: readonly PointChange[]): Model | ErrorKind {
  const next = new Map(model)
  const seen = new Set<string>()
  for (const { folder, frame, index, to, was } of [...Map.groupBy(changes, (change) => change.folder).values()].flat()) {
    const rows = files.get(folder)?.[frame]
    if (rows === undefined) return 'not-found'
    const [key, file] = [`${folder} ${frame} ${index}`, rows?.[index]]
    const before = model.get(key)
    if (!file && !(seen.has(key) ? next.get(key) : before)?.place && !('x' in to && index < 2 * handRows)) return 'bad-request'
    const shown = shownRow(before, file)
    const asSeen = !was || (was.visibility === shown.visibility && (was.visibility === 'erased' || (was.x === shown.point?.[0] && was.y === shown.point[1])))
    if (!seen.has(key) && !asSeen) return 'conflict'
    seen.add(key)
    const after = changedRow(next.get(key), to, file)
    if (after) next.set(key, after)
    else next.delete(key)
  }
  return unlessSame(model, next)
}

/** undefined: as in the file. */
function changedRow(state: ModelState | undefined, to: PointChange['to'], file: Point | undefined): ModelState | undefined {
  if ('original' in to) return undefined
  const shown = shownRow(state, file)
  const made = (visibility: Visibility, place: ModelState['place']): ModelState | undefined => (visibility === 'visible' && !place ? undefined : { visibility, place, base: state?.base ?? file ?? 'none' })
  const place = state?.place ?? null
  if ('erased' in to) return shown.point || !file ? made('erased', place) : undefined
  if ('hidden' in to) return shown.point ? made(to.hidden ? 'hidden' : 'visible', place) : state
  const z = to.z ?? place?.z ?? null
  const back = file?.[0] === to.x && file[1] === to.y && (z === null || z === file[2])
  return made(to.visibility ?? (shown.visibility === 'hidden' ? 'hidden' : 'visible'), back ? null : { x: to.x, y: to.y, z })
}

const unlessSame = (model: Model, next: Model): Model | ErrorKind => (isDeepStrictEqual(new Map(model), next) ? 'conflict' : next)

/** A rule erases what it meets of what is to be seen. */
export function ruled(model: Model, files: Files, { terms }: Pick<RegionRule, 'terms'>): Model | ErrorKind {
  const changes = shownRows(model, files).flatMap(([key, { point, visibility }]): PointChange[] => {
    const met = point && visibility !== 'erased' && terms.some((term) => term.every(({ axis, relation, value }) => (relation === '<' ? point[axis === 'x' ? 0 : 1] < value : point[axis === 'x' ? 0 : 1] > value)))
    const [folder = '', frame, index] = key.split(' ')
    return met ? [{ folder, frame: Number(frame), index: Number(index), to: { erased: true } }] : []
  })
  return changes.length === 0 ? 'conflict' : edited(model, files, changes)
}

/** Takes an edit back by itself: those of its rows that are still as it left them. */
export function reverted(model: Model, before: Model, after: Model): Model | ErrorKind {
  const next = new Map(model)
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [from, to] = [after.get(key), before.get(key)]
    if (isDeepStrictEqual(from, to) || !isDeepStrictEqual(model.get(key), from)) continue
    if (to) next.set(key, to)
    else next.delete(key)
  }
  return unlessSame(model, next)
}

/** Settles what was said over a file that is another one now. */
export function settled(model: Model, files: Files, folder: string, keep: 'edits' | 'file'): Model | ErrorKind {
  const next = new Map(model)
  const own = [...model].filter(([key]) => key.startsWith(`${folder} `)).map(([key, state]) => ({ key, state, frame: Number(key.split(' ')[1]), row: Number(key.split(' ')[2]) }))
  const gone = new Set(own.filter(({ frame, state }) => files.get(folder)?.[frame] === undefined && state.base !== null).map(({ frame }) => frame))
  for (const { key, state, frame, row } of own) {
    const file = files.get(folder)?.[frame]?.[row]
    if (!gone.has(frame) && (files.get(folder)?.[frame] === undefined || !otherFile(state, file))) continue
    const after = keep === 'file' ? undefined : gone.has(frame) ? { ...state, base: null } : rebased(state, file, row)
    if (after) next.set(key, after)
    else next.delete(key)
  }
  return unlessSame(model, next)
}

function rebased({ visibility, place }: ModelState, file: Point | undefined, row: number): ModelState | undefined {
  if (!file) return place && row < 2 * handRows ? { visibility, place, base: 'none' } : undefined
  const there = place?.x === file[0] && place.y === file[1] && (place.z === null || place.z === file[2]) ? null : place
  return visibility === 'visible' && !there ? undefined : { visibility, place: there, base: file }
}

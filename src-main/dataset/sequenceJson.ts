import { decodeText, jsonExtent, parseJson } from './jsonText.ts'
import { mostRows, quote, type ProblemCollector } from './records.ts'

/** Largest sequence JSON that is read (bytes). A contest's largest is about 100 kB. */
export const largestJson = 64 * 1024 * 1024
const deepest = 64
const mostContainers = 2_000_000
/** Files up to this size cannot hold enough to hurt, so they are parsed at once. */
const harmlessBytes = 64 * 1024

export interface JsonEntry {
  /** Index in `annotations`, or its key. */
  place: string
  points: Float64Array
}

export interface SequenceJson {
  poseId: number | null
  actionName: string | null
  actor: string | null
  imageInfo: string | null
  extra: string | null
  /** By frame number; null when there was no list to read. */
  entries: Map<number, JsonEntry> | null
}

type Properties = Record<string, unknown>

/** What a JSON that cannot be read says. */
export const nothing: SequenceJson = { poseId: null, actionName: null, actor: null, imageInfo: null, extra: null, entries: null }

/**
 * Reads a sequence's JSON liberally: what can be used is used, what cannot is reported with its place, unknown keys are kept.
 * A keypoint row whose x or y is not a finite number stays in its place as NaN, NaN, NaN (readers treat it as erased);
 * a z that is not finite becomes 0, since only x and y are drawn and cut by.
 * @param file the JSON's path relative to the data folder, for the problems
 * @param needsPose train sequences must name their class
 */
export function parseSequenceJson(bytes: Uint8Array, file: string, needsPose: boolean, problems: ProblemCollector): SequenceJson {
  if (bytes.length > harmlessBytes) {
    const extent = jsonExtent(bytes, { depth: deepest, containers: mostContainers })
    if (extent.depth > deepest || extent.containers > mostContainers) {
      const what = extent.depth > deepest ? `nests deeper than ${deepest} levels` : `holds more than ${mostContainers.toLocaleString('en')} lists and objects`
      problems.add({ file, place: '', kind: 'too-large', severity: 'error', message: `The file ${what}, so it was not read. The frames are shown without keypoints.` })
      return nothing
    }
  }
  const { text } = decodeText(bytes)
  const { value, fault, nonFinite } = parseJson(text)
  if (fault) {
    problems.add({
      file,
      place: `line ${fault.line}, column ${fault.column}`,
      kind: 'broken-json',
      severity: 'error',
      message: bytes.length === 0 ? 'The file is empty (0 bytes). The frames are shown without keypoints.' : `The file is not JSON: ${fault.message}. The frames are shown without keypoints.`,
    })
    return nothing
  }
  if (nonFinite)
    problems.add({
      file,
      place: `line ${nonFinite.line}, column ${nonFinite.column}`,
      kind: 'not-finite',
      severity: 'warning',
      message: `The file holds NaN or Infinity ${nonFinite.count} times (first here), which JSON does not know. They were read as missing values.`,
    })
  if (!isObject(value)) {
    problems.add({ file, place: '', kind: 'wrong-shape', severity: 'error', message: `The file holds ${quote(value)} where an object with "annotations" should be. The frames are shown without keypoints.` })
    if (needsPose) problems.add(missingPose(file, undefined))
    return nothing
  }
  const extra: { sequence?: Properties; annotations?: Properties } = {}
  const others = otherKeys(value, ['actor', 'action', 'image', 'annotations'], file, '', problems)
  if (others) extra.sequence = others
  const { poseId, actionName } = readAction(value['action'], file, needsPose, problems)
  const { entries, extras } = readAnnotations(value['annotations'], file, problems)
  if (extras) extra.annotations = extras
  const actorValue = own(value, 'actor')
  if (isObject(actorValue) || Array.isArray(actorValue)) {
    const kept = keep({ actor: actorValue }, file, 'actor', problems)
    if (kept) extra.sequence = Object.fromEntries([...Object.entries(extra.sequence ?? {}), ...Object.entries(kept)])
  }
  const image = own(value, 'image')
  const imageKept = image === undefined ? null : keep({ image }, file, 'image', problems)
  return {
    poseId,
    actionName,
    actor: actorLabel(actorValue),
    imageInfo: imageKept ? JSON.stringify(imageKept['image']) : null,
    extra: Object.keys(extra).length > 0 ? JSON.stringify(extra) : null,
    entries,
  }
}

/** `[12, "name"]`, or more loosely 12, "12", or an object with those. */
function readAction(action: unknown, file: string, needed: boolean, problems: ProblemCollector): { poseId: number | null; actionName: string | null } {
  const [idValue, nameValue]: unknown[] = Array.isArray(action)
    ? action
    : isObject(action)
      ? [own(action, 'pose_id') ?? own(action, 'id'), own(action, 'pose_name') ?? own(action, 'name')]
      : [action]
  const poseId = wholeNumber(idValue)
  if (poseId === null && (needed || (action !== undefined && action !== null))) problems.add(missingPose(file, action === undefined ? undefined : idValue, needed))
  return { poseId, actionName: typeof nameValue === 'string' && nameValue.trim() !== '' ? nameValue.trim().slice(0, 300) : null }
}

function missingPose(file: string, found: unknown, needed = true) {
  const what = found === undefined ? 'has no "action"' : `has ${quote(found)} where the pose id should be`
  const follows = needed ? 'The sequence has no class, so it is left out of folds and training' : 'It was ignored'
  return { file, place: 'action', kind: 'missing-pose', severity: needed ? 'error' : 'warning', message: `The file ${what}. ${follows}.` } as const
}

function readAnnotations(annotations: unknown, file: string, problems: ProblemCollector): { entries: Map<number, JsonEntry> | null; extras: Properties | null } {
  const entries = new Map<number, JsonEntry>()
  const extras: [string, unknown][] = []
  const wrong = (place: string, message: string): void => problems.add({ file, place, kind: 'wrong-shape', severity: 'error', message })
  if (!Array.isArray(annotations) && !isObject(annotations)) {
    wrong('annotations', annotations === undefined ? 'There is no "annotations". The frames are shown without keypoints.' : `There is ${quote(annotations)} where a list of annotations should be. The frames are shown without keypoints.`)
    return { entries: null, extras: null }
  }
  const list: [string, unknown, unknown][] = Array.isArray(annotations)
    ? annotations.map((entry: unknown, index) => [`annotations[${index}]`, entry, undefined])
    : Object.entries(annotations).map(([key, entry]) => [`annotations[${JSON.stringify(key.slice(0, 40))}]`, entry, key])
  for (const [place, entry, key] of list) {
    const body = isObject(entry) ? entry : key !== undefined && Array.isArray(entry) ? { data: entry } : null
    if (!body) {
      wrong(place, `There is ${quote(entry)} where {"image_id", "data"} should be. It was skipped.`)
      continue
    }
    const id = own(body, 'image_id') ?? key
    const frame = frameNumber(id)
    if (frame === null) {
      wrong(`${place}.image_id`, `${id === undefined ? 'There is no "image_id"' : `"image_id" is ${quote(id)}, which is no frame number`}. The entry was skipped.`)
      continue
    }
    const known = entries.get(frame)
    if (known) {
      wrong(`${place}.image_id`, `Frame ${frame} was already given by ${known.place}; this second entry was skipped.`)
      continue
    }
    entries.set(frame, { place, points: readRows(own(body, 'data'), own(body, 'erased'), file, `${place}.data`, problems) })
    const others = otherKeys(body, ['image_id', 'data'], file, place, problems)
    if (others) extras.push([place.slice('annotations['.length, -1), others])
  }
  return { entries, extras: extras.length > 0 ? Object.fromEntries(extras) : null }
}

function readRows(data: unknown, erased: unknown, file: string, place: string, problems: ProblemCollector): Float64Array {
  if (data === null || data === undefined) {
    problems.add({ file, place, kind: 'wrong-shape', severity: 'warning', message: `There is ${quote(data)} where a list of keypoints should be. It was read as an empty list.` })
    return new Float64Array(0)
  }
  if (!Array.isArray(data)) {
    problems.add({ file, place, kind: 'wrong-shape', severity: 'error', message: `There is ${quote(data)} where a list of keypoints should be. The frame has no keypoints.` })
    return new Float64Array(0)
  }
  const gone = erasedRows(erased, data.length)
  const total = data.length + gone.size
  if (total !== 0 && total !== 21 && total !== 42) {
    const follows = total > mostRows ? `Only the first ${mostRows} are kept` : 'They are kept as they are'
    problems.add({ file, place, kind: 'wrong-length', severity: 'warning', message: `There are ${total} keypoints where 0, 21 (one hand) or 42 (two hands) should be. ${follows}.` })
  }
  const rows = Math.min(data.length, mostRows)
  const points = new Float64Array(rows * 3)
  const notFinite: number[] = []
  const misshapen: number[] = []
  const flat: number[] = []
  for (let index = 0; index < rows; index++) {
    const row: unknown = data[index]
    const length = Array.isArray(row) ? row.length : 0
    if (!Array.isArray(row) || length < 2) {
      misshapen.push(index)
      points.fill(Number.NaN, index * 3, index * 3 + 3)
      continue
    }
    const [x, y, z]: unknown[] = row
    if (length > 3 || !isNumeric(x) || !isNumeric(y) || !isNumeric(z ?? 0)) misshapen.push(index)
    else if (!isFiniteNumber(x) || !isFiniteNumber(y)) notFinite.push(index)
    else if (z !== undefined && !isFiniteNumber(z)) flat.push(index)
    if (isFiniteNumber(x) && isFiniteNumber(y)) {
      points[index * 3] = x
      points[index * 3 + 1] = y
      points[index * 3 + 2] = isFiniteNumber(z) ? z : 0
    } else points.fill(Number.NaN, index * 3, index * 3 + 3)
  }
  const report = (kind: 'not-finite' | 'wrong-shape', found: number[], message: string): void => {
    if (found.length > 0) problems.add({ file, place: `${place}[${found[0]}]`, kind, severity: 'warning', message: message.replace('ROWS', rowList(found)) })
  }
  report('wrong-shape', misshapen, 'Not a list of 2 or 3 numbers: ROWS. Where x or y cannot be read, the keypoint is shown as erased.')
  report('not-finite', notFinite, 'x or y is not a finite number: ROWS. Such a keypoint is shown as erased.')
  report('not-finite', flat, 'z is not a finite number: ROWS. It was read as 0; x and y are used.')
  return gone.size === 0 ? points : withGaps(points, gone)
}

/** Row numbers that a cleaned copy says are gone; none when it is no such list. */
function erasedRows(list: unknown, rows: number): Set<number> {
  const gone = new Set<number>(Array.isArray(list) ? list : [])
  const total = rows + gone.size
  const valid = Array.isArray(list) && gone.size === list.length && total <= mostRows && [...gone].every((row) => Number.isInteger(row) && row >= 0 && row < total)
  return valid ? gone : new Set()
}

/** The rows at their own numbers, with NaN for those that are gone. */
function withGaps(points: Float64Array, gone: ReadonlySet<number>): Float64Array {
  const all = new Float64Array(points.length + gone.size * 3).fill(Number.NaN)
  let from = 0
  for (let row = 0; row * 3 < all.length; row++) {
    if (gone.has(row)) continue
    all.set(points.subarray(from, from + 3), row * 3)
    from += 3
  }
  return all
}

/** `rows 3, 4 and 12` */
export function rowList(rows: readonly number[]): string {
  const shown = rows.slice(0, 42).map(String)
  if (rows.length === 1) return `row ${shown[0]}`
  const last = rows.length > shown.length ? `${rows.length - shown.length} more` : shown.pop()
  return `rows ${shown.join(', ')} and ${last}`
}

/** NaN and Infinity arrive as null, 1e999 as Infinity: numbers by intent. */
const isNumeric = (value: unknown): boolean => value === null || typeof value === 'number'
const isFiniteNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(object: Properties, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 999_999_999 ? number : null
}

/** 7, "7", "7.png" or "test/649/7.png". */
function frameNumber(id: unknown): number | null {
  if (typeof id !== 'string') return wholeNumber(id)
  return wholeNumber(/(?:^|[/\\])(\d{1,9})(?:\.png)?$/i.exec(id.slice(-300).trim())?.[1])
}

function actorLabel(actor: unknown): string | null {
  if (typeof actor === 'string' || typeof actor === 'number') return String(actor).trim().slice(0, 200) || null
  if (!isObject(actor)) return null
  for (const key of ['id', 'actor_id', 'name', 'actor']) {
    const value = own(actor, key)
    if (typeof value === 'string' || typeof value === 'number') return String(value).trim().slice(0, 200) || null
  }
  const first = Object.values(actor).find((value) => typeof value === 'string' || typeof value === 'number')
  return first === undefined ? null : String(first).trim().slice(0, 200) || null
}

/** The keys that are not ours; `__proto__` is a key like any other. */
function otherKeys(object: Properties, ours: readonly string[], file: string, place: string, problems: ProblemCollector): Properties | null {
  const others = Object.entries(object).filter(([key]) => !ours.includes(key))
  return others.length === 0 ? null : keep(Object.fromEntries(others), file, place, problems)
}

/** The value when it can be written as JSON again, else null and a problem. */
function keep(value: Properties, file: string, place: string, problems: ProblemCollector): Properties | null {
  const stack: [unknown, number][] = [[value, 0]]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [item, depth] = top
    if (typeof item !== 'object' || item === null) continue
    if (depth > deepest) {
      problems.add({ file, place, kind: 'too-large', severity: 'warning', message: `A value beside the keypoints nests deeper than ${deepest} levels and was not kept in the project; the file itself is untouched.` })
      return null
    }
    for (const child of Object.values(item)) stack.push([child, depth + 1])
  }
  return value
}

import type { FrameRecord, Point } from '../../contract/dataset.ts'
import { HandloomError } from '../../contract/errors.ts'
import { isPlace } from '../pointState.ts'
import { contestSpans, frameNumber, rowNumbers, type ContestEntry, type ContestSpans } from './contestEntries.ts'
import { member, valueOf, type JsonSpan } from './jsonSpans.ts'

export type EditedFrame = Pick<FrameRecord, 'number' | 'original' | 'points' | 'erased' | 'hidden' | 'moved'>

/** What a corrected sequence shows. */
export interface WrittenLabel {
  poseId: number
  name: string
}

interface Replacement {
  start: number
  end: number
  text: string
}

/** As the file puts its commas and colons. */
interface Style {
  comma: string
  colon: string
}

/** Rows of a frame beyond these are not read by the data set, and stay as they are. */
const mostRowsRead = 1000

/**
 * A sequence's JSON with the edits written into it. Rows of erased keypoints are taken out of the frame's `data` (a hand that is erased
 * altogether turns 42 rows into 21); moved ones get their new numbers, added ones their row, and a frame that has no entry gets one. The
 * entry of an edited frame says which rows there are: `erased`, the row numbers that are gone; `erased_data`, `[row, x, y, z]` of those
 * that were moved or added before; `hidden`, the row numbers of occluded keypoints. A corrected label is the file's `action`. Everything else
 * stays as it is, byte for byte: unknown keys, number formats, layout; a text without edits comes back unchanged.
 * @param text of the original file
 * @param frames of the sequence with edits laid over, rows without a place as NaN
 * @param label null: the file's own
 * @throws HandloomError `bad-input` when the text is not JSON, `conflict` when it is not the one that the frames were read from
 */
export function cleanedJson(text: string, frames: readonly EditedFrame[], label: WrittenLabel | null = null): string {
  const edited = frames.filter(isEdited)
  if (edited.length === 0 && !label) return text
  const spans = spansOf(text, frames)
  if (!spans) return newContestJson(edited, label)
  const style: Style = /":\s/.test(text) ? spaced : { comma: ',', colon: ':' }
  const replacements: Replacement[] = []
  const added: EditedFrame[] = []
  for (const frame of edited) {
    const entry = spans.entries.get(frame.number)
    if (entry) replacements.push(...editedEntry(text, entry, frame, style))
    else if (!frame.original?.length) added.push(frame)
    else throw changedFile(frame)
  }
  if (added.length > 0) replacements.push(addedEntries(text, spans, added, style))
  if (label) replacements.push(writtenAction(spans.root, label, style, replacements.length > 0))
  let cleaned = text
  for (const { start, end, text: inserted } of replacements.sort((a, b) => b.start - a.start)) cleaned = cleaned.slice(0, start) + inserted + cleaned.slice(end)
  return cleaned
}

/** The text for a sequence that has no JSON which can be read: entries of the edited frames, and nothing else. */
export function newContestJson(frames: readonly EditedFrame[], label: WrittenLabel | null = null): string {
  const entries = frames.filter(isEdited).map((frame) => entryText(frame, String(frame.number), spaced))
  return `{${label ? `"action": ${actionText(label, spaced)}, ` : ''}"annotations": [\n  ${entries.join(',\n  ')}\n]}\n`
}

/** Whether a frame differs from the file. A row that has no place in the file is erased without an edit. */
export function isEdited(frame: EditedFrame): boolean {
  return frame.moved.length + frame.hidden.length > 0 || erasedRows(frame).length > 0
}

/** Rows that were erased, not those that the file never placed. */
export function erasedRows({ erased, moved, original }: EditedFrame): number[] {
  return erased.filter((row) => moved.includes(row) || (original?.[row] !== undefined && isPlace(original[row])))
}

const spaced: Style = { comma: ', ', colon: ': ' }

function changedFile({ number, original }: EditedFrame): HandloomError {
  return new HandloomError('conflict', `The file has changed since it was scanned: frame ${number} does not have ${original?.length ?? 0} keypoints any more. Scan the folder again.`, { place: `frame ${number}` })
}

/** `more`: something else is written into the object too. */
function writtenAction(root: JsonSpan, label: WrittenLabel, style: Style, more: boolean): Replacement {
  const action = actionText(label, style)
  const first = root.kind === 'object' && root.members.length === 0 && !more
  return replacedMember(root, 'action', action)[0] ?? { start: root.start + 1, end: root.start + 1, text: `"action"${style.colon}${action}${first ? '' : style.comma}` }
}

/** In ASCII, so that it is right in a file of whatever encoding. */
const actionText = ({ poseId, name }: WrittenLabel, style: Style): string =>
  `[${poseId}${style.comma}${JSON.stringify(name).replaceAll(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}]`

/** null when no keypoint was ever read from the text, because it is no JSON object. */
function spansOf(text: string, frames: readonly EditedFrame[]): ContestSpans | null {
  const unread = frames.every(({ original }) => original === null)
  try {
    const spans = contestSpans(text)
    if (spans.root.kind === 'object') return spans
    if (!unread) throw changedFile(frames.find(({ original }) => original !== null)!)
  } catch (error) {
    if (!unread) throw error
  }
  return null
}

function editedEntry(text: string, { value, rows }: ContestEntry, frame: EditedFrame, style: Style): Replacement[] {
  const items = rows?.items ?? []
  const numbers = itemNumbers(text, value, items.length, frame)
  const spans = new Map(numbers.map((number, index) => [number, items[index]!]))
  const moved = new Set(frame.moved)
  const erased = new Set(frame.erased)
  const edits = new Set(erasedRows(frame))
  const gone = frame.points.flatMap((_, row) => (edits.has(row) || (erased.has(row) && !spans.has(row)) ? [row] : []))
  const kept = frame.points.flatMap((point, row) => {
    const span = spans.get(row)
    if (gone.includes(row)) return []
    if (!span) return [rowText(point, style)]
    return [moved.has(row) ? movedRow(text, span, point, style) : text.slice(span.start, span.end)]
  })
  const unread = items.filter((_, index) => numbers[index]! >= frame.points.length).map(({ start, end }) => text.slice(start, end))
  const list = listText(text, rows, [...kept, ...unread], style)

  const hiddenInFile = rowNumbers(valueOf(text, member(value, 'hidden'))) ?? []
  const hidden = [...new Set([...hiddenInFile.filter((row) => !erased.has(row)), ...frame.hidden])].sort((a, b) => a - b)
  const extras = Object.entries(rowKeys(frame, gone, hidden, style))
  const replaced = extras.flatMap(([key, written]) => replacedMember(value, key, written))
  const fresh = extras.filter(([key, written]) => written !== '[]' && !member(value, key)).map(([key, written]) => `${style.comma}"${key}"${style.colon}${written}`)
  const data = rows ?? member(value, 'data')
  if (value.kind === 'array') return [{ start: value.start, end: value.end, text: fresh.length === 0 ? list : `{"data"${style.colon}${list}${fresh.join('')}}` }]
  if (data) return [{ start: data.start, end: data.end, text: list + fresh.join('') }, ...replaced]
  return [insertion(text, value, [`"data"${style.colon}${list}${fresh.join('')}`], style), ...replaced]
}

function replacedMember(object: JsonSpan, key: string, written: string): Replacement[] {
  const known = member(object, key)
  return known ? [{ start: known.start, end: known.end, text: written }] : []
}

/**
 * The row number of each item of `data`: its index, or, where the file itself says which rows are gone, its index among those that are not.
 */
function itemNumbers(text: string, entry: JsonSpan, items: number, frame: EditedFrame): number[] {
  const rows = frame.original?.length ?? 0
  const indices = Array.from({ length: items }, (_, index) => index)
  if (Math.min(items, mostRowsRead) === rows) return indices
  const gone = rowNumbers(valueOf(text, member(entry, 'erased')))
  if (!gone || items + gone.length !== rows) throw changedFile(frame)
  return Array.from({ length: rows }, (_, row) => row).filter((row) => !gone.includes(row))
}

/** What the entry says about its rows beside `data`, as JSON. */
function rowKeys({ points, moved }: EditedFrame, gone: readonly number[], hidden: readonly number[], style: Style): Record<string, string> {
  const places = gone.filter((row) => moved.includes(row)).map((row) => numbersText([row, ...points[row]!], style))
  return { erased: numbersText(gone, style), erased_data: `[${places.join(style.comma)}]`, hidden: numbersText(hidden, style) }
}

const numbersText = (numbers: readonly number[], style: Style): string => `[${numbers.map(String).join(style.comma)}]`

const rowText = (point: Point, style: Style): string => numbersText(point, style)

/** The row with the numbers that changed; the others stay as they are written. */
function movedRow(text: string, row: JsonSpan, point: Point, style: Style): string {
  if (row.kind !== 'array' || row.items.length < 2) return rowText(point, style)
  let written = ''
  let at = row.start
  for (const [axis, item] of row.items.slice(0, 3).entries()) {
    const number = valueOf(text, item)
    const same = number === point[axis] || (axis === 2 && point[2] === 0 && !Number.isFinite(number))
    written += text.slice(at, item.start) + (same ? text.slice(item.start, item.end) : String(point[axis]))
    at = item.end
  }
  if (row.items.length === 2 && point[2] !== 0) written += style.comma + String(point[2])
  return written + text.slice(at, row.end)
}

/** A list of rows with the brackets and commas of the one it replaces. */
function listText(text: string, list: ContestEntry['rows'], rows: readonly string[], style: Style): string {
  if (rows.length === 0) return '[]'
  const [first, second] = list?.items ?? []
  if (!list || !first) return `[${rows.join(style.comma)}]`
  const separator = second ? text.slice(first.end, second.start) : style.comma
  return text.slice(list.start, first.start) + rows.join(separator) + text.slice(list.items.at(-1)!.end, list.end)
}

/** Entries for frames that have none, in the form of the others. */
function addedEntries(text: string, { root, annotations }: ContestSpans, frames: readonly EditedFrame[], style: Style): Replacement {
  if (annotations?.kind === 'object') {
    const form = annotations.members.at(-1)?.key ?? ''
    return insertion(text, annotations, frames.map((frame) => `${JSON.stringify(likeId(form, frame.number))}${style.colon}${entryText(frame, null, style)}`), style)
  }
  const form = valueOf(text, member(annotations?.items.at(-1), 'image_id'))
  const entries = frames.map((frame) => entryText(frame, likeJson(form, frame.number), style))
  if (annotations) return insertion(text, annotations, entries, style)
  const list = `[${entries.join(style.comma)}]`
  return replacedMember(root, 'annotations', list)[0] ?? insertion(text, root, [`"annotations"${style.colon}${list}`], style)
}

function entryText(frame: EditedFrame, id: string | null, style: Style): string {
  const gone = frame.erased.toSorted((a, b) => a - b)
  const rows = frame.points.filter((_, row) => !frame.erased.includes(row)).map((point) => rowText(point, style))
  const keys = Object.entries(rowKeys(frame, gone, frame.hidden, style)).filter(([, written]) => written !== '[]')
  const members = [...(id === null ? [] : [['image_id', id]]), ['data', `[${rows.join(style.comma)}]`], ...keys]
  return `{${members.map(([key, written]) => `"${key}"${style.colon}${written}`).join(style.comma)}}`
}

/** A frame's number in the form of another's `image_id`: `7`, `7.png`, `train/3/7.png`. */
function likeId(form: string, number: number): string {
  const written = form.replace(/\d+(?=(?:\.png)?$)/i, String(number))
  return frameNumber(written) === number ? written : String(number)
}

const likeJson = (form: unknown, number: number): string => (typeof form === 'string' ? JSON.stringify(likeId(form, number)) : String(number))

/** Puts parts behind the last one of a list or an object, with its separators. */
function insertion(text: string, span: JsonSpan, parts: readonly string[], style: Style): Replacement {
  const children = span.kind === 'array' ? span.items : span.kind === 'object' ? span.members.map(({ start, value }) => ({ start, end: value.end })) : []
  const last = children.at(-1)
  if (!last) return { start: span.start + 1, end: span.end - 1, text: parts.join(style.comma) }
  const before = children.at(-2)
  const separator = before ? text.slice(before.end, last.start) : `,${text.slice(span.start + 1, last.start) || style.comma.slice(1)}`
  return { start: last.end, end: last.end, text: separator + parts.join(separator) }
}

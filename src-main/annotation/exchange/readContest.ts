import { keypointsPerHand } from '../../contract/hand.ts'
import type { FrameRecord } from '../../contract/dataset.ts'
import { HandloomError } from '../../contract/errors.ts'
import { frameNumber, rowNumbers } from './contestEntries.ts'
import type { SaidRow } from './frameChanges.ts'
import { isObject, own, quote, readJson, type Properties } from './readJson.ts'
import type { Reading } from './reading.ts'

/** Rows that a frame may have at most, as in the data set. */
const mostRowsRead = 1000

/**
 * Takes in a sequence's JSON in the data set's own form, with the keys `erased`, `erased_data` and `hidden` that cleanedJson writes, or as
 * other tools write it: 0, 21 or 42 rows a frame. A frame's entry says all there is in that frame; frames without an entry stay as they are.
 * @param file named in problems and errors
 * @param frames of the sequence as they are now
 * @throws HandloomError `bad-input` when the text is not JSON or has no annotations
 */
export function readContestJson(text: string, file: string, folder: string, frames: readonly FrameRecord[], reading: Reading): void {
  const byNumber = new Map(frames.map((frame) => [frame.number, frame]))
  const seen = new Map<number, string>()
  for (const { place, body, key } of entriesOf(readJson(text, file), file)) {
    const at = `${file}, ${place}`
    if (!body) {
      reading.problem(at, 'There is no {"image_id", "data"} here. The entry was not used.')
      continue
    }
    const id = own(body, 'image_id') ?? key
    const number = frameNumber(id)
    const frame = number === null ? undefined : byNumber.get(number)
    if (number === null) reading.problem(`${at}.image_id`, `${quote(id)} is no frame number. The entry was not used.`)
    else if (!frame) reading.problem(`${at}.image_id`, `${folder} has no frame ${number}. The entry was not used.`)
    else if (seen.has(number)) reading.problem(`${at}.image_id`, `Frame ${number} was already given by ${seen.get(number)}. This second entry was not used.`)
    else {
      seen.set(number, place)
      const said = saidOf(body, frame, (part, message) => reading.problem(`${at}${part}`, message))
      if (said) reading.take(folder, frame, said, at)
    }
  }
}

function entriesOf(value: unknown, file: string): { place: string; body: Properties | null; key?: string }[] {
  const annotations = isObject(value) ? own(value, 'annotations') : undefined
  const isCoco = isObject(value) && Array.isArray(own(value, 'images'))
  if (Array.isArray(annotations) && !isCoco) return annotations.map((entry: unknown, index) => ({ place: `annotations[${index}]`, body: isObject(entry) ? entry : null }))
  if (isObject(annotations))
    return Object.entries(annotations).map(([key, entry]) => ({ place: `annotations[${quote(key)}]`, body: isObject(entry) ? entry : Array.isArray(entry) ? { data: entry } : null, key }))
  const follows = isCoco ? 'It is a COCO file; import it as COCO (--format coco)' : 'A file in the data set’s format holds {"annotations": [{"image_id": 0, "data": [[x, y, z], …]}, …]}'
  throw new HandloomError('bad-input', `${file} is not in the data set’s format. ${follows}.`, { file, place: 'annotations' })
}

type Report = (part: string, message: string) => void

/** Every row that the frame has or that the entry names; null when the entry cannot be used. */
function saidOf(body: Properties, frame: FrameRecord, report: Report): Map<number, SaidRow> | null {
  const data = own(body, 'data')
  if (!Array.isArray(data)) {
    report('.data', `There is ${quote(data)} where a list of keypoints should be. The entry was not used.`)
    return null
  }
  const erased = rowNumbers(own(body, 'erased') ?? [])
  const total = data.length + (erased?.length ?? 0)
  if (!erased || erased.some((row) => row >= total)) {
    report('.erased', 'It is no list of the row numbers that are gone. The entry was not used.')
    return null
  }
  const fault = countFault(data.length, erased.length, frame)
  if (fault !== null) {
    report('.data', `${fault}. The entry was not used.`)
    return null
  }
  const said = new Map<number, SaidRow>()
  const gone = new Set(erased)
  const unreadable: number[] = []
  let item = 0
  for (let row = 0; row < Math.max(total, frame.points.length); row++) {
    const place = gone.has(row) || row >= total ? null : placeOf(data[item++], frame.original?.[row]?.[2])
    if (place === 'unreadable') unreadable.push(item - 1)
    else said.set(row, { visibility: place ? 'visible' : 'erased', place })
  }
  if (unreadable.length > 0) report(`.data[${unreadable[0]}]`, `${rowsText(unreadable)} not [x, y, z] in numbers, and left as ${unreadable.length === 1 ? 'it is' : 'they are'}.`)
  sayHidden(own(body, 'hidden'), said, report)
  sayErasedPlaces(own(body, 'erased_data'), gone, said, report)
  return said
}

/** Why it cannot be told which row is which; null when it can. */
function countFault(rows: number, erased: number, { points, original }: FrameRecord): string | null {
  const total = rows + erased
  if (total > mostRowsRead) return `There are ${total} keypoints, more than the ${mostRowsRead} that a frame can have`
  if (erased > 0 || rows % keypointsPerHand === 0 || rows === original?.length || rows === points.length) return null
  return `There are ${rows} keypoints where 0, 21 (one hand) or 42 (two hands) should be, and it does not say which are missing (with "erased": [row numbers])`
}

/**
 * Where a row is; null when it is nowhere (NaN, which arrives as null).
 * @param ownZ what the data set's file has; it holds for a row without z
 */
function placeOf(row: unknown, ownZ: number | undefined): SaidRow['place'] | 'unreadable' {
  if (!Array.isArray(row) || row.length < 2) return 'unreadable'
  const [x, y, z = null]: unknown[] = row
  if (!isNumberOrNull(x) || !isNumberOrNull(y) || !isNumberOrNull(z)) return 'unreadable'
  return x === null || y === null ? null : { x, y, z: z ?? (isFinite(ownZ) ? ownZ : null) }
}

const isNumberOrNull = (value: unknown): value is number | null => value === null || isFinite(value)

const isFinite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

const rowsText = (rows: readonly number[]): string => (rows.length === 1 ? 'This row is' : `${rows.length} rows (${rows.slice(0, 42).join(', ')}) are`)

function sayHidden(list: unknown, said: Map<number, SaidRow>, report: Report): void {
  if (list === undefined) return
  const rows = rowNumbers(list)
  const unknown = rows?.filter((row) => !said.get(row)?.place)
  if (!rows || unknown!.length > 0) report('.hidden', `${rows ? `Rows ${unknown!.join(', ')} are not there` : 'It is no list of row numbers'}, so they are not marked as hidden.`)
  for (const row of rows ?? []) {
    const known = said.get(row)
    if (known?.place) said.set(row, { ...known, visibility: 'hidden' })
  }
}

function sayErasedPlaces(list: unknown, gone: ReadonlySet<number>, said: Map<number, SaidRow>, report: Report): void {
  if (list === undefined) return
  for (const entry of Array.isArray(list) ? (list as unknown[]) : [list]) {
    const [row, ...numbers]: unknown[] = Array.isArray(entry) ? entry : []
    const place = placeOf(numbers, undefined)
    if (!Number.isInteger(row) || !gone.has(row as number) || place === null || place === 'unreadable') report('.erased_data', `${quote(entry)} is no [row, x, y, z] of an erased row. It was not used.`)
    else said.set(row as number, { visibility: 'erased', place })
  }
}

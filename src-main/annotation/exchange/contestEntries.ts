import { jsonSpans, member, valueOf, type ArraySpan, type JsonSpan, type ObjectSpan } from './jsonSpans.ts'

/** An entry of `annotations` in the text of a sequence's JSON. */
export interface ContestEntry {
  /** The object with `image_id` and `data`, or the list of rows itself. */
  value: JsonSpan
  /** null when it has no list of rows. */
  rows: ArraySpan | null
}

export interface ContestSpans {
  root: JsonSpan
  /** A list of entries, or an object with frame numbers for keys; null when there is neither. */
  annotations: ArraySpan | ObjectSpan | null
  /** By frame number; where a frame has several, its first. */
  entries: Map<number, ContestEntry>
}

/** @throws HandloomError `bad-input` when the text is not JSON */
export function contestSpans(text: string): ContestSpans {
  const root = jsonSpans(text)
  const found = member(root, 'annotations')
  const annotations = found?.kind === 'array' || found?.kind === 'object' ? found : null
  const listed = annotations?.kind === 'object' ? [...new Map(annotations.members.map(({ key, value }) => [key, value]))] : (annotations?.items ?? []).map((value) => [undefined, value] as const)
  const entries: ContestSpans['entries'] = new Map()
  for (const [key, value] of listed) {
    if (value.kind === 'scalar' || (value.kind === 'array' && key === undefined)) continue
    const frame = frameNumber(valueOf(text, member(value, 'image_id')) ?? key)
    if (frame === null || entries.has(frame)) continue
    const rows = value.kind === 'array' ? value : member(value, 'data')
    entries.set(frame, { value, rows: rows?.kind === 'array' ? rows : null })
  }
  return { root, annotations, entries }
}

/** Frame number of an `image_id`: 7, "7", "7.png" or "test/649/7.png"; null when it is none. */
export function frameNumber(id: unknown): number | null {
  const digits = typeof id === 'string' ? /(?:^|[/\\])(\d{1,9})(?:\.png)?$/i.exec(id.slice(-300).trim())?.[1] : undefined
  const number = digits === undefined ? id : Number(digits)
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 999_999_999 ? number : null
}

/** Row numbers in a list such as `erased`, ascending; null when it is no list of different whole numbers. */
export function rowNumbers(list: unknown): number[] | null {
  if (!Array.isArray(list) || !list.every((row): row is number => Number.isInteger(row) && (row as number) >= 0)) return null
  const rows = [...new Set(list)].sort((a, b) => a - b)
  return rows.length === list.length ? rows : null
}

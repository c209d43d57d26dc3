import { HandloomError } from '../../contract/errors.ts'

/** A JSON value by where it stands in the text, so that parts can be replaced and all the rest stays byte for byte. */
export type JsonSpan = ScalarSpan | ArraySpan | ObjectSpan

interface ScalarSpan {
  kind: 'scalar'
  start: number
  end: number
}

export interface ArraySpan {
  kind: 'array'
  start: number
  end: number
  items: JsonSpan[]
}

export interface ObjectSpan {
  kind: 'object'
  start: number
  end: number
  /** `start` is that of the key. */
  members: { key: string; start: number; value: JsonSpan }[]
}

const deepest = 200
const bare = /-?[\w.+-]+/y
/** As text, or as its UTF-8 bytes read one by one. */
export const byteOrderMark = /^(?:\uFEFF|\u00EF\u00BB\u00BF)/
const space = /[ \t\r\n]*/y

/**
 * Spans of a JSON text. Also reads what Python's json module writes beyond the standard (NaN, Infinity) and a byte order mark.
 * @throws HandloomError `bad-input` with the place in the text
 */
export function jsonSpans(text: string): JsonSpan {
  let at = byteOrderMark.exec(text)?.[0].length ?? 0

  function take(pattern: RegExp): string | null {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (!found) return null
    at = pattern.lastIndex
    return found[0]
  }
  function fail(): never {
    const line = text.slice(0, at).split('\n').length
    throw new HandloomError('bad-input', `Line ${line} of the JSON (character ${at}) cannot be read.`, { place: `line ${line}` })
  }
  function accept(character: string): boolean {
    take(space)
    if (text[at] !== character) return false
    at++
    return true
  }
  function takeString(): string | null {
    if (text[at] !== '"') return null
    const start = at
    const end = endOfString(text, at)
    if (end >= text.length) fail()
    at = end + 1
    return text.slice(start, at)
  }
  function parsedKey(): string {
    const start = at
    const quoted = takeString() ?? fail()
    try {
      return JSON.parse(quoted) as string
    } catch {
      at = start
      return fail()
    }
  }
  function list(close: string, item: () => void): void {
    if (accept(close)) return
    do item()
    while (accept(','))
    if (!accept(close)) fail()
  }
  function value(depth: number): JsonSpan {
    if (depth > deepest) fail()
    take(space)
    const start = at
    if (accept('[')) {
      const items: JsonSpan[] = []
      list(']', () => items.push(value(depth + 1)))
      return { kind: 'array', start, end: at, items }
    }
    if (accept('{')) {
      const members: ObjectSpan['members'] = []
      list('}', () => {
        take(space)
        const keyStart = at
        const key = parsedKey()
        if (!accept(':')) fail()
        members.push({ key, start: keyStart, value: value(depth + 1) })
      })
      return { kind: 'object', start, end: at, members }
    }
    if ((takeString() ?? take(bare)) === null) fail()
    return { kind: 'scalar', start, end: at }
  }

  const root = value(0)
  take(space)
  if (at !== text.length) fail()
  return root
}

/** The last member of that name, as JSON.parse takes it. */
export function member(span: JsonSpan | undefined, key: string): JsonSpan | undefined {
  return span?.kind === 'object' ? span.members.findLast((entry) => entry.key === key)?.value : undefined
}

/** What a part of the text stands for; undefined where JSON has no such value (NaN). */
export function valueOf(text: string, span: JsonSpan | undefined): unknown {
  if (!span) return undefined
  try {
    return JSON.parse(text.slice(span.start, span.end)) as unknown
  } catch {
    return undefined
  }
}

/** Index of the quote that closes the string beginning at `start`, or the text's length. */
export function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (character === 0x5c) index++
    else if (character === 0x22) return index
  }
  return text.length
}

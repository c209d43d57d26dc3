import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { byteOrderMark, endOfString, jsonSpans, valueOf, type JsonSpan } from './jsonSpans.ts'

const deepest = 64
/** Lists and objects; a COCO file of 100,000 frames with two hands each has under a million. */
const mostContainers = 4_000_000

/**
 * The value of a JSON text from outside. Also reads a byte order mark and what Python's json module writes beyond the standard: NaN
 * becomes null, Infinity stays.
 * @param file named in errors
 * @throws HandloomError `bad-input` with file and place when it is not JSON, nests too deep or holds too much
 */
export function readJson(text: string, file: string): unknown {
  refuseExcess(text, file)
  const body = text.replace(byteOrderMark, '')
  try {
    return JSON.parse(body) as unknown
  } catch {
    try {
      return JSON.parse(withoutNonFinite(body)) as unknown
    } catch {
      throw notJson(text, file)
    }
  }
}

function refuseExcess(text: string, file: string): void {
  let depth = 0
  let containers = 0
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (character === 0x22) index = endOfString(text, index)
    else if (character === 0x7b || character === 0x5b) {
      if (++depth > deepest) throw new HandloomError('bad-input', `${file} nests deeper than ${deepest} levels, so it was not read. Is it a file of keypoints?`, { file, place: `character ${index}` })
      if (++containers > mostContainers) throw new HandloomError('bad-input', `${file} holds more than ${mostContainers.toLocaleString('en')} lists and objects, so it was not read. Split it into parts.`, { file, place: `character ${index}` })
    } else if (character === 0x7d || character === 0x5d) depth--
  }
}

function withoutNonFinite(text: string): string {
  const parts: string[] = []
  const token = /"|\bNaN\b|\bInfinity\b/g
  let kept = 0
  for (let found = token.exec(text); found; found = token.exec(text)) {
    if (found[0] === '"') {
      token.lastIndex = endOfString(text, found.index) + 1
      continue
    }
    parts.push(text.slice(kept, found.index), found[0] === 'NaN' ? 'null' : '1e999')
    kept = token.lastIndex
  }
  return parts.join('') + text.slice(kept)
}

function notJson(text: string, file: string): HandloomError {
  if (text.trim() === '') return new HandloomError('bad-input', `${file} is empty. Choose a JSON file of keypoints.`, { file, place: 'line 1' })
  const place = faultPlace(text)
  return new HandloomError('bad-input', `${file} is not JSON: ${place} cannot be read. Choose a JSON file of keypoints.`, { file, place })
}

function faultPlace(text: string): string {
  try {
    const at = faultyScalar(text, jsonSpans(text)) ?? text.length
    return `line ${text.slice(0, at).split('\n').length}`
  } catch (error) {
    return toHandloomError(error).place ?? 'line 1'
  }
}

/** Where the first value is that JSON does not have, in a text that is well formed but for such values. */
function faultyScalar(text: string, span: JsonSpan): number | null {
  if (span.kind === 'scalar') {
    const token = text.slice(span.start, span.end)
    return isNonFinite(token) || valueOf(text, span) !== undefined ? null : span.start
  }
  for (const child of span.kind === 'array' ? span.items : span.members.map(({ value }) => value)) {
    const at = faultyScalar(text, child)
    if (at !== null) return at
  }
  return null
}

const isNonFinite = (token: string): boolean => /^-?(?:NaN|Infinity)$/.test(token)

export type Properties = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A member by its name; what an object inherits (`__proto__`, `constructor`) is none. */
export function own(object: Properties, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** A value as it is named in messages, cut to a length that fits there. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (isObject(value)) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

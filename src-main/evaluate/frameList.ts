/** Which frames the rows of a block are of. */
export interface FrameList {
  /** Number of the row's sequence, in the order in which they were met. */
  sequence: Int32Array
  frame: Int32Array
}

const [quote, comma, opening, closing, zero, nine] = Array.from('",[]09', (sign) => sign.charCodeAt(0)) as [number, number, number, number, number, number]

/** The text that is stored: `[["train/4",0],["train/4",1]]`. */
export const frameListText = (rows: readonly { folder: string; frame: number }[]): string => JSON.stringify(rows.map(({ folder, frame }) => [folder, frame]))

/**
 * Reads such a text, as this process or SQLite wrote it, without spaces. Not by JSON.parse, which for 100,000 frames makes as many little lists that
 * then have to be cleared away.
 * @param met numbers of the sequences met before; new ones are added
 * @returns null: it is another text
 */
export function readFrameList(text: string, met: Map<string, number>): FrameList | null {
  let length = 0
  for (let at = text.indexOf('["'); at >= 0; at = text.indexOf('["', at + 2)) length++
  if (length === 0) return text === '[]' ? { sequence: new Int32Array(0), frame: new Int32Array(0) } : null
  const list: FrameList = { sequence: new Int32Array(length), frame: new Int32Array(length) }
  let at = text.charCodeAt(0) === opening ? 1 : text.length
  let [folder, sequence] = ['', -1]
  for (let row = 0; row < length; row++) {
    if (text.charCodeAt(at) !== opening || text.charCodeAt(at + 1) !== quote) return null
    at += 2
    // Most rows are of the sequence of the row before.
    if (row === 0 || !text.startsWith(folder, at) || text.charCodeAt(at + folder.length) !== quote) {
      folder = text.slice(at, text.indexOf('"', at))
      sequence = met.get(folder) ?? met.size
      met.set(folder, sequence)
    }
    at += folder.length + 1
    if (text.charCodeAt(at++) !== comma) return null
    const digits = at
    let number = 0
    for (let code = text.charCodeAt(at); code >= zero && code <= nine; code = text.charCodeAt(++at)) number = 10 * number + code - zero
    if (at === digits || text.charCodeAt(at++) !== closing || text.charCodeAt(at++) !== (row === length - 1 ? closing : comma)) return null
    list.sequence[row] = sequence
    list.frame[row] = number
  }
  return at === text.length ? list : null
}

export type LineEnd = '\n' | '\r\n' | '\r'

/**
 * The line ends of CSV text outside its quotes, the first met first: how many there are of each, and the line that the first of them ends.
 */
export function lineEndsOf(text: string): Map<LineEnd, { count: number; line: number }> {
  const ends = new Map<LineEnd, { count: number; line: number }>()
  let line = 1
  for (const [piece] of text.matchAll(/"[^"]*"|\r\n|\n|\r/g)) {
    if (piece.startsWith('"')) {
      line += piece.match(/\r\n|\n|\r/g)?.length ?? 0
      continue
    }
    const end = ends.get(piece as LineEnd) ?? { count: 0, line }
    end.count++
    ends.set(piece as LineEnd, end)
    line++
  }
  return ends
}

/** As people call them. */
export const lineEndName: Record<LineEnd, string> = { '\n': 'LF (\\n)', '\r\n': 'CRLF (\\r\\n)', '\r': 'CR (\\r)' }

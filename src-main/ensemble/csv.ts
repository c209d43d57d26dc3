import { CsvError, parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { HandloomError } from '../contract/errors.ts'
import { lineEndsOf, type LineEnd } from './lineEnds.ts'

/** A CSV file taken apart so that one of the same looks can be written. */
export interface CsvTable {
  /** Begins with a byte order mark. */
  bom: boolean
  /** The first of the file. */
  lineEnd: LineEnd
  /** The last row is followed by a line end. */
  finalLineEnd: boolean
  header: string[]
  rows: { cells: string[]; /** Line of the file the row ends on, from 1. */ line: number }[]
}

/** The largest record read, in characters; a table of 10,000 classes stays below it. */
const longestRecord = 1_000_000
const mostRows = 200_000

/**
 * Reads CSV text: comma-separated, quotes as in RFC 4180, blank lines skipped, rows of any length.
 * @throws HandloomError `bad-input` with the line, when the text is no CSV or has no header
 */
export function parseCsv(text: string, file = 'the CSV file'): CsvTable {
  const bom = text.startsWith('\uFEFF')
  const [lineEnd = '\n'] = lineEndsOf(text).keys()
  const fail = (message: string, place: string, cause?: unknown): HandloomError =>
    new HandloomError('bad-input', `${file}, ${place}: ${message}`, { file, place, cause })
  let records: string[][]
  const lines: number[] = []
  try {
    records = parse(text, {
      bom: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: longestRecord,
      to: mostRows + 2,
      on_record: (record: string[], { lines: line }) => {
        lines.push(line)
        return record
      },
    })
  } catch (error) {
    if (error instanceof CsvError) throw fail(`${error.message.slice(0, 200)}. Write the file as plain comma-separated values.`, `line ${typeof error['lines'] === 'number' ? error['lines'] : 1}`, error)
    throw error
  }
  const [header, ...rows] = records
  if (!header) throw fail('there is no header row.', 'line 1')
  if (rows.length > mostRows) throw fail(`there are more than ${mostRows} rows.`, `line ${lines.at(-1)}`)
  return {
    bom,
    lineEnd,
    finalLineEnd: /[\r\n]$/.test(text),
    header,
    rows: rows.map((cells, index) => ({ cells, line: lines[index + 1] ?? index + 2 })),
  }
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** The number a cell holds; NaN when it is none. */
export const numberOf = (cell: string): number => (decimal.test(cell.trim()) ? Number(cell) : Number.NaN)

/** Decodes a file's bytes as UTF-8, keeping a byte order mark. @throws HandloomError `bad-input` when they are no UTF-8 */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new HandloomError('bad-input', `${file} is not UTF-8 text. Save it as CSV in UTF-8.`, { file, cause })
  }
}

/** CSV text of a header and rows with the given byte order mark, line ends and final line end. */
export function writeCsv(header: readonly string[], rows: readonly (readonly string[])[], looks: Pick<CsvTable, 'bom' | 'lineEnd' | 'finalLineEnd'>): string {
  return stringify([header, ...rows], { bom: looks.bom, record_delimiter: looks.lineEnd, eof: looks.finalLineEnd })
}

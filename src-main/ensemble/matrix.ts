import { HandloomError } from '../contract/errors.ts'
import { numberOf, parseCsv } from './csv.ts'
import { headingsOf } from './form.ts'

/** Every probability of a submission. */
export interface SubmissionMatrix {
  /** Pose id of each column; null for a heading that is none. */
  columns: readonly (number | null)[]
  folders: readonly string[]
  /** [folders × columns], row by row. */
  probabilities: Float64Array
}

export const rowOf = ({ columns, probabilities }: SubmissionMatrix, row: number): Float64Array => probabilities.subarray(row * columns.length, (row + 1) * columns.length)

/**
 * The probabilities of a submission's CSV text.
 * @throws HandloomError `bad-input` with the place, when it is no table of probabilities
 */
export function matrixFrom(text: string, file: string): SubmissionMatrix {
  const table = parseCsv(text, file)
  const { columns, folders } = headingsOf(table)
  const probabilities = new Float64Array(folders.length * columns.length)
  for (const [row, { cells, line }] of table.rows.entries()) {
    const refuse = (what: string): HandloomError =>
      new HandloomError('bad-input', `${file}, line ${line}: ${what}. Mend the file first; handloom submit --check tells all that is wrong with it.`, { file, place: `line ${line}` })
    if (cells.length !== table.header.length) throw refuse(`the row has ${cells.length} cells, the header ${table.header.length}`)
    for (let column = 0; column < columns.length; column++) {
      const value = numberOf(cells[column + 1] as string)
      if (!(value >= 0 && value <= 1)) throw refuse(`${JSON.stringify((cells[column + 1] as string).slice(0, 80))} in column ${(table.header[column + 1] as string).slice(0, 80)} is no probability`)
      probabilities[row * columns.length + column] = value
    }
  }
  return { columns, folders, probabilities }
}

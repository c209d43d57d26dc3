import type { MatrixCursor } from './drawMatrix.ts'
import { cellAt, isMistake, type Matrix, type MatrixCell, type MatrixClass } from './matrixClasses.ts'

/** What the cursor is on: a mistake, what is right, a pair that never happened, or a whole row or column. */
export interface Place {
  kind: 'mistake' | 'right' | 'never' | 'row' | 'column'
  answer: MatrixClass | null
  predicted: MatrixClass | null
  cell: MatrixCell | null
  /** Of a row or column: all in it, and those that are mistakes. */
  total: number
  wrong: number
}

export function placeOf(matrix: Matrix, { row, column }: MatrixCursor): Place | null {
  const answer = row === null ? null : (matrix.classes[row] ?? null)
  const predicted = column === null ? null : (matrix.classes[column] ?? null)
  if (answer === null && predicted === null) return null
  const cell = row === null || column === null ? null : cellAt(matrix, row, column)
  const along = matrix.cells.filter((other) => (row === null || other.row === row) && (column === null || other.column === column))
  const sum = (cells: readonly MatrixCell[]): number => cells.reduce((total, { count }) => total + count, 0)
  const kind = answer === null ? 'column' : predicted === null ? 'row' : answer === predicted ? 'right' : cell === null ? 'never' : 'mistake'
  return { kind, answer, predicted: kind === 'right' ? null : predicted, cell, total: sum(along), wrong: sum(along.filter(isMistake)) }
}

import type { Position } from '../../../../src-main/augment/projective.ts'
import { toFrame, type Size, type Viewport } from '../../../editor/viewport.ts'
import type { Matrix } from './matrixClasses.ts'

/** Side of a cell in units of the matrix's plane. */
export const cellSide = 16
/** CSS pixels: the largest cell, and what a header's line needs. */
export const largestCell = 72
export const headerLine = 14

export const worldOf = ({ classes }: Matrix): Size => ({ width: classes.length * cellSide, height: classes.length * cellSide })

export const cellPixels = (view: Viewport): number => cellSide * view.scale

export interface Range {
  first: number
  last: number
}

/** Rows (or columns) of which something is on the stage; `last` < `first` when none is. */
export function inView(offset: number, length: number, cell: number, count: number): Range {
  return { first: Math.max(0, Math.floor(-offset / cell)), last: Math.min(count - 1, Math.ceil((length - offset) / cell) - 1) }
}

/** Which headers have room for their line: all, or every n-th, so that none covers another; the one under the cursor goes before its neighbours. */
export function shownHeaders({ first, last }: Range, cell: number, cursor: number | null): number[] {
  const step = Math.max(1, Math.ceil(headerLine / cell))
  const shown: number[] = []
  for (let index = Math.ceil(first / step) * step; index <= last; index += step) if (cursor === null || Math.abs(index - cursor) >= step) shown.push(index)
  return cursor === null || cursor < first || cursor > last ? shown : [...shown, cursor].sort((a, b) => a - b)
}

/** What of the matrix is at a place of the stage: a cell, or beside it (over the headers) a whole row or column. */
export type Hit = { kind: 'cell'; row: number; column: number } | { kind: 'row'; row: number } | { kind: 'column'; column: number }

export function hitAt(view: Viewport, count: number, stage: Size, at: Position): Hit | null {
  const [x, y] = toFrame(view, at)
  const [column, row] = [Math.floor(x / cellSide), Math.floor(y / cellSide)]
  const isIn = (index: number): boolean => index >= 0 && index < count
  const [besideLeft, above] = [at[0] < Math.max(0, view.x), at[1] < Math.max(0, view.y)]
  if (at[0] > stage.width || at[1] > stage.height || (besideLeft && above)) return null
  if (besideLeft) return isIn(row) ? { kind: 'row', row } : null
  if (above) return isIn(column) ? { kind: 'column', column } : null
  return isIn(row) && isIn(column) ? { kind: 'cell', row, column } : null
}

/** Middle of a cell, in units of the matrix's plane. */
export const cellMiddle = (row: number, column: number): Position => [(column + 0.5) * cellSide, (row + 0.5) * cellSide]

interface LabelBox {
  x0: number
  y0: number
  x1: number
  y1: number
}

export interface BlockLabel {
  text: string
  x: number
  y: number
}

/**
 * Where the names of blocks stand: right of the block, or left of it, where they cover neither a cell nor each other; larger blocks first, and those
 * without room have none.
 * @param widthOf CSS pixels of a text
 */
export function blockLabels({ blocks, cells }: Pick<Matrix, 'blocks' | 'cells'>, view: Viewport, stage: Size, widthOf: (text: string) => number): BlockLabel[] {
  const cell = cellPixels(view)
  const taken: LabelBox[] = []
  const labels: BlockLabel[] = []
  const meets = (a: LabelBox, b: LabelBox): boolean => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1
  const boxOf = (row: number, column: number): LabelBox => ({ x0: view.x + column * cell, y0: view.y + row * cell, x1: view.x + (column + 1) * cell, y1: view.y + (row + 1) * cell })
  for (const { first, last, name } of blocks.toSorted((a, b) => b.last - b.first - (a.last - a.first))) {
    const [from, to] = [boxOf(first, first), boxOf(last, last)]
    if (to.y1 < 0 || from.y0 > stage.height || to.y1 - from.y0 < 8) continue
    const width = widthOf(name)
    const y = (Math.max(0, from.y0) + Math.min(stage.height, to.y1)) / 2
    const x = [to.x1 + 5, from.x0 - 5 - width].find((left) => {
      const box = { x0: left, y0: y - headerLine / 2, x1: left + width, y1: y + headerLine / 2 }
      return box.x0 >= 0 && box.x1 <= stage.width && !taken.some((other) => meets(box, other)) && !cells.some(({ row, column }) => meets(box, boxOf(row, column)))
    })
    if (x === undefined) continue
    taken.push({ x0: x, y0: y - headerLine / 2, x1: x + width, y1: y + headerLine / 2 })
    labels.push({ text: name, x, y })
  }
  return labels
}

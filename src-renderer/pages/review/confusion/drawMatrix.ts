import type { LookAlike } from '../../../../src-main/contract/evaluate.ts'
import type { Size, Viewport } from '../../../editor/viewport.ts'
import type { Palette } from '../../../styles/tokens.ts'
import { colourSteps, mix, rootStep } from '../../../charts/colourScale.ts'
import { isMistake, type Matrix, type MatrixCell } from './matrixClasses.ts'
import { drawHeaders } from './drawHeaders.ts'
import { blockLabels, cellPixels, inView, type Range } from './matrixLayout.ts'

export type MatrixValue = 'count' | 'share'

export interface MatrixCursor {
  row: number | null
  column: number | null
}

export interface MatrixDrawing {
  matrix: Matrix
  value: MatrixValue
  scale: MatrixScale
  cursor: MatrixCursor
  palette: Palette
  /** Number in a cell. */
  write: (cell: MatrixCell) => string
  font: string
  /** Names as they were cut to their room; to be emptied when the font is another. */
  cut: Map<string, string>
  /** CSS pixels left of the stage and above it. */
  inset: { left: number; top: number }
}

export const valueOf = (cell: MatrixCell, value: MatrixValue): number => (value === 'count' ? cell.count : cell.share)
/** A sign for each kind of look-alike, so that it is not told by colour alone. */
export const lookAlikeSigns: Record<LookAlike, string> = { 'left-right': '⇄', 'still-moving': '≈', 'same-name': '=' }

const steps = 32

/** Largest values and the colours up to them, of mistakes and of what is right. */
export interface MatrixScale {
  mistake: { largest: number; colours: string[] }
  right: { largest: number; colours: string[] }
}

export function scaleOf({ cells }: Matrix, value: MatrixValue, { panel, bad, muted }: Palette): MatrixScale {
  const largest = (mistakes: boolean): number => cells.reduce((most, cell) => (isMistake(cell) === mistakes ? Math.max(most, valueOf(cell, value)) : most), 0)
  return {
    mistake: { largest: largest(true), colours: colourSteps([mix(panel, bad, 0.28), bad], steps) },
    right: { largest: largest(false), colours: colourSteps([mix(panel, muted, 0.14), mix(panel, muted, 0.5)], steps) },
  }
}

/** Draws the part of a matrix that is on the stage, with its headers; the stage's corner lies `inset` from the canvas's. */
export function drawMatrix(context: CanvasRenderingContext2D, view: Viewport, stage: Size, drawing: MatrixDrawing): void {
  const { matrix, palette, inset } = drawing
  const count = matrix.classes.length
  const cell = cellPixels(view)
  const columns = inView(view.x, stage.width, cell, count)
  const rows = inView(view.y, stage.height, cell, count)
  context.save()
  context.translate(inset.left, inset.top)
  context.save()
  context.beginPath()
  context.rect(0, 0, stage.width, stage.height)
  context.clip()
  context.fillStyle = palette.panel
  context.fillRect(view.x, view.y, count * cell, count * cell)
  drawGrid(context, view, { rows, columns, cell, palette })
  drawBlocks(context, view, stage, drawing)
  drawCursor(context, view, stage, drawing)
  drawCells(context, view, { rows, columns }, drawing)
  context.restore()
  drawHeaders(context, view, stage, { rows, columns }, drawing)
  context.restore()
}

function drawGrid(context: CanvasRenderingContext2D, view: Viewport, { rows, columns, cell, palette }: { rows: Range; columns: Range; cell: number; palette: Palette }): void {
  if (cell < 9) return
  context.beginPath()
  const [left, right] = [view.x + columns.first * cell, view.x + (columns.last + 1) * cell]
  const [top, bottom] = [view.y + rows.first * cell, view.y + (rows.last + 1) * cell]
  for (let row = rows.first; row <= rows.last + 1; row++) {
    context.moveTo(left, view.y + row * cell)
    context.lineTo(right, view.y + row * cell)
  }
  for (let column = columns.first; column <= columns.last + 1; column++) {
    context.moveTo(view.x + column * cell, top)
    context.lineTo(view.x + column * cell, bottom)
  }
  context.strokeStyle = palette.lineSoft
  context.lineWidth = 1
  context.stroke()
}

/** The row and the column of the cursor, over the whole matrix. */
function drawCursor(context: CanvasRenderingContext2D, view: Viewport, stage: Size, { cursor, palette, matrix }: MatrixDrawing): void {
  const cell = cellPixels(view)
  const length = matrix.classes.length * cell
  context.globalAlpha = 0.16
  context.fillStyle = palette.accent
  if (cursor.row !== null) context.fillRect(Math.max(0, view.x), view.y + cursor.row * cell, Math.min(stage.width, view.x + length) - Math.max(0, view.x), cell)
  if (cursor.column !== null) context.fillRect(view.x + cursor.column * cell, Math.max(0, view.y), cell, Math.min(stage.height, view.y + length) - Math.max(0, view.y))
  context.globalAlpha = 1
}

function drawBlocks(context: CanvasRenderingContext2D, view: Viewport, stage: Size, { matrix, palette, font }: MatrixDrawing): void {
  const cell = cellPixels(view)
  context.strokeStyle = palette.muted
  context.lineWidth = 1
  for (const { first, last } of matrix.blocks) {
    const side = (last - first + 1) * cell
    context.strokeRect(view.x + first * cell - 0.5, view.y + first * cell - 0.5, side + 1, side + 1)
  }
  context.font = `11px ${font}`
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  context.fillStyle = palette.muted
  for (const { text, x, y } of blockLabels(matrix, view, stage, (name) => context.measureText(name).width)) context.fillText(text, x, y)
}

/** The cells by their colour, so that a colour is set once. */
function drawCells(context: CanvasRenderingContext2D, view: Viewport, { rows, columns }: { rows: Range; columns: Range }, drawing: MatrixDrawing): void {
  const { matrix, palette, value, scale, cursor } = drawing
  const cell = cellPixels(view)
  const gap = cell >= 9 ? 1 : 0
  const side = Math.max(1, cell - gap)
  const colourOf = (item: MatrixCell): string => {
    const { largest, colours } = isMistake(item) ? scale.mistake : scale.right
    return colours[rootStep(valueOf(item, value), largest, steps)] ?? palette.bad
  }
  const seen = matrix.cells.filter(({ row, column }) => row >= rows.first && row <= rows.last && column >= columns.first && column <= columns.last)
  const byColour = Map.groupBy(seen, colourOf)
  for (const [colour, cells] of byColour) {
    context.fillStyle = colour
    for (const { row, column } of cells) context.fillRect(view.x + column * cell + gap, view.y + row * cell + gap, side, side)
  }
  drawSigns(context, view, seen, drawing)
  if (cursor.row !== null && cursor.column !== null) {
    context.strokeStyle = palette.accent
    context.lineWidth = 2
    const outside = Math.max(0, (8 - cell) / 2)
    context.strokeRect(view.x + cursor.column * cell - outside, view.y + cursor.row * cell - outside, cell + 2 * outside, cell + 2 * outside)
  }
}

/** Counts where they have room, and the signs of look-alikes; where a sign has none, a notch in the corner. */
function drawSigns(context: CanvasRenderingContext2D, view: Viewport, cells: readonly MatrixCell[], { palette, write, font, value, scale }: MatrixDrawing): void {
  const cell = cellPixels(view)
  if (cell < 4) return
  const numbers = cell >= 24
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  for (const item of cells) {
    const [left, top] = [view.x + item.column * cell, view.y + item.row * cell]
    const strong = isMistake(item) && rootStep(valueOf(item, value), scale.mistake.largest, steps) >= steps / 2
    context.fillStyle = strong ? palette.panel : palette.text
    if (numbers) {
      context.font = `${cell >= 40 ? 12 : 10.5}px ${font}`
      context.fillText(write(item), left + cell / 2, top + cell * (item.lookAlike !== null && cell >= 32 ? 0.66 : 0.52), cell - 3)
    }
    if (item.lookAlike === null) continue
    if (cell < 14 || (numbers && cell < 32)) {
      const notch = Math.max(2, cell * (numbers ? 0.28 : 0.45))
      context.beginPath()
      context.moveTo(left + cell - notch, top)
      context.lineTo(left + cell, top)
      context.lineTo(left + cell, top + notch)
      context.fill()
    } else {
      context.font = `600 ${numbers ? 11 : Math.min(12, cell * 0.75)}px ${font}`
      context.fillText(lookAlikeSigns[item.lookAlike], left + cell / 2, top + cell * (numbers ? 0.28 : 0.54))
    }
  }
}

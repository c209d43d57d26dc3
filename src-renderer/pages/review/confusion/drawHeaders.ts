import type { Size, Viewport } from '../../../editor/viewport.ts'
import type { MatrixDrawing } from './drawMatrix.ts'
import { cellPixels, shownHeaders, type Range } from './matrixLayout.ts'

/** Names and ids of the rows and columns on the stage, as many as have room; those of the cursor always. */
export function drawHeaders(context: CanvasRenderingContext2D, view: Viewport, stage: Size, { rows, columns }: { rows: Range; columns: Range }, { matrix, cursor, palette, font, cut, inset }: MatrixDrawing): void {
  const cell = cellPixels(view)
  const line = (index: number, at: boolean, room: number): void => {
    const entry = matrix.classes[index]
    if (entry === undefined) return
    context.font = `${at ? '600 ' : ''}11.5px ${font}`
    const id = String(entry.poseId)
    const idWide = context.measureText(id).width
    context.fillStyle = at ? palette.accentText : palette.muted
    context.fillText(id, 0, 0)
    context.fillStyle = at ? palette.accentText : palette.text
    context.fillText(shortened(context, entry.name, room - idWide - 6, cut), -idWide - 6, 0)
  }
  context.textAlign = 'right'
  context.textBaseline = 'middle'
  const left = Math.max(0, view.x) - 6
  for (const row of shownHeaders(rows, cell, cursor.row)) {
    const y = view.y + (row + 0.5) * cell
    if (y < 0 || y > stage.height) continue
    context.save()
    context.translate(left, y)
    line(row, row === cursor.row, inset.left + left - 4)
    context.restore()
  }
  const top = Math.max(0, view.y) - 6
  for (const column of shownHeaders(columns, cell, cursor.column)) {
    const x = view.x + (column + 0.5) * cell
    if (x < 0 || x > stage.width) continue
    context.save()
    context.translate(x, top)
    context.rotate(Math.PI / 2)
    line(column, column === cursor.column, inset.top + top - 4)
    context.restore()
  }
}

/** A text cut off with … where it is longer than its room. */
function shortened(context: CanvasRenderingContext2D, text: string, room: number, cut: Map<string, string>): string {
  const key = `${context.font}/${Math.round(room)}/${text}`
  const known = cut.get(key)
  if (known !== undefined) return known
  const letters = [...text]
  let short = text
  while (letters.length > 1 && context.measureText(short).width > room) {
    letters.pop()
    short = `${letters.join('').trimEnd()}…`
  }
  if (cut.size > 4000) cut.clear()
  cut.set(key, short)
  return short
}

import type { Position } from '../../../../src-main/augment/projective.ts'
import { toStage, type Viewport } from '../../../editor/viewport.ts'
import type { Palette } from '../../../styles/tokens.ts'
import { pointRadius } from './pointLooks.ts'
import type { PaintedPoints, PointPainter } from './pointPainter.ts'

export interface MapDrawing extends PaintedPoints {
  /** Scale at which the whole map is seen. */
  whole: number
  /** Rings: the sequence in front, a pair of a list, the one under the pointer. */
  marked: readonly number[]
  /** The line or box being drawn, in the plane's units. */
  band: readonly Position[]
  palette: Palette
}

/** Draws the points on the stage, and over them what is marked and being drawn. */
export function drawMap(context: CanvasRenderingContext2D, view: Viewport, painter: PointPainter, drawing: MapDrawing): void {
  const { cloud, whole, marked, band, palette } = drawing
  const radius = pointRadius(cloud.points.length, view.scale / whole)
  painter.paint(context, view, radius, drawing)
  for (const index of marked) ring(context, toStage(view, [cloud.x[index] ?? 0, cloud.y[index] ?? 0]), radius, palette)
  drawBand(context, band.map((place) => toStage(view, place)), palette)
}

function ring(context: CanvasRenderingContext2D, [x, y]: Position, radius: number, palette: Palette): void {
  for (const [colour, wide] of [[palette.stage, 5], [palette.accent, 2]] as const) {
    context.beginPath()
    context.arc(x, y, radius + 4, 0, 2 * Math.PI)
    context.strokeStyle = colour
    context.lineWidth = wide
    context.stroke()
  }
}

function drawBand(context: CanvasRenderingContext2D, line: readonly Position[], palette: Palette): void {
  if (line.length < 2) return
  context.beginPath()
  for (const [x, y] of line) context.lineTo(x, y)
  context.closePath()
  context.globalAlpha = 0.12
  context.fillStyle = palette.accent
  context.fill('evenodd')
  context.globalAlpha = 1
  context.strokeStyle = palette.accent
  context.lineWidth = 1.5
  context.setLineDash([5, 4])
  context.stroke()
  context.setLineDash([])
}

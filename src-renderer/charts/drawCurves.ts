import type { Palette } from '../styles/tokens.ts'
import { linearAxis, logarithmicAxis, type Axis } from './axis.ts'
import { extent, type CurveLine, type CurveMark, type CurveView } from './curveView.ts'

/** Where the lines of a drawn chart are, CSS pixels. */
export interface CurvePlot {
  left: number
  right: number
  top: number
  bottom: number
}

export interface CurveLook {
  palette: Palette
  width: number
  height: number
  /** Writes values beside the axes. */
  formatX: (x: number) => string
  formatY: (y: number) => string
}

const font = "11px 'Inter Variable', 'Noto Sans KR Variable', sans-serif"
const ring = 4

/** Draws a chart into a context whose unit is a CSS pixel, and tells where its lines are. */
export function drawCurves(context: CanvasRenderingContext2D, view: CurveView, { palette, width, height, formatX, formatY }: CurveLook): CurvePlot {
  context.clearRect(0, 0, width, height)
  context.font = font
  const [top, bottom] = [8, height - 20]
  const rows = Math.max(2, Math.min(6, Math.floor((bottom - top) / 42)))
  const values = extent(view) ?? [view.logarithmic ? 0.1 : 0, 1]
  const y = view.logarithmic ? logarithmicAxis(values, rows) : linearAxis(values, { low: view.yMin, high: view.yMax, count: rows })
  const left = 14 + Math.ceil(Math.max(...y.ticks.map((tick) => context.measureText(formatY(tick)).width), 16))
  const right = width - 14
  const plot = { left, right, top, bottom }
  const x = linearAxis([view.xMin, view.xMax], { low: view.xMin, high: Math.max(view.xMax, view.xMin + 1e-9), count: Math.max(2, Math.floor((right - left) / 64)) })
  const place: Place = { x: (value) => left + x.share(value) * (right - left), y: (value) => bottom - y.share(value) * (bottom - top) }
  drawAxes(context, { x, y, plot, place, palette, formatX, formatY })
  context.save()
  context.beginPath()
  context.rect(left - 1, top - ring, right - left + 2 + ring, bottom - top + 2 * ring)
  context.clip()
  if (view.level !== undefined && view.level.value > y.low && view.level.value < y.high) drawLevel(context, view.level, { plot, place, palette })
  for (const line of view.lines) drawBand(context, line, place)
  for (const mark of view.marks) if (mark.y === undefined) drawUpright(context, mark, plot, place)
  for (const line of view.lines) drawLine(context, line, place)
  for (const mark of view.marks) if (mark.y !== undefined) drawRing(context, mark, mark.y, place, palette)
  context.restore()
  return plot
}

interface Place {
  x: (value: number) => number
  y: (value: number) => number
}

function drawAxes(context: CanvasRenderingContext2D, { x, y, plot, place, palette, formatX, formatY }: { x: Axis; y: Axis; plot: CurvePlot; place: Place; palette: Palette; formatX: (x: number) => string; formatY: (y: number) => string }): void {
  context.fillStyle = palette.muted
  context.strokeStyle = palette.lineSoft
  context.lineWidth = 1
  context.textBaseline = 'middle'
  context.textAlign = 'right'
  context.beginPath()
  for (const tick of y.ticks) {
    const at = Math.round(place.y(tick)) + 0.5
    context.moveTo(plot.left, at)
    context.lineTo(plot.right, at)
    context.fillText(formatY(tick), plot.left - 6, at)
  }
  context.stroke()
  context.strokeStyle = palette.line
  context.beginPath()
  context.moveTo(plot.left, Math.round(plot.bottom) + 0.5)
  context.lineTo(plot.right, Math.round(plot.bottom) + 0.5)
  context.stroke()
  context.textBaseline = 'alphabetic'
  context.textAlign = 'center'
  for (const tick of x.ticks) context.fillText(formatX(tick), Math.min(place.x(tick), plot.right - context.measureText(formatX(tick)).width / 2 + 12), plot.bottom + 15)
}

function drawLevel(context: CanvasRenderingContext2D, { value, name }: { value: number; name: string }, { plot, place, palette }: { plot: CurvePlot; place: Place; palette: Palette }): void {
  const at = Math.round(place.y(value)) + 0.5
  context.strokeStyle = context.fillStyle = palette.muted
  context.setLineDash([2, 3])
  context.beginPath()
  context.moveTo(plot.left, at)
  context.lineTo(plot.right, at)
  context.stroke()
  context.setLineDash([])
  context.textAlign = 'right'
  context.fillText(name, plot.right - 2, at - 4)
}

function drawBand(context: CanvasRenderingContext2D, { colour, points, xScale, band, opacity }: CurveLine, place: Place): void {
  if (band === undefined || points.count < 2) return
  context.beginPath()
  for (let at = 0; at < points.count; at++) context.lineTo(place.x((points.xs[at] as number) * xScale), place.y(band.highs[at] as number))
  for (let at = points.count - 1; at >= 0; at--) context.lineTo(place.x((points.xs[at] as number) * xScale), place.y(band.lows[at] as number))
  context.fillStyle = colour
  context.globalAlpha = 0.13 * opacity
  context.fill()
  context.globalAlpha = 1
}

function drawLine(context: CanvasRenderingContext2D, { colour, points, xScale, width, opacity, dashed }: CurveLine, place: Place): void {
  const { xs, ys, count } = points
  if (count === 0) return
  context.globalAlpha = opacity
  const first = [place.x((xs[0] as number) * xScale), place.y(ys[0] as number)] as const
  // One point makes no line.
  if (xs[count - 1] === xs[0]) {
    context.fillStyle = colour
    context.beginPath()
    context.arc(...first, 2.5, 0, 2 * Math.PI)
    context.fill()
  } else {
    context.strokeStyle = colour
    context.lineWidth = width
    context.lineJoin = 'bevel'
    context.setLineDash(dashed === true ? [6, 4] : [])
    context.beginPath()
    for (let at = 0; at < count; at++) context.lineTo(place.x((xs[at] as number) * xScale), place.y(ys[at] as number))
    context.stroke()
    context.setLineDash([])
  }
  context.globalAlpha = 1
}

function drawUpright(context: CanvasRenderingContext2D, { x, colour, dashed, height = 1 }: CurveMark, plot: CurvePlot, place: Place): void {
  const at = Math.round(place.x(x)) + 0.5
  context.strokeStyle = colour
  context.lineWidth = height < 1 ? 2 : 1
  context.setLineDash(dashed === true ? [3, 3] : [])
  context.beginPath()
  context.moveTo(at, plot.bottom - height * (plot.bottom - plot.top))
  context.lineTo(at, plot.bottom)
  context.stroke()
  context.setLineDash([])
}

function drawRing(context: CanvasRenderingContext2D, { x, colour }: CurveMark, y: number, place: Place, palette: Palette): void {
  context.beginPath()
  context.arc(place.x(x), place.y(y), ring, 0, 2 * Math.PI)
  context.fillStyle = palette.panel
  context.strokeStyle = colour
  context.lineWidth = 2
  context.fill()
  context.stroke()
}

import type { Position } from '../../src-main/augment/projective.ts'
import type { Box } from '../../src-main/contract/crop.ts'
import type { SkeletonColours } from './skeletonColours.ts'

/** What is drawn over the frame beside its keypoints, in frame pixels; `unit` = frame pixels per CSS pixel. */

type Pen = CanvasRenderingContext2D

/** A box over the frame with a word at its corner. */
export interface LabelledBox {
  box: Box
  label: string
  colour: string
  /** Dashes in CSS pixels. */
  dash: readonly number[]
  faint?: boolean
}

/** Where a rule reaches; `handles`: the boxes can be dragged by edges and corners. */
export interface DrawnRegion {
  boxes: readonly Box[]
  faint: boolean
  handles: boolean
}

/** The rectangle or lasso under the hand. */
export type Band = { box: Box } | { line: readonly Position[] }

/** What an edit does to a row of this frame: where it was and where it went; null = erased or not there. */
export interface Ghost {
  from: Position | null
  to: Position | null
}

export function drawRegion(pen: Pen, { boxes, faint, handles }: DrawnRegion, colours: SkeletonColours, unit: number): void {
  pen.fillStyle = colours.erased
  pen.strokeStyle = colours.erased
  pen.lineWidth = (handles ? 1.6 : 1) * unit
  for (const { x0, y0, x1, y1 } of boxes) {
    pen.globalAlpha = faint ? 0.06 : 0.2
    pen.fillRect(x0, y0, x1 - x0, y1 - y0)
    pen.globalAlpha = handles ? 1 : faint ? 0.3 : 0.7
    pen.strokeRect(x0, y0, x1 - x0, y1 - y0)
  }
  pen.globalAlpha = 1
  if (!handles) return
  pen.beginPath()
  const arm = 3.5 * unit
  for (const { x0, y0, x1, y1 } of boxes)
    for (const [x, y] of [[x0, y0], [(x0 + x1) / 2, y0], [x1, y0], [x1, (y0 + y1) / 2], [x1, y1], [(x0 + x1) / 2, y1], [x0, y1], [x0, (y0 + y1) / 2]] as const) pen.rect(x - arm, y - arm, 2 * arm, 2 * arm)
  pen.fillStyle = colours.selected
  pen.fill()
  pen.lineWidth = 1.4 * unit
  pen.stroke()
}

export function drawBoxes(pen: Pen, boxes: readonly LabelledBox[], unit: number, font: string, edge: string): void {
  pen.font = `600 ${12 * unit}px ${font}`
  pen.textBaseline = 'bottom'
  const written: Box[] = []
  for (const { box, label, colour, dash, faint } of boxes) {
    const { x0, y0, x1, y1 } = box
    pen.setLineDash([])
    pen.strokeStyle = edge
    pen.globalAlpha = faint === true ? 0.35 : 0.55
    pen.lineWidth = 3.5 * unit
    pen.strokeRect(x0, y0, x1 - x0, y1 - y0)
    pen.globalAlpha = faint === true ? 0.75 : 1
    pen.strokeStyle = colour
    pen.lineWidth = 1.6 * unit
    pen.setLineDash(dash.map((length) => length * unit))
    pen.strokeRect(x0, y0, x1 - x0, y1 - y0)
    pen.setLineDash([])
    const width = pen.measureText(label).width + 8 * unit
    // Above the box, or inside it where the frame ends; below the box where another box's words are.
    const tops = [y0 < 20 * unit ? y0 + 2 * unit : y0 - 19 * unit, y1 + 2 * unit, y1 - 19 * unit]
    const places = tops.map((top) => ({ x0, y0: top, x1: x0 + width, y1: top + 17 * unit }))
    const plate = places.find((place) => !written.some((other) => meet(place, other))) ?? (places[0] as Box)
    written.push(plate)
    // A plate behind the words, so that they can be read over any picture.
    pen.fillStyle = edge
    pen.globalAlpha = 0.72
    pen.fillRect(plate.x0, plate.y0, width, plate.y1 - plate.y0)
    pen.globalAlpha = 1
    pen.fillStyle = colour
    pen.fillText(label, plate.x0 + 4 * unit, plate.y1 - 2 * unit)
  }
  pen.globalAlpha = 1
}

const meet = (a: Box, b: Box): boolean => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1

export function drawBand(pen: Pen, band: Band | null, colour: string, unit: number): void {
  if (band === null) return
  pen.beginPath()
  if ('box' in band) pen.rect(band.box.x0, band.box.y0, band.box.x1 - band.box.x0, band.box.y1 - band.box.y0)
  else {
    for (const [index, [x, y]] of band.line.entries()) {
      if (index === 0) pen.moveTo(x, y)
      else pen.lineTo(x, y)
    }
    pen.closePath()
  }
  pen.fillStyle = colour
  pen.globalAlpha = 0.14
  pen.fill()
  pen.globalAlpha = 1
  pen.strokeStyle = colour
  pen.lineWidth = 1.3 * unit
  pen.setLineDash([5 * unit, 3 * unit])
  pen.stroke()
  pen.setLineDash([])
}

/** Hollow ring before, arrow, filled ring after; a cross where nothing is left. */
export function drawGhosts(pen: Pen, ghosts: readonly Ghost[], colours: SkeletonColours, unit: number): void {
  if (ghosts.length === 0) return
  const radius = 6 * unit
  const lines = new Path2D()
  const [befores, afters, gone] = [new Path2D(), new Path2D(), new Path2D()]
  for (const { from, to } of ghosts) {
    if (from !== null) {
      befores.moveTo(from[0] + radius, from[1])
      befores.arc(from[0], from[1], radius, 0, 2 * Math.PI)
    }
    if (to !== null) {
      afters.moveTo(to[0] + radius, to[1])
      afters.arc(to[0], to[1], radius, 0, 2 * Math.PI)
    } else if (from !== null) cross(gone, from, radius * 0.75)
    if (from !== null && to !== null) arrow(lines, from, to, radius, unit)
  }
  const stroke = (path: Path2D, colour: string, width: number): void => {
    pen.strokeStyle = colours.edge
    pen.globalAlpha = 0.7
    pen.lineWidth = (width + 2.4) * unit
    pen.stroke(path)
    pen.globalAlpha = 1
    pen.strokeStyle = colour
    pen.lineWidth = width * unit
    pen.stroke(path)
  }
  stroke(lines, colours.selected, 1.4)
  stroke(befores, colours.before, 1.8)
  pen.globalAlpha = 0.55
  pen.fillStyle = colours.after
  pen.fill(afters)
  stroke(afters, colours.after, 1.8)
  stroke(gone, colours.before, 1.8)
}

function cross(path: Path2D, [x, y]: Position, arm: number): void {
  path.moveTo(x - arm, y - arm)
  path.lineTo(x + arm, y + arm)
  path.moveTo(x + arm, y - arm)
  path.lineTo(x - arm, y + arm)
}

/** From ring to ring; none where the rings touch. */
function arrow(path: Path2D, [fromX, fromY]: Position, [toX, toY]: Position, radius: number, unit: number): void {
  const length = Math.hypot(toX - fromX, toY - fromY)
  if (length <= 2 * radius + 4 * unit) return
  const [dx, dy] = [(toX - fromX) / length, (toY - fromY) / length]
  const [tipX, tipY] = [toX - dx * radius, toY - dy * radius]
  const head = 5 * unit
  path.moveTo(fromX + dx * radius, fromY + dy * radius)
  path.lineTo(tipX, tipY)
  path.moveTo(tipX - (dx + dy * 0.6) * head, tipY - (dy - dx * 0.6) * head)
  path.lineTo(tipX, tipY)
  path.lineTo(tipX - (dx - dy * 0.6) * head, tipY - (dy + dx * 0.6) * head)
}

import type { SkeletonBone, SkeletonMark } from '../components/skeletonShapes.ts'
import { colourOfFinger, type SkeletonColours } from './skeletonColours.ts'

export interface SkeletonPicture {
  marks: readonly SkeletonMark[]
  bones: readonly SkeletonBone[]
  colours: 'hand' | 'finger'
  selected: ReadonlySet<number>
  /** Rows a rule would erase. */
  condemned: ReadonlySet<number>
  /** Rows that the file has changed since they were edited. */
  conflicts: ReadonlySet<number>
  hovered: number | null
  /** Rows without which a model's answer is another, and those of them that are pointed at. */
  influential: ReadonlySet<number>
  pointed: ReadonlySet<number>
  /** Where moved rows are in the file. */
  origins: ReadonlyMap<number, readonly [number, number]>
}

export const emptySkeleton: SkeletonPicture = { marks: [], bones: [], colours: 'hand', selected: new Set(), condemned: new Set(), conflicts: new Set(), hovered: null, influential: new Set(), pointed: new Set(), origins: new Map() }

type Pen = CanvasRenderingContext2D

/**
 * Draws keypoints and bones in frame pixels; `unit` = frame pixels per CSS pixel, so that marks keep their size at any zoom. Shape tells what colour does:
 * squares left and circles right, filled = seen, hollow with dashed bones = occluded, cross = erased.
 */
export function drawSkeleton(pen: Pen, picture: SkeletonPicture, colours: SkeletonColours, unit: number): void {
  pen.lineCap = 'round'
  pen.lineJoin = 'round'
  drawBones(pen, picture, colours, unit)
  drawOrigins(pen, picture, colours, unit)
  drawInfluences(pen, picture, colours, unit)
  drawRings(pen, picture.marks.filter(({ index }) => picture.condemned.has(index)), colours.erased, 7, unit, colours)
  drawRings(pen, picture.marks.filter(({ index }) => picture.selected.has(index)), colours.ring, 8, unit, colours)
  drawCrosses(pen, picture, colours, unit)
  drawMarks(pen, picture, colours, unit)
  drawConflicts(pen, picture, colours, unit)
}

const colourOf = ({ side, finger }: SkeletonMark | SkeletonBone, { colours: by }: SkeletonPicture, colours: SkeletonColours): string => (by === 'finger' ? colourOfFinger(finger) : colours[side])

function drawBones(pen: Pen, picture: SkeletonPicture, colours: SkeletonColours, unit: number): void {
  const stroke = (lines: readonly SkeletonBone[], colour: string, width: number, alpha: number): void => {
    pen.beginPath()
    for (const { x1, y1, x2, y2 } of lines) {
      pen.moveTo(x1, y1)
      pen.lineTo(x2, y2)
    }
    pen.strokeStyle = colour
    pen.lineWidth = width * unit
    pen.globalAlpha = alpha
    pen.stroke()
  }
  const { bones } = picture
  const live = bones.filter(({ erased }) => !erased)
  stroke(live.filter(({ hidden }) => !hidden), colours.edge, 4.5, 0.5)
  for (const [hidden, lines] of [[false, live.filter((bone) => !bone.hidden)], [true, live.filter((bone) => bone.hidden)]] as const) {
    pen.setLineDash(hidden ? [5 * unit, 5 * unit] : [])
    for (const [colour, own] of Map.groupBy(lines, (bone) => colourOf(bone, picture, colours))) stroke(own, colour, hidden ? 1.8 : 2.2, 0.95)
  }
  pen.setLineDash([])
  stroke(bones.filter(({ erased }) => erased), colours.erased, 1.2, 0.35)
  pen.globalAlpha = 1
}

/** A moved row keeps a thin line to the place the file has. */
function drawOrigins(pen: Pen, { marks, origins }: SkeletonPicture, colours: SkeletonColours, unit: number): void {
  if (origins.size === 0) return
  pen.beginPath()
  for (const { index, x, y } of marks) {
    const origin = origins.get(index)
    if (origin === undefined) continue
    pen.moveTo(origin[0], origin[1])
    pen.lineTo(x, y)
    pen.moveTo(origin[0] + 2 * unit, origin[1])
    pen.arc(origin[0], origin[1], 2 * unit, 0, 2 * Math.PI)
  }
  pen.strokeStyle = colours.after
  pen.lineWidth = unit
  pen.globalAlpha = 0.75
  pen.setLineDash([4 * unit, 3 * unit])
  pen.stroke()
  pen.setLineDash([])
  pen.globalAlpha = 1
}

function drawRings(pen: Pen, marks: readonly SkeletonMark[], colour: string, radius: number, unit: number, colours: SkeletonColours): void {
  if (marks.length === 0) return
  pen.beginPath()
  for (const { x, y } of marks) {
    pen.moveTo(x + radius * unit, y)
    pen.arc(x, y, radius * unit, 0, 2 * Math.PI)
  }
  pen.strokeStyle = colours.edge
  pen.globalAlpha = 0.6
  pen.lineWidth = 4 * unit
  pen.stroke()
  pen.globalAlpha = 1
  pen.strokeStyle = colour
  pen.lineWidth = 2 * unit
  pen.stroke()
}

/** Dashed rings, outside those of selected points; a whole one where a point is pointed at. */
function drawInfluences(pen: Pen, { marks, influential, pointed }: SkeletonPicture, colours: SkeletonColours, unit: number): void {
  const live = marks.filter(({ erased }) => !erased)
  pen.setLineDash([3.5 * unit, 3.5 * unit])
  drawRings(pen, live.filter(({ index }) => influential.has(index) && !pointed.has(index)), colours.conflict, 10.5, unit, colours)
  pen.setLineDash([])
  drawRings(pen, live.filter(({ index }) => pointed.has(index)), colours.conflict, 12, unit, colours)
}

function drawCrosses(pen: Pen, { marks, hovered }: SkeletonPicture, colours: SkeletonColours, unit: number): void {
  pen.beginPath()
  for (const { index, x, y, erased } of marks) {
    if (!erased) continue
    const arm = (index === hovered ? 5 : 3.5) * unit
    pen.moveTo(x - arm, y - arm)
    pen.lineTo(x + arm, y + arm)
    pen.moveTo(x + arm, y - arm)
    pen.lineTo(x - arm, y + arm)
  }
  pen.strokeStyle = colours.erased
  pen.lineWidth = 1.5 * unit
  pen.globalAlpha = 0.75
  pen.stroke()
  pen.globalAlpha = 1
}

function drawMarks(pen: Pen, picture: SkeletonPicture, colours: SkeletonColours, unit: number): void {
  const { marks, selected, hovered } = picture
  for (const mark of marks) {
    const { index, x, y, side, erased, hidden } = mark
    if (erased) continue
    const size = (index === hovered ? 6 : index % 21 === 0 ? 5 : 4) * unit
    const colour = colourOf(mark, picture, colours)
    const edge = selected.has(index) ? colours.selected : colours.edge
    const shape = (grow: number): void => {
      pen.beginPath()
      if (side === 'left') pen.rect(x - size - grow, y - size - grow, 2 * (size + grow), 2 * (size + grow))
      else pen.arc(x, y, size * 1.1 + grow, 0, 2 * Math.PI)
    }
    if (hidden) {
      shape(1.6 * unit)
      pen.strokeStyle = edge
      pen.lineWidth = 1.2 * unit
      pen.stroke()
      shape(0)
      pen.fillStyle = colours.edge
      pen.globalAlpha = 0.35
      pen.fill()
      pen.globalAlpha = 1
      pen.strokeStyle = colour
      pen.lineWidth = 2 * unit
      pen.stroke()
      continue
    }
    shape(0)
    pen.fillStyle = colour
    pen.fill()
    pen.strokeStyle = edge
    pen.lineWidth = 1.4 * unit
    pen.stroke()
  }
}

/** A small triangle at the shoulder of the point. */
function drawConflicts(pen: Pen, { marks, conflicts }: SkeletonPicture, colours: SkeletonColours, unit: number): void {
  if (conflicts.size === 0) return
  pen.beginPath()
  for (const { index, x, y } of marks) {
    if (!conflicts.has(index)) continue
    const [atX, atY] = [x + 8 * unit, y - 8 * unit]
    pen.moveTo(atX, atY - 5 * unit)
    pen.lineTo(atX + 5 * unit, atY + 4 * unit)
    pen.lineTo(atX - 5 * unit, atY + 4 * unit)
    pen.closePath()
  }
  pen.fillStyle = colours.conflict
  pen.strokeStyle = colours.edge
  pen.lineWidth = 1.2 * unit
  pen.fill()
  pen.stroke()
}

import type { Position } from '../../src-main/augment/projective.ts'
import type { SkeletonMark } from '../components/skeletonShapes.ts'
import { labelHeight, placeLabels, type LabelWish } from './labelPlacement.ts'
import type { SkeletonColours } from './skeletonColours.ts'
import { toStage, type Size, type Viewport } from './viewport.ts'

export interface Labels {
  /** Names by keypoint row; null = none is shown but those of `forced`. */
  nameOf: (row: number) => string
  all: boolean
  forced: ReadonlySet<number>
}

const padding = 4

/** Writes the names of points beside them, in CSS pixels of the stage. */
export function drawLabels(pen: CanvasRenderingContext2D, marks: readonly SkeletonMark[], { nameOf, all, forced }: Labels, view: Viewport, stage: Size, font: string, colours: SkeletonColours): void {
  const wanted = marks.filter(({ index, erased }) => forced.has(index) || (all && !erased))
  if (wanted.length === 0) return
  pen.font = `500 11px ${font}`
  pen.textBaseline = 'middle'
  const places = new Map(marks.filter(({ erased }) => !erased).map((mark) => [mark.index, toStage(view, [mark.x, mark.y])]))
  const onStage = ([x, y]: Position): boolean => x > -20 && y > -20 && x < stage.width + 20 && y < stage.height + 20
  const wishes = wanted.flatMap((mark): LabelWish[] => {
    const at = toStage(view, [mark.x, mark.y])
    if (!onStage(at)) return []
    const [wristX, wristY] = places.get(mark.index - (mark.index % 21)) ?? at
    // The wrist's name goes below the hand, a finger's away from the palm.
    const away: Position = mark.index % 21 === 0 ? [0, 1] : [(at[0] - wristX) * 2, at[1] - wristY]
    return [{ row: mark.index, at, width: widthOf(pen, nameOf(mark.index)) + 2 * padding, away, forced: forced.has(mark.index) }]
  })
  // Fingertips are told apart by their names, so they choose before the joints.
  const ordered = wishes.toSorted((a, b) => Number(b.row % 4 === 0) - Number(a.row % 4 === 0))
  const labels = placeLabels(ordered, [...places.values()].filter(onStage), stage)
  pen.fillStyle = colours.edge
  pen.globalAlpha = 0.72
  for (const { x, y, width } of labels) pen.fillRect(x, y, width, labelHeight)
  pen.globalAlpha = 1
  pen.fillStyle = colours.text
  for (const { row, x, y } of labels) pen.fillText(nameOf(row), x + padding, y + labelHeight / 2 + 0.5)
}

const widths = new Map<string, number>()

function widthOf(pen: CanvasRenderingContext2D, text: string): number {
  const key = `${pen.font} ${text}`
  const width = widths.get(key) ?? pen.measureText(text).width
  widths.set(key, width)
  return width
}

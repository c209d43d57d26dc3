import type { Position } from '../../src-main/augment/projective.ts'
import type { Size } from './viewport.ts'

/** A name that wants to stand beside a point. All lengths in CSS pixels of the stage. */
export interface LabelWish {
  row: number
  at: Position
  width: number
  /** Where the name had better stand, seen from the point. */
  away: Position
  /** Stands in any case; the others only where there is room. */
  forced: boolean
}

export interface PlacedLabel {
  row: number
  /** Left and top. */
  x: number
  y: number
  width: number
}

export const labelHeight = 16
/** From a point to its name. */
const gap = 9
/** The eight ways out of a point, right first. */
const directions: readonly Position[] = [[1, 0], [-1, 0], [1, -1], [1, 1], [-1, -1], [-1, 1], [0, -1], [0, 1]]

/**
 * Finds a place for each name beside its point: on the stage, over no other name, over no more than one point. A name that finds none is left out, unless
 * it is forced. Forced names choose first, then the others in the order given.
 */
export function placeLabels(wishes: readonly LabelWish[], points: readonly Position[], stage: Size): PlacedLabel[] {
  const placed: PlacedLabel[] = []
  for (const wish of [...wishes.filter(({ forced }) => forced), ...wishes.filter(({ forced }) => !forced)]) {
    let best: { label: PlacedLabel; cost: number } | null = null
    for (const direction of directions) {
      const label = besideOf(wish, direction)
      const collisions = placed.filter((other) => overlap(label, other)).length
      const covered = points.filter((point) => contains(label, point)).length
      const outside = label.x < 0 || label.y < 0 || label.x + label.width > stage.width || label.y + labelHeight > stage.height
      if (!wish.forced && (collisions > 0 || covered > 1 || outside)) continue
      const length = Math.hypot(...wish.away) || 1
      const turned = 1 - (direction[0] * wish.away[0] + direction[1] * wish.away[1]) / (length * Math.hypot(...direction))
      const cost = (outside ? 100 : 0) + collisions * 30 + covered * 2 + turned
      if (best === null || cost < best.cost) best = { label, cost }
    }
    if (best !== null) placed.push(best.label)
  }
  return placed
}

function besideOf({ row, at: [x, y], width }: LabelWish, [dx, dy]: Position): PlacedLabel {
  const reach = dx !== 0 && dy !== 0 ? gap * 0.7 : gap
  return { row, width, x: dx > 0 ? x + reach : dx < 0 ? x - reach - width : x - width / 2, y: dy > 0 ? y + reach : dy < 0 ? y - reach - labelHeight : y - labelHeight / 2 }
}

const overlap = (a: PlacedLabel, b: PlacedLabel): boolean => a.x < b.x + b.width && b.x < a.x + a.width && Math.abs(a.y - b.y) < labelHeight
const contains = ({ x, y, width }: PlacedLabel, [atX, atY]: Position): boolean => atX > x - 3 && atX < x + width + 3 && atY > y - 3 && atY < y + labelHeight + 3

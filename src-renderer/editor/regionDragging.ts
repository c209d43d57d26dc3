import type { Position } from '../../src-main/augment/projective.ts'
import type { Box } from '../../src-main/contract/crop.ts'
import type { Size } from './viewport.ts'

/** Where a region box is held: which sides follow the hand. All four when it is held inside. */
export interface Grip {
  /** Which of the boxes. */
  at: number
  x: 'x0' | 'x1' | 'both' | null
  y: 'y0' | 'y1' | 'both' | null
}

/** Shortest side of a box, in pixels of the frame. */
const shortestSide = 4

/** What of the boxes is under the hand: a corner or side within `reach` before an inside, a later (upper) box before an earlier one. */
export function gripAt(boxes: readonly Box[], place: Position, reach: number): Grip | null {
  const grips = boxes.map((box, at) => gripOf(box, at, place, reach)).filter((grip) => grip !== null)
  return grips.findLast(({ x, y }) => x !== 'both' || y !== 'both') ?? grips.at(-1) ?? null
}

function gripOf({ x0, y0, x1, y1 }: Box, at: number, [x, y]: Position, reach: number): Grip | null {
  if (x < x0 - reach || x > x1 + reach || y < y0 - reach || y > y1 + reach) return null
  const nearer = <Side>(place: number, low: number, high: number, sides: readonly [Side, Side]): Side | null => {
    const [toLow, toHigh] = [Math.abs(place - low), Math.abs(place - high)]
    return Math.min(toLow, toHigh) > reach ? null : toHigh <= toLow ? sides[1] : sides[0]
  }
  const sideX = nearer<'x0' | 'x1'>(x, x0, x1, ['x0', 'x1'])
  const sideY = nearer<'y0' | 'y1'>(y, y0, y1, ['y0', 'y1'])
  return sideX === null && sideY === null ? { at, x: 'both', y: 'both' } : { at, x: sideX, y: sideY }
}

/** The box after the hand went `by` from where it took it: whole pixels, inside the frame, no side shorter than `shortestSide`. */
export function draggedBox(box: Box, { x, y }: Pick<Grip, 'x' | 'y'>, [dx, dy]: Position, { width, height }: Size): Box {
  const [x0, x1] = draggedSpan(box.x0, box.x1, x === 'x0' ? 'low' : x === 'x1' ? 'high' : x, dx, width)
  const [y0, y1] = draggedSpan(box.y0, box.y1, y === 'y0' ? 'low' : y === 'y1' ? 'high' : y, dy, height)
  return { x0, y0, x1, y1 }
}

function draggedSpan(low: number, high: number, held: 'low' | 'high' | 'both' | null, by: number, length: number): [number, number] {
  const within = (value: number, from: number, to: number): number => Math.min(Math.max(Math.round(value), from), Math.max(from, to))
  if (held === 'low') return [within(low + by, 0, high - shortestSide), high]
  if (held === 'high') return [low, within(high + by, low + shortestSide, length)]
  if (held === null) return [low, high]
  const start = within(low + by, 0, length - (high - low))
  return [start, start + (high - low)]
}

/** The box drawn between two places: whole pixels, inside the frame; null while it is too small. */
export function drawnBox([ax, ay]: Position, [bx, by]: Position, { width, height }: Size): Box | null {
  const [x0, x1] = [ax, bx].map((value) => Math.min(width, Math.max(0, Math.round(value)))).sort((a, b) => a - b) as [number, number]
  const [y0, y1] = [ay, by].map((value) => Math.min(height, Math.max(0, Math.round(value)))).sort((a, b) => a - b) as [number, number]
  return x1 - x0 < shortestSide || y1 - y0 < shortestSide ? null : { x0, y0, x1, y1 }
}

/** The CSS cursor over a grip. */
export function cursorOf({ x, y }: Pick<Grip, 'x' | 'y'>): string {
  if (x === 'both' || y === 'both') return 'move'
  if (x === null) return 'ns-resize'
  if (y === null) return 'ew-resize'
  return (x === 'x0') === (y === 'y0') ? 'nwse-resize' : 'nesw-resize'
}

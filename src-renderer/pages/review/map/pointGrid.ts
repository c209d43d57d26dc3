import type { Position } from '../../../../src-main/augment/projective.ts'
import type { Box } from '../../../../src-main/contract/crop.ts'
import type { PointCloud } from './pointCloud.ts'

type Places = Pick<PointCloud, 'x' | 'y' | 'size'>

/** Points by the square they lie in, so that the ones near a place are found without looking at all. */
export interface PointGrid {
  /** Indices of the points in a box, borders included. */
  inBox: (box: Box) => number[]
  /** The point nearest to a place within `reach` (in the plane's units); null when there is none. */
  nearest: (at: Position, reach: number) => number | null
}

const mostSquares = 256

export function gridOf({ x, y, size }: Places): PointGrid {
  const across = Math.max(1, Math.min(mostSquares, Math.ceil(Math.sqrt(x.length))))
  const side = Math.max(size.width, size.height) / across || 1
  const square = (place: number): number => Math.min(across - 1, Math.max(0, Math.floor(place / side)))
  /** Points of square s: `members[starts[s]] … members[starts[s + 1] − 1]`. */
  const starts = new Uint32Array(across * across + 1)
  const squares = Uint32Array.from(x, (place, index) => square(y[index] ?? 0) * across + square(place))
  for (const at of squares) starts[at + 1]! += 1
  for (let at = 0; at < across * across; at++) starts[at + 1]! += starts[at]!
  const next = starts.slice()
  const members = new Uint32Array(x.length)
  for (const [index, at] of squares.entries()) members[next[at]!++] = index

  function inBox({ x0, y0, x1, y1 }: Box): number[] {
    const found: number[] = []
    for (let row = square(y0); row <= square(y1); row++)
      for (let member = starts[row * across + square(x0)]!; member < starts[row * across + square(x1) + 1]!; member++) {
        const index = members[member]!
        const [atX, atY] = [x[index]!, y[index]!]
        if (atX >= x0 && atX <= x1 && atY >= y0 && atY <= y1) found.push(index)
      }
    return found
  }

  function nearest([atX, atY]: Position, reach: number): number | null {
    let best: number | null = null
    let least = reach
    for (const index of inBox({ x0: atX - reach, y0: atY - reach, x1: atX + reach, y1: atY + reach })) {
      const distance = Math.hypot(x[index]! - atX, y[index]! - atY)
      if (distance > least) continue
      best = index
      least = distance
    }
    return best
  }

  return { inBox, nearest }
}

/** Whether a place lies inside a closed line, by the even–odd rule. */
export function isInside([x, y]: Position, line: readonly Position[]): boolean {
  let inside = false
  for (const [index, [ax, ay]] of line.entries()) {
    const [bx, by] = line[(index + line.length - 1) % line.length] as Position
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside
}

/** Points inside a line drawn round them. */
export function inLasso({ x, y }: Places, grid: PointGrid, line: readonly Position[]): number[] {
  if (line.length < 3) return []
  const [xs, ys] = [line.map(([at]) => at), line.map(([, at]) => at)]
  return grid.inBox({ x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) }).filter((index) => isInside([x[index]!, y[index]!], line))
}

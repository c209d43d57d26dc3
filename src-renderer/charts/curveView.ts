import type { LinePoints } from './decimator.ts'

export interface CurveLine {
  name: string
  colour: string
  points: LinePoints
  /** What a unit of the points' x is on the chart's axis. */
  xScale: number
  width: number
  /** 0–1 */
  opacity: number
  dashed?: boolean
  /** Every point, in rising x: what is said where the pointer is. Absent: nothing is said of this line. */
  exact?: LinePoints | undefined
  /** The same before smoothing, said in brackets. */
  exactRaw?: LinePoints | undefined
  /** Low and high at each point's x, filled behind the line. */
  band?: { lows: ArrayLike<number>; highs: ArrayLike<number> } | undefined
}

export interface CurveMark {
  x: number
  colour: string
  title: string
  /** A ring on the line; an upright line where absent. */
  y?: number
  /** Of an upright line, as a share of the chart's; all of it where absent. */
  height?: number
  dashed?: boolean
}

/** A chart of lines over one x axis. */
export interface CurveView {
  lines: readonly CurveLine[]
  marks: readonly CurveMark[]
  xMin: number
  xMax: number
  /** Absent: as the lines need. */
  yMin?: number | undefined
  yMax?: number | undefined
  logarithmic: boolean
  /** A level to compare with, where it is in sight. */
  level?: { value: number; name: string } | undefined
}

export interface CurveReading {
  name: string
  colour: string
  dashed: boolean
  x: number
  y: number
  raw: number | null
}

/** Lowest and highest of what is drawn; for a logarithmic axis only above zero. Null where nothing is. */
export function extent({ lines, logarithmic }: Pick<CurveView, 'lines' | 'logarithmic'>): [low: number, high: number] | null {
  let [low, high] = [Infinity, -Infinity]
  const take = (values: ArrayLike<number>, count: number): void => {
    for (let at = 0; at < count; at++) {
      const value = values[at] as number
      if (Number.isFinite(value) && (!logarithmic || value > 0)) {
        if (value < low) low = value
        if (value > high) high = value
      }
    }
  }
  for (const { points, band } of lines) {
    take(points.ys, points.count)
    if (band !== undefined && !logarithmic) for (const values of [band.lows, band.highs]) take(values, points.count)
  }
  return low > high ? null : [low, high]
}

/** What the lines say at an x: of each its nearest point, where it has one within `reach`. */
export function readings(lines: readonly CurveLine[], x: number, reach: number): CurveReading[] {
  return lines.flatMap(({ name, colour, dashed, xScale, exact, exactRaw }) => {
    if (exact === undefined) return []
    const at = nearest(exact, x / xScale)
    const [pointX, y] = [(exact.xs[at] as number) * xScale, exact.ys[at] as number]
    if (at < 0 || !Number.isFinite(y) || Math.abs(pointX - x) > reach) return []
    return [{ name, colour, dashed: dashed === true, x: pointX, y, raw: exactRaw === undefined ? null : (exactRaw.ys[at] ?? null) }]
  })
}

/** Position of the point with the nearest x; −1 without points. */
function nearest({ xs, count }: LinePoints, x: number): number {
  let [low, high] = [0, count - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((xs[middle] as number) < x) low = middle + 1
    else high = middle
  }
  if (low > 0 && x - (xs[low - 1] as number) < (xs[low] as number) - x) return low - 1
  return count === 0 ? -1 : low
}

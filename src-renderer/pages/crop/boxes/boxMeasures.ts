import { heightOf, widthOf, type BoxRow } from './boxSurvey.ts'

/** What boxes are compared by, each over a fixed range, so that the bars stay where they are while a slider moves. */
export const boxMeasures = ['width', 'height', 'share', 'aspect', 'motion'] as const
export type BoxMeasure = (typeof boxMeasures)[number]

/** A range of values cut into bars; what lies beyond an end is in the outermost bar. */
export interface Scale {
  from: number
  to: number
  /** Equal ratios instead of equal differences. */
  logarithmic: boolean
}

export const barCount = 28

/** A box's value; null where it has none. Pixels for width and height. */
export function measureOf(row: BoxRow, measure: BoxMeasure): number | null {
  if (row.box === null) return null
  return measure === 'width' ? widthOf(row.box) : measure === 'height' ? heightOf(row.box) : row[measure]
}

/** @param frame the largest frame of the data set, pixels */
export function scaleOf(measure: BoxMeasure, frame: { width: number; height: number }): Scale {
  switch (measure) {
    case 'width':
      return { from: 0, to: frame.width, logarithmic: false }
    case 'height':
      return { from: 0, to: frame.height, logarithmic: false }
    case 'share':
      return { from: 0, to: 1, logarithmic: false }
    case 'aspect':
      return { from: 1 / 4, to: 4, logarithmic: true }
    case 'motion':
      return { from: 0, to: 1, logarithmic: false }
  }
}

/** The bar, 0 … `barCount` − 1, that a value is in. */
export function barOf(value: number, { from, to, logarithmic }: Scale): number {
  const at = logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from)
  return Math.min(barCount - 1, Math.max(0, Math.floor(at * barCount)))
}

/** Values at which a bar begins and ends. */
export function barRange(bar: number, { from, to, logarithmic }: Scale): [from: number, to: number] {
  const at = (share: number): number => (logarithmic ? from * (to / from) ** share : from + (to - from) * share)
  return [at(bar / barCount), at((bar + 1) / barCount)]
}

/** How many boxes are in each bar, and the median (the upper of two; null of none). */
export function histogram(rows: readonly BoxRow[], measure: BoxMeasure, scale: Scale): { bars: number[]; median: number | null } {
  const bars = Array.from({ length: barCount }, () => 0)
  const values: number[] = []
  for (const row of rows) {
    const value = measureOf(row, measure)
    if (value === null) continue
    values.push(value)
    bars[barOf(value, scale)]!++
  }
  return { bars, median: new Float64Array(values).sort()[Math.floor(values.length / 2)] ?? null }
}

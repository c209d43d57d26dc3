export interface StripValue {
  id: string
  value: number
  title: string
  /** Drawn hollow. */
  hollow?: boolean
}

/** Values on one line of a strip plot, all to lie below (`lower`) or at and above (`upper`) the threshold. */
export interface StripRow {
  id: string
  label: string
  side: 'lower' | 'upper'
  values: readonly StripValue[]
  /** Threshold of this row alone, by which its values are judged. */
  own?: number | null | undefined
  colour?: string | undefined
}

/** Values that should lie below (`lower`) or at and above (`upper`) a threshold, with those that do not marked. */
export const stripPoints = (values: readonly StripValue[], threshold: number, side: 'lower' | 'upper'): (StripValue & { wrong: boolean })[] =>
  values.map((value) => ({ ...value, wrong: side === 'lower' ? value.value >= threshold : value.value < threshold }))

/** Round numbers from 0 up to `largest`, about `count` steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(largest: number, count: number): number[] {
  const raw = largest / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power
  return Array.from({ length: Math.floor(largest / step + 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

/**
 * How far from the middle of a row each of the places `xs` is drawn so that marks of a radius do not cover each other: in turns below and above,
 * within ± `room`; where there is no room left they do cover each other.
 */
export function stacked(xs: readonly number[], radius: number, room: number): number[] {
  const step = radius * 1.7
  const levels = Array.from({ length: 1 + 2 * Math.max(0, Math.floor((room - radius) / step)) }, (_, index) => (index % 2 === 1 ? -1 : 1) * Math.ceil(index / 2) * step)
  const ends = levels.map(() => -Infinity)
  const offsets = xs.map(() => 0)
  for (const [place, x] of [...xs.entries()].sort((first, second) => first[1] - second[1])) {
    const free = ends.findIndex((end) => x - end >= radius * 2)
    const level = free >= 0 ? free : ends.indexOf(Math.min(...ends))
    ends[level] = x
    offsets[place] = levels[level] ?? 0
  }
  return offsets
}

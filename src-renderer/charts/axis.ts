export interface Axis {
  low: number
  high: number
  ticks: number[]
  /** 0 at `low`, 1 at `high`. */
  share(value: number): number
}

/** Round step of about a `count`-th of a range: 1, 2 or 5 times a power of ten. */
function roundStep(range: number, count: number): number {
  const raw = range / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(raw))
  return ([1, 2, 5, 10].find((factor) => factor * power >= raw * (1 - 1e-9)) ?? 10) * power
}

/** Multiples of a round step within a range. */
function roundTicks(low: number, high: number, count: number): number[] {
  const step = roundStep(high - low, count)
  const first = Math.ceil(low / step - 1e-9)
  const ticks = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: Math.max(0, ticks) }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

/** An axis from `low` to `high`; where a bound is not given it lies on a round number beyond the values. */
export function linearAxis([least, most]: readonly [number, number], { low, high, count }: { low?: number | undefined; high?: number | undefined; count: number }): Axis {
  const [from, to] = [low ?? least, high ?? most]
  const range = to > from ? to - from : Math.abs(from) * 0.1 || 1
  const step = roundStep(range, count)
  const bottom = low ?? Math.floor(from / step + 1e-9) * step
  const top = high ?? Math.max(Math.ceil(to / step - 1e-9) * step, bottom + step)
  return { low: bottom, high: top, ticks: roundTicks(bottom, top, count), share: (value) => (value - bottom) / (top - bottom) }
}

/** A logarithmic axis around values above zero. */
export function logarithmicAxis([least, most]: readonly [number, number], count: number): Axis {
  const [bottom, top] = [least / 1.08, Math.max(most, least * 1.2) * 1.08]
  const decades = Math.log10(top / bottom)
  const factors = decades > count ? [1] : decades > count / 3 ? [1, 3] : decades > 0.8 ? [1, 2, 5] : null
  const powers = Array.from({ length: Math.floor(Math.log10(top)) - Math.floor(Math.log10(bottom)) + 1 }, (_, index) => Math.floor(Math.log10(bottom)) + index)
  const ticks = factors === null ? roundTicks(bottom, top, count) : powers.flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12)))).filter((tick) => tick >= bottom && tick <= top)
  const every = Math.ceil(ticks.length / (count + 2))
  return { low: bottom, high: top, ticks: ticks.filter((_, index) => index % every === 0), share: (value) => Math.log(Math.max(value, bottom) / bottom) / Math.log(top / bottom) }
}

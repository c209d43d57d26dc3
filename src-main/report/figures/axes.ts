import { html, type Html } from '../html.ts'

/** A value's place along an axis of a figure. */
export interface Axis {
  low: number
  high: number
  ticks: number[]
  at(value: number): number
}

/** Round numbers (1, 2 or 5 times a power of ten) that cover a range, about `count` of them. */
export function niceTicks(low: number, high: number, count = 5): number[] {
  const span = high - low || Math.abs(high) || 1
  const power = 10 ** Math.floor(Math.log10(span / count))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= count) ?? 10 * power
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil((low + span) / step - 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

/** @param from and `to` where the lowest and the highest value stand, in units of the figure */
export function axis(ticks: number[], from: number, to: number): Axis {
  const [low, high] = [ticks[0]!, ticks.at(-1)!]
  return { low, high, ticks, at: (value) => from + ((value - low) / (high - low || 1)) * (to - from) }
}

/** With as few digits as a coordinate needs. */
export const place = (value: number): string => String(Math.round(value * 10) / 10)

/** Gridlines of a figure with its numbers beside and under it. */
export function grid(x: Axis, y: Axis, titles: { x: string; y: string }): Html {
  const [left, right, top, bottom] = [x.at(x.low), x.at(x.high), y.at(y.high), y.at(y.low)]
  return html`${y.ticks.map((tick) => html`<path class="rule" d="M${place(left)} ${place(y.at(tick))}H${place(right)}"/><text class="tick end" x="${place(left - 6)}" y="${place(y.at(tick) + 3.5)}">${tick}</text>`)}
${x.ticks.map((tick) => html`<text class="tick mid" x="${place(x.at(tick))}" y="${place(bottom + 14)}">${tick}</text>`)}
<text class="tick end" x="${place(right)}" y="${place(bottom + 28)}">${titles.x}</text><text class="tick" x="${place(left - 30)}" y="${place(top - 9)}">${titles.y}</text>`
}

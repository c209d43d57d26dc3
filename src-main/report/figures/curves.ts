import { html, type Html } from '../html.ts'
import { axis, grid, niceTicks, place, type Axis } from './axes.ts'

/** A fold's values by epoch, from 1 on. */
export interface FoldCurve {
  fold: number
  points: { epoch: number; value: number }[]
}

interface CurveTexts {
  epoch: string
  value: string
  fold(fold: string): string
  mean: string
  spread: string
  chance: string
}

const [width, height] = [560, 300]
const inner = { left: 44, right: width - 12, top: 26, bottom: height - 36 }
/** A line has no more points; of more, neighbours are averaged. */
const mostPoints = 240

/** Curves of folds over the epochs, thin, with their mean and one standard deviation about it. `chance`: a line for comparison, where it falls into the picture. */
export function curveFigure(curves: readonly FoldCurve[], texts: CurveTexts, chance: number | null): Html {
  const thinned = curves.map(({ fold, points }) => ({ fold, points: thin(points) }))
  const mean = curves.length > 1 ? thin(meanCurve(curves)) : []
  const all = [...thinned.flatMap(({ points }) => points.map(({ value }) => value)), ...mean.flatMap(({ value, deviation }) => [Math.max(0, value - deviation), value + deviation])]
  const [low, high] = [all.reduce((least, value) => Math.min(least, value), Infinity), all.reduce((most, value) => Math.max(most, value), -Infinity)]
  const lastEpoch = curves.reduce((last, { points }) => Math.max(last, points.at(-1)?.epoch ?? 1), 1)
  const x = epochAxis(lastEpoch)
  const y = axis(niceTicks(low, high), inner.bottom, inner.top)
  const path = (points: readonly { epoch: number; value: number }[]): string => points.map(({ epoch, value }, index) => `${index === 0 ? 'M' : 'L'}${place(x.at(epoch))} ${place(y.at(value))}`).join('')
  const band = [...mean.map(({ epoch, value, deviation }) => ({ epoch, value: value + deviation })), ...mean.toReversed().map(({ epoch, value, deviation }) => ({ epoch, value: Math.max(y.low, value - deviation) }))]
  return html`<svg class="figure" viewBox="0 0 ${width} ${height}" role="img" aria-label="${texts.value}">
${grid(x, y, { x: texts.epoch, y: texts.value })}
${band.length > 0 && html`<path class="band" d="${path(band)}Z"><title>${texts.spread}</title></path>`}
${chance !== null && chance > y.low && chance < y.high && html`<path class="chance" d="M${inner.left} ${place(y.at(chance))}H${inner.right}"/><text class="tick end" x="${inner.right}" y="${place(y.at(chance) - 4)}">${texts.chance}</text>`}
${thinned.map(({ fold, points }) => html`<path class="line series-${fold % 8}${curves.length > 1 ? '' : ' thick'}" d="${path(points)}"><title>${texts.fold(String(fold))}</title></path>${points.length === 1 && html`<circle class="dot series-${fold % 8}" cx="${place(x.at(points[0]!.epoch))}" cy="${place(y.at(points[0]!.value))}" r="2.5"><title>${texts.fold(String(fold))}</title></circle>`}`)}
${mean.length > 0 && html`<path class="line mean" d="${path(mean)}"><title>${texts.mean}</title></path>`}
</svg>`
}

function epochAxis(last: number): Axis {
  const ticks = niceTicks(1, last).filter((tick) => Number.isInteger(tick) && tick >= 1 && tick <= last)
  return { low: 1, high: last, ticks, at: (epoch) => inner.left + ((epoch - 1) / Math.max(1, last - 1)) * (inner.right - inner.left) }
}

/** Mean and standard deviation over the folds, of each epoch that at least two of them have. */
export function meanCurve(curves: readonly FoldCurve[]): { epoch: number; value: number; deviation: number }[] {
  const byEpoch = Map.groupBy(curves.flatMap(({ points }) => points), ({ epoch }) => epoch)
  return [...byEpoch].filter(([, points]) => points.length > 1).sort(([a], [b]) => a - b).map(([epoch, points]) => {
    const value = points.reduce((sum, point) => sum + point.value, 0) / points.length
    return { epoch, value, deviation: Math.sqrt(points.reduce((sum, point) => sum + (point.value - value) ** 2, 0) / (points.length - 1)) }
  })
}

function thin<T extends { epoch: number; value: number }>(points: readonly T[]): T[] {
  const size = Math.ceil(points.length / mostPoints)
  if (size <= 1) return [...points]
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const part = points.slice(index * size, (index + 1) * size)
    return { ...part.at(-1)!, value: part.reduce((sum, { value }) => sum + value, 0) / part.length }
  })
}

import type { Metric } from '../../contract/train.ts'
import { curveFigure, type FoldCurve } from '../figures/curves.ts'
import { html, type Html } from '../html.ts'
import { section, type SectionContext } from './context.ts'

/** A fold's values over its epochs; of an epoch that was trained twice, after a stop, the later one. */
export function foldCurves(epochs: readonly Metric[], valueOf: (metric: Metric) => number | null): FoldCurve[] {
  const byFold = Map.groupBy(epochs, ({ fold }) => fold)
  return [...byFold].sort(([a], [b]) => a - b).flatMap(([fold, metrics]) => {
    const values = new Map(metrics.flatMap((metric) => {
      const value = valueOf(metric)
      return value === null || !Number.isFinite(value) ? [] : [[metric.epoch, value] as const]
    }))
    const points = [...values].sort(([a], [b]) => a - b).map(([epoch, value]) => ({ epoch, value }))
    return points.length === 0 ? [] : [{ fold, points }]
  })
}

export function curvesSection({ data: { epochs, summary }, t }: SectionContext): Html {
  const validation = foldCurves(epochs, ({ validationLogLoss }) => validationLogLoss)
  const training = foldCurves(epochs, ({ loss }) => loss)
  const figure = (curves: readonly FoldCurve[], value: string, chance: number | null): Html | null =>
    curves.length === 0 ? null : html`<figure>${curveFigure(curves, { ...t.chart, value }, chance)}</figure>`
  if (validation.length + training.length === 0) return section('curves', t.curves.title, html`<p class="muted">${t.curves.none}</p>`)
  return section('curves', t.curves.title,
    html`<div class="pair">${figure(validation, t.curves.validation, summary.chance)}${figure(training, t.curves.training, null)}</div>`,
    html`<p class="legend">${Math.max(validation.length, training.length) > 1 ? validation.map(({ fold }) => html`<span class="key series-${fold % 8}">${t.chart.fold(String(fold))}</span>`) : null}</p>`,
    html`<p class="muted">${validation.length > 1 ? t.curves.note : t.curves.noteOne}</p>`)
}

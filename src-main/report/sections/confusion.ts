import type { ConfusionCell } from '../../contract/evaluate.ts'
import { heatMap } from '../figures/heatMap.ts'
import { reliabilityFigure } from '../figures/reliability.ts'
import { html, type Html } from '../html.ts'
import { className, lookAlikeChip, section, table, type SectionContext } from './context.ts'

const pairsShown = 20

/** What is taken for what: the pairs most often confused, and the whole matrix. */
export function confusionSection({ data: { confusion }, t, format }: SectionContext): Html {
  const names = new Map(confusion.classes.map(({ poseId, name }) => [poseId, name]))
  const pairs = confusion.cells.filter(({ answer, predicted }) => answer !== predicted).toSorted((a, b) => b.count - a.count || b.logLoss - a.logLoss).slice(0, pairsShown)
  const cell = (poseId: number): Html => className(poseId, names.get(poseId) ?? '')
  return section('confusion', t.confusion.title,
    html`<h3>${t.confusion.pairs}</h3>`,
    pairs.length === 0 ? html`<p class="muted">${t.confusion.pairsNone}</p>` : table<ConfusionCell>(pairs, [
      { title: t.column.answer, cell: ({ answer }) => cell(answer) },
      { title: t.column.predicted, cell: ({ predicted }) => cell(predicted) },
      { title: t.column.times, cell: ({ count }) => format.integer(count), number: true },
      { title: t.column.logLoss, cell: ({ logLoss }) => format.logLoss(logLoss), number: true },
      { title: t.column.marks, cell: ({ lookAlike }) => lookAlikeChip(lookAlike, t) ?? '' },
    ]),
    confusion.order.length === 0 ? null : html`<h3>${t.confusion.matrix}</h3><p class="muted">${t.confusion.matrixNote}</p><figure>${heatMap(confusion, { answer: t.confusion.axisAnswer, predicted: t.confusion.axisPredicted })}</figure>`)
}

export function calibrationSection({ data: { calibration }, t, format }: SectionContext): Html {
  const words = ({ count, confidence, accuracy }: (typeof calibration)['bins'][number]): string =>
    `${t.sequences(count, format.integer(count))} · ${t.calibration.confidence} ${format.percent(confidence)} · ${t.calibration.accuracy} ${format.percent(accuracy)}`
  return section('calibration', t.calibration.title,
    html`<p>${t.calibration.note(format.logLoss(calibration.expectedCalibrationError), format.logLoss(calibration.brier))}</p>`,
    html`<div class="pair"><figure>${reliabilityFigure(calibration, t.calibration, words)}</figure><div>${table(calibration.bins.filter(({ count }) => count > 0), [
      { title: t.calibration.confidence, cell: ({ from, to }) => `${format.share(from)} – ${format.share(to)}` },
      { title: t.column.count, cell: ({ count }) => format.integer(count), number: true },
      { title: t.calibration.mean, cell: ({ confidence }) => format.percent(confidence), number: true },
      { title: t.calibration.accuracy, cell: ({ accuracy }) => format.percent(accuracy), number: true },
    ])}</div></div>`)
}

import type { EvaluationSummary } from '../../contract/evaluate.ts'
import type { RunFold } from '../../contract/train.ts'
import { html, type Html } from '../html.ts'
import { section, table, type SectionContext } from './context.ts'

const card = (title: string, value: string, note: string): Html => html`<div class="card"><dt>${title}</dt><dd>${value}</dd><dd class="note">${note}</dd></div>`

export function scoresSection({ data: { run, summary, rules, calibration, leakingSequences }, t, format }: SectionContext): Html {
  const { sequence, frame, afterRules, chance, classes, folds, topTenShare } = summary
  const rulesOn = rules.rules.some(({ enabled }) => enabled)
  const unfinished = folds.length < run.folds.length
  return section('scores', t.scores.title,
    html`<p>${t.scores.lead}</p>`,
    unfinished ? html`<p class="caution">${t.scores.unfinished(format.integer(folds.length), format.integer(run.folds.length))}</p>` : null,
    leakingSequences > 0 ? html`<p class="caution">${t.scores.leaky(format.integer(leakingSequences))}</p>` : null,
    html`<dl class="cards">
${card(t.scores.sequence, format.logLoss(sequence.logLoss), t.scores.sequenceNote(format.logLoss(chance), format.integer(classes)))}
${card(t.scores.rules, afterRules && rulesOn ? format.logLoss(afterRules.logLoss) : '–', afterRules && rulesOn ? format.percent(afterRules.accuracy) : t.scores.rulesNone)}
${card(t.scores.accuracy, format.percent(sequence.accuracy), t.scores.accuracyNote(format.integer(Math.round(sequence.accuracy * sequence.count)), format.integer(sequence.count)))}
${card(t.scores.frame, format.logLoss(frame.logLoss), `${t.scores.frameNote} · ${format.percent(frame.accuracy)}`)}
${card(t.scores.topTen, format.percent(topTenShare), t.scores.topTenNote)}
${card(t.scores.calibration, format.percent(calibration.expectedCalibrationError), t.scores.calibrationNote)}
</dl>`)
}

type FoldRow = Pick<EvaluationSummary, 'frame' | 'sequence'> & { title: string; fold: RunFold | null }

export function foldsSection({ data: { run, summary }, t, format }: SectionContext): Html {
  const byFold = new Map(run.folds.map((fold) => [fold.fold, fold]))
  const rows = summary.folds.map(({ fold, frame, sequence }): FoldRow => ({ title: String(fold), frame, sequence, fold: byFold.get(fold) ?? null }))
  const all: FoldRow = { title: t.all, frame: summary.frame, sequence: summary.sequence, fold: null }
  const number = true
  return section('folds', t.folds.title, table(rows, [
    { title: t.column.fold, cell: ({ title }) => title },
    { title: t.column.sequences, cell: ({ sequence }) => format.integer(sequence.count), number },
    { title: t.column.sequenceLogLoss, cell: ({ sequence }) => html`<b>${format.logLoss(sequence.logLoss)}</b>`, number },
    { title: t.column.sequenceAccuracy, cell: ({ sequence }) => format.percent(sequence.accuracy), number },
    { title: t.column.frames, cell: ({ frame }) => format.integer(frame.count), number },
    { title: t.column.frameLogLoss, cell: ({ frame }) => format.logLoss(frame.logLoss), number },
    { title: t.column.frameAccuracy, cell: ({ frame }) => format.percent(frame.accuracy), number },
    { title: t.column.bestEpoch, cell: ({ fold }) => (fold === null ? '' : `${fold.bestEpoch ?? '–'} / ${fold.epochs}`), number },
    { title: t.column.state, cell: ({ fold }) => (fold === null ? '' : fold.carriedFrom === null ? t.state[fold.state] : t.carried(String(fold.carriedFrom))) },
  ], [all]))
}

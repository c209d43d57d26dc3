import type { BreakdownRow } from '../../contract/evaluate.ts'
import { html, name, type Html } from '../html.ts'
import { className, section, shareBar, table, type SectionContext } from './context.ts'

/** Rows of a table; the rest is counted. */
const rowsShown = 12

/** Which classes, hands and actors carry the loss. */
export function partsSection(context: SectionContext): Html {
  const { data: { parts }, t } = context
  const hand = ({ key }: BreakdownRow): string => t.hand[key] ?? (key === '' ? t.unknown : key)
  return section('parts', t.parts.title, html`<p>${t.parts.lead}</p>`,
    html`<div class="columns">
<div>${part(t.parts.class, parts.class, context, (row) => (row.poseId === null ? row.name : className(row.poseId, row.name)))}</div>
<div>${part(t.parts.hand, parts.hand, context, hand)}${part(t.parts.actor, parts.actor, context, ({ key }) => (key === '' ? t.unknown : name(key)))}</div>
</div>`)
}

function part(title: string, rows: readonly BreakdownRow[], { t, format }: SectionContext, words: (row: BreakdownRow) => Html | string): Html | null {
  if (rows.length === 0) return null
  const shown = rows.slice(0, rowsShown)
  const most = shown.reduce((largest, { share }) => Math.max(largest, share), 0)
  return html`<h3>${title}</h3>${table(shown, [
    { title: '', cell: words },
    { title: t.column.count, cell: ({ count }) => format.integer(count), number: true },
    { title: t.column.logLoss, cell: ({ logLoss }) => format.logLoss(logLoss), number: true },
    { title: t.column.accuracy, cell: ({ accuracy }) => format.percent(accuracy), number: true },
    { title: t.column.share, cell: ({ share }) => shareBar(share, most, format) },
    { title: t.column.worst, cell: ({ worst }) => worst },
  ])}${rows.length > shown.length && html`<p class="muted">${t.parts.more(format.integer(rows.length - shown.length))}</p>`}`
}

import { triageCauses, type TriageCause } from '../../contract/evaluate.ts'
import { html, name, type Html } from '../html.ts'
import { chip, className, section, shareBar, table, type SectionContext } from './context.ts'

const notesShown = 100

/** What people found: causes, notes, and labels that the network doubts. */
export function triageSection({ data: { parts, triage, issues, summary }, t, format }: SectionContext): Html {
  const causes = parts.cause.filter(({ key }) => (triageCauses as readonly string[]).includes(key))
  const most = causes.reduce((largest, { share }) => Math.max(largest, share), 0)
  const notes = triage.filter(({ note }) => note !== '')
  return section('triage', t.triage.title,
    causes.length === 0 ? html`<p class="muted">${t.triage.none}</p>` : table(causes, [
      { title: t.column.cause, cell: ({ key }) => t.cause[key as TriageCause] },
      { title: t.column.count, cell: ({ count }) => format.integer(count), number: true },
      { title: t.column.logLoss, cell: ({ logLoss }) => format.logLoss(logLoss), number: true },
      { title: t.column.share, cell: ({ share }) => shareBar(share, most, format) },
      { title: t.column.worst, cell: ({ worst }) => worst },
    ]),
    notes.length === 0 ? null : html`<h3>${t.triage.notes}</h3>${table(notes.slice(0, notesShown), [
      { title: t.column.group, cell: ({ folder }) => folder },
      { title: t.column.cause, cell: ({ cause }) => chip(t.cause[cause], 'good') },
      { title: t.column.note, cell: ({ note }) => html`<span class="note-text">${name(note)}</span>` },
      { title: t.column.author, cell: ({ author }) => name(author) },
    ])}${rest(notes.length, notesShown)}`,
    html`<h3>${t.triage.issues}</h3>`,
    issues.rows.length === 0 ? html`<p class="muted">${t.triage.issuesNone}</p>` : html`<p class="muted">${t.triage.issuesNote}</p>${table(issues.rows, [
      { title: t.column.group, cell: ({ group }) => group },
      { title: t.column.label, cell: ({ poseId, answerName }) => className(poseId, answerName) },
      { title: t.column.suggested, cell: ({ suggestedPoseId, suggestedName }) => (suggestedPoseId === null ? '–' : className(suggestedPoseId, suggestedName ?? '')) },
      { title: t.column.quality, cell: ({ labelQuality }) => labelQuality.toFixed(3), number: true },
      { title: t.column.logLoss, cell: ({ logLoss }) => format.logLoss(logLoss), number: true },
    ])}${rest(Math.max(issues.total, summary.labelIssues), issues.rows.length)}`)

  function rest(count: number, shown: number): Html | null {
    return count <= shown ? null : html`<p class="muted">${t.triage.left(format.integer(count - shown))}</p>`
  }
}

export function rulesSection({ data: { rules, confusion }, t, format }: SectionContext): Html {
  if (rules.rules.length === 0) return section('rules', t.rules.title, html`<p class="muted">${t.rules.none}</p>`)
  const names = new Map(confusion.classes.map((row) => [row.poseId, row.name]))
  const cells = (poseIds: readonly number[]): Html => html`${poseIds.map((poseId) => html`${className(poseId, names.get(poseId) ?? '')} `)}`
  return section('rules', t.rules.title,
    html`<p>${t.rules.changes(format.logLoss(rules.logLossBefore), format.logLoss(rules.logLossAfter))} <span class="muted">${t.rules.pairNote}</span></p>`,
    table(rules.rules, [
      { title: t.column.rule, cell: (rule) => html`${name(rule.name)} ${rule.enabled ? chip(t.yes, 'good') : chip(t.no)}` },
      { title: t.column.still, cell: ({ stillPoseIds }) => cells(stillPoseIds) },
      { title: t.column.moving, cell: ({ movingPoseIds }) => cells(movingPoseIds) },
      { title: t.column.threshold, cell: ({ threshold, feature: { measure, unit } }) => `${threshold.toFixed(2)}${measure === 'turns' ? '' : unit === 'pixels' ? ' px' : ` ${t.rules.handSizes}`}`, number: true },
      { title: t.column.before, cell: ({ logLossBefore }) => format.logLoss(logLossBefore), number: true },
      { title: t.column.after, cell: ({ logLossAfter }) => format.logLoss(logLossAfter), number: true },
      { title: t.column.changed, cell: ({ changed }) => format.integer(changed.length), number: true },
    ]))
}

import type { GroupRow } from '../../contract/evaluate.ts'
import { html, Html, name } from '../html.ts'
import type { ReportPicture } from '../pictures.ts'
import { chip, className, lookAlikeChip, section, shareBar, type SectionContext } from './context.ts'

/** The sequences with the highest log loss, each with some of its frames. */
export function worstSection(context: SectionContext): Html {
  const { data: { worst }, t, format, pictures } = context
  const share = worst.rows.reduce((sum, row) => sum + row.share, 0)
  const heads = [t.column.group, t.column.answer, t.column.logLoss, t.column.predicted, t.column.confidence, t.column.frames, t.column.fold, t.column.share]
  const numbers = new Set([t.column.logLoss, t.column.confidence, t.column.frames, t.column.fold])
  return section('worst', t.worst.title,
    html`<p>${t.worst.lead(t.sequences(worst.rows.length, format.integer(worst.rows.length)), format.percent(share))} <span class="muted">${pictures.size === 0 ? t.worst.withoutPictures : t.worst.probability}</span></p>`,
    html`<div class="wide"><table class="worst"><thead><tr>${heads.map((title) => html`<th scope="col"${numbers.has(title) ? html` class="number"` : null}>${title}</th>`)}</tr></thead>
${worst.rows.map((row) => sequenceRows(row, context))}</table></div>`)
}

function sequenceRows(row: GroupRow, context: SectionContext): Html {
  const { data: { worst }, format } = context
  const marks = marksOf(row, context)
  const frames = framesOf(row, context)
  return html`<tbody><tr>
<th scope="row">${row.group}${row.actor !== null && row.actor !== '' ? html`<small>${name(row.actor)}</small>` : null}</th>
<td>${className(row.poseId, row.answerName)}</td>
<td class="number"><b>${format.logLoss(row.logLoss)}</b></td>
<td>${className(row.predictedPoseId, row.predictedName)}</td>
<td class="number">${format.percent(row.confidence)}</td>
<td class="number">${format.integer(row.frames)}</td>
<td class="number">${row.fold}</td>
<td>${shareBar(row.share, worst.mostShare, format)}</td>
</tr>${(marks.length > 0 || frames !== null) && html`<tr class="more"><td colspan="8">${marks.length > 0 && html`<div class="marks">${marks}</div>`}${frames}</td></tr>`}</tbody>
`
}

function marksOf({ group, lookAlike, cause, note, labelIssue, suggestedPoseId, suggestedName }: GroupRow, { data: { corrected }, t }: SectionContext): Html[] {
  return [
    lookAlikeChip(lookAlike, t),
    cause === null ? null : chip(t.cause[cause], 'good'),
    labelIssue ? chip(suggestedPoseId === null ? t.labelDoubted : t.rather(`${suggestedName ?? ''} ${suggestedPoseId}`.trim()), 'bad') : null,
    corrected.has(group) ? chip(t.correctedAnswer) : null,
    note === '' ? null : html`<span class="muted">${name(note)}</span>`,
  ].filter((mark) => mark !== null)
}

function framesOf({ group, frames }: GroupRow, { data: { frameProbabilities }, t, format, pictures }: SectionContext): Html | null {
  const own = pictures.get(group)
  if (own === undefined) return null
  if (own === null || (own.length === 0 && frames > 0)) return html`<p class="muted">${t.worst.gone}</p>`
  const figure = ({ frame, address }: ReportPicture): Html => {
    const probability = frameProbabilities.get(`${group} ${frame}`)
    return html`<figure>${address === null ? html`<div class="hole">${t.worst.missing}</div>` : html`<img src="${new Html(address)}" alt="${group} · ${frame}">`}<figcaption>${frame}${probability !== undefined && html` · ${format.percent(probability)}`}</figcaption></figure>`
  }
  return html`<div class="strip">${own.map(figure)}</div>`
}

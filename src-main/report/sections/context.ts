import type { LookAlike } from '../../contract/evaluate.ts'
import type { ReportData } from '../collect.ts'
import type { Format } from '../format.ts'
import { html, name, type Html } from '../html.ts'
import type { ReportPicture } from '../pictures.ts'
import type { Texts } from '../texts/en.ts'

/** What every section is written from. */
export interface SectionContext {
  data: ReportData
  t: Texts
  format: Format
  /** By sequence; absent for a report without pictures, null where the sequence is gone. */
  pictures: ReadonlyMap<string, ReportPicture[] | null>
}

/** Columns of a table: title, cell, and whether it is a number. */
export interface Column<Row> {
  title: string
  cell(row: Row): Html | string | number
  number?: boolean
}

export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], foot: readonly Row[] = []): Html {
  const line = (row: Row, tag: Html = html``): Html => html`<tr${tag}>${columns.map(({ cell, number }) => html`<td${number ? html` class="number"` : null}>${cell(row)}</td>`)}</tr>`
  return html`<div class="wide"><table><thead><tr>${columns.map(({ title, number }) => html`<th scope="col"${number ? html` class="number"` : null}>${title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => line(row))}</tbody>${foot.length > 0 && html`<tfoot>${foot.map((row) => line(row))}</tfoot>`}</table></div>`
}

export const className = (poseId: number, text: string): Html => html`<span class="class">${name(text)} <span class="id">${poseId}</span></span>`

/** A share with a bar as long. */
export const shareBar = (share: number, most: number, format: Format): Html =>
  html`<span class="share"><i style="width:${Math.round((100 * share) / (most || 1))}%"></i><span>${format.percent(share)}</span></span>`

export const chip = (words: string, tone: 'plain' | 'warn' | 'bad' | 'good' = 'plain'): Html => html`<span class="chip ${tone}">${words}</span>`

export const lookAlikeChip = (lookAlike: LookAlike | null, t: Texts): Html | null => (lookAlike === null ? null : chip(t.lookAlike[lookAlike], 'warn'))

export const section = (id: string, title: string, ...content: readonly (Html | null)[]): Html => html`<section id="${id}"><h2>${title}</h2>${content}</section>`

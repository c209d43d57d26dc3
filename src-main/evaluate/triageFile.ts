import { stringify } from 'csv-stringify/sync'
import type { GroupRow, TriageEntry } from '../contract/evaluate.ts'

const columns = ['folder', 'cause', 'note', 'answer', 'pose_id', 'predicted', 'predicted_pose_id', 'log_loss', 'label_quality', 'suggested_pose_id', 'fold', 'author', 'created'] as const
type Line = Record<(typeof columns)[number], string | number | null>

/**
 * Causes with what a run says of the sequences, as the text of a file. `row` null: the run has not validated the sequence.
 * CSV: RFC 4180 with a byte order mark, for spreadsheets; a text that a spreadsheet would take for a formula gets an apostrophe in front
 * (OWASP, "CSV injection"). JSON: an array of objects with the same keys, values as they are.
 */
export function triageText(rows: readonly { entry: TriageEntry; row: GroupRow | null }[], format: 'csv' | 'json'): string {
  const lines = rows.map(({ entry, row }): Line => ({
    folder: entry.folder,
    cause: entry.cause,
    note: entry.note,
    answer: row?.answerName ?? null,
    pose_id: row?.poseId ?? null,
    predicted: row?.predictedName ?? null,
    predicted_pose_id: row?.predictedPoseId ?? null,
    log_loss: row?.logLoss ?? null,
    label_quality: row?.labelQuality ?? null,
    suggested_pose_id: row?.suggestedPoseId ?? null,
    fold: row?.fold ?? null,
    author: entry.author,
    created: entry.created,
  }))
  if (format === 'json') return `${JSON.stringify(lines, null, 2)}\n`
  return stringify(lines, { header: true, columns: [...columns], bom: true, record_delimiter: '\r\n', quoted_match: /[\r\n]/u, cast: { string: (text, { header }) => (header ? text : defused(text)) } })
}

const defused = (text: string): string => (/^[=+\-@\t\r]/u.test(text) ? `'${text}` : text)

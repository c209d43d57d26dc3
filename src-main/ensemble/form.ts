import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { DatasetRoom } from '../contract/rooms.ts'
import { readLimited } from './checkFiles.ts'
import { decodeUtf8, parseCsv, writeCsv, type CsvTable } from './csv.ts'

/** The table to fill: the sample's, or the contest's usual one where there is no sample. */
export interface Form {
  text: string
  table: CsvTable
  sample: { name: string; sha256: string } | null
  /** Pose id of each column after the first; null when the heading is no number. */
  columns: (number | null)[]
  /** Sequence of each row: `test/649`. */
  folders: string[]
}

/**
 * @param poseIds classes of the columns where there is no sample
 * @throws HandloomError when there is a sample that cannot be read
 */
export async function formOf(dataset: Pick<DatasetRoom, 'sampleSubmission' | 'summaries'>, poseIds: readonly number[]): Promise<Form> {
  const given = dataset.sampleSubmission()
  if (given) {
    const name = basename(given.path)
    const bytes = await readLimited(given.path)
    return { ...formFrom(decodeUtf8(bytes, name), name), sample: { name, sha256: sha256(bytes) } }
  }
  const folders = dataset.summaries('test').map(({ number }) => number).sort((a, b) => a - b)
  const text = writeCsv(['Image_Path', ...poseIds.map(String)], folders.map((number) => [`./test/${number}`, ...poseIds.map(() => '0')]), { bom: false, lineEnd: '\n', finalLineEnd: true })
  return { ...formFrom(text, 'the data set'), sample: null }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function formFrom(text: string, file: string): Omit<Form, 'sample'> {
  const table = parseCsv(text, file)
  return { text, table, ...headingsOf(table) }
}

/** Pose ids from the headings, sequences from the first column. */
export const headingsOf = ({ header, rows }: CsvTable): Pick<Form, 'columns' | 'folders'> => ({
  columns: header.slice(1).map((heading) => (/^\s*\d{1,9}\s*$/.test(heading) ? Number(heading) : null)),
  folders: rows.map(({ cells }) => (cells[0] ?? '').trim().replaceAll('\\', '/').replace(/^\.?\/+/, '').replace(/\/+$/, '')),
})

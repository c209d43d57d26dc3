import { HandloomError } from '../contract/errors.ts'
import type { SubmissionProblem } from '../contract/ensemble.ts'
import { numberOf, parseCsv, type CsvTable } from './csv.ts'
import { lineEndName, lineEndsOf } from './lineEnds.ts'

/** How far a row's sum may be from 1. */
const sumTolerance = 1e-6

/** Problems of one kind that are listed one by one; more are counted in a last one. */
export const listedPerKind = 200

type Report = (kind: SubmissionProblem['kind'], describe: () => Omit<SubmissionProblem, 'kind'>) => void

/**
 * Holds a submission against the sample: the same columns and rows in the same order, each row a probability vector (every cell a
 * finite number in [0, 1], sum 1 ± 10⁻⁶), the same line ends. The first column names the row and is compared letter for letter.
 * @param text the submission, CSV; anything at all may be in it
 * @param sample the sample submission, CSV
 * @returns every problem with its place, by kind; at most 200 of a kind and one that counts the rest
 * @throws HandloomError `bad-input` when the sample itself is no CSV
 */
export function checkSubmission(text: string, sample: string): SubmissionProblem[] {
  const expected = parseCsv(sample, 'The sample submission')
  let table: CsvTable
  try {
    table = parseCsv(text, 'The submission')
  } catch (error) {
    if (error instanceof HandloomError && error.kind === 'bad-input') return [{ kind: 'unreadable', place: error.place ?? '', message: error.message }]
    throw error
  }
  const found = new Map<SubmissionProblem['kind'], { listed: SubmissionProblem[]; count: number }>()
  const report: Report = (kind, describe) => {
    const entry = found.get(kind) ?? { listed: [], count: 0 }
    found.set(kind, entry)
    entry.count++
    if (entry.count <= listedPerKind) entry.listed.push({ kind, ...describe() })
  }
  checkLineEnds(text, table, sample, expected, report)
  checkColumns(table, expected, report)
  checkRows(table, expected, report)
  for (const row of table.rows) checkCells(row, table.header, report)
  return [...found].flatMap(([kind, { listed, count }]) =>
    count === listed.length ? listed : [...listed, { kind, place: '', message: `${count - listed.length} more of this kind are not listed.` }],
  )
}

function checkLineEnds(text: string, table: CsvTable, sample: string, expected: CsvTable, report: Report): void {
  const ends = [...lineEndsOf(text)]
  const wanted = [...lineEndsOf(sample).keys()]
  const [[first] = ['\n' as const], second] = ends
  if (second)
    report('line-end', () => ({ place: `line ${second[1].line}`, message: `The file mixes line ends: ${ends.map(([end, { count }]) => `${count} ${count === 1 ? 'line ends' : 'lines end'} in ${lineEndName[end]}`).join(', ')}. Save it with one of them.` }))
  else if (ends.length > 0 && wanted.length > 0 && !wanted.includes(first))
    report('line-end', () => ({ place: 'line 1', message: `The lines end in ${lineEndName[first]}, the sample's in ${wanted.map((end) => lineEndName[end]).join(' and ')}.` }))
  if (expected.finalLineEnd && !table.finalLineEnd) report('line-end', () => ({ place: `line ${table.rows.at(-1)?.line ?? 1}`, message: 'The last line has no line end; that of the sample has one.' }))
  if (table.bom && !expected.bom)
    report('line-end', () => ({ place: 'line 1', message: 'The file begins with a byte order mark, the sample does not: a scorer may take it for a part of the first column\'s name. Save the file as UTF-8 without it.' }))
}

function checkColumns({ header }: CsvTable, { header: expected }: CsvTable, report: Report): void {
  for (const { name } of surplus(expected, header)) report('missing-column', () => ({ place: `column ${short(name)}`, message: `Column ${short(name)} of the sample is missing.` }))
  for (const { name, index, repeated } of surplus(header, expected))
    report('extra-column', () => ({
      place: `column ${index + 1}`,
      message: repeated ? `Column ${short(name)} is there more than once.` : `Column ${short(name)} is not in the sample.`,
    }))
  const { first, count } = disorder(header, expected)
  if (first)
    report('column-order', () => ({
      place: `column ${first.index + 1}`,
      message: `Column ${first.name} stands where the sample has ${first.other}; ${count} columns are out of place.`,
    }))
}

function checkRows({ rows }: CsvTable, expected: CsvTable, report: Report): void {
  const names = rows.map(({ cells }) => cells[0] ?? '')
  const wanted = expected.rows.map(({ cells }) => cells[0] ?? '')
  const line = (index: number): string => `line ${rows[index]?.line}`
  for (const { name } of surplus(wanted, names)) report('missing-row', () => ({ place: `row ${short(name)}`, message: `Row ${short(name)} of the sample is missing.` }))
  for (const { name, index, repeated } of surplus(names, wanted))
    if (repeated) report('duplicate-row', () => ({ place: line(index), message: `Row ${short(name)} is there more than once.` }))
    else report('extra-row', () => ({ place: line(index), message: `Row ${short(name)} is not in the sample.` }))
  const { first, count } = disorder(names, wanted)
  if (first)
    report('row-order', () => ({
      place: line(first.index),
      message: `Row ${first.name} stands where the sample has ${first.other}; ${count} rows are out of place.`,
    }))
}

function checkCells({ cells, line }: CsvTable['rows'][number], header: readonly string[], report: Report): void {
  if (cells.length !== header.length) {
    report('unreadable', () => ({ place: `line ${line}`, message: `The row has ${cells.length} cells, the header ${header.length}.` }))
    return
  }
  let sum = 0
  for (const [index, cell] of cells.entries()) {
    if (index === 0) continue
    const value = numberOf(cell)
    sum += value
    const place = (): string => `line ${line}, column ${short(header[index] ?? '')}`
    if (!Number.isFinite(value)) report('not-a-number', () => ({ place: place(), message: `${JSON.stringify(short(cell))} is not a number.` }))
    else if (value < 0 || value > 1) report('out-of-range', () => ({ place: place(), message: `${value} is not between 0 and 1.` }))
  }
  if (Math.abs(sum - 1) > sumTolerance)
    report('row-sum', () => ({ place: `line ${line}`, message: `The row's probabilities sum to ${Number(sum.toPrecision(9))}, not to 1.` }))
}

const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text)

/** Entries of `names` beyond those `wanted` has (each as often as it has it); `repeated` when the name came before. */
function surplus(names: readonly string[], wanted: readonly string[]): { name: string; index: number; repeated: boolean }[] {
  const left = new Map<string, number>()
  for (const name of wanted) left.set(name, (left.get(name) ?? 0) + 1)
  const seen = new Set<string>()
  return names.flatMap((name, index) => {
    const open = left.get(name) ?? 0
    const repeated = seen.has(name)
    seen.add(name)
    if (open > 0) {
      left.set(name, open - 1)
      return []
    }
    return [{ name, index, repeated }]
  })
}

/** Among the names both sides have, the first that is out of its place, and how many are. */
function disorder(names: readonly string[], wanted: readonly string[]): { first: { name: string; index: number; other: string } | null; count: number } {
  const dropped = new Set(surplus(names, wanted).map(({ index }) => index))
  const missing = new Set(surplus(wanted, names).map(({ index }) => index))
  const order = wanted.filter((_, index) => !missing.has(index))
  let position = 0
  let count = 0
  let first: { name: string; index: number; other: string } | null = null
  for (const [index, name] of names.entries()) {
    if (dropped.has(index)) continue
    const other = order[position++] ?? ''
    if (name === other) continue
    count++
    first ??= { name: short(name), index, other: short(other) }
  }
  return { first, count }
}

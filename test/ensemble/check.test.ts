import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkSubmission, listedPerKind } from '../../src-main/ensemble/check.ts'

const csv = (rows: readonly (readonly (string | number)[])[]): string => `${rows.map((row) => row.join(',')).join('\n')}\n`
const sample = csv([['Image_Path', 0, 10, 42], ['./test/7', 0, 0, 0], ['./test/8', 0, 0, 0], ['./test/9', 0, 0, 0]])
const good = [['Image_Path', 0, 10, 42], ['./test/7', 0.5, 0.25, 0.25], ['./test/8', 1, 0, 0], ['./test/9', 0.1, 0.2, 0.7]]
const problems = (rows: readonly (readonly (string | number)[])[]) => checkSubmission(csv(rows), sample).map(({ kind, place }) => `${kind} @ ${place}`)
const changed = (line: number, column: number, cell: string | number) => good.map((row, index) => (index === line - 1 ? row.with(column, cell) : row))

describe('checkSubmission', () => {
  it('finds nothing in a good file, whatever line ends and byte order mark the sample has', () => {
    const looks = [(text: string) => text, (text: string) => text.replaceAll('\n', '\r\n'), (text: string) => `\uFEFF${text}`, (text: string) => text.trimEnd()]
    expect(looks.map((look) => checkSubmission(look(csv(good)), look(sample)))).toEqual([[], [], [], []])
  })

  it.each<[string, (text: string) => string, string[]]>([
    ['other line ends', (text) => text.replaceAll('\n', '\r\n'), ['line 1: The lines end in CRLF (\\r\\n), the sample\'s in LF (\\n).']],
    ['mixed line ends', (text) => text.replace(/\n(?=\.\/test\/9)/, '\r\n'), ['line 3: The file mixes line ends: 3 lines end in LF (\\n), 1 line ends in CRLF (\\r\\n). Save it with one of them.']],
    ['no last line end', (text) => text.trimEnd(), ['line 4: The last line has no line end; that of the sample has one.']],
    ['a byte order mark', (text) => `\uFEFF${text}`, [expect.stringMatching(/^line 1: The file begins with a byte order mark/) as string]],
    ['old Macintosh line ends and none at the end', (text) => text.trimEnd().replaceAll('\n', '\r'), ['line 1: The lines end in CR (\\r), the sample\'s in LF (\\n).', 'line 4: The last line has no line end; that of the sample has one.']],
    ['line ends in quotes', (text) => text.replace('Image_Path', '"Image_Path"'), []],
  ])('finds %s and nothing else', (_, change, expected) => {
    expect(checkSubmission(change(csv(good)), sample).map(({ kind, place, message }) => (kind === 'line-end' ? `${place}: ${message}` : kind))).toEqual(expected)
  })

  it('takes a line end within quotes for a part of the cell', () => {
    const quoted = 'Image_Path,5\n"./test/\r\n7",1\n'
    expect([checkSubmission(quoted, quoted), checkSubmission('Image_Path,5\n"./test/\r\n7",1\r\n', quoted).map(({ kind, place }) => `${kind} @ ${place}`)]).toEqual([[], ['line-end @ line 3']])
  })

  it.each<[string, readonly (readonly (string | number)[])[], string[]]>([
    ['a missing row', good.toSpliced(2, 1), ['missing-row @ row ./test/8']],
    ['an extra row', [...good, ['./test/10', 1, 0, 0]], ['extra-row @ line 5']],
    ['a row twice', [...good, ['./test/8', 1, 0, 0]], ['duplicate-row @ line 5']],
    ['rows in another order', [good[0]!, good[2]!, good[1]!, good[3]!], ['row-order @ line 2']],
    ['a row by another name', changed(3, 0, 'test/8'), ['missing-row @ row ./test/8', 'extra-row @ line 3']],
    ['a missing column', good.map((row) => row.toSpliced(2, 1)), ['missing-column @ column 10', 'row-sum @ line 2', 'row-sum @ line 4']],
    ['an extra column', good.map((row, line) => [...row, line === 0 ? 43 : 0]), ['extra-column @ column 5']],
    ['a column twice', good.map((row, line) => [...row, line === 0 ? 42 : 0]), ['extra-column @ column 5']],
    ['columns in another order', good.map((row) => [row[0]!, row[2]!, row[1]!, row[3]!]), ['column-order @ column 2']],
    ['another first column', changed(1, 0, 'image_path'), ['missing-column @ column Image_Path', 'extra-column @ column 1']],
    ['NaN', changed(2, 1, 'NaN'), ['not-a-number @ line 2, column 0']],
    ['an empty cell', changed(2, 2, ''), ['not-a-number @ line 2, column 10']],
    ['infinity', changed(2, 3, '1e999'), ['not-a-number @ line 2, column 42', 'row-sum @ line 2']],
    ['a formula', changed(4, 3, '=0.7'), ['not-a-number @ line 4, column 42']],
    ['a hexadecimal number', changed(3, 1, '0x1'), ['not-a-number @ line 3, column 0']],
    ['a negative probability', changed(2, 1, -0.5), ['out-of-range @ line 2, column 0', 'row-sum @ line 2']],
    ['a probability above 1', [good[0]!, ['./test/7', 1.5, 0, -0.5], good[2]!, good[3]!], ['out-of-range @ line 2, column 0', 'out-of-range @ line 2, column 42']],
    ['a wrong sum', changed(3, 1, 0.999), ['row-sum @ line 3']],
    ['a short row', [good[0]!, good[1]!, ['./test/8', 1, 0], good[3]!], ['unreadable @ line 3']],
    ['no rows', [good[0]!], ['missing-row @ row ./test/7', 'missing-row @ row ./test/8', 'missing-row @ row ./test/9']],
  ])('finds %s and says where', (_, rows, expected) => {
    expect(problems(rows)).toEqual(expected)
  })

  it('says how much is out of order', () => {
    const rows = ['./test/9', './test/7', './test/8'].map((name) => [name, 0.5, 0.25, 0.25])
    expect(checkSubmission(csv([good[0]!, ...rows]), sample)).toEqual([
      { kind: 'row-order', place: 'line 2', message: 'Row ./test/9 stands where the sample has ./test/7; 3 rows are out of place.' },
    ])
  })

  it('takes numbers with exponents, spaces and a sum within a millionth', () => {
    expect(problems([good[0]!, ['./test/7', '5e-1', ' .5 ', '1E-7'], good[2]!, good[3]!])).toEqual([])
  })

  it('says of what is no CSV that it is none', () => {
    expect(['', '\n\n', '"never closed\n1,2', 'x'.repeat(1_100_000)].map((text) => checkSubmission(text, sample).map(({ kind }) => kind))).toEqual([['unreadable'], ['unreadable'], ['unreadable'], ['unreadable']])
  })

  it('lists at most so many of a kind and counts the rest', () => {
    const names = Array.from({ length: 1000 }, (_, index) => [`./test/${index}`, 'x'])
    const found = checkSubmission(csv([['Image_Path', 0], ...names]), csv([['Image_Path', 0], ...names.map(([name]) => [name!, 0])]))
    expect([found.length, found.at(-1)]).toEqual([listedPerKind + 1, { kind: 'not-a-number', place: '', message: '800 more of this kind are not listed.' }])
  })

  it('finds every planted problem', () => {
    const rows = 6
    const columns = 5
    const wide = [['Image_Path', ...Array.from({ length: columns }, (_, index) => index * 3)], ...Array.from({ length: rows }, (_, row) => [`./test/${row}`, ...Array.from({ length: columns }, () => 1 / columns)])]
    const plants = {
      'missing-row': (table: (string | number)[][], row: number) => table.splice(row, 1),
      'extra-row': (table: (string | number)[][], row: number) => table.splice(row, 0, ['./test/77', 1, 0, 0, 0, 0]),
      'duplicate-row': (table: (string | number)[][], row: number) => table.push([...table[row]!]),
      'not-a-number': (table: (string | number)[][], row: number, column: number) => (table[row]![column] = 'nan'),
      'out-of-range': (table: (string | number)[][], row: number, column: number) => (table[row]![column] = 1.25),
      'row-sum': (table: (string | number)[][], row: number, column: number) => (table[row]![column] = 0.5),
      'extra-column': (table: (string | number)[][], _: number, column: number) => table.forEach((cells, line) => cells.splice(column, 0, line === 0 ? 'more' : 0)),
      'missing-column': (table: (string | number)[][], _: number, column: number) => table.forEach((cells) => cells.splice(column, 1)),
      'column-order': (table: (string | number)[][], _: number, column: number) => {
        const other = column === 1 ? 2 : 1
        table[0] = table[0]!.with(column, table[0]![other]!).with(other, table[0]![column]!)
      },
      'row-order': (table: (string | number)[][], row: number) => table.push(...table.splice(row === rows ? 1 : row, 1)),
    }
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(plants) as (keyof typeof plants)[])), fc.integer({ min: 1, max: rows }), fc.integer({ min: 1, max: columns }), (kind, row, column) => {
        const table = wide.map((cells) => [...cells])
        plants[kind](table, row, column)
        expect(checkSubmission(csv(table), csv(wide)).map((problem) => problem.kind)).toContain(kind)
      }),
    )
  })

  it('gives an answer for any text at all', () => {
    const pieces = fc.constantFrom('"', '""', ',', '\n', '\r', '\r\n', '\0', '\uFEFF', '\uD800', '가', '1', '.', '-', 'e', '=', ' ', 'Image_Path', './test/7')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (text) => {
        expect(checkSubmission(text.join(''), sample).length).toBeGreaterThan(0)
      }),
    )
  })
})

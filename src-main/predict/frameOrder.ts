import { parse } from 'node:path'

/**
 * Numbers and order of the pictures of a sequence. Where all names are the same text and a number (`7.png`, `frame_0007.jpg`), that is the frame's; else a name that is
 * a number has its own, and the others follow the largest in the order of their names. Of two with the same number the first by name is used.
 */
export function frameOrder(files: readonly string[]): { order: { file: string; number: number }[]; twins: { file: string; twin: string }[] } {
  const named = files.toSorted(byName).map((file) => ({ file, ...partsOf(parse(file).name) }))
  const alike = named.every(({ before, number }) => number !== null && before === named[0]?.before)
  const numberOf = ({ before, number }: (typeof named)[number]): number | null => (alike || before === '' ? number : null)
  const taken = new Map<number, string>()
  const twins: { file: string; twin: string }[] = []
  const later: string[] = []
  for (const one of named) {
    const number = numberOf(one)
    const twin = number === null ? undefined : taken.get(number)
    if (number === null) later.push(one.file)
    else if (twin !== undefined) twins.push({ file: one.file, twin })
    else taken.set(number, one.file)
  }
  const order = [...taken].map(([number, file]) => ({ file, number })).sort((a, b) => a.number - b.number)
  const next = (order.at(-1)?.number ?? -1) + 1
  return { order: [...order, ...later.map((file, index) => ({ file, number: next + index }))], twins }
}

const collator = new Intl.Collator('en', { numeric: true })
const byName = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : 1)

/** `frame_0007` as `frame_` and 7; no number where the name does not end in one of up to nine digits. */
function partsOf(stem: string): { before: string; number: number | null } {
  const [, before = stem, digits] = /^(.*?)(\d{1,9})$/.exec(stem) ?? []
  return { before, number: digits === undefined ? null : Number(digits) }
}

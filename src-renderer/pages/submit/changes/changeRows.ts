import type { SubmissionChange } from '../../../../src-main/contract/ensemble.ts'

/** Upper ends of the bars: distances are small for the most part, and those that are not matter. */
export const distanceEnds = [1e-9, 0.01, 0.05, 0.1, 0.25, 0.5, 1] as const

const barOf = (distance: number): number => Math.max(0, distanceEnds.findIndex((end) => distance <= end))

/** How many sequences are so far from what they were, bar by bar. */
export function distanceBars(rows: readonly SubmissionChange[]): number[] {
  const counts = distanceEnds.map(() => 0)
  for (const { distance } of rows) counts[barOf(distance)]! += 1
  return counts
}

export interface ChangeFilter {
  words: string
  /** Only sequences whose most probable class is another. */
  otherClass: boolean
  /** Only those of a bar. */
  bar: number | null
}

export const isOtherClass = ({ before, after }: SubmissionChange): boolean => before.poseId !== after.poseId

/** Rows that a filter wants, in their order. */
export function changeRows(rows: readonly SubmissionChange[], { words, otherClass, bar }: ChangeFilter): SubmissionChange[] {
  const wanted = words.normalize('NFC').toLowerCase().split(/\s+/u).filter(Boolean)
  return rows.filter((row) => {
    if ((otherClass && !isOtherClass(row)) || (bar !== null && barOf(row.distance) !== bar)) return false
    const text = [row.folder, ...[row.before, row.after].map(({ poseId, name }) => `${name} ${poseId}`)].join('\n').normalize('NFC').toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}

/** What a submission is held against: the one before it, else the one after. */
export function againstOf(ids: readonly number[], id: number): number | null {
  const sorted = [...ids].sort((first, second) => first - second)
  return sorted.findLast((other) => other < id) ?? sorted.find((other) => other > id) ?? null
}

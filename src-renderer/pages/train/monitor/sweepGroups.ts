import type { RunScore } from '../../../../src-main/contract/train.ts'

export type SweepValue = number | string | boolean

/** Runs of a sweep that differ in one key alone, by its value. */
export interface SweepGroup {
  sweep: string
  key: string
  /** The other keys' values that these runs share. */
  rest: Record<string, SweepValue>
  points: { value: SweepValue; score: RunScore }[]
}

/** Each sweep as one group for each key that varies and each combination of the others; those with one run alone are left out. */
export function sweepGroups(scores: readonly RunScore[]): SweepGroup[] {
  const groups = new Map<string, SweepGroup>()
  for (const score of scores) {
    if (score.sweep === null) continue
    for (const [key, value] of Object.entries(score.sweep.values)) {
      const { [key]: _, ...rest } = score.sweep.values
      const name = JSON.stringify([score.sweep.id, key, rest])
      const group = groups.get(name) ?? { sweep: score.sweep.id, key, rest, points: [] }
      group.points.push({ value, score })
      groups.set(name, group)
    }
  }
  return [...groups.values()].filter(({ points }) => new Set(points.map(({ value }) => value)).size > 1).map((group) => ({ ...group, points: group.points.toSorted((a, b) => order(a.value, b.value)) }))
}

const order = (a: SweepValue, b: SweepValue): number => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en'))

/** Standard deviation of the folds' log losses; null with one fold. */
export function foldSpread({ perFold }: Pick<RunScore, 'perFold'>): number | null {
  if (perFold.length < 2) return null
  const mean = perFold.reduce((sum, { sequence }) => sum + sequence.logLoss, 0) / perFold.length
  return Math.sqrt(perFold.reduce((sum, { sequence }) => sum + (sequence.logLoss - mean) ** 2, 0) / perFold.length)
}

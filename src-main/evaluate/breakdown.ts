import type { BreakdownBy, BreakdownRow, ReviewLevel } from '../contract/evaluate.ts'
import { rowsOf, type ReviewData } from './reviewData.ts'
import type { ScoredRows } from './scoredRun.ts'

/** Scores of a level's rows by a property, highest share of the log loss first. `worst` is the sequence with the highest log loss of its own, at both levels. */
export function breakdown(data: ReviewData, { by, level, afterRules }: { by: BreakdownBy; level: ReviewLevel; afterRules: boolean }): BreakdownRow[] {
  const rows = rowsOf(data, level, afterRules)
  const sequences = rowsOf(data, 'sequence', afterRules)
  const { run, name } = data
  const groups = new Map<string, { count: number; sum: number; right: number; worst: number }>()
  for (let row = 0; row < rows.length; row++) {
    const sequence = rows.sequence[row]!
    const key = keyOf(data, rows, row, by)
    const group = groups.get(key) ?? { count: 0, sum: 0, right: 0, worst: sequence }
    groups.set(key, group)
    group.count++
    group.sum += rows.logLoss[row]!
    if (rows.predicted[row] === run.answers[sequence]) group.right++
    if (sequences.logLoss[sequence]! > sequences.logLoss[group.worst]!) group.worst = sequence
  }
  return [...groups]
    .map(([key, { count, sum, right, worst }]): BreakdownRow => {
      const poseId = by === 'class' ? Number(key) : null
      return { key, poseId, name: poseId === null ? key : name(poseId), count, logLoss: sum / count, accuracy: right / count, share: rows.total > 0 ? sum / rows.total : 0, worst: run.folders[worst]! }
    })
    .sort((a, b) => b.share - a.share || a.key.localeCompare(b.key, 'ko', { numeric: true }))
}

function keyOf({ run, summaries, causes }: ReviewData, rows: ScoredRows, row: number, by: BreakdownBy): string {
  const sequence = rows.sequence[row]!
  switch (by) {
    case 'class': return String(run.answerPoseIds[sequence])
    case 'fold': return String(rows.fold[row])
    case 'cause': return causes.get(run.folders[sequence]!)?.cause ?? ''
    default: return summaries[sequence]![by] ?? ''
  }
}

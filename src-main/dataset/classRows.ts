import type { ClassRow } from '../contract/dataset.ts'
import type { ClassRead } from './records.ts'
import type { SequenceRow } from './store.ts'

/**
 * The class table with what the training folders say: ranks, counts, names that the table lacks, and classes that it does not know. Ascending pose ids.
 * @param labelOf a sequence's label as corrected by edits; ranks and counts are by it, while a class that only files name stays known when all of them are corrected
 */
export function joinClasses(table: readonly ClassRead[], sequences: readonly SequenceRow[], labelOf: (row: SequenceRow) => number | null): ClassRow[] {
  const training = sequences.filter(({ role }) => role === 'train')
  const trained = Map.groupBy(training.map(labelOf).filter((poseId) => poseId !== null), (poseId) => poseId)
  const ranks = new Map([...trained.keys()].sort((a, b) => a - b).map((poseId, rank) => [poseId, rank]))
  const named = new Map(training.toReversed().flatMap(({ poseId, actionName }) => (poseId !== null && actionName ? [[poseId, actionName]] : [])))
  const known = new Set(table.map(({ poseId }) => poseId))
  const others = new Set([...trained.keys(), ...training.flatMap(({ poseId }) => poseId ?? [])])
  const rows = [...table, ...[...others].filter((poseId) => !known.has(poseId)).map((poseId): ClassRead => ({ poseId, name: '', view: '', gesture: '', hand: 'unknown', extra: {} }))]
  return rows
    .map((row) => ({ ...row, name: row.name || (named.get(row.poseId) ?? String(row.poseId)), classIndex: ranks.get(row.poseId) ?? null, trainSequences: trained.get(row.poseId)?.length ?? 0 }))
    .sort((a, b) => a.poseId - b.poseId)
}

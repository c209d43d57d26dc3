import type { ClassRow } from '../contract/dataset.ts'
import type { ClassRead } from './records.ts'
import type { SequenceRow } from './store.ts'

/** The class table with what the training folders say: ranks, counts, names that the table lacks, and classes that it does not know. Ascending pose ids. */
export function joinClasses(table: readonly ClassRead[], sequences: readonly SequenceRow[]): ClassRow[] {
  const trained = Map.groupBy(
    sequences.filter(({ role, poseId }) => role === 'train' && poseId !== null),
    ({ poseId }) => poseId ?? -1,
  )
  const ranks = new Map([...trained.keys()].sort((a, b) => a - b).map((poseId, rank) => [poseId, rank]))
  const nameOf = (poseId: number): string => trained.get(poseId)?.find(({ actionName }) => actionName)?.actionName ?? String(poseId)
  const known = new Set(table.map(({ poseId }) => poseId))
  const made: ClassRow[] = table.map((row) => ({ ...row, name: row.name || nameOf(row.poseId), classIndex: ranks.get(row.poseId) ?? null, trainSequences: trained.get(row.poseId)?.length ?? 0 }))
  for (const [poseId, own] of trained)
    if (!known.has(poseId)) made.push({ poseId, classIndex: ranks.get(poseId) ?? null, name: nameOf(poseId), view: '', gesture: '', hand: 'unknown', extra: {}, trainSequences: own.length })
  return made.sort((a, b) => a.poseId - b.poseId)
}

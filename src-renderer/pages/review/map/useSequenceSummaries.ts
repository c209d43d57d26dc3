import { computed, type ComputedRef } from 'vue'
import type { SequenceSummary } from '../../../../src-main/contract/dataset.ts'
import { api } from '../../../api/client.ts'
import { useQuery } from '../../../composables/useQuery.ts'

const pageSize = 10_000

async function everySequence(signal: AbortSignal): Promise<SequenceSummary[]> {
  const rows: SequenceSummary[] = []
  for (;;) {
    const page = await api.dataset.sequences.query({ offset: rows.length, limit: pageSize }, { signal, context: { alone: true } })
    rows.push(...page.rows)
    if (page.rows.length === 0 || rows.length >= page.total) return rows
  }
}

/** Every sequence of the data set by its folder: class, cover frame and version of its pictures. Empty while it is on its way. */
export function useSequenceSummaries(): ComputedRef<ReadonlyMap<string, SequenceSummary>> {
  const query = useQuery({ key: () => ['every sequence'], load: everySequence, refreshOn: { scan: ({ status }) => status.state === 'done', edit: true }, refreshEvery: 2000 })
  return computed(() => new Map((query.data.value ?? []).map((row) => [row.folder, row])))
}

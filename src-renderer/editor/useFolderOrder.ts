import { computed, type ComputedRef } from 'vue'
import type { SequenceSummary } from '../../src-main/contract/dataset.ts'
import { api } from '../api/client.ts'
import { useQuery, type Query } from '../composables/useQuery.ts'
import { useSelectionStore } from '../stores/selection.ts'

/** A page of this size takes the core a few milliseconds, so that edits meanwhile do not wait. */
const pageSize = 2500

export interface FolderOrder {
  query: Query<SequenceSummary[]>
  /** Selects the sequence `step` places on in the folders' order (or in `order`, when given). */
  move: (step: number, order?: readonly string[]) => void
  folders: ComputedRef<readonly string[]>
  byFolder: ComputedRef<Map<string, SequenceSummary>>
}

/** Every sequence in folder order, to step through; the first one is selected when none is. */
export function useFolderOrder(): FolderOrder {
  const selection = useSelectionStore()
  const query = useQuery({
    key: () => ['folderOrder'],
    load: async (signal) => {
      const rows: SequenceSummary[] = []
      for (;;) {
        const page = await api.dataset.sequences.query({ offset: rows.length, limit: pageSize }, { signal })
        rows.push(...page.rows)
        if (page.rows.length === 0 || rows.length >= page.total) return rows
      }
    },
    refreshOn: { scan: ({ status }) => status.state === 'done', project: true },
  })

  const folders = computed<readonly string[]>(() => (query.data.value ?? []).map(({ folder }) => folder))
  const byFolder = computed(() => new Map((query.data.value ?? []).map((row) => [row.folder, row])))

  function move(step: number, order: readonly string[] = folders.value): void {
    const at = selection.folder === null ? -1 : order.indexOf(selection.folder)
    const next = order[Math.min(Math.max(0, at + step), order.length - 1)]
    if (next !== undefined && next !== selection.folder) selection.select(next)
  }

  return { query, move, folders, byFolder }
}

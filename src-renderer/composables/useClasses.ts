import { computed, type ComputedRef } from 'vue'
import type { ClassRow } from '../../src-main/contract/dataset.ts'
import { api } from '../api/client.ts'
import { useQuery, type Query } from './useQuery.ts'

/** The class table, and its rows by pose id. */
export function useClasses(): Query<ClassRow[]> & { byPoseId: ComputedRef<Map<number, ClassRow>> } {
  const query = useQuery({
    key: () => ['classes'],
    load: (signal) => api.dataset.classes.query(undefined, { signal }),
    // Edits without points correct labels.
    refreshOn: { scan: true, project: true, edit: ({ edit }) => edit.points === 0 },
    refreshEvery: 1000,
  })
  return { ...query, byPoseId: computed(() => new Map((query.data.value ?? []).map((row) => [row.poseId, row]))) }
}

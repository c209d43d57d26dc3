import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { columnsOf, type Column, type HeatRow } from './heatRows.ts'
import type { SplitRecord } from '../../../src-main/contract/split.ts'

export interface Place {
  poseId: number
  column: Column
}

export interface Cursor {
  /** The cell that keys act on; the first one of the table while none was chosen. */
  place: ComputedRef<Place | null>
  /** The chosen one of the cell's sequences; null: all of them. */
  folder: ComputedRef<string | null>
  /** Sequences of the cell, in folder order. */
  folders: ComputedRef<string[]>
  at: (place: Place, folder?: string | null) => void
  walk: (rows: number, columns: number) => void
  /** Chooses the next sequence of the cell. */
  step: (by: number) => void
  choose: (folder: string | null) => void
}

/** Where the keyboard is in the heat map, and in the sequences of its cell. */
export function useCursor(split: () => SplitRecord | null, rows: Ref<HeatRow[]>): Cursor {
  const wanted = ref<Place | null>(null)
  const chosen = ref<string | null>(null)
  const columns = computed(() => (split() === null ? [] : columnsOf(split() as SplitRecord)))
  const place = computed((): Place | null => {
    const [first] = rows.value
    if (first === undefined || columns.value.length === 0) return null
    const row = rows.value.find(({ poseId }) => poseId === wanted.value?.poseId) ?? first
    const column = wanted.value !== null && columns.value.includes(wanted.value.column) ? wanted.value.column : (columns.value[0] ?? null)
    return { poseId: row.poseId, column }
  })
  const folders = computed(() => (split()?.folds ?? []).flatMap(({ folder, poseId, fold }) => (poseId === place.value?.poseId && fold === place.value.column ? [folder] : [])))
  const folder = computed(() => (chosen.value !== null && folders.value.includes(chosen.value) ? chosen.value : null))

  function at(next: Place, sequence: string | null = null): void {
    wanted.value = next
    chosen.value = sequence
  }

  const within = (index: number, length: number): number => Math.min(length - 1, Math.max(0, index))

  function walk(down: number, right: number): void {
    const now = place.value
    if (now === null) return
    const row = rows.value[within(rows.value.findIndex(({ poseId }) => poseId === now.poseId) + down, rows.value.length)]
    const column = columns.value[within(columns.value.indexOf(now.column) + right, columns.value.length)]
    if (row !== undefined && column !== undefined) at({ poseId: row.poseId, column })
  }

  const choose = (next: string | null): void => void (chosen.value = next)
  const step = (by: number): void => choose(folders.value[within(folder.value === null ? 0 : folders.value.indexOf(folder.value) + by, folders.value.length)] ?? null)

  return { place, folder, folders, at, walk, step, choose }
}

import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { SequenceSummary } from '../../../../src-main/contract/dataset.ts'
import { useSelectionStore } from '../../../stores/selection.ts'
import { findFrames, worstBySequence, type BoxFilter } from './boxFilter.ts'
import type { SurveyedRecipe } from './useBoxSurvey.ts'

/** A sequence of the list with the frame that is looked at first. */
export interface ListedSequence {
  row: SequenceSummary
  frame: number | null
}

export interface WorstBoxes {
  filter: ShallowRef<BoxFilter>
  rows: ComputedRef<ListedSequence[]>
  /** Frames that the filter lets through. */
  frames: ComputedRef<number>
  /** Place of the frame on the stage among them, worst first; null when it is not among them. */
  place: ComputedRef<number | null>
  choose: (folder: string) => void
  /** To the sequence so many rows on. */
  move: (step: number) => void
  /** To the next worst frame, over all sequences. */
  walk: (step: 1 | -1) => void
}

/**
 * The list of sequences, filtered and by how odd their boxes are or by folder, and the way through the worst frames.
 * @param surveyed as saved: the order stays while a slider moves
 * @param sequences those of the role, in folder order
 */
export function useWorstBoxes(surveyed: () => SurveyedRecipe, sequences: () => readonly SequenceSummary[], worst: Ref<boolean>, frame: () => number | null): WorstBoxes {
  const selection = useSelectionStore()
  const filter = shallowRef<BoxFilter>({ kind: 'all' })
  const found = computed(() => findFrames(surveyed().survey, surveyed().cleaning, filter.value))
  const bySequence = computed(() => worstBySequence(found.value))
  const rows = computed<ListedSequence[]>(() => {
    const summaries = sequences()
    const isMeasured = surveyed().recipe !== null
    if (!isMeasured) return summaries.map((row) => ({ row, frame: null }))
    if (!worst.value) return summaries.flatMap((row) => (filter.value.kind === 'all' || bySequence.value.has(row.folder) ? [{ row, frame: bySequence.value.get(row.folder)?.frame ?? null }] : []))
    const byFolder = new Map(summaries.map((row) => [row.folder, row]))
    const listed = [...bySequence.value.values()].flatMap(({ folder, frame }) => {
      const row = byFolder.get(folder)
      return row === undefined ? [] : [{ row, frame }]
    })
    // Sequences without any box are last, but never lost.
    return filter.value.kind === 'all' ? [...listed, ...summaries.filter(({ folder }) => !bySequence.value.has(folder)).map((row) => ({ row, frame: null }))] : listed
  })
  const place = computed(() => {
    // A frame that was asked for counts before its sequence is there, so that keys can be quick.
    const number = selection.frame ?? frame()
    const at = found.value.findIndex((one) => one.folder === selection.folder && one.frame === number)
    return at < 0 ? null : at
  })

  const choose = (folder: string): void => selection.select(folder, bySequence.value.get(folder)?.frame ?? null)

  function move(step: number): void {
    const at = rows.value.findIndex(({ row }) => row.folder === selection.folder)
    const next = rows.value[Math.min(Math.max(0, at + step), rows.value.length - 1)]
    if (next !== undefined && next.row.folder !== selection.folder) choose(next.row.folder)
  }

  function walk(step: 1 | -1): void {
    const next = found.value[place.value === null ? 0 : Math.min(Math.max(0, place.value + step), found.value.length - 1)]
    if (next !== undefined) selection.select(next.folder, next.frame)
  }

  // A filter leads to the worst of what it lists.
  watch(filter, ({ kind }) => kind !== 'all' && place.value === null && walk(1))

  return { filter, rows, frames: computed(() => found.value.length), place, choose, move, walk }
}

import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { PointChange } from '../../../src-main/contract/annotation.ts'
import type { FrameRecord, SequenceDetail } from '../../../src-main/contract/dataset.ts'
import { keypointsPerHand } from '../../../src-main/contract/hand.ts'
import { addRows, noRows, selectionCounts, selectRows, toggleRow, type FrameSelection, type SelectionCounts } from '../../editor/frameSelection.ts'
import { toHundredths } from '../../editor/propagate.ts'
import type { SelectMode } from '../../editor/useGestures.ts'
import { useSelectionStore } from '../../stores/selection.ts'

/** Row whose path over the sequence is drawn before any is chosen: the tip of the index finger. */
const indexTip = 8

/** Who chose the selected points; an undo shows what it changed, the keypoint model what its answer depends on. */
type Chooser = 'hand' | 'queue' | 'history' | 'model'

export interface CleanSelection {
  selected: ShallowRef<FrameSelection>
  /** Points chosen by hand are moved by the arrow keys, those of the queue, an undo or the model are not. */
  chosenBy: Ref<Chooser>
  here: ComputedRef<readonly number[]>
  counts: ComputedRef<SelectionCounts>
  /** The row whose x(t) and y(t) are drawn. */
  trackedRow: Ref<number>
  set: (rows: FrameSelection, by: Chooser) => void
  /** What a gesture on the frame in front does to the selection. */
  choose: (rows: readonly number[], mode: SelectMode) => void
  /** The same rows in every frame of the sequence. */
  spread: () => void
  /** Chooses the row before or after the chosen one, round and round: points without a mouse. */
  walk: (step: number) => void
  erasing: () => PointChange[]
  restoring: () => PointChange[]
  /** Marks as occluded; where all are already, as in sight again. */
  hiding: () => PointChange[]
  /** Frames an action is for: those with selected points, else the one in front. */
  frames: () => number[]
  /** Moves of rows of the frame in front. */
  moving: (rows: readonly number[], by: readonly [number, number]) => PointChange[]
}

/** The selected points of the sequence in front, over all of its frames, and what can be done to them. */
export function useCleanSelection(shown: () => SequenceDetail | null, frame: () => number | null): CleanSelection {
  const selection = useSelectionStore()
  const selected = shallowRef<FrameSelection>(noRows)
  const chosenBy = ref<Chooser>('hand')
  const trackedRow = ref(indexTip)
  const here = computed(() => selected.value.get(frame() ?? -1) ?? [])
  const counts = computed(() => selectionCounts(selected.value, shown()?.frameRecords ?? []))

  function set(rows: FrameSelection, by: Chooser): void {
    selected.value = rows
    chosenBy.value = by
  }
  // At once, so that who selects points of another sequence right after choosing it keeps them.
  watch(() => selection.folder, () => set(noRows, 'hand'), { flush: 'sync' })

  function choose(rows: readonly number[], mode: SelectMode): void {
    const at = frame()
    if (at === null) return
    if (rows.length > 0 && (rows.length === 1 || !rows.includes(trackedRow.value))) trackedRow.value = (rows.length === 1 ? rows[0] : rows.find((row) => row % keypointsPerHand === indexTip)) ?? rows[0] ?? indexTip
    set(mode === 'replace' ? selectRows(at, rows) : mode === 'add' ? addRows(selected.value, at, rows) : rows.reduce((all, row) => toggleRow(all, at, row), selected.value), 'hand')
  }

  function spread(): void {
    const rows = here.value
    const all = (shown()?.frameRecords ?? []).flatMap(({ number, points }) => {
      const own = rows.filter((row) => points[row] !== undefined)
      return own.length === 0 ? [] : [[number, own] as const]
    })
    set(new Map(all), 'hand')
  }

  function walk(step: number): void {
    const record = shown()?.frameRecords.find(({ number }) => number === frame())
    const count = record?.points.length ?? 0
    if (count === 0) return
    const at = here.value.length > 0 ? (step > 0 ? here.value.at(-1) : here.value[0]) : undefined
    choose([at === undefined ? (step > 0 ? 0 : count - 1) : (at + step + count) % count], 'replace')
  }

  function changes(wanted: (record: FrameRecord, row: number) => boolean, to: PointChange['to']): PointChange[] {
    const { folder, frameRecords } = shown() ?? { folder: '', frameRecords: [] }
    return frameRecords.flatMap((record) =>
      (selected.value.get(record.number) ?? []).filter((row) => record.points[row] !== undefined && wanted(record, row)).map((index) => ({ folder, frame: record.number, index, to })),
    )
  }

  function frames(): number[] {
    if (selected.value.size > 0) return [...selected.value.keys()]
    const at = frame()
    return at === null ? [] : [at]
  }

  function moving(rows: readonly number[], [dx, dy]: readonly [number, number]): PointChange[] {
    const sequence = shown()
    const record = sequence?.frameRecords.find(({ number }) => number === frame())
    if (!sequence || record === undefined) return []
    return rows.flatMap((index) => {
      const point = record.points[index]
      return point === undefined ? [] : [{ folder: sequence.folder, frame: record.number, index, to: { x: toHundredths(point[0] + dx), y: toHundredths(point[1] + dy) } }]
    })
  }

  return {
    selected, chosenBy, here, counts, trackedRow, set, choose, spread, walk, moving, frames,
    erasing: () => changes(({ erased }, row) => !erased.includes(row), { erased: true }),
    restoring: () => changes(({ erased, moved, hidden }, row) => erased.includes(row) || moved.includes(row) || hidden.includes(row), { original: true }),
    hiding: () => {
      const hide = counts.value.live > counts.value.hidden
      return changes(({ erased, hidden }, row) => !erased.includes(row) && hidden.includes(row) !== hide, { hidden: hide })
    },
  }
}

import { computed, nextTick, reactive, ref, shallowRef, watch } from 'vue'
import { api } from '../../api/client.ts'
import { useQuery } from '../../composables/useQuery.ts'
import { useText } from '../../composables/useText.ts'
import { balanceAfter, tornGroups, type Balance } from './balance.ts'
import { columnsOf, countIn, heatRows, type Column, type HeatFilter } from './heatRows.ts'
import { useCursor, type Place } from './useCursor.ts'
import { useSequenceDrag, type Held } from './useSequenceDrag.ts'
import type { Splits } from './useSplits.ts'

/** The heat map as it is worked on: what is shown, where the keyboard is, what is dragged, and what the balance would be. */
export function usePlan(splits: Splits) {
  const { t } = useText()
  const { split } = splits
  const filter = reactive<HeatFilter>({ words: '', sort: 'id', markedOnly: false, fold: null })
  const rows = computed(() => (split.value === null ? [] : heatRows(split.value, { ...filter, fold: filter.fold !== null && filter.fold < split.value.frames.length ? filter.fold : null })))
  const columns = computed(() => (split.value === null ? [] : columnsOf(split.value)))
  const cursor = useCursor(() => split.value, rows)
  const can = computed(() => splits.movable.value && !splits.busy.value && split.value?.id === splits.id.value)

  /** The element of the table; its column headers say where columns are. */
  const grid = shallowRef<HTMLElement | null>(null)
  function columnAt(x: number, y: number): Column | undefined {
    const box = grid.value?.getBoundingClientRect()
    if (grid.value === null || box === undefined || y < box.top || y > box.bottom || x < box.left || x > box.right) return undefined
    const head = [...grid.value.querySelectorAll<HTMLElement>('[role=columnheader][data-column]')].find((element) => {
      const { left, right } = element.getBoundingClientRect()
      return x >= left - 1 && x < right + 1
    })
    const named = head?.dataset['column']
    return named === undefined ? undefined : named === 'always' ? null : Number(named)
  }

  const { drag, start } = useSequenceDrag({ can: () => can.value, columnAt, drop: (held, to) => void moveTo(to, held) })
  /** A column that a button would move to, while it is pointed at. */
  const proposed = ref<Column | undefined>(undefined)
  /** What the keys, the buttons or the drag act on. */
  const held = computed((): Held | null => {
    if (drag.value !== null) return drag.value
    const place = cursor.place.value
    return place === null ? null : { poseId: place.poseId, from: place.column, folders: cursor.folder.value === null ? cursor.folders.value : [cursor.folder.value] }
  })

  const poseId = computed(() => held.value?.poseId ?? null)
  const ofClass = useQuery({
    key: () => (poseId.value === null ? null : ['sequences of class', poseId.value]),
    load: (signal) => api.dataset.sequences.query({ role: 'train', poseIds: [poseId.value ?? 0], limit: 10_000 }, { signal }),
    refreshOn: { scan: ({ status }) => status.state === 'done' },
  })
  const sequences = computed(() => new Map((ofClass.data.value?.rows ?? []).map((row) => [row.folder, row])))
  const frames = computed(() => (held.value?.folders ?? []).reduce((sum, folder) => sum + (sequences.value.get(folder)?.frames ?? 0), 0))

  /** The balance after a drop where the pointer is; null when nothing would move. */
  const preview = computed((): Balance | null => {
    const to = drag.value === null ? proposed.value : drag.value.over
    if (split.value === null || held.value === null || to === undefined || to === held.value.from || ofClass.data.value === null) return null
    return balanceAfter(split.value, held.value.folders.map((folder) => ({ folder, fold: to })), (folder) => sequences.value.get(folder)?.frames ?? 0)
  })
  const torn = computed(() => (split.value === null || preview.value === null || split.value.options.group === 'sequence' ? [] : tornGroups(split.value, preview.value)))

  const said = ref('')
  const nameOf = (column: Column): string => (column === null ? t('folds.map.always') : t('folds.map.fold', { fold: String(column) }))
  const className = (id: number): string => split.value?.classes.find((row) => row.poseId === id)?.name ?? ''
  const sayPlace = (place: Place): string => {
    const row = rows.value.find((other) => other.poseId === place.poseId)
    return t('folds.map.cell', { name: className(place.poseId), id: String(place.poseId), column: nameOf(place.column), n: row === undefined ? 0 : countIn(row, place.column) })
  }
  watch([cursor.place, cursor.folder], ([place, folder], [placeBefore, folderBefore]) => {
    if (place === null || (place.poseId === placeBefore?.poseId && place.column === placeBefore.column && folder === folderBefore)) return
    const at = cursor.folders.value.indexOf(folder ?? '')
    said.value = folder === null ? sayPlace(place) : t('folds.tray.chosen', { folder, at: at + 1, total: cursor.folders.value.length })
  })

  /** The cell that a move ended in, until the next one. */
  const landed = shallowRef<Place | null>(null)
  async function moveTo(to: Column, what: Held | null = held.value): Promise<void> {
    proposed.value = undefined
    if (what === null || to === what.from || !columns.value.includes(to) && to !== null) return
    const moved = await splits.move(what.folders.map((folder) => ({ folder, fold: to })))
    if (moved === null) return
    landed.value = { poseId: what.poseId, column: to }
    const left = moved.folds.some(({ poseId: of, fold }) => of === what.poseId && fold === what.from)
    cursor.at({ poseId: what.poseId, column: left ? what.from : to })
    await nextTick()
    const balance = to === null ? '' : t('folds.move.frames', { column: nameOf(to), n: moved.frames[to] ?? 0 })
    said.value = `${t('folds.move.done', { n: what.folders.length, what: what.folders.join(', '), column: nameOf(to) })} ${balance}`
  }

  return { filter, rows, columns, cursor, can, grid, drag, start, proposed, held, ofClass, sequences, frames, preview, torn, said, landed, moveTo, nameOf, className, sayPlace }
}

export type Plan = ReturnType<typeof usePlan>

import { useEventListener, useStorage } from '@vueuse/core'
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { EditSummary, FindingKind, HistoryState, PointChange, RegionRule } from '../../../src-main/contract/annotation.ts'
import type { SequenceDetail } from '../../../src-main/contract/dataset.ts'
import { api } from '../../api/client.ts'
import { useNotify } from '../../composables/useNotify.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'
import { useText } from '../../composables/useText.ts'
import { withChanges, withSeen } from '../../editor/pendingChanges.ts'
import { useSavingStore } from '../../stores/saving.ts'
import { useSelectionStore } from '../../stores/selection.ts'
import { editLabel, type EditVerb } from './editWords.ts'

export interface Edits {
  history: Query<HistoryState>
  /** The sequence with what is being saved already in it. */
  shown: ComputedRef<SequenceDetail | null>
  saving: ShallowRef<number>
  /** One gesture, one edit. Resolves to null when it failed; then what was shown of it is gone again and the reason is on screen. `from`: what it is called, and the detector that found it. */
  apply: (changes: readonly PointChange[], from?: { verb?: EditVerb; detector?: FindingKind }) => Promise<EditSummary | null>
  applyRule: (rule: RegionRule) => Promise<EditSummary | null>
  /** Moves points by a pixel or ten; presses in quick succession are one edit. */
  nudge: (frame: number, rows: readonly number[], dx: number, dy: number) => void
  undo: () => Promise<void>
  redo: () => Promise<void>
  revert: (editId: number) => Promise<EditSummary | null>
  /** Settles a conflict of the sequence in front with its file. */
  resolve: (folder: string, keep: 'edits' | 'file') => Promise<EditSummary | null>
  /** Only edits of the sequence in front are listed. */
  ofSequence: Ref<boolean>
}

const nudgePause = 300

/** The page's edits, in the order they are made: each is sent when the one before is saved. `onJump` gets what an undo or redo changed. */
export function useEdits(sequence: Query<SequenceDetail>, onJump: (folder: string, changed: Map<number, number[]>) => void): Edits {
  const { t } = useText()
  const notify = useNotify()
  const selection = useSelectionStore()
  const unsent = useSavingStore()
  const saving = shallowRef(0)
  const pending = shallowRef<readonly (readonly PointChange[])[]>([])
  const nudged = shallowRef<readonly PointChange[]>([])
  let nudgeTimer: ReturnType<typeof setTimeout> | undefined
  let release: (() => void) | null = null
  // What is nudged is shown and not sent yet: the status must not call it saved.
  watch(() => nudged.value.length > 0, (waiting) => {
    release?.()
    release = waiting ? unsent.hold() : null
  }, { flush: 'sync' })
  let tail: Promise<unknown> = Promise.resolve()

  const ofSequence = useStorage('handloom.clean.historyOfSequence', false)
  const listed = computed(() => (ofSequence.value ? (selection.folder ?? undefined) : undefined))
  const history = useQuery({
    key: () => ['history', listed.value ?? null],
    load: (signal) => api.annotation.history.query({ limit: 300, folder: listed.value }, { signal }),
    refreshOn: { edit: true, project: true },
    keepPrevious: true,
  })
  const saved = computed(() => (sequence.data.value === null ? null : withChanges(sequence.data.value, pending.value.flat())))
  const shown = computed(() => (saved.value === null ? null : withChanges(saved.value, nudged.value)))

  /** Runs after everything that was asked before; a failure is shown and does not hold up what follows. */
  function inOrder<T>(work: () => Promise<T>): Promise<T | null> {
    saving.value++
    const done = unsent.hold()
    const next = tail.then(work).catch((thrown: unknown) => {
      notify.failure(thrown)
      // Whatever was refused, what is there now is shown.
      void sequence.reload()
      return null
    })
    tail = next.finally(() => {
      saving.value--
      done()
    })
    return next
  }

  /** Reads again what is on the page, so that what is shown and what is saved are the same at once. */
  async function settle(edit: EditSummary): Promise<void> {
    await Promise.all([edit.folders.includes(selection.folder ?? '') ? sequence.reload() : undefined, history.reload()])
  }

  async function apply(changes: readonly PointChange[], { verb, detector }: { verb?: EditVerb; detector?: FindingKind } = {}): Promise<EditSummary | null> {
    if (changes.length === 0) return null
    void flushNudge()
    const seen = saved.value === null ? changes : withSeen(saved.value, changes)
    pending.value = [...pending.value, changes]
    const edit = await inOrder(async () => {
      const made = await api.annotation.edit.mutate({ label: editLabel(changes, verb), changes: [...seen], detector })
      await settle(made)
      return made
    })
    pending.value = pending.value.filter((other) => other !== changes)
    return edit
  }

  const applyRule = (rule: RegionRule): Promise<EditSummary | null> => {
    void flushNudge()
    return settled(() => api.annotation.applyRule.mutate({ rule }))
  }

  function nudge(frame: number, rows: readonly number[], dx: number, dy: number): void {
    const folder = selection.folder
    const record = shown.value?.frameRecords.find(({ number }) => number === frame)
    if (folder === null || record === undefined) return
    const other = nudged.value[0]
    if (other !== undefined && (other.folder !== folder || other.frame !== frame)) void flushNudge()
    const width = record.width ?? Infinity
    const height = record.height ?? Infinity
    const moves = new Map(nudged.value.map((change) => [change.index, change]))
    for (const index of rows) {
      const point = record.points[index]
      if (point === undefined || record.erased.includes(index)) continue
      moves.set(index, { folder, frame, index, to: { x: Math.min(width, Math.max(0, point[0] + dx)), y: Math.min(height, Math.max(0, point[1] + dy)) } })
    }
    nudged.value = [...moves.values()]
    clearTimeout(nudgeTimer)
    nudgeTimer = setTimeout(() => void flushNudge(), nudgePause)
  }

  async function flushNudge(): Promise<void> {
    clearTimeout(nudgeTimer)
    const changes = nudged.value
    if (changes.length === 0) return
    nudged.value = []
    await apply(changes)
  }

  /** Takes the newest edit back (or brings one back) and goes to where that shows, in whichever sequence it is. */
  async function step(way: 'undo' | 'redo'): Promise<void> {
    void flushNudge()
    await inOrder(async () => {
      const edit = await api.annotation[way].mutate()
      if (edit === null) notify.info(t(way === 'undo' ? 'clean.history.nothingToUndo' : 'clean.history.nothingToRedo'))
      else await goTo(edit)
    })
  }

  /** Shows what an edit changed, in the sequence in front if it did so there. */
  async function goTo(edit: EditSummary): Promise<void> {
    const goal = edit.folders.includes(selection.folder ?? '') ? selection.folder : edit.folders[0]
    if (goal === undefined || goal === null) return
    const [after, { points }] = await Promise.all([api.dataset.sequence.query({ folder: goal }), api.annotation.editDetail.query({ editId: edit.id, folder: goal }), history.reload()])
    if (goal === selection.folder) sequence.set(after)
    onJump(goal, new Map([...Map.groupBy(points, ({ frame }) => frame)].map(([frame, rows]) => [frame, rows.map(({ index }) => index)])))
  }

  const settled = (work: () => Promise<EditSummary>): Promise<EditSummary | null> =>
    inOrder(async () => {
      const edit = await work()
      await settle(edit)
      return edit
    })
  const revert = (editId: number): Promise<EditSummary | null> => settled(() => api.annotation.revert.mutate({ editId }))
  const resolve = (folder: string, keep: 'edits' | 'file'): Promise<EditSummary | null> => settled(() => api.annotation.resolveConflict.mutate({ folder, keep }))

  onScopeDispose(() => void flushNudge())
  // Whoever goes elsewhere has made the stroke.
  useEventListener(document, 'visibilitychange', () => void flushNudge())
  return { history, shown, saving, ofSequence, apply, applyRule, nudge, undo: () => step('undo'), redo: () => step('redo'), revert, resolve }
}

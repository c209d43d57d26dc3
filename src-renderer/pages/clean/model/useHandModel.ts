import { useStorage } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Box } from '../../../../src-main/contract/crop.ts'
import type { FrameRecord, SequenceDetail } from '../../../../src-main/contract/dataset.ts'
import { seesKeypoints, type KeypointInfluence, type KeypointOpinion } from '../../../../src-main/contract/keypoints.ts'
import { api } from '../../../api/client.ts'
import { useNotify } from '../../../composables/useNotify.ts'
import { useQuery, type Query } from '../../../composables/useQuery.ts'
import { useText } from '../../../composables/useText.ts'
import type { LabelledBox } from '../../../editor/frameScene.ts'
import type { FrameSelection } from '../../../editor/frameSelection.ts'
import { useRefit } from '../../../stores/refit.ts'
import { useRunsStore } from '../../../stores/runs.ts'
import { palettes } from '../../../styles/tokens.ts'
import { influenceKey } from './influenceWords.ts'

interface Shown {
  sequence: () => SequenceDetail | null
  record: () => FrameRecord | null
  /** The panel is open: only then the model is asked. */
  open: () => boolean
  selected: () => FrameSelection
  /** Something is on its way to the disk that the answer does not know yet. */
  saving: () => boolean
  /** Goes to what is taken away and selects it. */
  show: (influence: KeypointInfluence) => void
}

export interface HandModel {
  query: Query<{ opinion: KeypointOpinion | null }>
  /** What the model says; null while nothing is known. */
  opinion: ComputedRef<KeypointOpinion | null>
  /** What is shown was said of the keypoints as they were before the newest edit. */
  stale: ComputedRef<boolean>
  /** The influence whose rows are selected. */
  current: ComputedRef<KeypointInfluence | null>
  /** The one under the pointer or the focus of the list. */
  pointed: ShallowRef<KeypointInfluence | null>
  /** Influences of the frame in front are marked on the picture. */
  marked: Ref<boolean>
  /** Single rows of the frame in front without which the answer is another, and those pointed at. */
  rings: ComputedRef<{ rows: readonly number[]; pointed: readonly number[] }>
  /** The same for whole hands. */
  boxes: ComputedRef<LabelledBox[]>
  show: (influence: KeypointInfluence) => void
  /** Shows the influence `step` places on, the best one at first. */
  next: (step?: number) => void
}

/** What the keypoint model says of the sequence in front as it is now, asked again after each edit and each refit, and what it depends on. */
export function useHandModel({ sequence, record, open, selected, saving, show }: Shown): HandModel {
  const { t } = useText()
  const notify = useNotify()
  const refit = useRefit()
  const runs = useRunsStore()
  const folder = (): string | null => sequence()?.folder ?? null
  const query = useQuery({
    key: () => (open() && folder() !== null ? ['opinion', folder()] : null),
    // By itself: other questions must not wait for it.
    load: async (signal) => ({ opinion: await api.train.opinion.query({ folder: folder() ?? '' }, { signal, context: { alone: true } }) }),
    refreshOn: {
      edit: ({ edit }) => edit.folders.includes(folder() ?? ''),
      sequences: ({ folders }) => folders.includes(folder() ?? ''),
      // While the folds of a refit come one by one the old answer stands.
      evaluation: ({ runId }) => runId !== refit.state?.runId && seesKeypoints(runs.byId(runId)?.config.model ?? ''),
      refit: ({ refit: { state, runId } }) => state === 'idle' && runId !== null,
      project: true,
    },
  })
  const opinion = computed(() => query.data.value?.opinion ?? null)
  const influences = computed(() => opinion.value?.influences ?? [])
  const stale = computed(() => opinion.value !== null && (query.loading.value || saving()))
  const pointed = shallowRef<KeypointInfluence | null>(null)
  watch(influences, () => (pointed.value = null))
  const marked = useStorage('handloom.clean.influences', true)

  const current = computed(() => {
    const [only, other] = [...selected()]
    const key = only === undefined || other !== undefined ? null : influenceKey({ frame: only[0], rows: [...only[1]] })
    return influences.value.find((influence) => influenceKey(influence) === key) ?? null
  })

  const here = computed(() => influences.value.filter(({ frame }) => frame === record()?.number))
  const pointedHere = computed(() => (pointed.value?.frame === record()?.number ? pointed.value : null))
  const rings = computed(() => ({ rows: marked.value ? here.value.flatMap(({ rows }) => (rows.length === 1 ? rows : [])) : [], pointed: pointedHere.value?.rows.length === 1 ? pointedHere.value.rows : [] }))
  const boxes = computed(() =>
    (marked.value ? here.value : pointedHere.value === null ? [] : [pointedHere.value]).flatMap((influence): LabelledBox[] => {
      const box = influence.rows.length === 1 ? null : boxAround(record(), influence.rows)
      return box === null ? [] : [{ box, label: t('clean.model.withoutHand', { name: influence.name }), colour: palettes.dark.warn, dash: influence === pointedHere.value ? [] : [3, 4], faint: influence !== pointedHere.value }]
    }),
  )

  /** Steps that were asked for before the answer was there. */
  const wished = ref(0)
  function next(step = 1): void {
    if (opinion.value === null) {
      wished.value = step
      return
    }
    wished.value = 0
    const count = influences.value.length
    const at = current.value === null ? (step > 0 ? -1 : 0) : influences.value.indexOf(current.value)
    const goal = influences.value[(at + step + count) % Math.max(1, count)]
    if (goal === undefined) notify.info(t('clean.model.noInfluences'))
    else show(goal)
  }
  watch(opinion, (found) => {
    if (found !== null && wished.value !== 0) next(wished.value)
  })
  watch([open, folder], () => (wished.value = 0), { flush: 'sync' })

  return { query, opinion, stale, current, pointed, marked, rings, boxes, show, next }
}

/** So far around the outermost points, frame pixels of a picture 1920 wide. */
const clearance = 24

function boxAround(record: FrameRecord | null, rows: readonly number[]): Box | null {
  if (record === null) return null
  const points = rows.flatMap((row) => {
    const point = record.points[row]
    return point === undefined || record.erased.includes(row) || !Number.isFinite(point[0]) || !Number.isFinite(point[1]) ? [] : [point]
  })
  if (points.length === 0) return null
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const around = (clearance * (record.width ?? 1920)) / 1920
  return { x0: Math.min(...xs) - around, y0: Math.min(...ys) - around, x1: Math.max(...xs) + around, y1: Math.max(...ys) + around }
}

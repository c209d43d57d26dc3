import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import type { EditDetail, EditedPlace } from '../../../src-main/contract/annotation.ts'
import { api } from '../../api/client.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'
import type { Ghost } from '../../editor/drawMarkings.ts'

export interface EditPreview {
  /** The edit that is looked at; null = none. */
  editId: Ref<number | null>
  detail: Query<EditDetail>
  /** What it changed in a frame of a sequence. */
  ghosts: ComputedRef<Ghost[]>
}

const place = (at: EditedPlace | null): Ghost['from'] => (at === null || at.visibility === 'erased' || at.x === null || at.y === null ? null : [at.x, at.y])

/** One edit of the history as it shows on the frame in front, for a look before it is taken back. `show`: called once with where it shows, when that is not in front. */
export function useEditPreview(folder: () => string | null, frame: () => number | null, show: (folder: string, frame: number) => void): EditPreview {
  const editId = ref<number | null>(null)
  const detail = useQuery({
    key: () => (editId.value === null ? null : ['editDetail', editId.value, folder()]),
    load: async (signal) => {
      const asked = { editId: editId.value ?? 0 }
      const own = await api.annotation.editDetail.query({ ...asked, folder: folder() ?? undefined }, { signal })
      return own.total > 0 ? own : api.annotation.editDetail.query(asked, { signal })
    },
    refreshOn: { edit: true },
  })
  const ghosts = computed(() =>
    (detail.data.value?.points ?? []).filter((point) => point.folder === folder() && point.frame === frame()).map(({ before, after }): Ghost => ({ from: place(before), to: place(after) })),
  )
  let shown: number | null = null
  watch([editId, () => detail.data.value], ([id, loaded]) => {
    if (id === null) shown = null
    if (id === null || id === shown || loaded?.edit.id !== id) return
    shown = id
    const [first] = loaded.points
    if (first !== undefined && ghosts.value.length === 0) show(first.folder, first.frame)
  })
  return { editId, detail, ghosts }
}

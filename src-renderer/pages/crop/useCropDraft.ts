import { shallowRef, watch, type ShallowRef } from 'vue'
import { cropRoles, type AugmentRecipe, type CropRecipe, type CropRole, type CropSettings } from '../../../src-main/contract/crop.ts'
import { api } from '../../api/client.ts'
import { useNotify } from '../../composables/useNotify.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'

export interface CropDraft {
  /** As saved. */
  query: Query<CropSettings>
  /** As on screen: with what the hand is moving. */
  draft: ShallowRef<CropSettings | null>
  /** Changes a role's recipe on the screen, and that of every role that uses the same one. */
  changeRecipe: (role: CropRole, patch: Partial<CropRecipe>) => void
  changeAugment: (patch: Partial<AugmentRecipe>) => void
  /** Saves what is on screen; what cannot be saved goes back. */
  saveRecipe: (role: CropRole) => Promise<void>
  saveAugment: () => Promise<void>
}

/** The crop settings while they are being changed: live on screen at once, saved when the hand lets go. */
export function useCropDraft(): CropDraft {
  const notify = useNotify()
  const query = useQuery({ key: () => ['cropSettings'], load: (signal) => api.crop.settings.query(undefined, { signal }), refreshOn: { crop: true, project: true } })
  const draft = shallowRef<CropSettings | null>(null)
  /** Changes that are not saved yet. */
  let unsaved = 0

  watch(query.data, (saved) => {
    if (unsaved === 0) draft.value = saved
  }, { immediate: true })

  function change(next: CropSettings): void {
    unsaved++
    draft.value = next
  }

  async function save(work: () => Promise<CropSettings>): Promise<void> {
    const before = unsaved
    try {
      const saved = await work()
      if (unsaved === before) unsaved = 0
      query.set(saved)
    } catch (thrown) {
      unsaved = 0
      draft.value = query.data.value
      notify.failure(thrown)
    }
  }

  return {
    query,
    draft,
    changeRecipe(role, patch) {
      if (draft.value === null) return
      const { recipes, references } = draft.value
      const changed = { ...recipes[role], ...patch }
      const sharing = cropRoles.filter((other) => references[other].name === references[role].name)
      change({ ...draft.value, recipes: { ...recipes, ...Object.fromEntries(sharing.map((other) => [other, changed])) } })
    },
    changeAugment(patch) {
      if (draft.value !== null) change({ ...draft.value, augment: { ...draft.value.augment, ...patch } })
    },
    async saveRecipe(role) {
      const recipe = draft.value?.recipes[role]
      if (recipe !== undefined && JSON.stringify(recipe) !== JSON.stringify(query.data.value?.recipes[role])) await save(() => api.crop.setRecipe.mutate({ role, recipe }))
    },
    async saveAugment() {
      const augment = draft.value?.augment
      if (augment !== undefined && JSON.stringify(augment) !== JSON.stringify(query.data.value?.augment)) await save(() => api.crop.setAugment.mutate(augment))
    },
  }
}

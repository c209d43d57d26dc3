import { createGlobalState } from '@vueuse/core'
import { ref, type Ref } from 'vue'
import type { DerivedState, DerivedTransform } from '../../../../src-main/contract/crop.ts'
import { api } from '../../../api/client.ts'
import { useQuery, type Query } from '../../../composables/useQuery.ts'

/** The derived set with what could be added to it, live. */
export const useDerivedSet = (): Query<DerivedState> =>
  useQuery({ key: () => ['derived'], load: (signal) => api.crop.derived.query(undefined, { signal }), refreshOn: { crop: true, edit: true, scan: ({ status }) => status.state === 'done' } })

/** The transform that view and panel of Derived look at, of the selected sequence. */
export const useDerivedChoice = createGlobalState((): { transform: Ref<DerivedTransform> } => ({ transform: ref<DerivedTransform>({ kind: 'mirror' }) }))

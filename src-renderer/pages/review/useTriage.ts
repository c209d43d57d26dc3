import { computed, shallowRef, triggerRef, type ComputedRef } from 'vue'
import type { TriageCause, TriageEntry } from '../../../src-main/contract/evaluate.ts'
import { api } from '../../api/client.ts'
import { useNotify } from '../../composables/useNotify.ts'
import { useText } from '../../composables/useText.ts'

type Before = { folder: string; before: TriageEntry | null }[]

export interface Triage {
  /** Sets (null: takes away) the cause of sequences; a note that is not given stays. Resolves to whether it is on disk; a failure is shown. */
  set: (folders: readonly string[], cause: TriageCause | null, note?: string) => Promise<boolean>
  /** Puts back what the last change found. */
  undo: () => Promise<void>
  /** What was done last and can be taken back, in words. */
  last: ComputedRef<string | null>
}

/** Sequences that had the same cause and note, together. */
export function alike(before: Before): { folders: string[]; cause: TriageCause | null; note: string }[] {
  const sets = new Map<string, { folders: string[]; cause: TriageCause | null; note: string }>()
  for (const { folder, before: entry } of before) {
    const [cause, note] = [entry?.cause ?? null, entry?.note ?? '']
    const key = JSON.stringify([cause, note])
    const set = sets.get(key) ?? { folders: [], cause, note }
    set.folders.push(folder)
    sets.set(key, set)
  }
  return [...sets.values()]
}

/** Causes are set one after the other, each on disk before the next; each can be taken back, the last first. */
export function useTriage(): Triage {
  const { t } = useText()
  const notify = useNotify()
  const done = shallowRef<{ cause: TriageCause | null; before: Before }[]>([])
  let tail: Promise<unknown> = Promise.resolve()

  function inOrder(work: () => Promise<void>): Promise<boolean> {
    const next = tail.then(work).then(
      () => true,
      (thrown: unknown) => {
        notify.failure(thrown)
        return false
      },
    )
    tail = next
    return next
  }

  const last = computed(() => {
    const change = done.value.at(-1)
    if (change === undefined) return null
    const what = change.cause === null ? t('review.triage.none') : t(`review.cause.${change.cause}`)
    const where = change.before.length === 1 ? (change.before[0]?.folder ?? '') : t('data.sequences', { n: change.before.length })
    return t('review.triage.done', { where, what })
  })

  const set = (folders: readonly string[], cause: TriageCause | null, note?: string): Promise<boolean> =>
    inOrder(async () => {
      done.value.push({ cause, before: await api.evaluate.setTriage.mutate({ folders: [...folders], cause, ...(note === undefined ? {} : { note }) }) })
      triggerRef(done)
    })

  async function undo(): Promise<void> {
    await inOrder(async () => {
      for (const { folders, cause, note } of alike(done.value.at(-1)?.before ?? [])) await api.evaluate.setTriage.mutate({ folders, cause, note })
      done.value.pop()
      triggerRef(done)
    })
  }

  return { set, undo, last }
}

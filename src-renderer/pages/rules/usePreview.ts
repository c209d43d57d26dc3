import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { PreviewedRule, RuleDraftInput } from '../../../src-main/contract/rules.ts'
import { onReconnect } from '../../api/events.ts'
import { api } from '../../api/client.ts'
import { toFailure, type Failure } from '../../api/failure.ts'
import { useEvent } from '../../composables/useEvent.ts'

export interface PreviewQuestion {
  runId: number
  draft: RuleDraftInput
  /** Absent: a rule after all others. */
  replaces?: number | undefined
}

export interface Preview {
  /** The newest answer about this rule; while a later one is on its way it stays. */
  data: ShallowRef<PreviewedRule | null>
  failure: ShallowRef<Failure | null>
  /** The answer has not come for 300 ms. */
  slow: ShallowRef<boolean>
}

/** What a draft would do, live: one question at a time, and after each answer the newest question if it is another by then. */
export function usePreview(question: () => PreviewQuestion | null): Preview {
  const data = shallowRef<PreviewedRule | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const slow = shallowRef(false)
  let asking = false
  let ended = false
  /** Counts what makes an answer old although the question is the same. */
  let age = 0
  const keyOf = (asked: PreviewQuestion | null): string => JSON.stringify([age, asked])
  const ruleOf = (asked: PreviewQuestion | null): string => `${asked?.runId}/${asked?.replaces ?? 'new'}`

  function take(asked: PreviewQuestion, answer: PreviewedRule | null, thrown: unknown): void {
    const now = question()
    if (now === null || ruleOf(now) !== ruleOf(asked)) return
    if (answer !== null) data.value = answer
    failure.value = answer === null ? toFailure(thrown) : null
  }

  async function ask(): Promise<void> {
    if (asking || ended) return
    const asked = question()
    if (asked === null) {
      failure.value = null
      return
    }
    const key = keyOf(asked)
    asking = true
    const timer = setTimeout(() => (slow.value = true), 300)
    try {
      take(asked, await api.rules.preview.query(asked, { context: { alone: true } }), null)
    } catch (thrown) {
      take(asked, null, thrown)
    } finally {
      clearTimeout(timer)
      asking = false
      slow.value = false
    }
    if (keyOf(question()) !== key) void ask()
  }

  function askAnew(): void {
    age++
    void ask()
  }

  watch(() => ruleOf(question()), () => {
    data.value = null
    failure.value = null
  }, { flush: 'sync' })
  watch(() => keyOf(question()), () => void ask(), { immediate: true })
  for (const type of ['rules', 'edit', 'evaluation'] as const) useEvent(type, askAnew)
  onScopeDispose(onReconnect(askAnew))
  onScopeDispose(() => (ended = true))

  return { data, failure, slow }
}

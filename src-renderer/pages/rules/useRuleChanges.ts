import { computed, type ComputedRef } from 'vue'
import type { RuleFitOptions, RulesState, SequenceRule } from '../../../src-main/contract/rules.ts'
import { api } from '../../api/client.ts'
import { saveFile } from '../../components/saveFile.ts'
import { useAction } from '../../composables/useAction.ts'
import { useNotify } from '../../composables/useNotify.ts'
import type { Query } from '../../composables/useQuery.ts'
import { useText } from '../../composables/useText.ts'
import { draftOf, formOf } from './ruleForm.ts'
import type { Chosen } from './useRuleForms.ts'

export interface RuleChanges {
  busy: ComputedRef<boolean>
  toggle: (rule: SequenceRule) => Promise<unknown>
  /** Puts a rule at another place of the order. */
  place: (id: number, at: number) => Promise<unknown>
  remove: (rule: SequenceRule) => Promise<unknown>
  fit: (method: RuleFitOptions['method']) => Promise<unknown>
  restore: (version: number) => Promise<unknown>
  importFile: (file: File) => Promise<unknown>
  exportFile: () => Promise<unknown>
}

/** The order with one moved to another place. */
export function moved<Item>(order: readonly Item[], item: Item, at: number): Item[] {
  const others = order.filter((other) => other !== item)
  return [...others.slice(0, at), item, ...others.slice(at)]
}

/** What is done with a run's rules at once, each a version; what is not undone by doing it again can be undone from the corner. */
export function useRuleChanges(runId: () => number | null, query: Query<RulesState>, choose: (which: Chosen) => void): RuleChanges {
  const { t } = useText()
  const notify = useNotify()
  const run = (): number => runId() ?? 0
  const put = (next: RulesState): void => query.set(next)
  const undoTo = (version: number): { label: string; run: () => void } => ({ label: t('common.undo'), run: () => void restoring.run(version) })

  const restoring = useAction(async (version: number) => put(await api.rules.restore.mutate({ runId: run(), version })))
  const toggling = useAction(async (rule: SequenceRule) => {
    const draft = draftOf(formOf(rule))
    if (draft !== null) put(await api.rules.change.mutate({ runId: run(), id: rule.id, change: { ...draft, enabled: !rule.enabled } }))
  })
  const placing = useAction(async (id: number, at: number) => {
    const order = (query.data.value?.rules ?? []).map((rule) => rule.id)
    const next = moved(order, id, Math.min(Math.max(0, at), order.length - 1))
    if (next.join() !== order.join()) put(await api.rules.arrange.mutate({ runId: run(), ids: next }))
  })
  const removing = useAction(async (rule: SequenceRule) => {
    const version = query.data.value?.version ?? 0
    const at = (query.data.value?.rules ?? []).findIndex(({ id }) => id === rule.id)
    const next = await api.rules.remove.mutate({ runId: run(), id: rule.id })
    put(next)
    choose((next.rules[at] ?? next.rules.at(-1))?.id ?? null)
    notify.info(t('rules.removed', { name: rule.name }), undoTo(version))
  })
  const fitting = useAction(async (method: RuleFitOptions['method']) => {
    const { version, rules } = query.data.value ?? { version: 0, rules: [] }
    const next = await api.rules.fit.mutate({ runId: run(), method })
    put(next)
    const before = new Map(rules.map((rule) => [rule.id, JSON.stringify(formOf(rule))]))
    const fitted = next.rules.filter((rule) => before.get(rule.id) !== JSON.stringify(formOf(rule)))
    if (fitted.length === 0) notify.info(t('rules.fitted.nothing'))
    else notify.good(t('rules.fitted.done', { n: fitted.length }), undoTo(version))
  })
  const importing = useAction(async (file: File) => {
    const { version, rules } = query.data.value ?? { version: 0, rules: [] }
    const next = await api.rules.importRules.mutate({ runId: run(), fileName: file.name, text: await file.text() })
    put(next)
    choose(next.rules[rules.length]?.id ?? null)
    notify.good(t('rules.imported', { n: next.rules.length - rules.length, file: file.name }), undoTo(version))
  })
  const exporting = useAction(async () => {
    const { name, text } = await api.rules.exportRules.query({ runId: run() })
    saveFile(name, text, 'application/json')
  })
  const all = [restoring, toggling, placing, removing, fitting, importing, exporting]

  return { busy: computed(() => all.some((action) => action.busy.value)), toggle: toggling.run, place: placing.run, remove: removing.run, fit: fitting.run, restore: restoring.run, importFile: importing.run, exportFile: exporting.run }
}

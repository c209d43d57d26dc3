import { computed, ref, watch, type ComputedRef } from 'vue'
import { useRouter } from 'vue-router'
import type { PreviewedRule, RuleProposal, RulesState, SequenceRule } from '../../../src-main/contract/rules.ts'
import { api } from '../../api/client.ts'
import type { Failure } from '../../api/failure.ts'
import { useAction } from '../../composables/useAction.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'
import { patchQuery } from '../../stores/address.ts'
import { useProjectStore } from '../../stores/project.ts'
import { draftOf } from './ruleForm.ts'
import { usePreview } from './usePreview.ts'
import { useRuleChanges, type RuleChanges } from './useRuleChanges.ts'
import { useRuleForms, type Chosen, type RuleForms } from './useRuleForms.ts'

export interface RulesLab extends RuleForms, RuleChanges {
  query: Query<RulesState>
  state: ComputedRef<RulesState | null>
  chosen: ComputedRef<Chosen>
  /** The kept rule in front. */
  rule: ComputedRef<SequenceRule | null>
  /** The rule in front as the core judges it: as it is kept, or as the form would make it. */
  judged: ComputedRef<PreviewedRule | null>
  /** The same with a fitted threshold: the interval and the folds' thresholds that a threshold by hand is seen beside. */
  fitted: ComputedRef<PreviewedRule | null>
  /** Where the line is drawn. */
  threshold: ComputedRef<number | null>
  failure: ComputedRef<Failure | null>
  slow: ComputedRef<boolean>
  locked: ComputedRef<boolean>
  choose: (which: Chosen) => void
  /** The next rule of the list (a begun new one is its last) comes in front. */
  step: (by: number) => void
  open: (proposal?: RuleProposal) => void
  apply: () => Promise<void>
}

/** The rules of a run, the one in front, and what is begun of it. */
export function useRulesLab(runId: () => number | null): RulesLab {
  const router = useRouter()
  const project = useProjectStore()
  const query = useQuery({ key: () => (runId() === null ? null : ['rules', runId()]), load: (signal) => api.rules.state.query({ runId: runId() ?? 0 }, { signal }), refreshOn: { rules: true, evaluation: true, edit: true } })
  const state = query.data
  const rules = computed(() => state.value?.rules ?? [])
  const asked = ref<Chosen>(null)
  const chosen = computed<Chosen>(() => {
    if (asked.value === 'new' && forms.hasNew.value) return 'new'
    return (rules.value.find(({ id }) => id === asked.value) ?? rules.value[0])?.id ?? (forms.hasNew.value ? 'new' : null)
  })
  const forms = useRuleForms(runId, () => chosen.value, () => rules.value)
  const rule = computed(() => rules.value.find(({ id }) => id === chosen.value) ?? null)

  const draft = computed(() => (forms.form.value === null ? null : draftOf(forms.form.value)))
  const question = (fit: boolean) => {
    const [run, wanted] = [runId(), draft.value]
    if (run === null || wanted === null || !(fit || forms.dirty.value)) return null
    if (!fit) return { runId: run, draft: wanted, replaces: rule.value?.id }
    const { threshold: _, ...fitting } = wanted
    return { runId: run, draft: { ...fitting, name: '', note: '', method: 'log-loss' as const }, replaces: rule.value?.id }
  }
  const preview = usePreview(() => question(false))
  const reference = usePreview(() => (forms.form.value?.method === 'by-hand' ? question(true) : null))
  const judged = computed(() => (draft.value === null ? null : forms.dirty.value ? (preview.data.value ?? rule.value) : rule.value))

  function choose(which: Chosen): void {
    asked.value = which
    patchQuery(router, { rule: typeof which === 'number' ? String(which) : null })
  }

  const changes = useRuleChanges(runId, query, choose)
  const applying = useAction(async () => {
    const [run, wanted] = [runId(), draft.value]
    if (run === null || wanted === null) return
    if (rule.value !== null) query.set(await api.rules.change.mutate({ runId: run, id: rule.value.id, change: wanted }))
    else {
      const next = await api.rules.add.mutate({ runId: run, draft: wanted })
      query.set(next)
      forms.discard('new')
      choose(next.rules.at(-1)?.id ?? null)
      return
    }
    forms.discard()
  })
  const busy = computed(() => applying.busy.value || changes.busy.value)
  const locked = computed(() => project.readOnly || busy.value)

  function step(by: number): void {
    const order: Chosen[] = [...rules.value.map(({ id }) => id), ...(forms.hasNew.value ? ['new' as const] : [])]
    choose(order[Math.min(Math.max(0, order.indexOf(chosen.value) + by), order.length - 1)] ?? null)
  }

  function open(proposal?: RuleProposal): void {
    forms.begin(proposal)
    choose('new')
  }

  watch(
    () => router.currentRoute.value.query['rule'],
    (wanted) => {
      if (typeof wanted === 'string' && /^\d{1,9}$/.test(wanted)) asked.value = Number(wanted)
    },
    { immediate: true },
  )

  return {
    ...forms, ...changes, query, state: computed(() => state.value), chosen, rule, judged, busy, locked, choose, step, open,
    fitted: computed(() => (forms.form.value?.method === 'by-hand' ? reference.data.value : judged.value)),
    threshold: computed(() => (forms.form.value?.method === 'by-hand' ? forms.form.value.threshold : (judged.value?.threshold ?? null))),
    failure: computed(() => (forms.dirty.value ? preview.failure.value : null)),
    slow: computed(() => preview.slow.value),
    apply: async () => void (!locked.value && forms.dirty.value && draft.value !== null && (await applying.run())),
  }
}

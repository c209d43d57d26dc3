import { computed, ref, type ComputedRef } from 'vue'
import type { RuleProposal, SequenceRule } from '../../../src-main/contract/rules.ts'
import { useProjectStore } from '../../stores/project.ts'
import { changedParts, emptyForm, formOf, type FormPart, type RuleForm } from './ruleForm.ts'

/** What a person has begun and not applied, by project, run and rule: it waits while other rules and pages are looked at. */
const begun = ref<Record<string, RuleForm>>({})

export type Chosen = number | 'new' | null

export interface RuleForms {
  /** The rule in front as it would be; null: there is none. */
  form: ComputedRef<RuleForm | null>
  /** What of it is not applied. A new rule is not applied as a whole. */
  unsaved: ComputedRef<FormPart[]>
  isNew: ComputedRef<boolean>
  dirty: ComputedRef<boolean>
  hasNew: ComputedRef<boolean>
  isBegun: (id: number) => boolean
  edit: (change: Partial<RuleForm>) => void
  begin: (sides?: Pick<RuleProposal, 'stillPoseIds' | 'movingPoseIds' | 'feature'>) => void
  discard: (which?: number | 'new') => void
}

/** The forms of a run's rules: what is begun of each, else what is kept. */
export function useRuleForms(runId: () => number | null, chosen: () => Chosen, kept: () => readonly SequenceRule[]): RuleForms {
  const project = useProjectStore()
  const keyOf = (which: number | 'new'): string => `${project.current?.project}/${runId()}/${which}`
  const keptForm = (id: Chosen): RuleForm | null => {
    const rule = kept().find((one) => one.id === id)
    return rule === undefined ? null : formOf(rule)
  }
  const form = computed(() => {
    const which = chosen()
    return which === null ? null : (begun.value[keyOf(which)] ?? keptForm(which))
  })
  const isNew = computed(() => chosen() === 'new' && form.value !== null)
  const unsaved = computed(() => {
    const before = keptForm(chosen())
    return form.value === null || before === null ? [] : changedParts(form.value, before)
  })

  function discard(which: number | 'new' | null = chosen()): void {
    if (which === null) return
    const { [keyOf(which)]: gone, ...others } = begun.value
    if (gone !== undefined) begun.value = others
  }

  function edit(change: Partial<RuleForm>): void {
    const which = chosen()
    if (which === null || form.value === null) return
    const next = { ...form.value, ...change }
    const before = keptForm(which)
    if (before !== null && changedParts(next, before).length === 0) discard(which)
    else begun.value = { ...begun.value, [keyOf(which)]: next }
  }

  return {
    form,
    unsaved,
    isNew,
    dirty: computed(() => isNew.value || unsaved.value.length > 0),
    hasNew: computed(() => begun.value[keyOf('new')] !== undefined),
    isBegun: (id) => begun.value[keyOf(id)] !== undefined,
    edit,
    begin: (sides) => (begun.value = { ...begun.value, [keyOf('new')]: emptyForm(sides) }),
    discard,
  }
}

import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { RegionRule } from '../../../src-main/contract/annotation.ts'
import { api } from '../../api/client.ts'
import { saveFile } from '../../components/saveFile.ts'
import { useAction, type Action } from '../../composables/useAction.ts'
import { useNotify } from '../../composables/useNotify.ts'
import { useText } from '../../composables/useText.ts'
import type { RegionRuleState } from './useRegionRule.ts'

export interface RuleFile {
  /** What an export would hold: the saved rules, else the one that is being written; nothing before it is known what is saved. */
  exportable: ComputedRef<readonly RegionRule[]>
  write: () => void
  /** Reads a file of rules; those whose names are taken wait in `taken` for a person's word. */
  read: Action<[file: File], void>
  /** Read, and not saved yet because other rules have their names. */
  taken: ShallowRef<readonly RegionRule[]>
  replace: Action<[], void>
}

/** Region rules as a file, in the form that `clean --rules` reads. */
export function useRuleFile({ saved, rule, choose }: Pick<RegionRuleState, 'saved' | 'rule' | 'choose'>): RuleFile {
  const { t } = useText()
  const notify = useNotify()
  const taken = shallowRef<readonly RegionRule[]>([])
  const exportable = computed(() => (saved.data.value === null ? [] : saved.data.value.length > 0 ? saved.data.value : rule.value === null ? [] : [rule.value]))

  async function save(rules: readonly RegionRule[]): Promise<void> {
    for (const each of rules) saved.set(await api.annotation.saveRule.mutate(each))
    const [first] = rules
    if (first === undefined) return
    choose(first.name)
    notify.good(t('clean.rule.imported', { n: rules.length, names: rules.map(({ name }) => name).join(', ') }))
  }

  return {
    exportable,
    write: () => saveFile('handloom-rules.json', `${JSON.stringify({ rules: exportable.value }, null, 2)}\n`, 'application/json'),
    read: useAction(async (file: File) => {
      const rules = await api.annotation.readRules.query({ fileName: file.name, text: await file.text() }, { context: { alone: true } })
      // As they are now: a rule of another window, or one that is not on the page yet, is not written over either.
      const known = new Set((await api.annotation.savedRules.query(undefined, { context: { alone: true } })).map(({ name }) => name))
      taken.value = rules.filter(({ name }) => known.has(name))
      await save(rules.filter(({ name }) => !known.has(name)))
    }),
    taken,
    replace: useAction(async () => {
      const rules = taken.value
      taken.value = []
      await save(rules)
    }),
  }
}

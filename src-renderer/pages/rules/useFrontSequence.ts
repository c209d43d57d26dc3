import { computed, type ComputedRef } from 'vue'
import { useSelectionStore } from '../../stores/selection.ts'
import { changedSections } from './facts/changedSections.ts'
import type { RulesLab } from './useRulesLab.ts'

export interface FrontSequence {
  /** The chosen sequence where the rule is about it, else the first that the rule changes or measures. */
  folder: ComputedRef<string | null>
  /** What the rule changes, in the order of the list; what it measures, by value. */
  changes: ComputedRef<string[]>
  measured: ComputedRef<string[]>
}

/** The sequence whose frames are shown, of those that the rule in front is about. */
export function useFrontSequence({ judged }: Pick<RulesLab, 'judged'>): FrontSequence {
  const selection = useSelectionStore()
  const changes = computed(() => (judged.value === null ? [] : changedSections(judged.value).flatMap(({ sequences }) => sequences.map(({ folder }) => folder))))
  const measured = computed(() => [...(judged.value?.points ?? [])].sort((first, second) => first.value - second.value).map(({ group }) => group))
  const all = computed(() => new Set([...changes.value, ...measured.value, ...(judged.value?.unmeasured ?? [])]))
  const folder = computed(() => (selection.folder !== null && all.value.has(selection.folder) ? selection.folder : (changes.value[0] ?? measured.value[0] ?? null)))
  return { folder, changes, measured }
}

import type { ChangedSequence, PreviewedRule } from '../../../../src-main/contract/rules.ts'
import { outcomeOf, type Outcome } from '../ruleForm.ts'

export interface ChangedSection {
  kind: Outcome | 'test'
  sequences: ChangedSequence[]
}

const step = ({ answerBefore, answerAfter }: ChangedSequence): number => Math.abs((answerAfter ?? 0) - (answerBefore ?? 0))

/** What a rule changes, the harm first, then the good, each with the largest change first; test sequences apart. Empty ones are left out. */
export function changedSections({ changed, testChanged }: Pick<PreviewedRule, 'changed' | 'testChanged'>): ChangedSection[] {
  const sections = (['worse', 'better', 'same', 'unknown'] as const).map((kind): ChangedSection => ({ kind, sequences: changed.filter((row) => outcomeOf(row) === kind).sort((first, second) => step(second) - step(first)) }))
  return [...sections, { kind: 'test' as const, sequences: [...testChanged] }].filter(({ sequences }) => sequences.length > 0)
}

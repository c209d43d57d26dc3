import type { ChangedSequence, PreviewedRule, RuleDefinition, RuleDraftInput, RuleProposal, RulePoint, SequenceFeature } from '../../../src-main/contract/rules.ts'

/** A rule as it is being made or changed. What is fitted may still be unknown. */
export type RuleForm = Omit<RuleDefinition, 'threshold' | 'clamp'> & { threshold: number | null; clamp: number | null }

export const usualFeature: SequenceFeature = { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' }

export const emptyForm = (sides: Pick<RuleProposal, 'stillPoseIds' | 'movingPoseIds' | 'feature'> = { stillPoseIds: [], movingPoseIds: [], feature: null }): RuleForm => ({
  name: '', stillPoseIds: [...sides.stillPoseIds], movingPoseIds: [...sides.movingPoseIds], feature: sides.feature ?? usualFeature, threshold: null, method: 'log-loss', action: 'clamp', clamp: null, clampFrom: 'error', leftOut: [], enabled: true, note: '',
})

export const formOf = ({ name, stillPoseIds, movingPoseIds, feature, threshold, method, action, clamp, clampFrom, leftOut, enabled, note }: RuleDefinition): RuleForm => ({ name, stillPoseIds, movingPoseIds, feature, threshold, method, action, clamp, clampFrom, leftOut, enabled, note })

/** What the core is asked: what is to be fitted is left out. null: a side has no class yet, or both have the same. */
export function draftOf({ threshold, clamp, ...form }: RuleForm): RuleDraftInput | null {
  const overlap = form.stillPoseIds.some((poseId) => form.movingPoseIds.includes(poseId))
  if (form.stillPoseIds.length === 0 || form.movingPoseIds.length === 0 || overlap) return null
  return { ...form, ...(form.method === 'by-hand' && threshold !== null ? { threshold } : {}), ...(form.clampFrom === 'by-hand' && clamp !== null ? { clamp } : {}) }
}

export const formParts = ['name', 'classes', 'feature', 'threshold', 'action', 'leftOut', 'note'] as const
export type FormPart = (typeof formParts)[number]

const same = (first: unknown, second: unknown): boolean => JSON.stringify(first) === JSON.stringify(second)
const handed = <Value>(source: string, value: Value): Value | null => (source === 'by-hand' ? value : null)

/** The parts of a rule that are not as they are kept. */
export function changedParts(form: RuleForm, kept: RuleForm): FormPart[] {
  const of = ({ name, stillPoseIds, movingPoseIds, feature, threshold, method, action, clamp, clampFrom, leftOut, note }: RuleForm): Record<FormPart, unknown> => ({
    name: name.trim(), classes: [stillPoseIds, movingPoseIds], feature: [feature.point, feature.measure, feature.axis, feature.unit], threshold: [method, handed(method, threshold)],
    action: [action, action === 'clamp' && [clampFrom, handed(clampFrom, clamp)]], leftOut: [...leftOut].sort(), note: note.trim(),
  })
  const [now, before] = [of(form), of(kept)]
  return formParts.filter((part) => !same(now[part], before[part]))
}

/** The form with a sequence left out of the fit, or taken back. */
export const toggleLeftOut = (form: RuleForm, folder: string): string[] => (form.leftOut.includes(folder) ? form.leftOut.filter((other) => other !== folder) : [...form.leftOut, folder])

export type Outcome = 'better' | 'worse' | 'same' | 'unknown'

/** What a rule makes of a changed sequence, by the probability of its label. */
export function outcomeOf({ answerBefore, answerAfter }: Pick<ChangedSequence, 'answerBefore' | 'answerAfter'>): Outcome {
  if (answerBefore === null || answerAfter === null) return 'unknown'
  return Math.abs(answerAfter - answerBefore) < 1e-9 ? 'same' : answerAfter > answerBefore ? 'better' : 'worse'
}

/** What applying a rule touches. */
export function touched({ changed, testChanged }: Pick<PreviewedRule, 'changed' | 'testChanged'>): { all: number; better: number; worse: number; test: number } {
  const outcomes = changed.map(outcomeOf)
  return { all: changed.length + testChanged.length, better: outcomes.filter((outcome) => outcome === 'better').length, worse: outcomes.filter((outcome) => outcome === 'worse').length, test: testChanged.length }
}

export type Verdict = 'better' | 'dear' | 'worse' | 'unclear' | 'none'

/** What can be said of a gain by its 95 % interval; `dear`: the classes gain what others of the run lose. */
export function verdictOf({ gain, runBefore, runAfter }: Pick<PreviewedRule, 'gain' | 'runBefore' | 'runAfter'>): Verdict {
  if (gain === null) return 'none'
  if (gain.low > 0 && runAfter > runBefore + 5e-5) return 'dear'
  return gain.low > 0 ? 'better' : gain.high < 0 ? 'worse' : 'unclear'
}

/** How a threshold of a feature is moved and written: one step, a large one, decimals. */
export function scaleOf({ measure, unit }: Pick<SequenceFeature, 'measure' | 'unit'>): { step: number; leap: number; digits: number } {
  if (measure === 'turns') return { step: 0.5, leap: 2, digits: 1 }
  return unit === 'pixels' ? { step: 1, leap: 10, digits: 2 } : { step: 0.01, leap: 0.1, digits: 3 }
}

/** The side a point lies on with a threshold is not that of its class. */
export const isWrong = ({ poseId, value }: Pick<RulePoint, 'poseId' | 'value'>, stillPoseIds: readonly number[], threshold: number): boolean => (stillPoseIds.includes(poseId) ? value >= threshold : value < threshold)

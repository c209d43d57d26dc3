import type { ModelFormat, Run, RunFold } from '../../../../src-main/contract/train.ts'

/** Formats as they call themselves, in every language. */
export const formatNames: Readonly<Record<ModelFormat, string>> = { onnx: 'ONNX', savedmodel: 'SavedModel', safetensors: 'safetensors' }

/** Folds that can be exported, the one with the lowest validation log loss first: what the core takes where none is named. */
export const exportFolds = ({ folds }: Pick<Run, 'folds'>): RunFold[] =>
  folds.filter(({ state }) => state === 'done').toSorted((first, second) => (first.bestLogLoss ?? Infinity) - (second.bestLogLoss ?? Infinity))

/** A logit that differs by more than this is worth a look. */
export const expectedDifference = 1e-4

/** What the check of an exported model says. */
export type Verdict = 'same' | 'far' | 'unchecked'
export const verdictOf = (difference: number | null): Verdict => (difference === null ? 'unchecked' : difference <= expectedDifference ? 'same' : 'far')

import type { SplitOptions, Splitter } from '../../../src-main/contract/split.ts'

export const splitters: readonly Splitter[] = ['StratifiedGroupKFold', 'GroupKFold', 'StratifiedKFold', 'KFold']
export const splitUnits: readonly SplitOptions['unit'][] = ['sequence', 'frame']
export const defaultSplit: SplitOptions = { splitter: 'StratifiedGroupKFold', folds: 5, seed: 42, shuffle: true, unit: 'sequence', group: 'sequence', always: [], merge: [] }
/** Group splitters keep the sequences of a group in one fold, whatever is split. */
export const isGrouped = (splitter: Splitter): boolean => splitter.includes('Group')

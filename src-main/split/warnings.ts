import type { SplitRecord, SplitWarning } from '../contract/split.ts'
import { tornGroups } from './tornGroups.ts'

/** A class, or merged classes, as one. */
export interface BalancedClass {
  poseIds: Set<number>
  /** Sequences per fold. */
  counts: number[]
  /** Frames per fold. */
  frames: number[]
  /** Sequences that are always trained. */
  always: number
}

type Described = Pick<SplitRecord, 'options' | 'folds' | 'classes' | 'frames' | 'leakingSequences'> & { balanced: readonly BalancedClass[] }

/** What an analyst should know about a split before training on it. */
export function splitWarnings(split: Described): SplitWarning[] {
  return [...leak(split), ...tornGroup(split), ...emptyFolds(split), ...classesInOneFold(split), ...missingInTrain(split), ...fewMembers(split), ...alwaysTrained(split), ...groupMissing(split), ...unknownClasses(split)]
}

const named = (values: readonly (number | string)[]) =>
  values.length > 12 ? `${values.slice(0, 12).join(', ')} and ${values.length - 12} more` : values.join(', ')

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)

const poseIdsOf = (balanced: readonly BalancedClass[]) => balanced.flatMap(({ poseIds }) => [...poseIds]).sort((a, b) => a - b)

function leak({ leakingSequences, folds }: Described): SplitWarning[] {
  if (leakingSequences === 0) return []
  return [
    {
      kind: 'leak',
      message: `${leakingSequences} of ${folds.length} sequences have frames in more than one fold: siblings of validated frames are trained on, and the validation score is too good. Split by sequence instead.`,
      poseIds: [],
      folds: [],
    },
  ]
}

function tornGroup({ options, folds }: Described): SplitWarning[] {
  const torn = tornGroups(folds)
  if (torn.length === 0) return []
  const among = [...new Set(torn.flatMap((group) => group.folds))].sort((a, b) => a - b)
  const values = torn.map(({ value }) => value)
  return [{ kind: 'leak', message: `Of ${torn.length} ${torn.length === 1 ? 'value' : 'values'} of ${options.group} some sequences are validated while others are trained on: ${named(values)}. Their validation score is too good.`, poseIds: [], folds: among }]
}

function emptyFolds({ frames }: Described): SplitWarning[] {
  const empty = frames.flatMap((count, fold) => (count === 0 ? [fold] : []))
  if (empty.length === 0) return []
  return [{ kind: 'empty-fold', message: `No frames are validated in fold ${empty.join(', ')}. Use fewer folds.`, poseIds: [], folds: empty }]
}

function classesInOneFold({ balanced }: Described): SplitWarning[] {
  const found = balanced.filter(({ counts, frames }) => total(counts) > 1 && frames.filter((count) => count > 0).length === 1)
  if (found.length === 0) return []
  const poseIds = poseIdsOf(found)
  const folds = [...new Set(found.map(({ frames }) => frames.findIndex((count) => count > 0)))].sort((a, b) => a - b)
  return [{ kind: 'class-in-one-fold', message: `All validated sequences of class ${named(poseIds)} are in one fold. Another seed may spread them.`, poseIds, folds }]
}

function missingInTrain({ balanced, frames }: Described): SplitWarning[] {
  return Array.from(frames.keys()).flatMap((fold) => {
    const poseIds = poseIdsOf(balanced.filter((of) => of.always === 0 && of.frames[fold]! > 0 && total(of.frames) === of.frames[fold]))
    if (poseIds.length === 0) return []
    const message = `Fold ${fold} trains without class ${named(poseIds)}, whose every sequence it validates. Derive sequences for them by flipping or rotating, train them in every fold, merge them with a class like them, or read its validation score with that in mind.`
    return [{ kind: 'class-missing-in-train' as const, message, poseIds, folds: [fold] }]
  })
}

function fewMembers({ balanced, classes, options }: Described): SplitWarning[] {
  const poseIds = poseIdsOf(balanced.filter(({ counts }) => total(counts) > 0 && total(counts) < options.folds))
  if (poseIds.length === 0) return []
  const message = `${poseIds.length} of ${classes.length} classes have fewer sequences than folds (${options.folds}), so not every fold validates them: ${named(poseIds)}.`
  return [{ kind: 'few-members', message, poseIds, folds: [] }]
}

function alwaysTrained({ classes }: Described): SplitWarning[] {
  const poseIds = classes.filter(({ counts, always }) => always > 0 && total(counts) === 0).map(({ poseId }) => poseId)
  if (poseIds.length === 0) return []
  return [{ kind: 'always-trained', message: `Class ${named(poseIds)} is trained in every fold and validated in none, so no score says how well it is told from others.`, poseIds, folds: [] }]
}

function groupMissing({ options, folds }: Described): SplitWarning[] {
  if (options.group === 'sequence' || !options.splitter.endsWith('GroupKFold')) return []
  const missing = folds.filter(({ folder, group }) => group === folder).map(({ folder }) => folder)
  if (missing.length === 0) return []
  return [{ kind: 'group-missing', message: `${missing.length} of ${folds.length} sequences have no ${options.group}, so each is a group of its own: ${named(missing)}.`, poseIds: [], folds: [] }]
}

function unknownClasses({ options, classes }: Described): SplitWarning[] {
  const known = new Set(classes.map(({ poseId }) => poseId))
  const poseIds = [...options.always, ...options.merge.flat()].filter((poseId) => !known.has(poseId)).sort((a, b) => a - b)
  if (poseIds.length === 0) return []
  return [{ kind: 'unknown-class', message: `No training sequence has class ${named(poseIds)}, so what was chosen for it has no effect.`, poseIds, folds: [] }]
}

import type { Derivation, DerivationSuggestion, DerivedSequence } from '../../../src-main/contract/crop.ts'
import type { ClassRow } from '../../../src-main/contract/dataset.ts'
import type { SplitOptions, SplitRecord } from '../../../src-main/contract/split.ts'
import { derivationKey } from '../../../src-main/crop/derive.ts'

/** A class (or classes merged into one) with fewer sequences than folds, or all of them in one. */
export interface ScarceClass {
  poseIds: number[]
  /** Sequences that are validated in some fold. */
  sequences: number
  /** The fold that validates all of them, so that it trains on none; null when every fold trains on some. */
  untrained: number | null
  /** Derived samples of it that training uses, and whether some of them are trained in the `untrained` fold. */
  derived: number
  covered: boolean
}

type Planned = Pick<SplitRecord, 'classes' | 'folds' | 'options' | 'frameFolds'>
type Folds = ReadonlyMap<string, number | null>
const foldsOf = ({ folds }: Planned): Folds => new Map(folds.map(({ folder, fold }) => [folder, fold]))

/** A derived sample is kept out of the fold that validates its parent: whether the fold `untrained` trains on it. */
const reaches = (folds: Folds, { parent }: Derivation, untrained: number | null): boolean => untrained !== null && folds.has(parent) && folds.get(parent) !== untrained

/** Classes that cannot be in every fold: first those that a fold must get wrong, then those with the fewest sequences. None where sequences are torn over the folds. */
export function scarceClasses(split: Planned, derived: readonly DerivedSequence[]): ScarceClass[] {
  if (split.frameFolds !== null) return []
  const folds = foldsOf(split)
  const merged = new Set(split.options.merge.flat())
  const units = [...split.options.merge, ...split.classes.flatMap(({ poseId }) => (merged.has(poseId) ? [] : [[poseId]]))]
  return units
    .flatMap((poseIds): ScarceClass[] => {
      const rows = split.classes.filter(({ poseId }) => poseIds.includes(poseId))
      const counts = Array.from({ length: split.options.folds }, (_, fold) => rows.reduce((sum, row) => sum + (row.counts[fold] ?? 0), 0))
      const sequences = counts.reduce((sum, count) => sum + count, 0)
      const all = counts.indexOf(sequences)
      const untrained = all >= 0 && rows.every(({ always }) => always === 0) ? all : null
      if (sequences === 0 || (sequences >= split.options.folds && untrained === null)) return []
      const own = derived.filter(({ poseId, problem }) => problem === null && poseId !== null && poseIds.includes(poseId))
      return [{ poseIds, sequences, untrained, derived: own.length, covered: own.some((derivation) => reaches(folds, derivation, untrained)) }]
    })
    .sort((a, b) => Number(b.untrained !== null) - Number(a.untrained !== null) || Number(a.covered) - Number(b.covered) || a.sequences - b.sequences || (a.poseIds[0] ?? 0) - (b.poseIds[0] ?? 0))
}

/** One way to make samples of a class: from the sequences of one class, by one kind of transform. */
export interface DeriveChoice {
  kind: Derivation['transform']['kind']
  from: number
  parents: string[]
  degrees: number[]
  derivations: Derivation[]
  /** The fold that trains on none of the class's own sequences trains on these. */
  reaches: boolean
}

/** What could be derived for a class and is not yet, the ways that help the `untrained` fold first. */
export function deriveChoices(suggestion: DerivationSuggestion | undefined, derived: readonly Derivation[], split: Planned, untrained: number | null): DeriveChoice[] {
  const there = new Set(derived.map(derivationKey))
  const folds = foldsOf(split)
  const classOf = new Map(split.folds.map(({ folder, poseId }) => [folder, poseId]))
  const open = (suggestion?.options ?? []).filter((option) => !there.has(derivationKey(option)))
  return [...Map.groupBy(open, ({ parent, transform }) => `${transform.kind} ${classOf.get(parent)}`).values()]
    .flatMap((derivations): DeriveChoice[] => {
      const [first] = derivations
      const from = first === undefined ? undefined : classOf.get(first.parent)
      if (first === undefined || from === undefined) return []
      return [{
        kind: first.transform.kind,
        from,
        parents: [...new Set(derivations.map(({ parent }) => parent))],
        degrees: [...new Set(derivations.flatMap(({ transform }) => (transform.kind === 'rotate' ? [transform.degrees] : [])))].sort((a, b) => a - b),
        derivations: derivations.map(({ parent, transform }) => ({ parent, transform })),
        reaches: derivations.some((derivation) => reaches(folds, derivation, untrained)),
      }]
    })
    .sort((a, b) => Number(b.reaches) - Number(a.reaches))
}

/** Classes to merge a class with: those of the same name, then those of the same gesture and view, then the others; each by id. */
export function mergeCandidates(poseId: number, classes: readonly ClassRow[]): { likely: ClassRow[]; others: ClassRow[] } {
  const own = classes.find((row) => row.poseId === poseId)
  const rank = (row: ClassRow): number => (row.name === own?.name ? 0 : row.gesture !== '' && row.gesture === own?.gesture && row.view === own.view && row.hand === own.hand ? 1 : 2)
  const rest = classes.filter((row) => row.poseId !== poseId && row.trainSequences > 0).sort((a, b) => rank(a) - rank(b) || a.poseId - b.poseId)
  return { likely: rest.filter((row) => rank(row) === 0), others: rest.filter((row) => rank(row) > 0) }
}

/** The options with a class (and those it is merged with) trained in every fold. */
export const withAlways = (options: SplitOptions, poseIds: readonly number[]): SplitOptions => ({ ...options, always: [...new Set([...options.always, ...poseIds])].sort((a, b) => a - b) })

/** The options with classes merged: those that were merged with one of them come along. */
export function withMerge(options: SplitOptions, poseIds: readonly number[]): SplitOptions {
  const joined = options.merge.filter((classes) => classes.some((poseId) => poseIds.includes(poseId)))
  return { ...options, merge: [...options.merge.filter((classes) => !joined.includes(classes)), [...new Set([...joined.flat(), ...poseIds])].sort((a, b) => a - b)] }
}

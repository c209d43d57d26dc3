import type { LeakReport, NearDuplicate, SplitRecord } from '../../contract/split.ts'
import { tornGroups } from '../tornGroups.ts'
import type { KnownFrame } from './inventory.ts'
import type { SequencePair } from './nearDuplicates.ts'

/** Near duplicates as the search gives them, over the frames that it was given. */
export interface FoundPairs {
  frames: readonly KnownFrame[]
  pairs: readonly SequencePair[]
}

/** Near duplicates between sequences of the split: those across folds first, then the closest, then those with the most frames. */
export function duplicatesIn(split: Pick<SplitRecord, 'folds' | 'frameFolds'>, { frames, pairs }: FoundPairs): NearDuplicate[] {
  const foldOf = new Map(split.folds.map(({ folder, fold }) => [folder, fold]))
  const placed = ({ folder, number, position }: KnownFrame): NearDuplicate['a'] => ({ folder, frame: number, fold: split.frameFolds?.[folder]?.[position] ?? foldOf.get(folder) ?? null })
  const isTorn = (folder: string): boolean => split.frameFolds?.[folder]?.some((fold, _, all) => fold !== all[0]) ?? false
  return pairs
    .map(({ a, b, distance, framePairs }) => ({ a: placed(frames[a]!), b: placed(frames[b]!), distance, framePairs }))
    .filter(({ a, b }) => foldOf.has(a.folder) && foldOf.has(b.folder))
    .map((pair) => ({ ...pair, sameFold: pair.a.fold === pair.b.fold && !isTorn(pair.a.folder) && !isTorn(pair.b.folder) }))
    .sort((one, other) => Number(one.sameFold) - Number(other.sameFold) || one.distance - other.distance || other.framePairs - one.framePairs)
}

/** Sequences whose frames are in several folds, and groups of the split's own column of which some are validated while others are trained on. */
export function siblingsIn({ options, folds, frameFolds }: Pick<SplitRecord, 'options' | 'folds' | 'frameFolds'>): LeakReport['siblings'] {
  const torn = folds.flatMap(({ folder }) => {
    const among = [...new Set(frameFolds?.[folder])].sort((a, b) => a - b)
    return among.length > 1 ? [{ column: 'sequence', value: String(Number(folder.split('/')[1])), folders: [folder], folds: among }] : []
  })
  return [...torn, ...tornGroups(folds).map((group) => ({ column: options.group, ...group }))]
}

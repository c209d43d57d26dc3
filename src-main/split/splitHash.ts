import { createHash } from 'node:crypto'
import type { SplitRecord } from '../contract/split.ts'

/**
 * SHA-256 over who is validated where, and which of the classes that there are are merged: as JSON with sorted keys
 * `{"folds": 5, "merge": [[10, 67]], "validated": {"train/0": 3, "train/1": null, "train/2": [0, 0, 1]}}`.
 */
export function splitHash({ options, folds, frameFolds }: Pick<SplitRecord, 'options' | 'folds' | 'frameFolds'>): string {
  const validated = folds.map(({ folder, fold }) => [folder, foldsOf(fold, frameFolds?.[folder])] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  const known = new Set(folds.map(({ poseId }) => poseId))
  const merge = options.merge
    .map((list) => list.filter((poseId) => known.has(poseId)).sort((a, b) => a - b))
    .filter((list) => list.length > 1)
    .sort((a, b) => a[0]! - b[0]!)
  return createHash('sha256').update(JSON.stringify({ folds: options.folds, merge, validated: Object.fromEntries(validated) })).digest('hex')
}

const foldsOf = (fold: number | null, frames: readonly number[] | undefined): number | null | readonly number[] =>
  frames && frames.some((of) => of !== frames[0]) ? frames : fold

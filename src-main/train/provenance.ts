import { arch, cpus, hostname, platform, totalmem } from 'node:os'
import packageJson from '../../package.json' with { type: 'json' }
import type { AnnotationRoom, DatasetRoom } from '../contract/rooms.ts'
import type { AugmentRecipe, CropRecipes, ObjectReference, ObjectSlot } from '../contract/crop.ts'
import type { SplitRecord } from '../contract/split.ts'
import type { Run } from '../contract/train.ts'
import { valueHash } from '../crop/valueHash.ts'
import { findEngine } from '../engine/runtime/find.ts'

/** What a run was made from, as hashes that tell whether two runs can be compared, and where it was begun. */
export function provenanceOf({ dataset, annotation, recipes, split }: {
  dataset: Pick<DatasetRoom, 'dataHash'>
  annotation: Pick<AnnotationRoom, 'editsHash'>
  recipes: unknown
  split: Pick<SplitRecord, 'hash'>
}): Run['provenance'] {
  return {
    dataHash: dataset.dataHash(),
    editsHash: annotation.editsHash(),
    recipeHash: valueHash(recipes),
    splitHash: split.hash,
    version: packageJson.version,
    engine: engineText(),
    machine: machineText(),
  }
}

export const machineText = (): string => `${hostname()}: ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GB`

/** TensorFlow and our operations, as they are set up now; null where they are not. */
export function engineText(): string | null {
  const manifest = findEngine()?.manifest
  return manifest ? `TensorFlow ${manifest.tensorflow} (${manifest.device})` : null
}

/** The named objects that a run was made from; one that the run's own config changed has no version. */
export function objectsOf(references: Record<ObjectSlot, ObjectReference>, used: { recipes: CropRecipes; augment: AugmentRecipe }, { name, version, hash }: SplitRecord): NonNullable<Run['objects']> {
  const as = (slot: ObjectSlot, value: unknown): ObjectReference => {
    const reference = references[slot]
    const hash = valueHash(value)
    return hash === reference.hash ? reference : { ...reference, version: null, hash }
  }
  const { train, validation, test } = used.recipes
  return { ...references, train: as('train', train), validation: as('validation', validation), test: as('test', test), augment: as('augment', used.augment), split: { kind: 'split', name, version, hash } }
}

import { flipClasses, flipPairs, flipTargets } from '../augment/flipMap.ts'
import { augmentRecipe, cropRecipe, type CropSettings, type DerivedSequence, type DerivedState, type FlipDirection, type FlipMap, type FlipPair } from '../contract/crop.ts'
import { sequenceQuery } from '../contract/dataset.ts'
import { HandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { CropRoom, DatasetRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { boxedFrames, comparedFrames, derivedCropFrames, ownCropFrames } from './cropFrames.ts'
import { checkedSet, derivationSuggestions, derivedSequence, type FindParent } from './lineage.ts'
import { flipHistogram } from './flipHistogram.ts'
import { createFrameQuality } from './frameQuality.ts'
import { sequenceBoxes } from './geometry.ts'
import { createObjects } from './objects.ts'
import { createSampleCounts } from './sampleCounts.ts'
import { valueHash } from './valueHash.ts'

export interface CropDeps {
  db: Db
  dataset: Pick<DatasetRoom, 'frames' | 'has' | 'sequences' | 'summaries' | 'summary' | 'classRows' | 'poseIds'>
  emit: Emit
}

/** The crop room: recipes per role, augmentation, flip map and derived samples, named and versioned, and where each frame is cut. Writes crop_object and crop_use. */
export function createCrop({ db, dataset, emit }: CropDeps): CropRoom {
  const objects = createObjects(db)
  const sampleCounts = createSampleCounts(dataset)

  const settings = (): CropSettings => ({
    recipes: { train: objects.value('train'), validation: objects.value('validation'), test: objects.value('test') },
    augment: objects.value('augment'),
    references: objects.references(),
  })
  const pairs = (): FlipPair[] => flipPairs(dataset.classRows(), objects.value('flip-map'))
  const pairsById = (): Map<number, FlipPair> => new Map(pairs().map((pair) => [pair.poseId, pair]))
  const targets = (direction?: FlipDirection): Int32Array => flipTargets(pairs(), dataset.poseIds(), direction)
  const findParent: FindParent = (folder) => (dataset.has(folder) ? { poseId: dataset.summary(folder).poseId, frames: dataset.frames(folder) } : null)

  /** Tells the listeners when something changed. */
  function told(changed: boolean): CropSettings {
    if (changed) emit({ type: 'crop' })
    return settings()
  }

  function derivedSequences(): DerivedSequence[] {
    const known = pairs()
    return objects.value('derived-set').map((derivation) => derivedSequence(derivation, findParent, known))
  }

  function derived(): DerivedState {
    const trained = new Set(dataset.poseIds())
    return { sequences: derivedSequences(), suggestions: derivationSuggestions(dataset.summaries('train'), pairs().filter(({ poseId }) => trained.has(poseId))) }
  }

  const derivedFrames: CropRoom['derivedFrames'] = (recipe) =>
    derivedSequences().flatMap(({ parent, transform, poseId }) => (poseId === null ? [] : derivedCropFrames(parent, transform, poseId, dataset.frames(parent), recipe)))

  return {
    settings,
    recipe: (role) => objects.value(role),
    augment: () => objects.value('augment'),
    setRecipe: ({ role, recipe }) => told(objects.put(role, cropRecipe.parse(recipe))),
    setAugment: (given) => told(objects.put('augment', augmentRecipe.parse(given))),

    objects: objects.objects,
    versions: ({ kind, name }) => objects.versions(kind, name),
    restoreVersion: ({ kind, name, version }) => told(objects.restore(kind, name, version)),
    useObject: ({ slot, name }) => told(objects.use(slot, name)),
    saveObjectAs({ slot, name }) {
      objects.saveAs(slot, name)
      return told(true)
    },
    references: objects.references,
    recipeHash: () => valueHash(objects.references()),

    boxes: ({ folder, role }) => sequenceBoxes(boxedFrames(dataset.frames(folder)), objects.value(role)).boxes,
    async keypointBoxes({ offset, limit }) {
      const { rows } = await dataset.sequences({ ...sequenceQuery.parse({}), offset, limit })
      return rows.map(({ folder }) => ({ folder, frames: comparedFrames(dataset.frames(folder)) }))
    },
    frameQuality: createFrameQuality({ db, dataset, recipe: () => objects.value('test') }),
    cropFrames: (role, recipe) => dataset.summaries(role).flatMap(({ folder, poseId }) => ownCropFrames(folder, poseId, dataset.frames(folder), recipe)),

    flipPairs: pairs,
    flipTargets: targets,
    setFlipPair({ poseId, partner, direction }) {
      const classes = new Set(flipClasses(dataset.classRows()).map((row) => row.poseId))
      const unknown = [poseId, partner].find((id) => typeof id === 'number' && !classes.has(id))
      if (unknown !== undefined && partner !== 'automatic') throw new HandloomError('not-found', `There is no class with the pose id ${unknown} in the training folders.`)
      told(objects.put('flip-map', decided(objects.value('flip-map'), pairsById(), { poseId, partner, direction })))
      return pairs()
    },
    async flipHistogram(ratios) {
      const recipe = objects.value('train')
      const own = await sampleCounts(recipe)
      const rows = new Map(dataset.classRows().map((row) => [row.poseId, row]))
      const samples = Map.groupBy(derivedFrames(recipe).filter(({ skipped }) => skipped === null), ({ poseId }) => poseId as number)
      return flipHistogram({
        classes: dataset.poseIds().map((poseId) => rows.get(poseId) ?? { poseId, name: '', hand: 'unknown' }),
        own,
        derived: new Map([...samples].map(([poseId, list]) => [poseId, list.length])),
        targets: { horizontal: targets('horizontal'), vertical: targets('vertical') },
        ratios,
      })
    },

    derived,
    setDerived({ derivations }) {
      const before = new Set(objects.value('derived-set').map(({ parent }) => parent))
      told(objects.put('derived-set', checkedSet(derivations, (parent) => before.has(parent) || (parent.startsWith('train/') && dataset.has(parent)))))
      return derived()
    },
    derivedFrames,
  }
}

/** A flip map with one more decision. A horizontal partner that nobody decided on yet takes the same pair, so that one choice settles both. */
function decided(map: FlipMap, pairs: ReadonlyMap<number, FlipPair>, { poseId, partner, direction }: Parameters<CropRoom['setFlipPair']>[0]): FlipMap {
  const { [poseId]: _, ...others } = map[direction]
  if (partner === 'automatic') return { ...map, [direction]: others }
  const undecided = direction === 'horizontal' && partner !== null && partner !== poseId && pairs.get(partner)?.reason === 'ambiguous'
  return { ...map, [direction]: { ...others, [poseId]: partner, ...(undecided && { [partner]: poseId }) } }
}

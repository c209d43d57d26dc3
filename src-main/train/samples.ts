import { join } from 'node:path'
import type { CropRecipe, CropRecipes, CropRole } from '../contract/crop.ts'
import type { CropFrame, CropRoom, DatasetRoom } from '../contract/rooms.ts'
import type { Matrix3 } from '../augment/projective.ts'
import { regionOf } from '../crop/geometry.ts'
import type { CropRequest } from '../crop/shards.ts'
import type { JobSample } from './job.ts'
import { testRecipes } from './testViews.ts'

/** A sample before its crop is cut: where its picture is, as it was when the run was made. */
export interface PlannedSample extends Omit<JobSample, 'place'> {
  file: string
  bytes: number
  modified: number
}

export interface SkippedFrame {
  folder: string
  frame: number
  reason: string
}

/**
 * The samples of a crop list, and the frames that it leaves out.
 * @param role whose recipe cuts them
 * @param regionRecipes the recipes whose boxes the stored crop must hold; lists of the same frames that share them share their crops
 * @param poseIds pose ids by class index
 */
export function planSamples(
  dataset: Pick<DatasetRoom, 'sourceFrames'>,
  frames: readonly CropFrame[],
  role: CropRole,
  regionRecipes: readonly CropRecipe[],
  poseIds: readonly number[],
): { samples: PlannedSample[]; skipped: SkippedFrame[] } {
  const indexOf = new Map(poseIds.map((poseId, index) => [poseId, index]))
  const skipped: SkippedFrame[] = []
  const samples: PlannedSample[] = []
  for (const [folder, list] of Map.groupBy(frames, (frame) => frame.folder)) {
    const sources = new Map(dataset.sourceFrames(folder).map((source) => [source.number, source]))
    for (const { frame, poseId, hand, transform, width, height, toFrame, keypointBox, source, skipped: reason } of list) {
      const picture = sources.get(frame)
      if (!keypointBox || reason !== null || !picture) {
        skipped.push({ folder, frame, reason: reason ?? 'The picture is no longer there.' })
        continue
      }
      const seat = { keypointBox, source, toFrame: toFrame as Matrix3 | null }
      samples.push({
        folder,
        frame,
        hand,
        transform,
        label: poseId === null ? -1 : (indexOf.get(poseId) ?? -1),
        role,
        width,
        height,
        ...seat,
        region: regionOf(seat, regionRecipes, { width, height }),
        file: picture.file,
        bytes: picture.size,
        modified: picture.modified,
      })
    }
  }
  return { samples, skipped }
}

/**
 * The samples of a run: training frames as the training recipe sees them, again as the validation recipe does, the test frames, then those of
 * the derived set, which train only.
 * @param margins extra margins under which frames are predicted
 */
export function planRun(
  dataset: Pick<DatasetRoom, 'sourceFrames'>,
  crop: Pick<CropRoom, 'cropFrames' | 'derivedFrames'>,
  recipes: CropRecipes,
  poseIds: readonly number[],
  margins: readonly number[] = [],
): { samples: PlannedSample[]; skipped: SkippedFrame[] } {
  const trainRecipes = [recipes.train, ...testRecipes(recipes.validation, margins)]
  const train = planSamples(dataset, crop.cropFrames('train', recipes.train), 'train', trainRecipes, poseIds)
  const validation = planSamples(dataset, crop.cropFrames('train', recipes.validation), 'validation', trainRecipes, poseIds)
  const test = planSamples(dataset, crop.cropFrames('test', recipes.test), 'test', testRecipes(recipes.test, margins), poseIds)
  const derived = planSamples(dataset, crop.derivedFrames(recipes.train), 'train', [recipes.train], poseIds)
  return { samples: [train, validation, test, derived].flatMap((part) => part.samples), skipped: [...train.skipped, ...test.skipped, ...derived.skipped] }
}

export const cropRequest = (dataFolder: string, sample: PlannedSample): CropRequest => ({
  name: `${sample.folder}/${sample.file}`,
  file: join(dataFolder, sample.folder, sample.file),
  bytes: sample.bytes,
  modified: sample.modified,
  region: sample.region,
})

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sampleValues } from '../augment/samplePixels.ts'
import { plainView, shardTransform } from '../augment/sampleTransform.ts'
import { HandloomError } from '../contract/errors.ts'
import { cutFrame } from '../crop/cutFrame.ts'
import { shardSizeFor } from '../crop/geometry.ts'
import type { RunPlan } from './runPlan.ts'
import type { StoredRun } from './runStore.ts'

/**
 * What a run's network got for a frame that was asked of it: the stored crop as the shards hold it, seen as its recipe says, before the
 * normalisation. A training frame is shown as it was validated.
 * @returns size × size × 3 bytes, RGB
 * @throws HandloomError `not-found` when the run has no such frame or its picture is gone, `conflict` when the picture is another by now,
 *   `bad-input` when it cannot be read
 */
export async function fedCrop({ dataFolder, run, plan, folder, frame, hand }: {
  dataFolder: string
  run: Pick<StoredRun, 'id' | 'config' | 'recipes'>
  plan: Pick<RunPlan, 'samples'>
  folder: string
  frame: number
  hand: number | null
}): Promise<{ size: number; pixels: Uint8Array }> {
  const sample = plan.samples.find((one) => one.role !== 'train' && one.folder === folder && one.frame === frame && one.hand === hand)
  if (!sample) throw new HandloomError('not-found', `Run ${run.id} has no frame ${frame} of ${folder}${hand === null ? '' : `, hand ${hand}`}: it was left out, or came later.`)
  const file = join(dataFolder, folder, sample.file)
  const found = await stat(file).catch((error: unknown) => {
    throw new HandloomError('not-found', `${file} is no longer there, and the crop of frame ${frame} cannot be shown. Put the picture back.`, { file, cause: error })
  })
  if (found.size !== sample.bytes || found.mtimeMs !== sample.modified) throw new HandloomError('conflict', `${file} has changed since run ${run.id} was made, and what the network saw cannot be shown. Train a new run.`, { file })
  const size = run.config.imageSize
  const shardSize = shardSizeFor(size)
  const data = await cutFrame(file, sample.region, shardSize).catch((error: unknown) => {
    throw new HandloomError('bad-input', `${file} cannot be cut: ${error instanceof Error ? error.message : String(error)}`, { file, cause: error })
  })
  const view = plainView(sample, run.recipes[sample.role], size, sample.label)
  return { size, pixels: new Uint8Array(Uint8ClampedArray.from(sampleValues({ data, width: shardSize, height: shardSize }, shardTransform(view, sample.region, shardSize), size)).buffer) }
}

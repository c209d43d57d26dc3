import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { sampleValues } from '../augment/samplePixels.ts'
import { cropBytes } from '../crop/shards.ts'
import { trainingViewOf } from './batches.ts'
import type { Batch } from './classifier.ts'
import type { TrainJob } from './job.ts'
import type { ComputeMessage } from './messages.ts'

const batchFile = 'batch.rgb'
const mostPictures = 64

/**
 * Writes the first 64 pictures of a filled training batch as the network gets them before the normalisation, RGB, into the fold's folder: the
 * new file whole, or the one before.
 * @param positions its samples
 * @param epochsBefore epochs that are over
 */
export async function showBatch(job: TrainJob, batch: Required<Batch>, positions: readonly number[], epochsBefore: number): Promise<Pick<Extract<ComputeMessage, { type: 'batch' }>, 'file' | 'size' | 'samples'>> {
  const size = job.config.imageSize
  const shown = positions.slice(0, mostPictures)
  const pictures = new Uint8ClampedArray(shown.length * size * size * 3)
  for (const slot of shown.keys()) {
    pictures.set(pictureOf(batch, slot, job.shardSize, size), slot * size * size * 3)
    await breathe()
  }
  await mkdir(job.folder, { recursive: true })
  const temporary = join(job.folder, `${batchFile}.${randomUUID().slice(0, 8)}.tmp`)
  try {
    await writeFile(temporary, pictures)
    await rename(temporary, join(job.folder, batchFile))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  const samples = shown.map((position, slot) => {
    const { flipped, verticallyFlipped } = trainingViewOf(job, position, epochsBefore)
    return { position, output: batch.labels[slot] as number, mirrored: flipped || verticallyFlipped }
  })
  return { file: batchFile, size, samples }
}

/** Levels of 0 … 255, of the stored crop, the transform and the colours that the step is fed. */
function pictureOf({ images, transforms, colours }: Required<Batch>, slot: number, shardSize: number, size: number): Float64Array {
  const bytes = cropBytes(shardSize)
  const [red = 1, green = 1, blue = 1, offset = 0] = colours.subarray(slot * 4, slot * 4 + 4)
  const stored = { data: images.subarray(slot * bytes, (slot + 1) * bytes), width: shardSize, height: shardSize }
  return sampleValues(stored, [...transforms.subarray(slot * 8, slot * 8 + 8)], size, { gains: [red, green, blue], offset })
}

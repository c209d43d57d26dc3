import { colourNumbers } from '../augment/colour.ts'
import { plainView, shardTransform, trainingColour, trainingStreams, trainingView, type SampleView } from '../augment/sampleTransform.ts'
import { cropBytes } from '../crop/shards.ts'
import { randomStream } from '../engine/random.ts'
import type { Batch } from './classifier.ts'
import type { CropReader } from './cropReader.ts'
import { evenParts, type FoldJob, type JobSample, type PictureJob, type RateJob, type TrainJob } from './job.ts'
import { outputOf } from './outputs.ts'
import { mirrored, recipeOf, type TestView } from './testViews.ts'

type TrainingSamples = TrainJob | RateJob

/** A batch's memory, filled again and again. */
export function emptyBatch(batchSize: number, shardSize: number): Required<Batch> {
  return {
    images: new Uint8Array(batchSize * cropBytes(shardSize)),
    transforms: new Float32Array(batchSize * 8),
    labels: new Int32Array(batchSize),
    colours: new Float32Array(batchSize * 4),
    count: 0,
  }
}

/** The training samples (positions in the job) in the order of an epoch. */
export function epochOrder({ config, train }: Pick<FoldJob | RateJob, 'config' | 'train'>, epoch: number): number[] {
  const order = randomStream(config.seed, trainingStreams.order, epoch).permutation(train.length)
  return Array.from(order, (index) => train[index] as number)
}

/** Cuts a list into as many parts as batches are needed, as equal as can be: no sample is left out and no batch is a small remainder. */
export function evenBatches(positions: readonly number[], batchSize: number): number[][] {
  return evenParts(positions.length, batchSize).map(([start, end]) => positions.slice(start, end))
}

/**
 * What `fill` makes of each item, in order. While one is used the next is filled, into the other of the two buffers: what `fill` leaves to
 * other threads, such as reading files, then costs no time.
 */
export async function* prefetched<Item, Buffer>(items: readonly Item[], buffers: readonly [Buffer, Buffer], fill: (buffer: Buffer, item: Item) => Promise<void>): AsyncGenerator<readonly [Buffer, Item]> {
  const begin = (index: number): Promise<void> | undefined => {
    const item = items[index]
    if (item === undefined) return undefined
    const filling = fill(buffers[index % 2 as 0 | 1], item)
    // It is awaited later; until then its failure must not count as unheard.
    filling.catch(() => undefined)
    return filling
  }
  let filling = begin(0)
  try {
    for (const [index, item] of items.entries()) {
      await filling
      filling = begin(index + 1)
      yield [buffers[index % 2 as 0 | 1], item]
    }
  } finally {
    await filling?.catch(() => undefined)
  }
}

/** How a training sample looks in an epoch (counted from 0). */
export function trainingViewOf({ config: { seed, imageSize }, recipes, augment, flipTargets: targets, ...job }: TrainingSamples, position: number, epochsBefore: number): SampleView {
  const sample = sampleAt(job, position)
  return trainingView({ seed, epoch: epochsBefore + 1, sample, recipe: recipes[sample.role], augment, seat: sample, imageSize, label: sample.label, targets })
}

/** Fills a batch with training samples as they look in an epoch (counted from 0), mirrored ones under the mirrored gesture's class. */
export function fillTrainingBatch(batch: Required<Batch>, job: TrainingSamples, crops: CropReader, positions: readonly number[], epochsBefore: number): Promise<void> {
  for (const [slot, position] of positions.entries()) {
    const sample = sampleAt(job, position)
    place(batch, job, slot, sample, trainingViewOf(job, position, epochsBefore))
    batch.colours.set(colourNumbers(trainingColour(job.config.seed, epochsBefore + 1, sample, job.augment.colour)), slot * 4)
  }
  return readCrops(batch, job, crops, positions)
}

/** Has the samples of a batch looked at as the recipe of their role cuts them, nothing random, but for the view's margin and mirror. */
export function setTestView(batch: Batch, job: PictureJob, positions: readonly number[], view: TestView): void {
  for (const [slot, position] of positions.entries()) {
    const sample = sampleAt(job, position)
    const upright = plainView(sample, recipeOf(job.recipes[sample.role], view), job.config.imageSize, sample.label)
    place(batch, job, slot, sample, view.mirrored ? mirrored(upright, job.config.imageSize) : upright)
  }
}

const sampleAt = (job: Pick<PictureJob, 'samples'>, position: number): JobSample => job.samples[position] as JobSample

function place(batch: Batch, { shardSize, outputs }: PictureJob, slot: number, sample: JobSample, view: SampleView): void {
  batch.transforms.set(shardTransform(view, sample.region, shardSize), slot * 8)
  batch.labels[slot] = Math.max(outputOf(outputs, view.label), 0)
}

/** Fills a batch with the stored crops of samples; `setTestView` says how they are looked at. */
export async function readCrops(batch: Batch, job: PictureJob, crops: CropReader, positions: readonly number[]): Promise<void> {
  batch.count = positions.length
  const bytes = cropBytes(job.shardSize)
  await Promise.all(positions.map((position, slot) => {
    const { place } = sampleAt(job, position)
    if (!place) throw new RangeError(`Sample ${position} has no crop and must not be in a list`)
    return crops.read(place, batch.images, slot * bytes)
  }))
}

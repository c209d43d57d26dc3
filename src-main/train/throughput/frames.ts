import { cutCrops, type CropRequest } from '../../crop/shards.ts'
import { openCrops, type CropReader } from '../cropReader.ts'
import type { TrainJob } from '../job.ts'

/** Frames to be trained on, from the pictures on. */
export interface FrameSet {
  /** Without its crops: `shards` is empty and no sample has a place. */
  job: TrainJob
  /** One for each sample. */
  requests: CropRequest[]
  /** Where the crops go; a new folder. */
  folder: string
}

/** Decodes the frames and cuts their crops. @throws HandloomError as `cutCrops` does, Error when a picture cannot be cut */
export async function cutFrames({ job, requests, folder }: FrameSet): Promise<{ job: TrainJob; crops: CropReader }> {
  const cut = await cutCrops(folder, job.shardSize, requests)
  if (cut.failures[0]) throw new Error(`${cut.failures[0].name} could not be cut: ${cut.failures[0].reason}`)
  const samples = job.samples.map((sample, position) => ({ ...sample, place: cut.places[position] ?? null }))
  return { job: { ...job, shards: cut.files, samples }, crops: openCrops(cut.files, job.shardSize) }
}

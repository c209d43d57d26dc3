import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Precision } from '../../contract/train.ts'
import { seatBox, shardSizeFor } from '../../crop/geometry.ts'
import { generateSample } from '../../sample/generate.ts'
import type { FrameSet } from '../../train/throughput/frames.ts'
import { cropRequest, planRun } from '../../train/samples.ts'
import { runSettings } from '../../train/settings.ts'
import { openProject } from '../project.ts'

export interface BenchFrames {
  /** The frame set of our worker. */
  ours: string
  /** The list of the peer's scripts. */
  peer: string
  frames: number
  classes: number
}

export interface FrameOptions {
  /** A data set in the contest's layout. */
  folder: string
  /** Frames to take at most. */
  frames: number
  model: string
  size: number
  batch: number
  precision: Precision
}

/** Frames of the contest's size; about seven to a sequence, a quarter of them for tests. */
export const drawFrames = (folder: string, frames: number, onProgress: (done: number, total: number) => void, signal: AbortSignal): Promise<unknown> =>
  generateSample({ folder, sequences: Math.max(8, Math.ceil(frames / 5)), width: 1920, height: 1080, seed: 1 }, onProgress, signal)

/**
 * Writes what a benchmark on frames works on, for us and for the peer: the first training frames of a data set, planned as a run plans them.
 * @param scratch a new folder, for everything that is written
 */
export async function writeFrames({ folder, frames: most, model, size, batch, precision }: FrameOptions, scratch: string): Promise<BenchFrames> {
  const project = openProject({ folder, project: join(scratch, 'project'), emit: () => undefined })
  try {
    await project.dataset.scan()
    const { crop, dataset } = project
    const settings = runSettings({ model, imageSize: size, batchSize: batch, precision, seed: 1 }, { recipes: { train: crop.recipe('train'), validation: crop.recipe('validation'), test: crop.recipe('test') }, augment: crop.augment() })
    const samples = planRun(dataset, crop, settings.recipes, dataset.poseIds()).samples.filter(({ role, label }) => role === 'train' && label >= 0).slice(0, most)
    const requests = samples.map((sample) => cropRequest(dataset.folder, sample))
    const classes = dataset.poseIds().length
    const set: FrameSet = {
      folder: join(scratch, 'crops'),
      requests,
      job: {
        version: 1, kind: 'train', runId: 0, fold: 0, ...settings, classes, shardSize: shardSizeFor(size), shards: [], flipTargets: { horizontal: [...crop.flipTargets()], vertical: [...crop.flipTargets('vertical')] }, outputs: null, classWeights: undefined,
        samples: samples.map((sample) => ({ ...sample, place: null })), train: samples.map((_, position) => position), validation: [], test: [],
        folder: scratch, predictions: '', explanations: '', checkpointSeconds: Infinity,
      },
    }
    const list = samples.map((sample, position) => {
      const { box } = seatBox(sample, settings.recipes.train, sample)
      const inside = [Math.max(0, box.x0), Math.max(0, box.y0), Math.min(sample.width, box.x1), Math.min(sample.height, box.y1)]
      return { file: requests[position]?.file, box: inside.map(Math.round), label: sample.label }
    })
    const [ours, peer] = [join(scratch, 'frames.json'), join(scratch, 'peer.json')]
    await writeFile(ours, JSON.stringify(set))
    await writeFile(peer, JSON.stringify(list))
    return { ours, peer, frames: samples.length, classes }
  } finally {
    await project.close()
  }
}

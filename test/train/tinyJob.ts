import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { trainConfig, type TrainConfigInput } from '../../src-main/contract/train.ts'
import { cropBytes } from '../../src-main/crop/shards.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import type { JobSample, TrainJob } from '../../src-main/train/job.ts'

export const tinyClasses = 3
const frames = 24

/** A job over noisy pictures, dark, middle or bright by their class, in one shard file; frames 0–17 train, 18–23 validate and test. */
export function tinyJob(root: string, changes: TrainConfigInput = {}): TrainJob {
  const config = trainConfig.parse({ model: 'regnety_nano', imageSize: 32, epochs: 3, batchSize: 4, optimizer: 'adamw', learningRate: 2e-3, warmupEpochs: 0.5, dropPath: 0.1, ema: 0.9, threads: 1, ...changes })
  const shardSize = 40
  const stream = randomStream(11)
  const bytes = new Uint8Array(frames * cropBytes(shardSize))
  const region = { x0: 0, y0: 0, x1: 100, y1: 100 }
  const samples = Array.from({ length: frames }, (_, frame): JobSample => {
    const label = frame % tinyClasses
    for (let at = 0; at < cropBytes(shardSize); at++) bytes[frame * cropBytes(shardSize) + at] = 40 + 70 * label + stream.integer(40)
    return { folder: `train/${frame}`, frame: 0, hand: null, transform: null, toFrame: null, label, role: frame < 18 ? 'train' : 'validation', width: 1920, height: 1080, keypointBox: { x0: 25, y0: 25, x1: 75, y1: 75 }, source: 'keypoints', region, place: { file: 0, offset: frame * cropBytes(shardSize) } }
  })
  mkdirSync(root, { recursive: true })
  const shard = join(root, 'crops-1.rgb')
  writeFileSync(shard, bytes)
  const positions = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
  return {
    version: 1, kind: 'train', runId: 1, fold: 0, config, classes: tinyClasses, shardSize, shards: [shard],
    recipes: defaultCropSettings.recipes, augment: defaultCropSettings.augment, flipTargets: { horizontal: [1, 0, -1], vertical: [1, 0, -1] }, outputs: null, samples,
    train: positions(0, 18), validation: positions(18, 24), test: positions(18, 24),
    folder: join(root, 'fold-0'), checkpointSeconds: 1000, predictions: join(root, 'fold-0', 'predictions.safetensors'), explanations: join(root, 'fold-0', 'explanations.safetensors'),
  }
}

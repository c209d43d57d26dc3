import type { ClassifierOptions } from './classifier.ts'
import type { PictureJob, RateJob, TrainJob } from './job.ts'

/** What a classifier is made of by a run's config. */
export function classifierOptions({ config, classes, shardSize }: Pick<PictureJob, 'config' | 'classes' | 'shardSize'>, training: boolean): ClassifierOptions {
  return {
    architecture: config.model,
    classes,
    sourceSize: shardSize,
    imageSize: config.imageSize,
    batchSize: config.batchSize,
    optimizer: { name: config.optimizer, weightDecay: config.weightDecay, gradientClip: config.gradientClip },
    dropPath: config.dropPath,
    labelSmoothing: config.labelSmoothing,
    ema: config.ema,
    accumulate: config.accumulate,
    seed: config.seed,
    precision: config.precision,
    training,
    ...(config.threads > 0 ? { threads: config.threads } : {}),
  }
}

/** The same for training on a fold's samples. */
export const trainingOptions = (job: TrainJob | RateJob): ClassifierOptions => ({ ...classifierOptions(job, true), classWeights: job.classWeights, colour: job.augment.colour > 0 })

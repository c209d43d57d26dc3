import type { TrainPreset } from '../contract/train.ts'

/** Configs to begin with: a small model for a CPU, a look in two minutes, the winner's recipe, and a model that sees keypoints. */
export const presets: readonly TrainPreset[] = [
  { id: 'cpu', config: {} },
  { id: 'quick', config: { epochs: 12, folds: 3, warmupEpochs: 1 } },
  {
    id: 'winner',
    config: {
      model: 'regnety_040',
      imageSize: 288,
      epochs: 50,
      batchSize: 16,
      folds: 5,
      optimizer: 'lamb',
      learningRate: 1e-3,
      weightDecay: 1e-3,
      schedule: 'one-cycle',
      warmupEpochs: 5,
      dropPath: 0.2,
      labelSmoothing: 0,
      ema: 0,
      flipRatio: 0.3,
      crop: { randomMargin: 50, randomProbability: 0.5, wristExtra: 100 },
      augment: { rotateDegrees: 20, perspective: 0.5, perspectiveProbability: 0.5, colour: 0 },
    },
  },
  { id: 'keypoints', config: { model: 'keypoint_temporal' } },
]

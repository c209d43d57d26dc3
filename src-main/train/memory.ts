import { seesKeypoints } from '../contract/keypoints.ts'
import type { TrainConfig } from '../contract/train.ts'
import { modelInfo } from '../model/info.ts'

type Sizes = Pick<TrainConfig, 'model' | 'imageSize' | 'batchSize' | 'accumulate' | 'precision'>

/** What TensorFlow and Node take before the first weight. */
const baseBytes = 0.6 * 2 ** 30
/** Copies of the weights: themselves, two optimiser slots, the average, the gradient, and what the optimiser's step needs at once. */
const weightCopies = 9
/** Values kept for each output of a convolution, by measurement of RegNetY-400MF and 4.0GF: itself, after batch norm, and gradients on their way. */
const valuesPerActivation = 2.7

/** About how much memory training on pictures takes, by measurement on a CPU; to a quarter or so. */
export function estimatedBytes({ model, imageSize, batchSize, accumulate, precision }: Sizes): number {
  const info = modelInfo(model)
  const perImage = info.activations * (imageSize / info.imageSize) ** 2 * valuesPerActivation * (precision === 'float32' ? 4 : 2)
  return baseBytes + info.parameters * 4 * weightCopies + Math.ceil(batchSize / accumulate) * perImage
}

/** What to do when training did not fit: more parts for each batch while there can be more, else something smaller. */
export function smallerAdvice(config: Sizes): string {
  const { model, batchSize, accumulate } = config
  if (seesKeypoints(model)) return 'Close other programs and resume, or train with a smaller batchSize or fewer keypoints.frames.'
  if (Math.ceil(batchSize / accumulate) < 2) return 'Train with a smaller image size or model, or close other programs.'
  const more = { ...config, accumulate: Math.min(accumulate * 2, batchSize) }
  const size = (sizes: Sizes): string => `about ${(estimatedBytes(sizes) / 2 ** 30).toFixed(1)} GiB for ${Math.ceil(sizes.batchSize / sizes.accumulate)} pictures at once`
  return `By estimate training takes ${size(config)}, ${size(more)}: train FOLDER --resume --set accumulate=${more.accumulate} computes each batch in ${more.accumulate} parts. Or train with a smaller image size or model, or close other programs.`
}

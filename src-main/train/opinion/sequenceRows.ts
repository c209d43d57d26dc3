import type { KeypointFrame } from '../../keypoints/sequence.ts'
import type { KeypointPredictor } from '../keypoints/predictor.ts'

/** Probabilities of a sequence's frames, and their mean, which is the sequence's. One number per class. */
export interface SequenceRows {
  rows: Float64Array[]
  mean: Float64Array
}

export type PredictFrames = (frames: readonly KeypointFrame[]) => SequenceRows

/** Predicts a sequence with some folds and averages what they say; of one without frames all classes are as probable. */
export function predictRows(predictors: readonly Pick<KeypointPredictor, 'predict'>[], frames: readonly KeypointFrame[], classes: number): SequenceRows {
  if (frames.length === 0) return { rows: [], mean: new Float64Array(classes).fill(1 / classes) }
  const said = predictors.map((predictor) => predictor.predict(frames))
  const rows = frames.map((_, index) => meanOf(said.map((of) => of[index] as Float32Array), classes))
  return { rows, mean: meanOf(rows, classes) }
}

function meanOf(rows: readonly (Float32Array | Float64Array)[], classes: number): Float64Array {
  const mean = new Float64Array(classes)
  for (const row of rows) for (let index = 0; index < mean.length; index++) mean[index]! += row[index]! / rows.length
  return mean
}

/** Index of the largest value, the first of equals. */
export const argMax = (values: Float64Array): number => values.indexOf(values.reduce((most, value) => Math.max(most, value), -Infinity))

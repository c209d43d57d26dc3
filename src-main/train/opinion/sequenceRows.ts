import type { KeypointFrame } from '../../keypoints/sequence.ts'
import type { KeypointPredictor } from '../keypoints/predictor.ts'
import { meanOf } from '../keypoints/views.ts'

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

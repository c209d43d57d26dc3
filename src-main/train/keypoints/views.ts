import type { KeypointInput } from '../../contract/keypoints.ts'
import { sequenceFeatures, type SequenceFeatures } from '../../keypoints/features.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'
import { softmax } from '../predictions.ts'
import { mirroredBack } from '../testViews.ts'
import { mirroredFrames, standardise, type Standard } from './standard.ts'

/** A sequence as it is looked at when it is predicted: plain, and mirrored where the run asks for both. Standardised features. */
export function predictedViews(frames: readonly KeypointFrame[], input: KeypointInput, standard: Standard, testFlip: boolean): SequenceFeatures[] {
  const views = [frames, ...(testFlip ? [mirroredFrames(frames)] : [])].map((view) => sequenceFeatures(view, input))
  for (const view of views) standardise(view, standard)
  return views
}

/**
 * Probabilities of a sequence's frames from the logits of its views: their mean, what the mirrored one says mirrored back. A frame without a row of its own has
 * what the nearest frame has; where no frame has any, all are equal.
 * @param logits of each view, [rows, outputs]
 * @param flipTargets output that a mirrored sample takes, −1 = never mirrored
 * @returns [frames, outputs]
 */
export function frameProbabilities([plain]: readonly SequenceFeatures[], logits: readonly Float32Array[], outputs: number, flipTargets: readonly number[]): Float32Array[] {
  const { rowOf, frames: { length: rows } } = plain as SequenceFeatures
  const means = Array.from({ length: rows }, (_, at) => {
    const [own, mirrored] = logits.map((view) => softmax(view.subarray(at * outputs, (at + 1) * outputs))) as [Float64Array, Float64Array | undefined]
    const mean = new Float32Array(own)
    if (!mirrored) return mean
    const back = mirroredBack(mirrored, own, flipTargets)
    for (let output = 0; output < outputs; output++) mean[output] = (own[output]! + back[output]!) / 2
    return mean
  })
  return Array.from(rowOf, (at) => means[at] ?? new Float32Array(outputs).fill(1 / outputs))
}

/** Mean of rows of probabilities: over a sequence's frames it is the sequence's. */
export function meanOf(rows: readonly (Float32Array | Float64Array)[], classes: number): Float64Array {
  const mean = new Float64Array(classes)
  for (const row of rows) for (let index = 0; index < classes; index++) mean[index]! += row[index]!
  return mean.map((sum) => sum / rows.length)
}

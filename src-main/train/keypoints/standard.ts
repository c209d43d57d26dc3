import type { KeypointInput } from '../../contract/keypoints.ts'
import { handFeatures, sceneFeatures, sequenceFeatures, type SequenceFeatures } from '../../keypoints/features.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'

/** What features are standardised by: the numbers of a hand (of both seats alike), then those of the scene. */
export interface Standard {
  mean: Float32Array
  variance: Float32Array
}

/** Deviations below are taken for this: what hardly varies in training would be blown up in somebody else's hand. */
const leastDeviation = 0.05
/** Standardised values beyond are as far. */
const farthest = 6

/** The sequence mirrored left to right. */
export const mirroredFrames = (frames: readonly KeypointFrame[]): KeypointFrame[] =>
  frames.map((frame) => ({ ...frame, points: frame.points.map((point) => point && ([frame.width - point[0], point[1], point[2]] as const)) }))

/** Mean and variance of the features of sequences and of their mirror images, each hand that is there counting once. */
export function standardOf(sequences: readonly (readonly KeypointFrame[])[], input: KeypointInput): Standard {
  const [width, scenes] = [handFeatures, sceneFeatures(input)]
  const sums = new Float64Array(width + scenes)
  const squares = new Float64Array(width + scenes)
  let hands = 0
  let frames = 0
  const add = (value: number, at: number): void => {
    sums[at]! += value
    squares[at]! += value * value
  }
  for (const own of sequences)
    for (const view of [own, mirroredFrames(own)]) {
      const features = sequenceFeatures(view, input)
      frames += features.frames.length
      for (const [seat, there] of features.present.entries()) {
        if (!there) continue
        hands++
        for (let at = 0; at < width; at++) add(features.hands[seat * width + at]!, at)
      }
      for (let at = 0; at < features.scene.length; at++) add(features.scene[at]!, width + (at % scenes))
    }
  const counts = (at: number): number => Math.max(1, at < width ? hands : frames)
  const mean = sums.map((sum, at) => sum / counts(at))
  return { mean: Float32Array.from(mean), variance: Float32Array.from(squares, (square, at) => Math.max(0, square / counts(at) - mean[at]! ** 2)) }
}

/** Standardises the features of a sequence, in place; a hand that is not there stays 0. */
export function standardise({ hands, scene, present }: SequenceFeatures, { mean, variance }: Standard): void {
  const scenes = mean.length - handFeatures
  const deviation = variance.map((value) => Math.max(leastDeviation, Math.sqrt(value)))
  const scaled = (value: number, at: number): number => Math.max(-farthest, Math.min(farthest, (value - mean[at]!) / deviation[at]!))
  for (const [seat, there] of present.entries()) {
    if (!there) continue
    const first = seat * handFeatures
    for (let at = 0; at < handFeatures; at++) hands[first + at] = scaled(hands[first + at]!, at)
  }
  for (let at = 0; at < scene.length; at++) scene[at] = scaled(scene[at]!, handFeatures + (at % scenes))
}

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
export const farthest = 6

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
export function standardise({ hands, scene, present }: SequenceFeatures, standard: Standard): void {
  const { mean, scale } = scalesOf(standard)
  const scenes = mean.length - handFeatures
  for (let seat = 0; seat < present.length; seat++) {
    if (!present[seat]) continue
    const first = seat * handFeatures
    for (let at = 0; at < handFeatures; at++) hands[first + at] = limited((hands[first + at]! - mean[at]!) * scale[at]!)
  }
  for (let at = 0; at < scene.length; at++) scene[at] = limited((scene[at]! - mean[handFeatures + (at % scenes)]!) * scale[handFeatures + (at % scenes)]!)
}

const limited = (value: number): number => (value > farthest ? farthest : value < -farthest ? -farthest : value)

const known = new WeakMap<Standard, { mean: Float32Array; scale: Float64Array }>()

/** Means, and one over the deviations. */
export function scalesOf(standard: Standard): { mean: Float32Array; scale: Float64Array } {
  const found = known.get(standard) ?? { mean: standard.mean, scale: Float64Array.from(standard.variance, (value) => 1 / Math.max(leastDeviation, Math.sqrt(value))) }
  known.set(standard, found)
  return found
}

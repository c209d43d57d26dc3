import type { SequenceFeature } from '../contract/rules.ts'
import { measureWay } from './measures.ts'
import { tracksOf, type FeatureFrame } from './tracks.ts'

/**
 * Measures a sequence by features (tracks.ts says what is followed, measures.ts how it is measured). In hand sizes a length is divided by the hand's size, so that it does not
 * matter how near the camera is. Source of the x range of the topmost and rightmost keypoint: the sequence rules of the winning pipeline.
 * @returns a function that is null where no way has two places, the hand's size is wanted and not known, or the value is not finite
 */
export function measureSequence(frames: readonly FeatureFrame[]): (feature: SequenceFeature) => number | null {
  const tracks = tracksOf(frames)
  let size: number | null | undefined
  return ({ point, measure, axis, unit }) => {
    const scaled = unit === 'hand-sizes' && measure !== 'turns'
    if (scaled || measure === 'turns') size ??= tracks.handSize()
    const divisor = scaled ? (size ?? 0) : 1
    const values = tracks.follow(point).flatMap((way) => (way.length < 2 ? [] : [measureWay(way, measure, axis, size ?? null) / divisor]))
    const value = values.reduce((most, own) => Math.max(most, own), -Infinity)
    return Number.isFinite(value) ? value : null
  }
}

/** One feature of a sequence; null as `measureSequence` says. */
export const sequenceValue = (frames: readonly FeatureFrame[], feature: SequenceFeature): number | null => measureSequence(frames)(feature)

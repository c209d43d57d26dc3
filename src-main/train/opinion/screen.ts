import { showTwoHands } from '../../keypoints/hands.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'
import { argMax } from '../predictions.ts'
import { without, type Removal } from './removals.ts'
import type { PredictFrames, SequenceRows } from './sequenceRows.ts'

/** Frames that a frame is looked at among, itself counted. */
const windowFrames = 3
/** Share of the way to another class that a removal must go in the window, to be looked at in the whole sequence. */
const shareOfWay = 0.4

/** Tells without predicting the whole sequence whether a removal may change its frame's most probable class, or the sequence's. */
export type Screen = (removal: Removal) => boolean

/**
 * Looks at each removal in its frame and the nearest ones alone. What it does there to the log-probabilities of the frame is taken for what it does in the
 * whole sequence; where that leads most of the way to another class, it may.
 * @param whole what is predicted of the whole sequence
 */
export function createScreen(frames: readonly KeypointFrame[], predict: PredictFrames, whole: SequenceRows): Screen {
  const windows = new Map<number, { frames: KeypointFrame[]; at: number; before: Float64Array }>()
  const two = showTwoHands(frames)
  const windowOf = (index: number) => {
    const known = windows.get(index)
    if (known) return known
    const own = nearest(frames, index, two).map((position) => frames[position] as KeypointFrame)
    const at = own.indexOf(frames[index] as KeypointFrame)
    const made = { frames: own, at, before: predict(own).rows[at] as Float64Array }
    windows.set(index, made)
    return made
  }
  return ({ index, rows }) => {
    const window = windowOf(index)
    const after = predict(without(window.frames, { index: window.at, rows })).rows[window.at] as Float64Array
    const row = whole.rows[index] as Float64Array
    const expected = normalised(row.map((probability, of) => (probability * after[of]!) / Math.max(Number.EPSILON, window.before[of]!)))
    const mean = whole.mean.map((probability, of) => Math.max(0, probability + (expected[of]! - row[of]!) / frames.length))
    return goesMostOfTheWay(row, expected) || goesMostOfTheWay(whole.mean, mean)
  }
}

/** Whether the lead of the most probable class over any other shrinks by so much. */
function goesMostOfTheWay(before: Float64Array, after: Float64Array): boolean {
  const top = argMax(before)
  const lead = (of: Float64Array, other: number): number => Math.log(Math.max(Number.EPSILON, of[top]!)) - Math.log(Math.max(Number.EPSILON, of[other]!))
  return before.some((_, other) => other !== top && lead(after, other) < (1 - shareOfWay) * lead(before, other))
}

function normalised(values: Float64Array): Float64Array {
  const sum = values.reduce((total, value) => total + value, 0)
  return values.map((value) => value / sum)
}

/** Positions of the frames nearest to one, in order; as many more as it takes until they show two hands as the sequence does. */
function nearest(frames: readonly KeypointFrame[], index: number, two: boolean): number[] {
  const byDistance = frames.map((_, position) => position).sort((a, b) => Math.abs(a - index) - Math.abs(b - index))
  const chosen = byDistance.slice(0, windowFrames)
  for (const position of byDistance.slice(windowFrames)) {
    if (showTwoHands(chosen.map((one) => frames[one] as KeypointFrame)) === two) break
    chosen.push(position)
  }
  return chosen.sort((a, b) => a - b)
}

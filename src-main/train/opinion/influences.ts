import type { KeypointInfluence } from '../../contract/keypoints.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'
import { argMax } from '../predictions.ts'
import { without, type Removal } from './removals.ts'
import type { PredictFrames, SequenceRows } from './sequenceRows.ts'

/** An influence with its class by index. */
export interface Influence extends Pick<KeypointInfluence, 'frame' | 'rows' | 'frameChange' | 'sequenceChange' | 'changes'> {
  predicted: number
}

/** More than anybody looks at. */
const mostInfluences = 200

const logOf = (probability: number): number => Math.log(Math.max(Number.EPSILON, probability))

export interface InfluenceSearch {
  frames: readonly KeypointFrame[]
  /** What is predicted of the sequence as it is. */
  whole: SequenceRows
  predict: PredictFrames
  /** Those that are looked at. */
  removals: Iterable<Removal>
  /** Class index: the sequence's label, or its most probable class. */
  target: number
  /** Awaited after every prediction; what it throws ends the search. */
  between(): Promise<void>
}

/**
 * The keypoints and hands whose removal changes the most probable class of their frame or of the sequence, each found by predicting the sequence without
 * it; those without which the target is more probable first.
 */
export async function influencesOf({ frames, whole, predict, removals, target, between }: InfluenceSearch): Promise<Influence[]> {
  const found: Influence[] = []
  const sequenceBefore = argMax(whole.mean)
  for (const removal of removals) {
    const { rows, mean } = predict(without(frames, removal))
    const [own, before] = [rows[removal.index] as Float64Array, whole.rows[removal.index] as Float64Array]
    const predicted = argMax(own)
    const [frameChanges, sequenceChanges] = [predicted !== argMax(before), argMax(mean) !== sequenceBefore]
    if (frameChanges || sequenceChanges)
      found.push({
        frame: (frames[removal.index] as KeypointFrame).frame,
        rows: removal.rows,
        predicted,
        frameChange: logOf(own[target]!) - logOf(before[target]!),
        sequenceChange: logOf(mean[target]!) - logOf(whole.mean[target]!),
        changes: frameChanges && sequenceChanges ? 'both' : frameChanges ? 'frame' : 'sequence',
      })
    await between()
  }
  return found.sort((a, b) => b.sequenceChange - a.sequenceChange || b.frameChange - a.frameChange).slice(0, mostInfluences)
}

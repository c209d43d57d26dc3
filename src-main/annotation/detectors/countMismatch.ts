import { keypointsPerHand } from '../../contract/hand.ts'
import type { SequenceHands, Suspicion } from './hands.ts'

/**
 * Frames whose number of keypoints does not fit: rows that are not whole hands, or one hand where the class, or with an unknown class
 * most frames, have two: each such frame where they are few, else the first. No rows are named: there is nothing to erase. (Two hands
 * where the class is of one: secondHand.)
 */
export function countMismatch({ hand, frames }: SequenceHands): Suspicion[] {
  const broken = frames
    .filter(({ rows }) => rows % keypointsPerHand !== 0 || rows > 2 * keypointsPerHand)
    .map(({ number, rows }): Suspicion => ({ frame: number, kind: 'count-mismatch', indices: [], score: 0.5, why: `The frame has ${rows} keypoints, where 0, 21 (one hand) or 42 (two hands) belong.` }))
  const seen = frames.filter(({ hands }) => hands.length > 0)
  const single = seen.filter(({ hands }) => hands.length === 1)
  const few = 2 * single.length < seen.length
  if (hand !== 'both' && !(hand === 'unknown' && few)) return broken
  const two = hand === 'both' ? 'The class is of two hands' : 'Most frames have two hands'
  const said = few ? single : single.slice(0, 1)
  return [
    ...broken,
    ...said.map(({ number, left }, index): Suspicion => {
      const why = `${two}, and ${single.length} of ${seen.length} frames have one (${left} keypoints), this one ${index === 0 ? 'first' : 'too'}.`
      return { frame: number, kind: 'count-mismatch', indices: [], score: 0.15 + (0.15 * single.length) / seen.length, why }
    }),
  ]
}

import { apart, clampScore, length, type SequenceHands, type Suspicion } from './hands.ts'
import type { Track } from './tracks.ts'

/** Within this many hand sizes two hands are about as far from the middle of the picture. */
const aboutAsFar = 0.25

/**
 * A second hand where the class is of one hand: of the two that are followed through the sequence the one that is seen in fewer frames;
 * where both are seen as often, the one further from the middle of the picture, or of two about as far the one that comes second in the
 * file, since trackers give the hand first of which they are surer.
 */
export function secondHand(sequence: SequenceHands, [one, two]: readonly Track[]): Suspicion[] {
  if (!one || !two || (sequence.hand !== 'left' && sequence.hand !== 'right')) return []
  const asOften = one.length === two.length
  const further = (fromMiddle(sequence, one) - fromMiddle(sequence, two)) / (sequence.size || 1)
  const byPlace = Math.abs(further) > aboutAsFar
  const firstStrays = asOften ? (byPlace ? further > 0 : meanRow(one) > meanRow(two)) : one.length < two.length
  const [stray, main] = firstStrays ? [one, two] : [two, one]
  const withHands = sequence.frames.filter(({ hands }) => hands.length > 0).length
  const mainAt = new Map(main.map((hand) => [hand.order, hand]))

  return stray.flatMap((hand): Suspicion[] => {
    const other = mainAt.get(hand.order)
    if (!other) return []
    const gap = Math.round(apart(hand, other))
    const reason = asOften
      ? `both are seen in ${stray.length} of ${withHands} frames, ${byPlace ? 'and this one is further from the middle of the picture' : 'about as far from the middle of the picture, and this one comes second in the file'}`
      : `this one is seen in ${stray.length} of ${withHands} frames, the other, ${gap} px away, in ${main.length}`
    const score = clampScore(0.65 + 0.3 * (1 - stray.length / main.length) + 0.05 * Math.min(1, gap / (2 * sequence.size || 1)))
    return [{ frame: hand.frame, kind: 'second-hand', indices: hand.rows, score, why: `The class is of one hand (${sequence.hand}) and the frame has two: ${reason}.` }]
  })
}

/** Mean distance of a hand from the middle of the picture. */
function fromMiddle({ width, height }: SequenceHands, track: Track): number {
  if (width === null || height === null) return 0
  return track.reduce((sum, { x, y }) => sum + length(x - width / 2, y - height / 2), 0) / track.length
}

const meanRow = (track: Track): number => track.reduce((sum, { firstRow }) => sum + firstRow, 0) / track.length

import type { FrameRecord } from '../../contract/dataset.ts'
import type { HandType } from '../../contract/hand.ts'
import { border } from './border.ts'
import { countMismatch } from './countMismatch.ts'
import { sequenceHands, type Suspicion } from './hands.ts'
import { isolatedHand } from './isolatedHand.ts'
import { jump } from './jump.ts'
import { offPlaces } from './posture.ts'
import { secondHand } from './secondHand.ts'
import { tornBones } from './tornBones.ts'
import { tracksOf } from './tracks.ts'

/**
 * All that looks stray in a sequence, as it is after all edits, most suspicious first. What two detectors say of the same rows is said
 * once: that the hand is suspicious as a whole, or else that keypoints lie outside the picture, or else that they are torn off together,
 * or else that they jump, or else by their bones; as surely as the surest of them says it.
 * @param frames in order, with edits laid over
 */
export function detect(frames: readonly FrameRecord[], sequence: { hand: HandType; width: number | null; height: number | null }): Suspicion[] {
  const hands = sequenceHands(frames, sequence)
  const tracks = tracksOf(hands)
  const off = offPlaces(tracks)
  const torn = tornBones(hands, tracks, off)
  const found = [
    secondHand(hands, tracks), isolatedHand(hands, tracks), border(hands),
    torn.filter(({ kind }) => kind === 'isolated-cluster'), jump(hands, tracks, off), torn.filter(({ kind }) => kind === 'bone-length'),
  ].flat()
  return [...saidOnce(found.map((suspicion, place) => asSureAs(suspicion, found.slice(place + 1)))), ...countMismatch(hands)].sort((a, b) => b.score - a.score || a.frame - b.frame)
}

/** The suspicion, with the score of the surest of those that name nothing but rows of it. */
function asSureAs(suspicion: Suspicion, others: readonly Suspicion[]): Suspicion {
  const same = others.filter(({ frame, indices }) => frame === suspicion.frame && indices.every((row) => suspicion.indices.includes(row)))
  return { ...suspicion, score: Math.max(suspicion.score, ...same.map(({ score }) => score)) }
}

/** Without those that name only rows which an earlier one names too. */
function saidOnce(found: readonly Suspicion[]): Suspicion[] {
  const said = new Set<string>()
  return found.filter(({ frame, indices }) => {
    const rows = indices.map((row) => `${frame} ${row}`)
    const isNew = rows.some((row) => !said.has(row))
    for (const row of rows) said.add(row)
    return isNew
  })
}

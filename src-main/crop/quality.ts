import type { Box, BoxedFrame, BoxSource, CropRecipe } from '../contract/crop.ts'
import { keypointsPerHand } from '../contract/hand.ts'
import { seatBox, sequenceSeats, wholeFrame, type FrameSize } from './geometry.ts'

/** What a crop is worth that is not around keypoints of its own: those of another frame are near the hand, the whole frame has it somewhere. */
const worthWithoutKeypoints = { previous: 0.5, nearest: 0.5, whole: 0.25 }

/** A hand whose longer side has fewer pixels is blurred: with its margins it fills about half of the 224 pixels that networks are made for. */
const sharpSide = 112

/** What is known of a frame's crop. */
export interface CropPlace {
  frame: FrameSize
  /** Box around the keypoints before any margin, pixels. */
  keypointBox: Box
  source: BoxSource
  /** Keypoints that the box is around, and how many a frame of the sequence should have. */
  keypoints: number
  expected: number
}

/**
 * How good a crop is, 0 … 1: shown · inside · sharp. `shown`: the share of the expected keypoints that are there, at most 1; ½ where the place is another frame's, ¼ for the whole
 * frame. `inside`: the share of the recipe's box, as it would be without clamping, that the frame covers. `sharp`: the longer side of the keypoints' box over 112 pixels, at most 1.
 */
export function cropQuality({ frame, keypointBox, source, keypoints, expected }: CropPlace, recipe: CropRecipe): number {
  const shown = source === 'keypoints' ? Math.min(1, keypoints / expected) : worthWithoutKeypoints[source]
  const { box: wanted } = seatBox({ keypointBox, source }, { ...recipe, clamp: false }, frame)
  const inside = area(common(wanted, wholeFrame(frame))) / area(wanted)
  const sharp = Math.min(1, Math.max(keypointBox.x1 - keypointBox.x0, keypointBox.y1 - keypointBox.y0) / sharpSide)
  return shown * inside * sharp
}

/**
 * The quality of each frame's crop by a recipe, by frame number; with hands cut apart the mean of its hands'. Frames that the recipe leaves out are left out. As many hands are expected
 * as most frames of the sequence with keypoints show (of as many, the more).
 */
export function cropQualities(frames: readonly BoxedFrame[], recipe: CropRecipe): Map<number, number> {
  const expected = recipe.hands === 'apart' ? keypointsPerHand : keypointsPerHand * usualHands(frames)
  const sizes = new Map(frames.map((frame) => [frame.frame, frame]))
  const seats = sequenceSeats(frames, recipe).seats.flatMap(({ frame, hand, keypointBox, source }) => {
    const of = sizes.get(frame) as BoxedFrame
    const counted = hand === null ? of.hands : [of.hands[hand]]
    const keypoints = counted.reduce((sum, own) => sum + (own?.points ?? 0), 0)
    return keypointBox ? [{ frame, quality: cropQuality({ frame: of, keypointBox, source, keypoints, expected }, recipe) }] : []
  })
  return new Map([...Map.groupBy(seats, ({ frame }) => frame)].map(([frame, own]) => [frame, own.reduce((sum, { quality }) => sum + quality, 0) / own.length]))
}

function usualHands(frames: readonly BoxedFrame[]): number {
  const counts = frames.map(({ hands }) => hands.filter((hand) => hand !== null).length).filter((count) => count > 0)
  const framesOf = (hands: number): number => counts.filter((count) => count === hands).length
  return [...new Set(counts)].sort((a, b) => framesOf(b) - framesOf(a) || b - a)[0] ?? 1
}

const common = (a: Box, b: Box): Box => ({ x0: Math.max(a.x0, b.x0), y0: Math.max(a.y0, b.y0), x1: Math.min(a.x1, b.x1), y1: Math.min(a.y1, b.y1) })

const area = ({ x0, y0, x1, y1 }: Box): number => Math.max(0, x1 - x0) * Math.max(0, y1 - y0)

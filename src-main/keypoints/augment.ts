import { apply, compose, invert, rotation, scaling, translation, unitToBox, unitToQuad, type Matrix3, type Quad } from '../augment/projective.ts'
import { drawSample, identityCounters, mirroredClass, trainingStreams, type FlipTargets } from '../augment/sampleTransform.ts'
import type { AugmentRecipe, Box, DerivedTransform } from '../contract/crop.ts'
import type { Point } from '../contract/dataset.ts'
import { keypointsPerHand } from '../contract/hand.ts'
import { randomStream, type RandomStream } from '../engine/random.ts'
import { addStrayHand, type StrayPlace } from './augmentStray.ts'
import { hasKeypoints, type KeypointFrame } from './sequence.ts'

/** What was drawn for a sequence in an epoch. */
export interface KeypointDraw {
  flip: boolean
  /** Mirrored top to bottom. */
  verticalFlip: boolean
  degrees: number
  /** What the hands' size was multiplied by. */
  scale: number
  /** Where the corners of the box around the keypoints land, in shares of its sides; null = no perspective. */
  corners: Quad | null
  /** Keypoints that were taken away. */
  droppedKeypoints: number
  /** Numbers of the frames that are left out, and of those that are shown twice. */
  droppedFrames: number[]
  repeatedFrames: number[]
  /** Where a hand is that does not belong there. */
  stray: StrayPlace[]
}

export interface KeypointView {
  frames: KeypointFrame[]
  /** Class index of the sequence as it is shown; −1 where it has none. */
  label: number
  draw: KeypointDraw
}

/** Last counters of a sequence's random streams: each change has its own, so that one switched off leaves the others as they were. */
const streams = { place: 0, scale: 1, stray: 2, frames: 3, repeats: 4, jitter: 10, drop: 20 } as const

/**
 * What a training sequence shows in an epoch, and under which class. It depends on the arguments alone: the same whichever batch or resume point asks. In this
 * order the whole sequence is mirrored (only where the flip map has a class for it), turned and scaled about the middle of its keypoints, and put in perspective
 * as `drawSample` does it, so that motion stays motion; keypoints are shaken and taken away; a stray hand appears; frames are left out or shown twice, under the
 * same number. A frame with keypoints keeps some, and one such frame at least is left. Depth (z) is scaled and shaken only. What is given is not changed, and
 * comes back itself where nothing is drawn.
 * @param input.epoch counted from 1, as it is shown
 * @param input.frames in the order of their numbers, as derived where there is a transform
 * @param input.label class index of the sequence itself; −1: none, and it is not mirrored
 */
export function trainingKeypoints(input: {
  seed: number
  epoch: number
  /** `train/475` */
  folder: string
  transform: DerivedTransform | null
  frames: readonly KeypointFrame[]
  label: number
  augment: AugmentRecipe
  targets: FlipTargets
}): KeypointView {
  const { seed, epoch, folder, transform, augment, targets } = input
  const sequence = identityCounters({ folder, frame: 0, hand: null, transform })
  const stream = (name: number): RandomStream => randomStream(seed, trainingStreams.keypoints, epoch, ...sequence, name)

  const drawn = drawSample(stream(streams.place), { randomProbability: 0 }, augment)
  const { label, flip, verticalFlip } = mirroredClass(drawn, input.label, targets)
  const scale = 1 + (2 * stream(streams.scale).uniform() - 1) * augment.scale
  const place = { flip, verticalFlip, degrees: drawn.degrees, scale, corners: drawn.corners && isConvex(drawn.corners) ? drawn.corners : null }
  const placed = placeFrames(input.frames, place)

  const shaken = augment.keypointJitter > 0 ? shakeFrames(placed, augment.keypointJitter, (hand) => stream(streams.jitter + hand)) : placed
  const thinned = augment.keypointDrop > 0 ? dropKeypoints(shaken, augment.keypointDrop, (hand) => stream(streams.drop + hand)) : shaken
  const withStray = augment.strayHands > 0 ? addStrayHand(thinned, augment.strayHands, stream(streams.stray)) : { frames: thinned, stray: [] }

  const left = augment.frameDrop > 0 ? leaveOut(withStray.frames, augment.frameDrop, stream(streams.frames)) : withStray.frames
  const repeats = stream(streams.repeats)
  const twice = new Set(withStray.frames.filter(() => repeats.uniform() < augment.frameRepeat))
  const there = new Set(left)
  return {
    frames: left.flatMap((frame) => (twice.has(frame) ? [frame, frame] : [frame])),
    label,
    draw: {
      ...place,
      droppedKeypoints: countKeypoints(shaken) - countKeypoints(thinned),
      droppedFrames: withStray.frames.filter((frame) => !there.has(frame)).map(({ frame }) => frame),
      repeatedFrames: left.filter((frame) => twice.has(frame)).map(({ frame }) => frame),
      stray: withStray.stray.filter(({ frame }) => left.some((other) => other.frame === frame)),
    },
  }
}

type Place = Pick<KeypointDraw, 'flip' | 'verticalFlip' | 'degrees' | 'scale' | 'corners'>

/** The frames mirrored, turned, scaled and put in perspective, about the middle of all their keypoints. */
function placeFrames(frames: readonly KeypointFrame[], { flip, verticalFlip, degrees, scale, corners }: Place): readonly KeypointFrame[] {
  const mirrored = flip || verticalFlip ? frames.map((frame) => movedFrame(frame, [flip ? -1 : 1, 0, flip ? frame.width : 0, 0, verticalFlip ? -1 : 1, verticalFlip ? frame.height : 0, 0, 0, 1], 1)) : frames
  const around = boxAround(mirrored)
  if (around === null) return mirrored
  const [x, y] = [(around.x0 + around.x1) / 2, (around.y0 + around.y1) / 2]
  const turn = compose(rotation(degrees, [x, y]), translation(x, y), scaling(scale, scale), translation(-x, -y))
  const turned = degrees === 0 && scale === 1 ? mirrored : mirrored.map((frame) => movedFrame(frame, turn, scale))
  if (corners === null) return turned
  const unit = unitToBox(boxAround(turned) as Box)
  const warp = compose(unit, unitToQuad(corners), invert(unit))
  return turned.map((frame) => movedFrame(frame, warp, 1))
}

const movedFrame = (frame: KeypointFrame, matrix: Matrix3, depth: number): KeypointFrame => ({ ...frame, points: frame.points.map((point) => point && [...apply(matrix, [point[0], point[1]]), point[2] * depth]) })

/** The box around all keypoints, a pixel wide at least; null where there are none. */
function boxAround(frames: readonly KeypointFrame[]): Box | null {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity }
  for (const { points } of frames) {
    for (const point of points) {
      if (point === null) continue
      box.x0 = Math.min(box.x0, point[0])
      box.y0 = Math.min(box.y0, point[1])
      box.x1 = Math.max(box.x1, point[0])
      box.y1 = Math.max(box.y1, point[1])
    }
  }
  return box.x0 > box.x1 ? null : { ...box, x1: Math.max(box.x1, box.x0 + 1), y1: Math.max(box.y1, box.y0 + 1) }
}

/** Whether what lies within the square stays within the corners: a strong perspective may fold it. */
function isConvex(corners: Quad): boolean {
  const [, , , , , , g, h] = unitToQuad(corners)
  return Math.min(1 + g, 1 + h, 1 + g + h) > 0
}

/** Noise on each keypoint, with a deviation of a share of its hand's size; on its depth where the hand has any. */
function shakeFrames(frames: readonly KeypointFrame[], share: number, streamOf: (hand: number) => RandomStream): readonly KeypointFrame[] {
  return changedHands(frames, streamOf, (hand, noise) => {
    const deviation = share * handSize(hand)
    const deep = hand.some((point) => point !== null && point[2] !== 0)
    return hand.map((point) => {
      const [x, y, z] = [noise.normal(), noise.normal(), deep ? noise.normal() : 0]
      return point && [point[0] + deviation * x, point[1] + deviation * y, point[2] + deviation * z]
    })
  })
}

/** Takes a share of the keypoints away; a hand of which nothing would be left stays as it is. */
function dropKeypoints(frames: readonly KeypointFrame[], share: number, streamOf: (hand: number) => RandomStream): readonly KeypointFrame[] {
  return changedHands(frames, streamOf, (hand, choices) => {
    const left = hand.map((point) => (choices.uniform() < share ? null : point))
    return left.some((point) => point !== null) ? left : hand
  })
}

type Hand = KeypointFrame['points']

/** Frames with each hand's rows changed, by a random stream of its own. */
function changedHands(frames: readonly KeypointFrame[], streamOf: (hand: number) => RandomStream, change: (hand: Hand, stream: RandomStream) => Hand): readonly KeypointFrame[] {
  const hands = Math.ceil(Math.max(0, ...frames.map(({ points }) => points.length)) / keypointsPerHand)
  const own = Array.from({ length: hands }, (_, hand) => streamOf(hand))
  return frames.map((frame) => ({ ...frame, points: own.flatMap((stream, hand) => change(frame.points.slice(hand * keypointsPerHand, (hand + 1) * keypointsPerHand), stream)) }))
}

/** Root mean square distance of a hand's keypoints from its wrist, pixels; from their mean where the wrist is missing. */
function handSize(hand: Hand): number {
  const there = hand.filter((point): point is Point => point !== null)
  if (there.length === 0) return 0
  const mean = (value: (point: Point) => number): number => there.reduce((sum, point) => sum + value(point), 0) / there.length
  const [x, y] = hand[0] ?? [mean((point) => point[0]), mean((point) => point[1])]
  return Math.sqrt(mean((point) => (point[0] - x) ** 2 + (point[1] - y) ** 2))
}

/** Leaves out a share of the frames; one with keypoints stays, drawn among them where all would go. */
function leaveOut(frames: readonly KeypointFrame[], share: number, stream: RandomStream): readonly KeypointFrame[] {
  const saved = stream.uniform()
  const left = frames.filter(() => stream.uniform() >= share)
  const filled = frames.filter(hasKeypoints)
  if (left.some(hasKeypoints) || (filled.length === 0 && left.length > 0)) return left
  const among = filled.length > 0 ? filled : frames
  const kept = among[Math.floor(saved * among.length)]
  return frames.filter((frame) => frame === kept || left.includes(frame))
}

const countKeypoints = (frames: readonly KeypointFrame[]): number => frames.reduce((sum, { points }) => sum + points.filter((point) => point !== null).length, 0)

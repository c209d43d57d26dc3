import type { AugmentRecipe, Box, CropRecipe, DerivedTransform } from '../contract/crop.ts'
import { seatBox, type PictureSeat, type RandomSides } from '../crop/geometry.ts'
import { randomStream, type RandomStream } from '../engine/random.ts'
import { drawColour, type Colour } from './colour.ts'
import { betweenPixels, compose, eightNumbers, identity, invert, rotation, scaling, translation, unitToBox, unitToQuad, type Matrix3, type Quad } from './projective.ts'

/** First counters of the random streams of training, so that no two draw the same numbers. */
export const trainingStreams = { sample: 101, order: 102, colour: 103, keypoints: 104 } as const

/** What was drawn for one sample in one epoch. */
export interface SampleDraw {
  sides: RandomSides
  flip: boolean
  /** Mirrored top to bottom. */
  verticalFlip: boolean
  degrees: number
  /** Where the corners of the upright crop land in the output, in shares of its side; null = no perspective. */
  corners: Quad | null
}

/** A sample's seat and the size of its picture, pixels. */
export interface SampleSeat extends PictureSeat {
  width: number
  height: number
}

/** What tells a sample from every other of the data set, whatever else is trained on: its random numbers follow from it. */
export interface SampleIdentity {
  /** `train/475` */
  folder: string
  frame: number
  /** Which hand, where hands are cut apart. */
  hand: number | null
  transform: DerivedTransform | null
}

export interface SampleView {
  /** The crop's box in pixels of the sample's picture, before rotation and perspective. */
  box: Box
  flipped: boolean
  verticallyFlipped: boolean
  /** Class index that the sample has as it is shown; −1 where the sample has none. */
  label: number
  /** Output edge position (pixels, 0 … imageSize) → frame edge position (pixels). */
  toFrame: Matrix3
  /** What was drawn for it; null: nothing is random. */
  draw: SampleDraw | null
}

/** Class index that a mirrored sample takes, by class index; −1 = never mirrored. */
export interface FlipTargets {
  horizontal: ArrayLike<number>
  vertical: ArrayLike<number>
}

/** Counters that name a sample's random stream within an epoch. */
export function identityCounters({ folder, frame, hand, transform }: SampleIdentity): [number, number, number] {
  const kinds = { mirror: 1, 'upside-down': 2, rotate: 3 } as const
  const variant = transform === null ? 0 : kinds[transform.kind] * 1000 + (transform.kind === 'rotate' ? transform.degrees : 0)
  return [Number(folder.slice(folder.indexOf('/') + 1)), frame, variant * 8 + (hand === null ? 0 : hand + 1)]
}

/**
 * Draws a sample's random margins, mirroring, rotation and perspective. Always takes the same count of numbers from the stream.
 * Perspective: each corner moves inwards by up to `perspective` / 2 of the side, evenly (torchvision, RandomPerspective.get_params,
 * with real instead of whole numbers of pixels).
 */
export function drawSample(stream: RandomStream, recipe: Pick<CropRecipe, 'randomProbability'>, augment: AugmentRecipe): SampleDraw {
  const chance = (probability: number): boolean => stream.uniform() < probability
  const sides = { left: chance(recipe.randomProbability), top: chance(recipe.randomProbability), right: chance(recipe.randomProbability), bottom: chance(recipe.randomProbability) }
  const flip = chance(augment.flipRatio)
  const degrees = (2 * stream.uniform() - 1) * augment.rotateDegrees
  const warped = chance(augment.perspectiveProbability) && augment.perspective > 0
  const inwards = Array.from({ length: 8 }, () => (stream.uniform() * augment.perspective) / 2) as [number, number, number, number, number, number, number, number]
  const [a, b, c, d, e, f, g, h] = inwards
  const verticalFlip = chance(augment.verticalFlipRatio)
  return { sides, flip, verticalFlip, degrees, corners: warped ? [[a, b], [1 - c, d], [1 - e, 1 - f], [g, 1 - h]] : null }
}

/** Which of the drawn mirrorings the flip map has a class for, first left to right, then top to bottom of the class it then has; and the class shown. */
export function mirroredClass({ flip, verticalFlip }: Pick<SampleDraw, 'flip' | 'verticalFlip'>, label: number, targets: FlipTargets): { flip: boolean; verticalFlip: boolean; label: number } {
  const mirrored = flip ? (targets.horizontal[label] ?? -1) : -1
  const upright = mirrored >= 0 ? mirrored : label
  const turned = verticalFlip ? (targets.vertical[upright] ?? -1) : -1
  return { flip: mirrored >= 0, verticalFlip: turned >= 0, label: turned >= 0 ? turned : upright }
}

/** Output → upright crop, both as the unit square: first mirrored, then turned, then warped, as the picture goes. */
export function drawMatrix({ flip, verticalFlip, degrees, corners }: Pick<SampleDraw, 'flip' | 'verticalFlip' | 'degrees' | 'corners'>): Matrix3 {
  return compose(
    flip ? [-1, 0, 1, 0, 1, 0, 0, 0, 1] : identity,
    verticalFlip ? [1, 0, 0, 0, -1, 1, 0, 0, 1] : identity,
    rotation(-degrees, [0.5, 0.5]),
    corners ? invert(unitToQuad(corners)) : identity,
  )
}

/**
 * What a training sample shows in an epoch, and under which class. It depends on the arguments alone: the same whichever worker, batch or
 * resume point asks, and whichever other samples there are. A sample is mirrored only where the flip map has a class for it.
 * @param epoch counted from 1, as it is shown
 * @param label class index of the sample itself; −1: none, and it is not mirrored
 */
export function trainingView(input: {
  seed: number
  epoch: number
  sample: SampleIdentity
  recipe: CropRecipe
  augment: AugmentRecipe
  seat: SampleSeat
  imageSize: number
  label: number
  targets: FlipTargets
}): SampleView {
  const { seed, epoch, recipe, augment, seat, imageSize, targets } = input
  const drawn = drawSample(randomStream(seed, trainingStreams.sample, epoch, ...identityCounters(input.sample)), recipe, augment)
  const { label, ...mirrored } = mirroredClass(drawn, input.label, targets)
  const draw = { ...drawn, ...mirrored }
  const { box } = seatBox(seat, recipe, seat, draw.sides)
  return {
    box,
    flipped: draw.flip,
    verticallyFlipped: draw.verticalFlip,
    label,
    toFrame: compose(seat.toFrame ?? identity, unitToBox(box), drawMatrix(draw), scaling(1 / imageSize, 1 / imageSize)),
    draw,
  }
}

/** The random change of colour of a training sample in an epoch. */
export const trainingColour = (seed: number, epoch: number, sample: SampleIdentity, strength: number): Colour => drawColour(randomStream(seed, trainingStreams.colour, epoch, ...identityCounters(sample)), strength)

/** What a validation or test sample shows: the recipe's box as it is. */
export function plainView(seat: SampleSeat, recipe: CropRecipe, imageSize: number, label = -1): SampleView {
  const { box } = seatBox(seat, recipe, seat)
  return { box, flipped: false, verticallyFlipped: false, label, toFrame: compose(seat.toFrame ?? identity, unitToBox(box), scaling(1 / imageSize, 1 / imageSize)), draw: null }
}

/**
 * A view of the frame as ImageProjectiveTransformV3's eight numbers, from output pixel to pixel of the stored crop.
 * @param region the part of the frame that the stored crop shows, pixels
 * @param shardSize side of the stored crop in pixels
 */
export function shardTransform(view: SampleView, region: Box, shardSize: number): number[] {
  const toShard = compose(scaling(shardSize / (region.x1 - region.x0), shardSize / (region.y1 - region.y0)), translation(-region.x0, -region.y0))
  return eightNumbers(betweenPixels(compose(toShard, view.toFrame)))
}

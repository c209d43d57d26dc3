import * as fc from 'fast-check'
import type { AugmentRecipe } from '../../src-main/contract/crop.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import type { KeypointFrame } from '../../src-main/keypoints/sequence.ts'

/** A recipe that changes nothing. */
export const nothing: AugmentRecipe = { flipRatio: 0, verticalFlipRatio: 0, rotateDegrees: 0, perspective: 0, perspectiveProbability: 0, colour: 0, scale: 0, keypointJitter: 0, keypointDrop: 0, frameDrop: 0, frameRepeat: 0, strayHands: 0 }

/** 21 keypoints whose root mean square distance from the wrist is the size: the others lie on a circle about it. */
export function drawnHand(size: number, [x, y]: readonly [number, number] = [960, 540]): Point[] {
  const radius = size * Math.sqrt(21 / 20)
  return [[x, y, 0], ...Array.from({ length: 20 }, (_, finger): Point => [x + radius * Math.cos(finger), y + radius * Math.sin(finger), -finger])]
}

/** Frames 0 … count − 1 of a hand that moves to the right. */
export const movingHand = (count: number): KeypointFrame[] => Array.from({ length: count }, (_, frame) => ({ frame, width: 1920, height: 1080, points: drawnHand(120, [700 + 40 * frame, 500]) }))

export const awayFrom = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1])

const point = fc.oneof({ weight: 6, arbitrary: fc.tuple(fc.double({ min: 0, max: 1920, noNaN: true }), fc.double({ min: 0, max: 1080, noNaN: true }), fc.double({ min: -200, max: 200, noNaN: true })) }, { weight: 1, arbitrary: fc.constant(null) })
const hands = fc.constantFrom(0, 21, 21, 21, 42).chain((rows) => fc.array(point, { minLength: rows, maxLength: rows }))

/** Sequences of one to six frames with none, one or two hands, and holes in them. */
export const sequences = fc.array(hands, { minLength: 1, maxLength: 6 }).map((frames) => frames.map((points, frame): KeypointFrame => ({ frame, width: 1920, height: 1080, points })))

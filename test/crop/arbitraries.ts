import * as fc from 'fast-check'
import { sideNames, type Box, type BoxedFrame, type CropRecipe, type DerivedTransform, type HandBox } from '../../src-main/contract/crop.ts'
import type { FrameSize, RandomSides } from '../../src-main/crop/geometry.ts'

/** Recipes, boxes and transforms of all kinds, for properties that hold of every one. */

const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })
const length = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 150 }), number(0, 2000))

export const someFrame: fc.Arbitrary<FrameSize> = fc.constantFrom({ width: 1920, height: 1080 }, { width: 640, height: 360 }, { width: 1080, height: 1920 }, { width: 64, height: 64 })

export const someRecipe: fc.Arbitrary<CropRecipe> = fc.record({
  margin: fc.record({ left: length, top: length, right: length, bottom: length }),
  randomMargin: length,
  randomProbability: fc.constantFrom(0, 0.5, 1),
  wristExtra: length,
  clamp: fc.boolean(),
  minimumSize: fc.oneof(fc.constant(1), number(1, 2000)),
  shape: fc.constantFrom('stretch', 'square'),
  fewestKeypoints: fc.integer({ min: 1, max: 42 }),
  empty: fc.constantFrom('previous', 'nearest', 'whole', 'skip'),
  hands: fc.constantFrom('together', 'apart'),
})

export const someSides: fc.Arbitrary<RandomSides> = fc.record({ left: fc.boolean(), top: fc.boolean(), right: fc.boolean(), bottom: fc.boolean() })
export const someSide = fc.constantFrom(...sideNames)

/** Boxes inside a frame of the reference width, over its border and beyond it. */
export const someBox: fc.Arbitrary<Box> = fc.tuple(number(-400, 2200), number(-400, 2200), number(0, 900), number(0, 900)).map(([x0, y0, width, height]) => ({ x0, y0, x1: x0 + width, y1: y0 + height }))

const someHand: fc.Arbitrary<HandBox> = fc.record({ box: someBox, points: fc.integer({ min: 1, max: 21 }) })

/** Frames of a sequence, some without hands. */
export const someFrames: fc.Arbitrary<BoxedFrame[]> = fc.tuple(someFrame, fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 8 })).chain(([size, numbers]) =>
  fc.tuple(...numbers.map((frame) => fc.array(fc.option(someHand), { maxLength: 2 }).map((hands): BoxedFrame => ({ frame, ...size, hands })))))

export const someDegrees = fc.integer({ min: -180, max: 180 }).filter((degrees) => degrees !== 0)

export const someTransform: fc.Arbitrary<DerivedTransform> = fc.oneof(
  fc.constant<DerivedTransform>({ kind: 'mirror' }), fc.constant<DerivedTransform>({ kind: 'upside-down' }), someDegrees.map((degrees): DerivedTransform => ({ kind: 'rotate', degrees })),
)

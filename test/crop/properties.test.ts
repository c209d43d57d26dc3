import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apply, compose, identity, type Matrix3 } from '../../src-main/augment/projective.ts'
import type { Box, CropRecipe } from '../../src-main/contract/crop.ts'
import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import { derivedFrames } from '../../src-main/crop/derive.ts'
import { cropBox, handBoxes, regionOf, seatBox, sequenceBoxes, sequenceSeats, type FrameSize, type PictureSeat } from '../../src-main/crop/geometry.ts'
import { someBox, someDegrees, someFrame, someFrames, someRecipe, someSide, someSides, someTransform } from './arbitraries.ts'
import { frameOf } from './standIns.ts'

/** Of lengths of some thousand pixels, what sums of them may be off by. */
const tolerance = 1e-6
const runs = { seed: 20, numRuns: 1000 }

const holds = (outer: Box, inner: Box): boolean => outer.x0 <= inner.x0 + tolerance && outer.y0 <= inner.y0 + tolerance && outer.x1 >= inner.x1 - tolerance && outer.y1 >= inner.y1 - tolerance
const sizeOf = ({ x0, y0, x1, y1 }: Box): [number, number] => [x1 - x0, y1 - y0]
const whole = ({ width, height }: FrameSize): Box => ({ x0: 0, y0: 0, x1: width, y1: height })
/** The part of a box that lies in the frame; null when there is none. */
function inFrame(box: Box, frame: FrameSize): Box | null {
  const cut = { x0: Math.max(0, box.x0), y0: Math.max(0, box.y0), x1: Math.min(frame.width, box.x1), y1: Math.min(frame.height, box.y1) }
  return cut.x1 >= cut.x0 && cut.y1 >= cut.y0 ? cut : null
}
/** Without growing about a centre, which moves the other side too. */
const asDrawn = (recipe: CropRecipe): CropRecipe => ({ ...recipe, shape: 'stretch', minimumSize: 0 })

describe('the box of any recipe', () => {
  it('holds the keypoints that it is around; a clamped one those that are in the frame', () => {
    fc.assert(fc.property(someBox, someRecipe, someFrame, someSides, (keypoints, recipe, frame, sides) => {
      const { box } = cropBox(keypoints, recipe, frame, sides)
      const needed = recipe.clamp ? inFrame(keypoints, frame) : keypoints
      expect(needed === null || holds(box, needed)).toBe(true)
    }), runs)
  })
  it('lies inside the frame when it is clamped, and is never empty', () => {
    fc.assert(fc.property(someBox, someRecipe, someFrame, someSides, (keypoints, recipe, frame, sides) => {
      const { box } = cropBox(keypoints, { ...recipe, clamp: true }, frame, sides)
      expect([holds(whole(frame), box), Math.min(...sizeOf(box)) > 0]).toEqual([true, true])
    }), runs)
  })
  it('says that it was cut exactly when the same box without the frame reaches over it', () => {
    fc.assert(fc.property(someBox, someRecipe, someFrame, (keypoints, recipe, frame) => {
      const free = cropBox(keypoints, { ...asDrawn(recipe), clamp: false }, frame)
      expect([cropBox(keypoints, { ...recipe, clamp: true }, frame).clamped, free.clamped]).toEqual([!(free.box.x0 >= 0 && free.box.y0 >= 0 && free.box.x1 <= frame.width && free.box.y1 <= frame.height), false])
    }), runs)
  })
  it('is square where the recipe says so and the frame leaves the room', () => {
    fc.assert(fc.property(someBox, someRecipe, someFrame, (keypoints, recipe, frame) => {
      const [width, height] = sizeOf(cropBox(keypoints, { ...recipe, shape: 'square' }, frame).box)
      expect(Math.abs(width - height) < tolerance || (recipe.clamp && (width === frame.width || height === frame.height))).toBe(true)
    }), runs)
  })
  it('never shrinks when a margin or the wrist extra grows: not in size, not on the side that grows, and on no side where nothing is grown to a square or a least size', () => {
    fc.assert(fc.property(someBox, someRecipe, someFrame, someSides, someSide, fc.integer({ min: 0, max: 500 }), fc.boolean(), (keypoints, recipe, frame, sides, marginSide, more, wrist) => {
      const side = wrist ? 'bottom' : marginSide
      const wider = (given: CropRecipe): CropRecipe => (wrist ? { ...given, wristExtra: given.wristExtra + more } : { ...given, margin: { ...given.margin, [side]: given.margin[side] + more } })
      const boxOf = (given: CropRecipe): Box => cropBox(keypoints, given, frame, sides).box
      const outwards = ({ x0, y0, x1, y1 }: Box): number => ({ left: -x0, top: -y0, right: x1, bottom: y1 })[side]
      const [before, after] = [boxOf(recipe), boxOf(wider(recipe))]
      expect({
        drawn: holds(boxOf(wider(asDrawn(recipe))), boxOf(asDrawn(recipe))), side: outwards(after) >= outwards(before) - tolerance,
        size: sizeOf(after).every((length, axis) => length >= (sizeOf(before)[axis] as number) - tolerance),
      }).toEqual({ drawn: true, side: true, size: true })
    }), runs)
  })
  it('holds, with its random sides, the box without them', () => {
    fc.assert(fc.property(someBox, someRecipe, someFrame, someSides, (keypoints, recipe, frame, sides) => {
      const plain = { ...asDrawn(recipe), clamp: false }
      expect(holds(cropBox(keypoints, plain, frame, sides).box, cropBox(keypoints, plain, frame).box)).toBe(true)
    }), runs)
  })
})

describe('any sequence', () => {
  it('has a place for each readable frame, and counts them', () => {
    fc.assert(fc.property(someFrames, someRecipe, (frames, recipe) => {
      const { boxes, counts } = sequenceBoxes(frames, recipe)
      expect(new Set(boxes.map(({ frame }) => frame))).toEqual(new Set(frames.map(({ frame }) => frame)))
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(frames.length)
      expect(boxes.filter(({ box }) => box === null).length).toBe(counts.skipped)
    }), runs)
  })
  it('cut with its hands together shows all that it shows with them apart', () => {
    fc.assert(fc.property(someFrames, someRecipe, (frames, given) => {
      const recipe = { ...asDrawn(given), clamp: false, fewestKeypoints: 1 }
      const together = new Map(sequenceBoxes(frames, { ...recipe, hands: 'together' }).boxes.map(({ frame, box }) => [frame, box]))
      for (const { frame, box } of sequenceBoxes(frames, { ...recipe, hands: 'apart' }).boxes) {
        const around = together.get(frame)
        expect(box && around ? holds(around, box) : box === around).toBe(true)
      }
    }), runs)
  })
  it('is placed the same in whatever order its frames are given', () => {
    fc.assert(fc.property(someFrames, someRecipe, (frames, recipe) => {
      const inOrder = (list: typeof frames) => sequenceSeats(list, recipe).seats.toSorted((a, b) => a.frame - b.frame || (a.hand ?? 0) - (b.hand ?? 0))
      expect(inOrder(frames.toReversed())).toEqual(inOrder(frames))
    }), runs)
  })
})

describe('a stored region', () => {
  const upright: readonly ((frame: FrameSize) => Matrix3 | null)[] = [() => null, ({ width }) => [-1, 0, width, 0, 1, 0, 0, 0, 1], ({ height }) => [1, 0, 0, 0, -1, height, 0, 0, 1]]
  const someSource = fc.constantFrom('keypoints', 'nearest', 'whole')

  it('holds every box that the recipes can draw, of frames and of mirrored ones', () => {
    fc.assert(fc.property(someBox, someRecipe, someRecipe, someFrame, someSides, someSource, fc.constantFrom(...upright), (keypointBox, recipe, other, frame, sides, source, picture) => {
      const seat: PictureSeat = { keypointBox, source, toFrame: picture(frame) }
      const region = regionOf(seat, [recipe, other], frame)
      const drawn = recipe.randomProbability > 0 ? sides : undefined
      for (const { box } of [seatBox(seat, recipe, frame, drawn), seatBox(seat, other, frame)]) {
        const [[x0, y0], [x1, y1]] = [apply(seat.toFrame ?? identity, [box.x0, box.y0]), apply(seat.toFrame ?? identity, [box.x1, box.y1])]
        expect(holds(region, { x0: Math.min(x0, x1), y0: Math.min(y0, y1), x1: Math.max(x0, x1), y1: Math.max(y0, y1) })).toBe(true)
      }
      expect(Object.values(region).every(Number.isInteger)).toBe(true)
    }), runs)
  })
  it('of a turned picture lies in the frame and holds all that the frame has of every such box', () => {
    fc.assert(fc.property(someBox, someRecipe, someFrame, someSides, someDegrees, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (keypointBox, recipe, frame, sides, degrees, right, down) => {
      const [picture] = derivedFrames([frameOf(0, [[400, 300, 0]], frame)], { kind: 'rotate', degrees })
      const seat: PictureSeat = { keypointBox, source: 'keypoints', toFrame: picture?.toFrame }
      const region = regionOf(seat, [recipe], frame)
      const { box } = seatBox(seat, recipe, frame, recipe.randomProbability > 0 ? sides : undefined)
      const [x, y] = apply(seat.toFrame as Matrix3, [box.x0 + right * (box.x1 - box.x0), box.y0 + down * (box.y1 - box.y0)])
      const seen = x >= 0 && y >= 0 && x <= frame.width && y <= frame.height
      expect([holds(whole(frame), region), Math.min(...sizeOf(region)) >= 1, !seen || holds(region, { x0: x, y0: y, x1: x, y1: y })]).toEqual([true, true, true])
    }), runs)
  })
})

describe('a derived picture', () => {
  const somePoint = fc.tuple(fc.integer({ min: -200, max: 2200 }), fc.integer({ min: -200, max: 1300 })).map(([x, y]): Point => [x, y, 0])
  /** Frames with one keypoint for each hand, so that the hands' boxes are the keypoints. */
  const someRecords = fc.array(fc.tuple(somePoint, somePoint, fc.constantFrom<FrameSize>({ width: 1920, height: 1080 }, { width: 1280, height: 720 })), { minLength: 1, maxLength: 4 }).map((list) =>
    list.map(([first, second, size], number): FrameRecord => frameOf(number, [...Array<Point>(21).fill(first), ...Array<Point>(21).fill(second)], size)))
  const close = (a: readonly number[], b: readonly number[]): boolean => a.every((value, index) => Math.abs(value - (b[index] ?? NaN)) < tolerance)

  it('has the keypoints of its frame, each where it comes from', () => {
    fc.assert(fc.property(someRecords, someTransform, (records, transform) => {
      for (const [index, { hands, toFrame, ...picture }] of derivedFrames(records, transform).entries()) {
        const { number: frame, width, height, points } = records[index] as FrameRecord
        const places = hands.map((hand) => apply(toFrame, [hand?.box.x0 ?? NaN, hand?.box.y0 ?? NaN]))
        expect({ ...picture, same: places.every((place, hand) => close(place, points[hand * 21] as Point)), hands: places.length }).toEqual({ frame, width, height, same: true, hands: 2 })
      }
    }), runs)
  })
  it('mirrored again, or turned back, is its frame', () => {
    fc.assert(fc.property(someRecords, someTransform, (records, transform) => {
      const back = transform.kind === 'rotate' ? { ...transform, degrees: -transform.degrees } : transform
      const ways = [derivedFrames(records, transform), derivedFrames(records, back)] as const
      expect(ways[0].every(({ toFrame }, index) => close(compose(toFrame, ways[1][index]?.toFrame ?? identity), identity))).toBe(true)
    }), runs)
  })
  it('has no hand where its frame has none: erased rows stay erased, unreadable frames stay away', () => {
    const erased = Array.from({ length: 21 }, (_, row) => row)
    fc.assert(fc.property(someRecords, someTransform, (records, transform) => {
      const pictures = derivedFrames([...records.map((record) => ({ ...record, erased })), frameOf(99, [], { unreadable: 'cut short' })], transform)
      const counts = pictures.map(({ frame, hands }) => [frame, ...hands.map((hand) => hand?.points ?? 0)])
      expect(counts).toEqual(records.map(({ number, points }) => [number, ...handBoxes(points, erased).map((hand) => hand?.points ?? 0)]))
    }), { ...runs, numRuns: 100 })
  })
})

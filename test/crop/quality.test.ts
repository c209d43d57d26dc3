import { afterEach, describe, expect, it } from 'vitest'
import { defaultCropSettings, sides, type BoxedFrame, type CropRecipe } from '../../src-main/contract/crop.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { cropQualities, cropQuality, type CropPlace } from '../../src-main/crop/quality.ts'
import { openRoom, type OpenedRoom } from './room.ts'
import { frameOf, handAt, madeDataset } from './standIns.ts'

const plain: CropRecipe = { ...defaultCropSettings.recipes.test, margin: sides(0), wristExtra: 0, minimumSize: 1 }
const frame = { width: 1920, height: 1080 }
const place: CropPlace = { frame, keypointBox: { x0: 400, y0: 300, x1: 600, y1: 500 }, source: 'keypoints', keypoints: 21, expected: 21 }
const hand = (points = 21, x0 = 400, side = 200) => ({ box: { x0, y0: 300, x1: x0 + side, y1: 300 + side }, points })
const framed = (number: number, ...hands: BoxedFrame['hands']): BoxedFrame => ({ frame: number, ...frame, hands })

describe('cropQuality', () => {
  it('is 1 for a whole hand inside the frame that is large enough, and less by what is missing', () => {
    expect(cropQuality(place, plain)).toBe(1)
    expect(cropQuality({ ...place, keypoints: 14 }, plain)).toBeCloseTo(14 / 21, 12)
    expect(cropQuality({ ...place, keypoints: 21, expected: 42 }, plain)).toBe(0.5)
    // More than expected (a stray hand) is not better.
    expect(cropQuality({ ...place, keypoints: 42 }, plain)).toBe(1)
    // 28 pixels of 112.
    expect(cropQuality({ ...place, keypointBox: { x0: 400, y0: 300, x1: 428, y1: 310 } }, plain)).toBe(0.25)
    expect((['previous', 'nearest', 'whole'] as const).map((source) => cropQuality({ ...place, source }, plain))).toEqual([0.5, 0.5, 0.25])
  })

  it('counts how much of the wanted box lies in the frame, margins and wrist among it', () => {
    // 100 of 200 pixels to the left of the frame; then a margin of 100 around it, of which 200 of 400 × 200 of 400 pixels are inside.
    expect(cropQuality({ ...place, keypointBox: { x0: -100, y0: 300, x1: 100, y1: 500 } }, plain)).toBe(0.5)
    expect(cropQuality({ ...place, keypointBox: { x0: -100, y0: -100, x1: 100, y1: 100 } }, { ...plain, margin: sides(100) })).toBe(0.25)
    // The wrist's 100 pixels below 980 … 1080 are outside: 100 of 200.
    expect(cropQuality({ ...place, keypointBox: { x0: 400, y0: 880, x1: 600, y1: 1080 } }, { ...plain, wristExtra: 200 })).toBe(0.5)
    expect(cropQuality({ ...place, keypointBox: { x0: 3000, y0: 300, x1: 3200, y1: 500 } }, plain)).toBe(0)
  })

  it('never rises when keypoints go, the hand leaves the frame, or it gets smaller', () => {
    const falling = (values: number[]) => values.every((value, index) => value >= 0 && value <= 1 && (index === 0 || value <= (values[index - 1] as number)))
    const { test } = defaultCropSettings.recipes
    const steps = Array.from({ length: 22 }, (_, step) => step)
    expect([
      falling(steps.map((step) => cropQuality({ ...place, keypoints: 21 - step }, test))),
      falling(steps.map((step) => cropQuality({ ...place, keypointBox: { x0: 1500 + 30 * step, y0: 300, x1: 1700 + 30 * step, y1: 500 } }, test))),
      falling(steps.map((step) => cropQuality({ ...place, keypointBox: { x0: 400, y0: 300, x1: 400 + 200 - 9 * step, y1: 300 + 200 - 9 * step } }, test))),
    ]).toEqual([true, true, true])
  })
})

describe('cropQualities', () => {
  it('expects as many hands as most frames show', () => {
    const two = [framed(0, hand(), hand(21, 800)), framed(1, hand(), hand(21, 800)), framed(2, hand(), null), framed(5, null, null)]
    expect([...cropQualities(two, plain)]).toEqual([[0, 1], [1, 1], [2, 0.5], [5, 0.5]])
    expect([...cropQualities([framed(0, hand(), hand(21, 800)), framed(1, hand(14)), framed(2, hand())], plain)]).toEqual([[0, 1], [1, 14 / 21], [2, 1]])
    // As many show one hand as two: two.
    expect([...cropQualities([framed(0, hand(), hand(21, 800)), framed(1, hand())], plain)]).toEqual([[0, 1], [1, 0.5]])
    expect([...cropQualities([framed(0), framed(1, null)], plain)]).toEqual([[0, 0.25], [1, 0.25]])
  })

  it('follows the recipe: what it leaves out is left out, hands cut apart are judged each by itself', () => {
    const frames = [framed(0, hand(7), hand(21, 800)), framed(1, hand(3), null), framed(4)]
    expect([...cropQualities(frames, { ...plain, empty: 'skip' })].map(([number]) => number)).toEqual([0, 1])
    expect([...cropQualities(frames, { ...plain, hands: 'apart', empty: 'skip' })]).toEqual([[0, expect.closeTo((7 / 21 + 1) / 2, 12)], [1, expect.closeTo(3 / 21, 12)]])
    expect([...cropQualities(frames, { ...plain, fewestKeypoints: 4 })].map(([, quality]) => quality)).toEqual([expect.closeTo(28 / 42, 12), 0.5, 0.5])
  })
})

describe('frameQuality', () => {
  let room: OpenedRoom | null = null
  afterEach(() => room?.close())

  it('judges a sequence by the test recipe and its keypoints as they are now, without frames that have no picture', () => {
    const sequence = { poseId: 1, frames: [frameOf(0, handAt(400, 300)), frameOf(1, []), frameOf(2, handAt(400, 300), { width: null, height: null, unreadable: 'cut off' })] }
    room = openRoom(madeDataset({ 'test/9': sequence }))
    const { crop } = room
    const now = () => [...crop.frameQuality('test/9')]
    expect(now()).toEqual([[0, 1], [1, 0.5]])
    crop.setRecipe({ role: 'train', recipe: { ...crop.recipe('train'), empty: 'whole' } })
    expect(now()).toEqual([[0, 1], [1, 0.5]])
    crop.setRecipe({ role: 'test', recipe: { ...crop.recipe('test'), empty: 'whole' } })
    expect(now()).toEqual([[0, 1], [1, 0.25]])
    sequence.frames[0] = frameOf(0, handAt(400, 300), { erased: Array.from({ length: 7 }, (_, point) => point) })
    sequence.frames[1] = frameOf(1, [[10, 10, 0] as Point])
    expect(now()).toEqual([[0, expect.closeTo(14 / 21, 12)], [1, 0]])
  })
})

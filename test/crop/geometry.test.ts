import { describe, expect, it } from 'vitest'
import { defaultCropSettings, sides, type Box, type BoxedFrame, type CropRecipe, type HandBox } from '../../src-main/contract/crop.ts'
import { cropBox, handBoxes, keypointBox, seatBox, sequenceBoxes, type RandomSides } from '../../src-main/crop/geometry.ts'
import { handAt } from './standIns.ts'

const train = defaultCropSettings.recipes.train
const test = defaultCropSettings.recipes.test
const full = { width: 1920, height: 1080 }
const box = (x0: number, y0: number, x1: number, y1: number): Box => ({ x0, y0, x1, y1 })

describe('box of keypoints', () => {
  it('holds every row but the erased ones and those without finite numbers', () => {
    const points = [[10, 20, 0], [30, 5, 0], [900, 900, 0], [NaN, 3, 0], [4, Infinity, 0]] as const
    expect(keypointBox(points, [2])).toEqual(box(10, 5, 30, 20))
  })
  it('counts the keypoints of each hand, 21 rows a hand', () => {
    const both = [...handAt(0, 0, 100, 50), ...handAt(500, 600, 20, 40)]
    const second = Array.from({ length: 21 }, (_, row) => row + 21)
    expect([handBoxes(both, [0, 1]), handBoxes(both, second), handBoxes([])]).toEqual([
      [{ box: box(10, 0, 100, 50), points: 19 }, { box: box(500, 600, 520, 640), points: 21 }], [{ box: box(0, 0, 100, 50), points: 21 }, null], [],
    ])
  })
  it('is none when no row is left', () => {
    expect([keypointBox([]), keypointBox([[1, 1, 0]], [0])]).toEqual([null, null])
  })
})

describe('box of a recipe, by hand', () => {
  it('adds the margin on every side and the wrist extra below', () => {
    expect(cropBox(box(800, 400, 1000, 600), test, full)).toEqual({ box: box(750, 350, 1050, 750), clamped: false })
  })
  it('has a margin of its own on each side', () => {
    const recipe = { ...test, margin: { left: 1, top: 2, right: 3, bottom: 4 }, wristExtra: 10 }
    expect(cropBox(box(800, 400, 1000, 600), recipe, full).box).toEqual(box(799, 398, 1003, 614))
  })
  it('adds the random margin on the sides that were drawn', () => {
    const sides: RandomSides = { left: true, top: false, right: false, bottom: true }
    expect(cropBox(box(800, 400, 1000, 600), train, full, sides).box).toEqual(box(750, 400, 1000, 750))
  })
  it('scales its lengths with the width of the frame', () => {
    expect(cropBox(box(400, 200, 500, 300), test, { width: 960, height: 540 }).box).toEqual(box(375, 175, 525, 375))
  })
  it('is cut at the frame', () => {
    expect(cropBox(box(20, 10, 300, 1000), test, full)).toEqual({ box: box(0, 0, 350, 1080), clamped: true })
  })
  it('reaches over the frame when it is not clamped', () => {
    expect(cropBox(box(20, 10, 300, 1000), { ...test, clamp: false }, full)).toEqual({ box: box(-30, -40, 350, 1150), clamped: false })
  })
  it('grows about its centre to the minimum size, and slides inside the frame', () => {
    const recipe = { ...test, margin: sides(0), wristExtra: 0, minimumSize: 64 }
    expect([cropBox(box(500, 500, 510, 520), recipe, full).box, cropBox(box(1900, 500, 2500, 520), recipe, full).box]).toEqual([box(473, 478, 537, 542), box(1856, 478, 1920, 542)])
  })
  it('widens the shorter side to a square, as far as the frame goes', () => {
    const recipe: CropRecipe = { ...test, margin: sides(0), wristExtra: 0, shape: 'square' }
    expect([cropBox(box(100, 200, 500, 300), recipe, full).box, cropBox(box(0, 0, 1500, 300), recipe, full).box]).toEqual([box(100, 50, 500, 450), box(0, 0, 1500, 1080)])
  })
})

const one = (edges: Box, points = 21): HandBox => ({ box: edges, points })
const frame = (number: number, ...hands: (HandBox | null)[]): BoxedFrame => ({ frame: number, ...full, hands })

describe('frames without keypoints', () => {
  const frames = [frame(3), frame(5, one(box(800, 400, 1000, 600))), frame(6, null), frame(7, one(box(100, 400, 300, 600))), frame(9), frame(10)]
  const first = box(750, 350, 1050, 750)
  const second = box(50, 350, 350, 750)
  const whole = box(0, 0, 1920, 1080)
  const placed = (changes: Partial<CropRecipe>) => {
    const { boxes, counts } = sequenceBoxes(frames, { ...test, ...changes })
    return { boxes: boxes.map((row) => [row.frame, row.source, row.box]), counts }
  }
  it('take the nearest frame\'s box, the earlier of two as near', () => {
    expect(placed({ empty: 'nearest' })).toEqual({
      boxes: [[3, 'nearest', first], [5, 'keypoints', first], [6, 'nearest', first], [7, 'keypoints', second], [9, 'nearest', second], [10, 'nearest', second]],
      counts: { keypoints: 2, previous: 0, nearest: 4, whole: 0, skipped: 0 },
    })
  })
  it('take the box of the frame before, of the one after where there is none before', () => {
    expect(placed({ empty: 'previous' })).toEqual({
      boxes: [[3, 'nearest', first], [5, 'keypoints', first], [6, 'previous', first], [7, 'keypoints', second], [9, 'previous', second], [10, 'previous', second]],
      counts: { keypoints: 2, previous: 3, nearest: 1, whole: 0, skipped: 0 },
    })
  })
  it('take the whole frame, without margins', () => {
    expect(placed({ empty: 'whole' }).boxes[0]).toEqual([3, 'whole', whole])
    for (const empty of ['previous', 'nearest'] as const)
      expect(sequenceBoxes([frame(0)], { ...test, empty, clamp: false }).boxes).toEqual([{ frame: 0, hand: null, source: 'whole', box: whole, clamped: false }])
  })
  it('are left out, and counted', () => {
    const { boxes, counts } = placed({ empty: 'skip' })
    expect({ left: boxes.filter(([, , cut]) => cut === null).length, counts }).toEqual({ left: 4, counts: { keypoints: 2, previous: 0, nearest: 0, whole: 0, skipped: 4 } })
  })
  it('are also those with too few of them', () => {
    const few = [frame(0, one(box(0, 0, 9, 9), 4), one(box(50, 50, 90, 90), 3)), frame(1, one(box(800, 400, 1000, 600), 8))]
    const sources = (changes: Partial<CropRecipe>) => sequenceBoxes(few, { ...test, ...changes }).boxes.map((row) => [row.frame, row.hand, row.source])
    expect([sources({ fewestKeypoints: 7 }), sources({ fewestKeypoints: 8 }), sources({ fewestKeypoints: 4, hands: 'apart' })]).toEqual([
      [[0, null, 'keypoints'], [1, null, 'keypoints']], [[0, null, 'nearest'], [1, null, 'keypoints']], [[0, 0, 'keypoints'], [1, null, 'keypoints']],
    ])
  })
})

describe('hands cut apart', () => {
  const left = box(100, 100, 200, 200)
  const right = box(900, 300, 1000, 500)
  const apart: CropRecipe = { ...test, hands: 'apart', margin: sides(0), wristExtra: 0 }
  it('are a box each; a frame without any takes the place of both together', () => {
    expect(sequenceBoxes([frame(0, one(left), one(right)), frame(1)], apart).boxes.map((row) => [row.frame, row.hand, row.source, row.box])).toEqual([
      [0, 0, 'keypoints', left], [0, 1, 'keypoints', right], [1, null, 'nearest', box(100, 100, 1000, 500)],
    ])
  })
  it('a frame with one hand is cut as it is', () => {
    expect(sequenceBoxes([frame(0, one(right)), frame(1, null, one(right))], apart).boxes.map((row) => [row.frame, row.hand, row.box])).toEqual([[0, null, right], [1, 1, right]])
  })
})

it('the border of a turned picture is no box: only upright pictures are clamped', () => {
  const seat = { keypointBox: box(10, 10, 60, 60), source: 'keypoints' as const }
  const edges = (toFrame: readonly [number, number, number, number, number, number, number, number, number] | null) => seatBox({ ...seat, toFrame }, test, full)
  expect([edges(null), edges([-1, 0, 1920, 0, 1, 0, 0, 0, 1]), edges([0, 1, 0, -1, 0, 0, 0, 0, 1])]).toEqual([
    { box: box(0, 0, 110, 210), clamped: true }, { box: box(0, 0, 110, 210), clamped: true }, { box: box(-40, -40, 110, 210), clamped: false },
  ])
})

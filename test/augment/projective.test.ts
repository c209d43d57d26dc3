import { describe, expect, it } from 'vitest'
import { apply, betweenPixels, compose, eightNumbers, identity, invert, rotation, scaling, translation, unitToBox, unitToQuad, type Position, type Quad } from '../../src-main/augment/projective.ts'
import { drawMatrix, drawSample, plainView, shardTransform, trainingView, type SampleView } from '../../src-main/augment/sampleTransform.ts'
import { colourTables, drawColour } from '../../src-main/augment/colour.ts'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { randomStream } from '../../src-main/engine/random.ts'

const { augment, recipes } = defaultCropSettings
const rounded = (values: readonly number[]): number[] => values.map((value) => Math.round(value * 1e9) / 1e9 + 0)

/** Where ImageProjectiveTransformV3 takes output pixel (x, y) from. */
function sampled([a0 = 0, a1 = 0, a2 = 0, b0 = 0, b1 = 0, b2 = 0, c0 = 0, c1 = 0]: readonly number[], [x, y]: Position): number[] {
  const k = c0 * x + c1 * y + 1
  return rounded([(a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k])
}

describe('projective transforms', () => {
  it('the last factor of a product acts first', () => {
    expect(apply(compose(translation(10, 0), scaling(2, 3)), [1, 1])).toEqual([12, 3])
  })
  it('a quarter turn is clockwise on a screen', () => {
    expect(rounded(apply(rotation(90, [1, 1]), [2, 1]))).toEqual([1, 2])
  })
  it('a matrix and its inverse cancel, perspective and all', () => {
    const matrix = compose(unitToQuad([[0.1, 0.2], [0.9, 0.05], [1, 0.8], [0.15, 0.95]]), rotation(20, [0.5, 0.5]), translation(0.3, -0.2))
    const product = compose(matrix, invert(matrix))
    expect(rounded(product.map((value) => value / product[8]))).toEqual([...identity])
  })
  it('the unit square\'s corners go to the quadrilateral\'s', () => {
    const quad: Quad = [[3, 4], [20, 6], [25, 30], [1, 22]]
    const matrix = unitToQuad(quad)
    expect(([[0, 0], [1, 0], [1, 1], [0, 1]] as const).map((corner) => rounded(apply(matrix, corner)))).toEqual(quad.map((corner) => [...corner]))
  })
  it('a matrix without an inverse is refused', () => {
    expect(() => invert(scaling(0, 1))).toThrow('cannot be inverted')
  })
  it('halving a picture takes pixel 0 from between pixels 0 and 1', () => {
    expect(sampled(eightNumbers(betweenPixels(scaling(2, 2))), [0, 3])).toEqual([0.5, 6.5])
  })
})

describe('sample transforms', () => {
  const seat = { keypointBox: { x0: 800, y0: 400, x1: 1000, y1: 600 }, source: 'keypoints' as const, width: 1920, height: 1080 }
  const plain = plainView(seat, recipes.validation, 64)

  it('a stored crop of exactly the box and size is taken as it is', () => {
    expect(rounded(shardTransform(plain, plain.box, 64))).toEqual([1, 0, 0, 0, 1, 0, 0, 0])
  })
  it('known points: corners of the box in a larger stored crop', () => {
    // Box 750 … 1050 × 350 … 750 of the frame, stored region 600 … 1200 × 350 … 750, both 100 px: the box is columns 25 … 75.
    const numbers = shardTransform({ ...plain, toFrame: compose(unitToBox(plain.box), scaling(0.01, 0.01)) }, { x0: 600, y0: 350, x1: 1200, y1: 750 }, 100)
    expect([sampled(numbers, [0, 0]), sampled(numbers, [99, 99]), sampled(numbers, [49.5, 49.5])]).toEqual([[24.75, 0], [74.25, 99], [49.5, 49.5]])
  })
  it('mirroring swaps first and last column, and twice is nothing', () => {
    const flip = drawMatrix({ flip: true, degrees: 0, corners: null })
    const view = (matrix: typeof flip): SampleView => ({ ...plain, toFrame: compose(unitToBox(plain.box), matrix, scaling(1 / 64, 1 / 64)) })
    expect(sampled(shardTransform(view(flip), plain.box, 64), [0, 5])).toEqual([63, 5])
    expect(rounded(shardTransform(view(compose(flip, flip)), plain.box, 64))).toEqual([1, 0, 0, 0, 1, 0, 0, 0])
  })
  it('the picture turns by the angle drawn: what was right of the centre is below it after 90°', () => {
    const matrix = drawMatrix({ flip: false, degrees: 90, corners: null })
    expect(rounded(apply(matrix, [0.5, 1]))).toEqual([1, 0.5])
  })
  it('the corners of the crop land where the perspective says', () => {
    const corners: Quad = [[0.1, 0.05], [0.9, 0.1], [0.95, 0.85], [0.02, 0.98]]
    const matrix = drawMatrix({ flip: false, degrees: 0, corners })
    expect(corners.map((corner) => rounded(apply(matrix, corner)))).toEqual([[0, 0], [1, 0], [1, 1], [0, 1]])
  })
  it('depends on seed, epoch and sample alone', () => {
    const view = (seed: number, epoch: number, sample: number) => trainingView({ seed, epoch, sample, recipe: recipes.train, augment, seat, imageSize: 64, mayFlip: true })
    expect(view(1, 2, 3)).toEqual(view(1, 2, 3))
    expect(new Set([view(1, 2, 3), view(2, 2, 3), view(1, 3, 3), view(1, 2, 4)].map((drawn) => JSON.stringify(drawn.toFrame))).size).toBe(4)
  })
  it('draws every choice as often as it should', () => {
    const draws = Array.from({ length: 4000 }, (_, sample) => drawSample(randomStream(5, sample), recipes.train, { ...augment, perspective: 0.5, rotateDegrees: 20 }, true))
    const share = (chosen: (draw: (typeof draws)[number]) => boolean): number => Math.round((draws.filter(chosen).length / draws.length) * 10) / 10
    const most = Math.max(...draws.flatMap(({ corners }) => corners?.[0] ?? []))
    expect({
      left: share(({ sides }) => sides.left),
      bottom: share(({ sides }) => sides.bottom),
      flip: share(({ flip }) => flip),
      warped: share(({ corners }) => corners !== null),
      clockwise: share(({ degrees }) => degrees > 0),
      steep: draws.filter(({ degrees }) => Math.abs(degrees) > 20).length,
      inwards: most > 0.24 && most <= 0.25,
    }).toEqual({ left: 0.5, bottom: 0.5, flip: 0.3, warped: 0.5, clockwise: 0.5, steep: 0, inwards: true })
  })
  it('never mirrors what must not be mirrored, and draws the rest alike', () => {
    const draw = (sample: number, mayFlip: boolean) => drawSample(randomStream(5, sample), recipes.train, { ...augment, flipRatio: 1 }, mayFlip)
    expect([draw(1, true).flip, draw(1, false)]).toEqual([true, { ...draw(1, true), flip: false }])
  })
})

describe('colours', () => {
  it('strength 0 changes nothing', () => {
    const everyValue = Uint8Array.from({ length: 256 }, (_, value) => value)
    expect(colourTables(drawColour(randomStream(1), 0))).toEqual([everyValue, everyValue, everyValue])
  })
  it('keeps the order of brightness within a channel', () => {
    const [red] = colourTables(drawColour(randomStream(3), 0.5))
    expect(red).toEqual(red.toSorted())
  })
})

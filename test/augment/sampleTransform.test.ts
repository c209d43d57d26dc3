import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawColour } from '../../src-main/augment/colour.ts'
import { apply, compose, scaling, unitToBox, type Quad } from '../../src-main/augment/projective.ts'
import { drawMatrix, drawSample, plainView, shardTransform, trainingView, type SampleIdentity, type SampleView } from '../../src-main/augment/sampleTransform.ts'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { rounded, sampled } from './sampling.ts'

const { augment, recipes } = defaultCropSettings
const seat = { keypointBox: { x0: 800, y0: 400, x1: 1000, y1: 600 }, source: 'keypoints' as const, width: 1920, height: 1080 }
const still = { flip: false, verticalFlip: false, degrees: 0, corners: null }
const identityOf = (frame: number, changes: Partial<SampleIdentity> = {}): SampleIdentity => ({ folder: 'train/475', frame, hand: null, transform: null, ...changes })

describe('a stored crop', () => {
  const plain = plainView(seat, recipes.validation, 64)
  const seen = (matrix: SampleView['toFrame']): SampleView => ({ ...plain, toFrame: compose(unitToBox(plain.box), matrix, scaling(1 / 64, 1 / 64)) })

  it('of exactly the box and size is taken as it is', () => {
    expect(rounded(shardTransform(plain, plain.box, 64))).toEqual([1, 0, 0, 0, 1, 0, 0, 0])
  })
  it('that is larger: the corners of the box are where they are in it', () => {
    // Box 750 … 1050 × 350 … 750 of the frame, stored region 600 … 1200 × 350 … 750, both 100 px: the box is columns 25 … 75.
    const numbers = shardTransform({ ...plain, toFrame: compose(unitToBox(plain.box), scaling(0.01, 0.01)) }, { x0: 600, y0: 350, x1: 1200, y1: 750 }, 100)
    expect([sampled(numbers, [0, 0]), sampled(numbers, [99, 99]), sampled(numbers, [49.5, 49.5])]).toEqual([[24.75, 0], [74.25, 99], [49.5, 49.5]])
  })
  it('mirrored swaps first and last column, upside down first and last row', () => {
    const numbers = (changes: Partial<typeof still>) => shardTransform(seen(drawMatrix({ ...still, ...changes })), plain.box, 64)
    expect([sampled(numbers({ flip: true }), [0, 5]), sampled(numbers({ verticalFlip: true }), [5, 0])]).toEqual([[63, 5], [5, 63]])
  })
  it('mirrored twice is as it was, either way', () => {
    for (const changes of [{ flip: true }, { verticalFlip: true }]) {
      const matrix = drawMatrix({ ...still, ...changes })
      expect(rounded(shardTransform(seen(compose(matrix, matrix)), plain.box, 64))).toEqual([1, 0, 0, 0, 1, 0, 0, 0])
    }
  })
  it('of a derived sample shows what its transform makes of the frame', () => {
    // Mirrored, the keypoints lie at 920 … 1120: column 0 of the view is the right edge of the box in the frame.
    const mirrored = plainView({ ...seat, keypointBox: { x0: 920, y0: 400, x1: 1120, y1: 600 }, toFrame: [-1, 0, 1920, 0, 1, 0, 0, 0, 1] }, recipes.validation, 64)
    expect([apply(mirrored.toFrame, [0, 0]), apply(mirrored.toFrame, [64, 64])].map(rounded)).toEqual([[1050, 350], [750, 750]])
  })
})

describe('a drawn transform', () => {
  it('turns the picture by the angle drawn: what was right of the centre is below it after 90°', () => {
    expect(rounded(apply(drawMatrix({ ...still, degrees: 90 }), [0.5, 1]))).toEqual([1, 0.5])
  })
  it('takes the corners of the crop to where the perspective says', () => {
    const corners: Quad = [[0.1, 0.05], [0.9, 0.1], [0.95, 0.85], [0.02, 0.98]]
    expect(corners.map((corner) => rounded(apply(drawMatrix({ ...still, corners }), corner)))).toEqual([[0, 0], [1, 0], [1, 1], [0, 1]])
  })
  it('has every choice as often as it should', () => {
    const draws = Array.from({ length: 4000 }, (_, sample) => drawSample(randomStream(5, sample), recipes.train, { ...augment, perspective: 0.5, rotateDegrees: 20, verticalFlipRatio: 0.2 }))
    const share = (chosen: (draw: (typeof draws)[number]) => boolean): number => Math.round((draws.filter(chosen).length / draws.length) * 10) / 10
    const most = Math.max(...draws.flatMap(({ corners }) => corners?.[0] ?? []))
    expect({
      left: share(({ sides }) => sides.left),
      bottom: share(({ sides }) => sides.bottom),
      flip: share(({ flip }) => flip),
      upsideDown: share(({ verticalFlip }) => verticalFlip),
      warped: share(({ corners }) => corners !== null),
      clockwise: share(({ degrees }) => degrees > 0),
      steep: draws.filter(({ degrees }) => Math.abs(degrees) > 20).length,
      inwards: most > 0.24 && most <= 0.25,
    }).toEqual({ left: 0.5, bottom: 0.5, flip: 0.3, upsideDown: 0.2, warped: 0.5, clockwise: 0.5, steep: 0, inwards: true })
  })
})

describe('a training sample', () => {
  const swap = { horizontal: [1, 0, -1, 3], vertical: [1, 0, 2, -1] }
  const input = { seed: 1, epoch: 2, sample: identityOf(3), recipe: recipes.train, augment, seat, imageSize: 64, label: 0, targets: swap }
  const view = (changes: Partial<typeof input>): SampleView => trainingView({ ...input, ...changes })

  it('depends on seed, epoch and what it is alone', () => {
    const others = [
      view({}), view({ seed: 2 }), view({ epoch: 3 }), view({ sample: identityOf(4) }), view({ sample: identityOf(3, { folder: 'train/476' }) }), view({ sample: identityOf(3, { hand: 0 }) }), view({ sample: identityOf(3, { hand: 1 }) }),
      view({ sample: identityOf(3, { transform: { kind: 'mirror' } }) }), view({ sample: identityOf(3, { transform: { kind: 'upside-down' } }) }), view({ sample: identityOf(3, { transform: { kind: 'rotate', degrees: 30 } }) }), view({ sample: identityOf(3, { transform: { kind: 'rotate', degrees: -30 } }) }),
    ]
    expect([view({}), new Set(others.map(({ toFrame }) => JSON.stringify(toFrame))).size]).toEqual([others[0], others.length])
  })
  it('takes the class of the flip map, first left to right, then top to bottom of the class it then has', () => {
    const both = { ...augment, flipRatio: 1, verticalFlipRatio: 1 }
    const shown = (label: number, changes: Partial<typeof augment>) => {
      const { flipped, verticallyFlipped, label: taken } = view({ label, augment: { ...both, ...changes } })
      return [flipped, verticallyFlipped, taken]
    }
    expect([0, 2, 3, -1].map((label) => shown(label, {}))).toEqual([[true, true, 0], [false, true, 2], [true, false, 3], [false, false, -1]])
    expect([shown(0, { verticalFlipRatio: 0 }), shown(0, { flipRatio: 0 }), shown(0, { flipRatio: 0, verticalFlipRatio: 0 })]).toEqual([[true, false, 1], [false, true, 1], [false, false, 0]])
  })
  it('that is not mirrored for want of a class is drawn alike otherwise', () => {
    const mirrored = view({ label: 0, augment: { ...augment, flipRatio: 1 } })
    const left = view({ label: 2, augment: { ...augment, flipRatio: 1 } })
    const { box } = mirrored
    expect(left.box).toEqual(box)
    const place = fc.double({ min: 0, max: 64, noNaN: true })
    fc.assert(fc.property(place, place, (x, y) => {
      // Mirrored about the box's middle in the frame, the one view shows what the other does.
      const [frameX, frameY] = apply(left.toFrame, [x, y])
      expect(rounded(apply(mirrored.toFrame, [x, y]))).toEqual(rounded([box.x0 + box.x1 - frameX, frameY]))
    }), { seed: 8, numRuns: 50 })
  })
  it('is mirrored about as often as the ratio says, in any epoch', () => {
    for (const epoch of [0, 7, 49]) {
      const views = Array.from({ length: 4000 }, (_, frame) => view({ epoch, sample: identityOf(frame), augment: { ...augment, flipRatio: 0.3, verticalFlipRatio: 0.15 } }))
      const share = (chosen: (view: SampleView) => boolean): number => views.filter(chosen).length / views.length
      // Five standard deviations of 4,000 draws.
      expect(Math.abs(share(({ flipped }) => flipped) - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / 4000))
      expect(Math.abs(share(({ verticallyFlipped }) => verticallyFlipped) - 0.15)).toBeLessThan(5 * Math.sqrt((0.15 * 0.85) / 4000))
    }
  })
})

describe('colours', () => {
  it('of strength 0 change nothing', () => {
    expect(drawColour(randomStream(1), 0)).toEqual({ gains: [1, 1, 1], offset: 0 })
  })
  it('keep the order of brightness within a channel', () => {
    for (let seed = 0; seed < 100; seed++) expect(Math.min(...drawColour(randomStream(seed), 1).gains)).toBeGreaterThan(0)
  })
})

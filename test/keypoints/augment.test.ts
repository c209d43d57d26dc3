import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultCropSettings, type AugmentRecipe } from '../../src-main/contract/crop.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { trainingKeypoints, type KeypointView } from '../../src-main/keypoints/augment.ts'
import type { KeypointFrame } from '../../src-main/keypoints/sequence.ts'
import { awayFrom, drawnHand, nothing, sequences, movingHand } from './sequences.ts'

const targets = { horizontal: [1, 0, -1, 3], vertical: [1, 0, 2, -1] }
const usual = { seed: 1, epoch: 2, folder: 'train/475', transform: null, frames: movingHand(6), label: 0, augment: defaultCropSettings.augment, targets }
type Input = Parameters<typeof trainingKeypoints>[0]
const view = (changes: Partial<Input>): KeypointView => trainingKeypoints({ ...usual, ...changes })
/** A recipe with nothing but these. */
const only = (changes: Partial<AugmentRecipe>): AugmentRecipe => ({ ...nothing, ...changes })
const pointsOf = ({ frames }: Pick<KeypointView, 'frames'>) => frames.map(({ points }) => points)
const anyRecipe = fc.record({
  flipRatio: fc.double({ min: 0, max: 1, noNaN: true }), verticalFlipRatio: fc.double({ min: 0, max: 1, noNaN: true }), rotateDegrees: fc.integer({ min: 0, max: 180 }),
  perspective: fc.double({ min: 0, max: 1, noNaN: true }), perspectiveProbability: fc.double({ min: 0, max: 1, noNaN: true }), colour: fc.constant(0.3),
  scale: fc.double({ min: 0, max: 0.9, noNaN: true }), keypointJitter: fc.double({ min: 0, max: 0.5, noNaN: true }), keypointDrop: fc.double({ min: 0, max: 0.9, noNaN: true }),
  frameDrop: fc.double({ min: 0, max: 0.9, noNaN: true }), frameRepeat: fc.double({ min: 0, max: 0.9, noNaN: true }), strayHands: fc.double({ min: 0, max: 1, noNaN: true }),
})

describe('a training sequence', () => {
  it('without augmentation is the sequence itself, its frames the very objects', () => {
    fc.assert(fc.property(sequences, fc.integer({ min: 1, max: 500 }), (frames, epoch) => {
      const { frames: shown, label } = view({ frames, epoch, augment: nothing })
      expect(label).toBe(0)
      expect(shown.length).toBe(frames.length)
      for (const [index, frame] of frames.entries()) expect(shown[index]).toBe(frame)
    }), { seed: 11, numRuns: 50 })
  })
  it('depends on seed, epoch and what it is alone, whatever was asked before', () => {
    const others = (): KeypointView[] => [
      view({}), view({ seed: 2 }), view({ epoch: 3 }), view({ folder: 'train/476' }), view({ transform: { kind: 'mirror' } }), view({ transform: { kind: 'upside-down' } }),
      view({ transform: { kind: 'rotate', degrees: 30 } }), view({ transform: { kind: 'rotate', degrees: -30 } }),
    ]
    const first = others()
    expect(others().toReversed()).toEqual(first.toReversed())
    expect(new Set(first.map((one) => JSON.stringify(one.frames))).size).toBe(first.length)
  })
  it('is left as it was given', () => {
    const frames = movingHand(5)
    const before = structuredClone(frames)
    for (let epoch = 1; epoch < 30; epoch++) view({ frames, epoch, augment: only({ flipRatio: 1, verticalFlipRatio: 0.5, rotateDegrees: 90, perspective: 1, perspectiveProbability: 1, scale: 0.5, keypointJitter: 0.2, keypointDrop: 0.4, frameDrop: 0.4, frameRepeat: 0.4, strayHands: 1 }) })
    expect(frames).toEqual(before)
  })
  it('has numbers everywhere, keeps missing points missing and some points in some frame, with any recipe', () => {
    fc.assert(fc.property(sequences, anyRecipe, fc.integer({ min: 1, max: 99 }), (frames, augment, epoch) => {
      const shown = view({ frames, augment, epoch })
      const numbers = pointsOf(shown).flat().flatMap((point) => point ?? [])
      expect(numbers.filter((value) => !Number.isFinite(value))).toEqual([])
      const strays = new Set(shown.draw.stray.map(({ frame, hand }) => `${frame} ${hand}`))
      const appeared = shown.frames.flatMap(({ frame, points }) => points.flatMap((point, row) => (point !== null && !frames[frame]?.points[row] && !strays.has(`${frame} ${Math.floor(row / 21)}`) ? [[frame, row]] : [])))
      expect(appeared).toEqual([])
      expect(shown.frames.length).toBeGreaterThan(0)
      expect(shown.frames.some(({ points }) => points.some((point) => point !== null))).toBe(frames.some(({ points }) => points.some((point) => point !== null)))
    }), { seed: 12, numRuns: 300 })
  })
  it('keeps its other changes when one of them is switched off', () => {
    const all = only({ flipRatio: 0.5, rotateDegrees: 20, scale: 0.2, keypointJitter: 0.05, keypointDrop: 0.2, frameDrop: 0.3, frameRepeat: 0.3, strayHands: 1, perspective: 0.5, perspectiveProbability: 0.5 })
    for (let epoch = 1; epoch <= 20; epoch++) {
      const { draw } = view({ epoch, augment: all })
      const without = (changes: Partial<AugmentRecipe>) => view({ epoch, augment: { ...all, ...changes } }).draw
      expect(without({ flipRatio: 0 })).toEqual({ ...draw, flip: false })
      expect(without({ rotateDegrees: 0 })).toEqual({ ...draw, degrees: expect.closeTo(0) as number })
      expect(without({ scale: 0 })).toEqual({ ...draw, scale: 1 })
      expect(without({ keypointJitter: 0 })).toEqual(draw)
      expect(without({ keypointDrop: 0 })).toEqual({ ...draw, droppedKeypoints: 0 })
      expect(without({ frameRepeat: 0 })).toEqual({ ...draw, repeatedFrames: [] })
      expect(without({ strayHands: 0 })).toEqual({ ...draw, stray: [] })
      expect(without({ frameDrop: 0 }).repeatedFrames).toEqual(expect.arrayContaining(draw.repeatedFrames))
    }
  })
  it('without any keypoint stays so, and with no frame at all too', () => {
    const frames: KeypointFrame[] = [{ frame: 3, width: 1920, height: 1080, points: [] }, { frame: 4, width: 1920, height: 1080, points: Array.from({ length: 21 }, () => null) }]
    expect(pointsOf(view({ frames, augment: only({ ...defaultCropSettings.augment, frameDrop: 0, frameRepeat: 0, strayHands: 1 }) }))).toEqual(pointsOf({ frames }))
    expect(view({ frames: [] }).frames).toEqual([])
  })
})

describe('mirroring', () => {
  const mirror = only({ flipRatio: 1 })
  it('moves x to width − x, and top to bottom y to height − y', () => {
    const frames: KeypointFrame[] = [{ frame: 0, width: 1920, height: 1080, points: [[100, 200, -3], null, [1900, 1000, 4]] }]
    expect(pointsOf(view({ frames, augment: mirror }))).toEqual([[[1820, 200, -3], null, [20, 1000, 4]]])
    expect(pointsOf(view({ frames, augment: only({ verticalFlipRatio: 1 }) }))).toEqual([[[100, 880, -3], null, [1900, 80, 4]]])
  })
  it('twice is the sequence and its class again', () => {
    fc.assert(fc.property(sequences, fc.constantFrom(mirror, only({ verticalFlipRatio: 1 })), (frames, augment) => {
      const once = view({ frames, augment })
      const twice = view({ frames: once.frames, label: once.label, augment })
      expect([once.label, twice.label]).toEqual([1, 0])
      expect(roundedPoints(twice.frames)).toEqual(roundedPoints(frames))
    }), { seed: 13, numRuns: 50 })
  })
  it('takes the class of the flip map, first left to right, then top to bottom of the class it then has; without a class it does not happen', () => {
    const shown = (label: number) => {
      const { draw, label: taken } = view({ label, augment: only({ flipRatio: 1, verticalFlipRatio: 1 }) })
      return [draw.flip, draw.verticalFlip, taken]
    }
    expect([0, 2, 3, -1].map(shown)).toEqual([[true, true, 0], [false, true, 2], [true, false, 3], [false, false, -1]])
    const frames = movingHand(2)
    expect(view({ frames, label: 2, augment: mirror }).frames).toEqual(frames)
  })
})

describe('turning and scaling', () => {
  const distances = (frames: readonly KeypointFrame[]): number[] => {
    const points = frames.flatMap(({ points: own }) => own.filter((point): point is Point => point !== null))
    const [first] = points
    return first ? points.map((point) => awayFrom(first, point)) : []
  }
  it('keep the ratios of all distances, within a frame and between frames', () => {
    fc.assert(fc.property(sequences, fc.integer({ min: 1, max: 50 }), (frames, epoch) => {
      const { frames: shown, draw } = view({ frames, epoch, augment: only({ rotateDegrees: 180, scale: 0.9 }) })
      const before = distances(frames)
      for (const [index, distance] of distances(shown).entries()) expect(distance).toBeCloseTo((before[index] as number) * draw.scale, 6)
    }), { seed: 14, numRuns: 60 })
  })
  it('leave the middle of the sequence where it is', () => {
    const frames: KeypointFrame[] = [{ frame: 0, width: 1920, height: 1080, points: [[100, 100, 1], [300, 100, 0]] }, { frame: 1, width: 1920, height: 1080, points: [[200, 300, 0], [200, 200, 2]] }]
    const { frames: shown, draw } = view({ frames, augment: only({ rotateDegrees: 90, scale: 0.5 }) })
    expect(shown[1]?.points[1]).toEqual([expect.closeTo(200), expect.closeTo(200), 2 * draw.scale])
    const angle = (draw.degrees * Math.PI) / 180
    expect(shown[1]?.points[0]).toEqual([expect.closeTo(200 - 100 * draw.scale * Math.sin(angle)), expect.closeTo(200 + 100 * draw.scale * Math.cos(angle)), 0])
    expect(draw.degrees).not.toBe(0)
  })
  it('are drawn evenly between their limits', () => {
    const draws = many(2000, { frames: movingHand(1), augment: only({ rotateDegrees: 20, scale: 0.4 }) }).map(({ draw }) => draw)
    const spread = (values: number[]) => [Math.min(...values), values.reduce((sum, value) => sum + value, 0) / values.length, Math.max(...values)]
    // An even draw's mean lies within five of its standard deviations, width / √(12 · 2,000).
    for (const [values, middle, half] of [[draws.map(({ degrees }) => degrees), 0, 20], [draws.map(({ scale }) => scale), 1, 0.4]] as const) {
      const [least, mean, most] = spread(values) as [number, number, number]
      expect([least >= middle - half && least < middle - 0.98 * half, Math.abs(mean - middle) < (5 * 2 * half) / Math.sqrt(12 * 2000), most <= middle + half && most > middle + 0.98 * half]).toEqual([true, true, true])
    }
  })
})

describe('perspective', () => {
  it('moves the corners of the box around the keypoints to where it says', () => {
    const corners: Point[] = [[100, 200, 1], [500, 200, 1], [500, 400, 1], [100, 400, 1]]
    const shown = view({ frames: [{ frame: 0, width: 1920, height: 1080, points: corners }], augment: only({ perspective: 0.5, perspectiveProbability: 1 }) })
    expect(shown.draw.corners).not.toBeNull()
    expect(shown.frames[0]?.points).toEqual(shown.draw.corners?.map(([x, y]) => [expect.closeTo(100 + 400 * x), expect.closeTo(200 + 200 * y), 1]))
  })
  it('of any strength keeps all keypoints in the box where they were', () => {
    for (const { frames } of many(300, { augment: only({ perspective: 1, perspectiveProbability: 1 }) })) {
      const box = (points: readonly (Point | null)[], at: 0 | 1) => points.flatMap((point) => (point ? [point[at]] : []))
      for (const at of [0, 1] as const) {
        const before = usual.frames.flatMap(({ points }) => box(points, at))
        const after = frames.flatMap(({ points }) => box(points, at))
        expect(Math.min(...after)).toBeGreaterThan(Math.min(...before) - 1e-6)
        expect(Math.max(...after)).toBeLessThan(Math.max(...before) + 1e-6)
      }
    }
  })
})

describe('keypoints', () => {
  it('are shaken by a share of their hand’s size, however large and wherever it is', () => {
    const errors = (size: number): number[] => {
      const hand = drawnHand(size)
      const shown = many(60, { frames: [{ frame: 0, width: 1920, height: 1080, points: hand }], augment: only({ keypointJitter: 0.1 }) })
      return shown.flatMap(({ frames }) => (frames[0]?.points ?? []).flatMap((point, row) => [0, 1, 2].map((at) => ((point as Point)[at] as number) - ((hand[row] as Point)[at] as number))))
    }
    for (const size of [40, 400]) {
      const all = errors(size)
      const deviation = Math.sqrt(all.reduce((sum, error) => sum + error * error, 0) / all.length)
      // Five standard deviations of the estimate from 3,780 draws, σ / √(2n).
      expect(Math.abs(deviation / (0.1 * size) - 1)).toBeLessThan(5 / Math.sqrt(2 * all.length))
    }
  })
  it('of a hand without depth keep none', () => {
    const flat = drawnHand(100).map(([x, y]): Point => [x, y, 0])
    const shown = view({ frames: [{ frame: 0, width: 1920, height: 1080, points: flat }], augment: only({ keypointJitter: 0.3 }) })
    expect(shown.frames[0]?.points.map((point) => point?.[2])).toEqual(flat.map(() => 0))
  })
  it('are taken away as often as the share says', () => {
    const shown = many(200, { augment: only({ keypointDrop: 0.1 }) })
    const gone = shown.reduce((sum, { draw }) => sum + draw.droppedKeypoints, 0)
    expect(pointsOf({ frames: shown.flatMap(({ frames }) => frames) }).flat().filter((point) => point === null).length).toBe(gone)
    expectShare(gone, 200 * 6 * 21, 0.1)
  })
})

describe('frames', () => {
  it('are left out and shown twice as often as the shares say, in their order', () => {
    const shown = many(800, { augment: only({ frameDrop: 0.2, frameRepeat: 0.3 }) })
    const left = shown.reduce((sum, { draw }) => sum + draw.droppedFrames.length, 0)
    expectShare(left, 800 * 6, 0.2)
    expectShare(shown.reduce((sum, { draw }) => sum + draw.repeatedFrames.length, 0), 800 * 6 - left, 0.3)
    for (const { frames, draw } of shown) {
      const expected = [0, 1, 2, 3, 4, 5].filter((frame) => !draw.droppedFrames.includes(frame)).flatMap((frame) => (draw.repeatedFrames.includes(frame) ? [frame, frame] : [frame]))
      expect(frames.map(({ frame }) => frame)).toEqual(expected)
    }
  })
  it('with keypoints are never all left out, and which one stays is drawn', () => {
    const empty = { width: 1920, height: 1080, points: [] }
    const [first, second] = movingHand(2) as [KeypointFrame, KeypointFrame]
    const shown = many(300, { frames: [{ frame: 0, ...empty }, { ...first, frame: 1 }, { frame: 2, ...empty }, { ...second, frame: 3 }], augment: only({ frameDrop: 0.9 }) })
    const alone = shown.map(({ frames }) => frames.filter(({ points }) => points.length > 0).map(({ frame }) => frame).join(' '))
    expect([...new Set(alone)].sort()).toEqual(['1', '1 3', '3'])
  })
})

const roundedPoints = (frames: readonly KeypointFrame[]) => pointsOf({ frames: [...frames] }).map((points) => points.map((point) => point && point.map((value) => Math.round(value * 1e6) / 1e6 + 0)))

/** The sequence as so many others of the data set. */
const many = (count: number, changes: Partial<Input>): KeypointView[] => Array.from({ length: count }, (_, folder) => view({ folder: `train/${folder}`, ...changes }))

/** Within five standard deviations of the binomial distribution. */
function expectShare(hits: number, tries: number, share: number): void {
  expect(Math.abs(hits / tries - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / tries))
}

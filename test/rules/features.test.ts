import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Point } from '../../src-main/contract/dataset.ts'
import type { SequenceFeature } from '../../src-main/contract/rules.ts'
import { catalogue } from '../../src-main/rules/catalogue.ts'
import { featureText, parseFeature } from '../../src-main/rules/featureText.ts'
import { sequenceValue } from '../../src-main/rules/features.ts'
import type { FeatureFrame } from '../../src-main/rules/tracks.ts'

const of = (text: string): SequenceFeature => parseFeature(text)!
const valueOf = (frames: FeatureFrame[], text: string) => sequenceValue(frames, of(text))
const frame = (number: number, points: readonly Point[], erased: number[] = [], width: number | null = 1920): FeatureFrame => ({ number, width, points, erased })

/** A hand whose wrist is at (x, y), the base of the middle finger 100 above it and the tip of the index finger `tip` further to the right. */
function hand(x: number, y = 500, tip = 0): Point[] {
  return Array.from({ length: 21 }, (_, point): Point => {
    if (point === 0) return [x, y, 0]
    if (point === 9) return [x, y - 100, 0]
    if (point === 8) return [x + 20 + tip, y - 180, 0]
    return [x + point, y - 40, 0]
  })
}

describe('what is followed', () => {
  it('is the outermost keypoint that is kept and finite, whichever it is', () => {
    const first: Point[] = [[100, 500, 0], [300, 20, 0], [900, 700, 0], [Number.NaN, 1, 0]]
    const second: Point[] = [[110, 500, 0], [340, 30, 0], [950, 720, 0], [1, Number.NaN, 0]]
    const frames = [frame(0, first), frame(1, second)]
    expect(['topmost-x-range', 'topmost-y-range', 'rightmost-x-range', 'leftmost-x-range', 'bottommost-y-range', 'bottommost-both-range'].map((text) => valueOf(frames, text))).toEqual([40, 10, 50, 10, 20, Math.hypot(50, 20)])
    expect([valueOf([frame(0, first, [1]), frame(1, second, [1])], 'topmost-x-range'), valueOf([frame(0, first, [2]), frame(1, second, [2])], 'rightmost-x-range')]).toEqual([10, 40])
  })

  it('is a keypoint of the hand that it belongs to, though the hands change places in the file, and the one that moves most counts', () => {
    const [still, waving] = [hand(400), [0, 60, 0, 60].map((tip) => hand(1200, 500, tip))]
    const swapped = waving.map((other, index) => frame(index, index % 2 === 0 ? [...still, ...other] : [...other, ...still]))
    expect([valueOf(swapped, '8-x-range'), valueOf(swapped, '8-x-path'), valueOf(swapped, 'tips-x-range'), valueOf(swapped, '0-x-range'), valueOf(swapped, '8-x-path-hands')]).toEqual([60, 180, 60, 0, 1.8])
  })

  it('is not a second hand that is in sight in a few frames only', () => {
    const frames = [0, 1, 2, 3, 4].map((number) => frame(number, number < 2 ? [...hand(400), ...hand(1200 + 300 * number)] : hand(400 + number)))
    expect(valueOf(frames, '0-x-range')).toBe(4)
  })
})

describe('measures', () => {
  const at = (...xs: (number | null)[]): FeatureFrame[] => xs.map((x, number) => frame(number, x === null ? [] : [[x, 100, 0]]))

  it('are those of the formulas', () => {
    const frames = at(0, 30, 10, 50, 20)
    // Sorted 0, 10, 20, 30, 50: the 90th percentile is 42, the 10th 4. Of the 50 px that it goes back and forth all four moves are longer than 10 px.
    expect(['range', 'spread', 'path', 'speed', 'turns'].map((measure) => valueOf(frames, `topmost-x-${measure}`))).toEqual([50, expect.closeTo(38, 10), 120, 30, 3])
    expect(valueOf([frame(0, [[0, 0, 0]]), frame(1, [[30, 40, 0]]), frame(2, [[0, 0, 0]])], 'topmost-both-path')).toBe(100)
  })

  it('pass over frames without the keypoint, whose time counts for speed', () => {
    expect([valueOf(at(0, null, null, 60), 'topmost-x-speed'), valueOf(at(0, null, 60), 'topmost-x-path'), valueOf(at(5, null), 'topmost-x-range'), valueOf([], 'topmost-x-range'), valueOf(at(5), 'topmost-x-speed')]).toEqual([20, 60, null, null, null])
  })

  it('do not count turns that are as small as noise, and count them along the line of the movement', () => {
    const diagonal = (...ways: number[]) => ways.map((way, number) => frame(number, [[500 + way, 500 + way, 0]]))
    expect([valueOf(at(0, 4, -4, 5, 0), 'topmost-x-turns'), valueOf(at(0, 40, 36, 80, 76, 120), 'topmost-x-turns'), valueOf(at(0, 40, 0, 40), 'topmost-x-turns'), valueOf(diagonal(0, 50, 0, 50), 'topmost-both-turns')]).toEqual([0, 0, 2, 2])
    // Of a hand that is 100 px large, 9 px are noise and 11 are none.
    const waving = (tip: number) => [0, tip, 0, tip].map((far, number) => frame(number, hand(400, 500, far)))
    expect([valueOf(waving(9), '8-x-turns'), valueOf(waving(11), '8-x-turns')]).toEqual([0, 2])
  })

  it('are pixels of a 1920-wide frame, whatever the frame is', () => {
    const two = (a: number, widthA: number | null, b: number, widthB: number | null) => valueOf([frame(0, [[a, 10, 0]], [], widthA), frame(1, [[b, 10, 0]], [], widthB)], 'rightmost-x-range')
    expect([two(100, 960, 110, 960), two(100, 960, 110, null), two(100, null, 110, null)]).toEqual([20, 20, 10])
  })

  it('know nothing of a hand\'s size where wrist or middle finger are missing, and nothing of what is no number', () => {
    const frames = [hand(400), hand(450)].map((points, number) => frame(number, points))
    const without = frames.map((one) => ({ ...one, erased: [9] }))
    const wild = [frame(0, [[-1e308, 0, 0]]), frame(1, [[1e308, 0, 0]])]
    expect([valueOf(frames, 'topmost-x-range-hands'), valueOf(without, 'topmost-x-range-hands'), valueOf(without, 'topmost-x-range'), valueOf(wild, 'topmost-x-range'), valueOf([frame(0, [[Number.NaN, Number.NaN, 0]]), frame(1, [[Infinity, 1, 0]])], 'topmost-x-range')]).toEqual([0.5, null, 50, null, null])
  })
})

describe('every feature of the catalogue', () => {
  const coordinate = fc.integer({ min: 0, max: 1900 })
  const hands = fc.array(fc.array(fc.tuple(coordinate, coordinate), { minLength: 21, maxLength: 21 }), { minLength: 1, maxLength: 2 })
  const sequences = fc.array(hands, { minLength: 0, maxLength: 6 }).map((frames) => frames.map((given, number) => frame(number, given.flat().map(([x, y]): Point => [x, y, 0]))))
  const moved = (frames: FeatureFrame[], change: (point: Point) => Point) => frames.map((one) => ({ ...one, points: one.points.map(change) }))
  const values = (frames: FeatureFrame[]) => catalogue.map((feature) => sequenceValue(frames, feature))
  const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 6))

  it('has a word of its own, which means it', () => {
    const words = catalogue.map(featureText)
    expect({ count: catalogue.length, different: new Set(words).size, again: words.map(parseFeature) }).toEqual({ count: 297, different: 297, again: catalogue })
    expect([parseFeature('21-x-range'), parseFeature('topmost-z-range'), parseFeature('topmost-x-range-inches'), parseFeature(''), parseFeature('8-both-path-pixels')]).toEqual([null, null, null, null, { point: 8, measure: 'path', axis: 'both', unit: 'pixels' }])
  })

  it('does not mind where in the picture it happens', () => {
    fc.assert(fc.property(sequences, fc.integer({ min: -300, max: 300 }), fc.integer({ min: -300, max: 300 }), (frames, right, down) => {
      expect(values(moved(frames, ([x, y, z]) => [x + right, y + down, z]))).toEqual(values(frames).map(near))
    }), { seed: 9, numRuns: 40 })
  })

  it('in hand sizes and turns does not mind how near the camera is; pixels grow with it', () => {
    fc.assert(fc.property(sequences, (frames) => {
      const twice = values(moved(frames, ([x, y, z]) => [2 * x, 2 * y, z]))
      const sized = values(frames).map((value, index) => (value !== null && catalogue[index]!.unit === 'pixels' && catalogue[index]!.measure !== 'turns' ? 2 * value : value))
      const known = (given: (number | null)[]) => given.filter((_, index) => catalogue[index]!.measure !== 'turns' || sequenceValue(frames, of('topmost-x-range-hands')) !== null)
      expect(known(twice)).toEqual(known(sized).map(near))
    }), { seed: 9, numRuns: 40 })
  })

  it('is a finite number of at least 0 or null, no path is shorter than its range, no spread wider', () => {
    fc.assert(fc.property(sequences, (frames) => {
      for (const feature of catalogue) {
        const value = sequenceValue(frames, feature)
        const [range, spread, path] = (['range', 'spread', 'path'] as const).map((measure) => sequenceValue(frames, { ...feature, measure }) ?? 0) as [number, number, number]
        const fits = (value === null || (Number.isFinite(value) && value >= 0)) && spread <= range + 1e-9 && (feature.axis === 'both' || path >= range - 1e-9)
        expect([featureText(feature), fits]).toEqual([featureText(feature), true])
      }
    }), { seed: 9, numRuns: 40 })
  })

  it('takes an erased keypoint for one that is not there', () => {
    fc.assert(fc.property(sequences, fc.array(fc.integer({ min: 0, max: 41 }), { maxLength: 8 }), (frames, rows) => {
      const erased = frames.map((one) => ({ ...one, erased: rows }))
      const missing = frames.map((one) => ({ ...one, points: one.points.map((point, row): Point => (rows.includes(row) ? [Number.NaN, Number.NaN, 0] : point)) }))
      expect(values(erased)).toEqual(values(missing))
    }), { seed: 9, numRuns: 40 })
  })
})

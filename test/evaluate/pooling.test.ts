import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { poolings, type Pooling } from '../../src-main/contract/ensemble.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { foldScoresOf, foldShares, meanOfFolds } from '../../src-main/evaluate/foldShares.ts'
import { poolFrames } from '../../src-main/evaluate/pooling.ts'

const close = (values: ArrayLike<number>, digits = 12): unknown[] => Array.from(values, (value) => expect.closeTo(value, digits))
const pooled = (pooling: Pooling, rows: number[][], weights?: number[]): number[] => [...poolFrames(rows, pooling, weights)]

describe('poolFrames', () => {
  it('puts frames together as computed by hand', () => {
    const three = [[0.5, 0.25, 0.25], [0.125, 0.875, 0], [0.25, 0.25, 0.5]]
    expect([pooled('mean', three), pooled('median', three), pooled('quality', three, [1, 0, 3])]).toEqual([
      close([0.875 / 3, 1.375 / 3, 0.75 / 3]), close([1 / 3, 1 / 3, 1 / 3]), close([1.25 / 4, 1 / 4, 1.75 / 4]),
    ])
    // √(0.5 · 0.125) = 0.25 and √(0.5 · 0.875); a class that one frame rules out keeps next to nothing.
    expect(pooled('geometric', [[0.5, 0.5, 0], [0.125, 0.875, 0]])).toEqual(close([0.25 / (0.25 + Math.sqrt(0.4375)), Math.sqrt(0.4375) / (0.25 + Math.sqrt(0.4375)), 0], 9))
    // Of four frames the median is the mean of the middle two; they are not trimmed. Of five, one on either end is.
    const four = [[0.1, 0.9], [0.2, 0.8], [0.6, 0.4], [0.9, 0.1]]
    expect([pooled('median', four), pooled('trimmed', four), pooled('trimmed', [...four, [1, 0]])]).toEqual([close([0.4, 0.6]), close([0.45, 0.55]), close([1.7 / 3, 1.3 / 3])])
  })

  it('takes the mean where nothing is left, or no frame counts', () => {
    const apart = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0]]
    const mean = close([1.5 / 4, 1.5 / 4, 1 / 4])
    expect([pooled('median', apart.slice(0, 3)), pooled('quality', apart, [0, 0, 0, 0]), pooled('quality', apart)]).toEqual([close([1 / 3, 1 / 3, 1 / 3]), mean, mean])
  })

  it.each(poolings)('%s leaves frames that are alike as they are, whatever their number and order', (pooling) => {
    const silent = Array.from({ length: 7 }, () => [0.25, 0.25, 0.25, 0.25])
    const one = [0.7, 0.2, 0.1, 0]
    expect([pooled(pooling, silent, [1, 2, 3, 4, 5, 6, 7]), pooled(pooling, [one]), pooled(pooling, [one, one, one, one, one, one])]).toEqual([silent[0], close(one, 9), close(one, 9)])
    const random = randomStream(9)
    const rows = Array.from({ length: 11 }, () => {
      const powers = Array.from({ length: 4 }, () => Math.exp(2 * random.normal()))
      return powers.map((power) => power / powers.reduce((sum, value) => sum + value, 0))
    })
    const order = random.permutation(rows.length)
    const shuffled = pooled(pooling, Array.from(order, (place) => rows[place] as number[]), Array.from(order, (place) => place + 1))
    expect(shuffled).toEqual(close(pooled(pooling, rows, rows.map((_, place) => place + 1))))
    expect(shuffled.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
  })

  it('one stray frame moves mean most, median and trimmed mean not at all', () => {
    const steady = Array.from({ length: 9 }, () => [0.8, 0.2])
    const stray = [...steady.slice(1), [0, 1]]
    expect(poolings.map((pooling) => pooled(pooling, stray)[0] as number)).toEqual([expect.closeTo(6.4 / 9), expect.closeTo(0.8), expect.closeTo(Math.exp((8 * Math.log(0.8) + Math.log(1e-15)) / 9) / (Math.exp((8 * Math.log(0.8) + Math.log(1e-15)) / 9) + Math.exp((8 * Math.log(0.2)) / 9)), 9), expect.closeTo(0.8), expect.closeTo(6.4 / 9)])
  })

  it('refuses what is no frame and no weight', () => {
    expect(() => poolFrames([], 'mean')).toThrow(/No frames/)
    expect(() => poolFrames([[0.5, 0.5], [1]], 'median')).toThrow(/2 and 1 classes/)
    expect(() => poolFrames([[0.5, 0.5]], 'quality', [1, 1])).toThrow(/1 frames have 2 weights/)
    expect(() => poolFrames([[0.5, 0.5]], 'quality', [-1])).toThrow(/-1 is not a weight/)
    expect(() => poolFrames([[0.5, 0.5]], 'quality', [Number.NaN])).toThrow(/NaN is not a weight/)
  })
})

/** By scipy.stats and numpy: test/goldens/make_ways.py. */
describe('goldens', () => {
  const golden = JSON.parse(readFileSync(new URL('../goldens/ways.json', import.meta.url), 'utf8')) as { cases: ({ rows: number[][]; weights: number[] } & Record<Pooling, number[]>)[]; folds: { losses: number[][]; weights: number[] } }

  it.each(golden.cases.map((made) => ({ ...made, frames: made.rows.length })))('$frames frames', ({ rows, weights, ...expected }) => {
    expect(poolings.map((pooling) => pooled(pooling, rows, weights))).toEqual(poolings.map((pooling) => close(expected[pooling])))
  })

  it('weights of folds', () => {
    const scores = foldScoresOf(new Map(golden.folds.losses.map((losses, fold) => [fold, losses])))
    expect([scores.map(({ weight }) => weight), [...(foldShares('best', scores) ?? [])]]).toEqual([close(golden.folds.weights), [[2, 1]]])
  })
})

describe('folds', () => {
  // e^(−mean loss): 1/2 and 1/4, so that the weights are 2/3 and 1/3.
  const scores = foldScoresOf(new Map([[4, [Math.log(8), Math.log(2)]], [1, [Math.log(2), Math.log(2)]]]))
  const said = new Map([[1, Float64Array.of(0.9, 0.1)], [4, Float64Array.of(0.3, 0.7)]])

  it('count by the probability that they typically give the answers', () => {
    expect(scores).toEqual([{ fold: 1, losses: Float64Array.of(Math.log(2), Math.log(2)), weight: expect.closeTo(2 / 3, 12) }, { fold: 4, losses: Float64Array.of(Math.log(8), Math.log(2)), weight: expect.closeTo(1 / 3, 12) }])
    expect((['equal', 'weighted', 'best'] as const).map((choice) => [...meanOfFolds(said, foldShares(choice, scores))])).toEqual([close([0.6, 0.4]), close([0.7, 0.3]), close([0.9, 0.1])])
  })

  it('leave a sequence to the others where the chosen ones did not predict it', () => {
    const other = new Map([[4, Float64Array.of(0.3, 0.7)], [5, Float64Array.of(0.5, 0.5)]])
    expect([[...meanOfFolds(other, foldShares('best', scores))], [...meanOfFolds(other, foldShares('weighted', scores))], foldShares('best', foldScoresOf(new Map()))]).toEqual([close([0.4, 0.6]), close([0.3, 0.7]), null])
  })

  it('stay apart where losses are as high as they can be', () => {
    expect(foldScoresOf(new Map([[0, [2000]], [1, [2000 + Math.log(3)]]])).map(({ weight }) => weight)).toEqual(close([0.75, 0.25]))
  })
})

import { describe, expect, it } from 'vitest'
import { fitRule, type FitOptions } from '../../src-main/rules/fitRule.ts'
import { clampOf, thresholdFit, type FitPoint, type FittedMethod } from '../../src-main/rules/threshold.ts'

let next = 0
const point = (side: FitPoint['side'], value: number, fold: number | null = 0, answer: number | null = 0.5): FitPoint => ({
  group: `train/${next++}`, poseId: side === 'still' ? 0 : 1, side, value, fold: answer === null ? null : fold, leftOut: false,
  prediction: answer === null ? null : { answer, own: answer, other: 1 - answer, classes: 1, leads: true, concerned: true },
})
const fitted = (points: FitPoint[], method: FittedMethod, clamp: number | null = 0.02, margin = 5): number | null => {
  const fit = thresholdFit(points, { method, margin, action: 'clamp', clamp })
  return fit.threshold(new Uint8Array(points.length).fill(1))
}
const still = (...values: number[]) => values.map((value) => point('still', value))
const moving = (...values: number[]) => values.map((value) => point('moving', value))

describe('thresholds', () => {
  it('of the reference: the largest still value and a margin by the unit', () => {
    expect([fitted([...still(12.5, 26.85, 3), ...moving(40, 180)], 'maximum-plus-5'), fitted(moving(3), 'maximum-plus-5'), fitted(still(0.25), 'maximum-plus-5', 0.02, 0.05)]).toEqual([expect.closeTo(31.85, 10), null, expect.closeTo(0.3, 12)])
  })

  it('by log loss: the middle of the gap; beyond all values a margin off', () => {
    expect([fitted([...still(4, 20), ...moving(60, 200)], 'log-loss'), fitted([...still(4, 20, 90), ...moving(1)], 'log-loss')]).toEqual([40, 95])
  })

  it('by log loss: not drawn by an outlier, joins gaps that make no difference, and needs both sides predicted', () => {
    const silent = (side: FitPoint['side']): FitPoint => ({ ...point(side, 30), prediction: { answer: 0.1, own: 0.1, other: 0.1, classes: 1, leads: true, concerned: false } })
    expect([
      fitted([...still(1, 2, 3, 4, 5, 6, 300), ...moving(90, 100, 110, 120)], 'log-loss'), fitted([...still(20), point('moving', 30, null, null), ...moving(60)], 'log-loss'),
      fitted([...still(20), silent('still'), silent('moving'), ...moving(60)], 'log-loss'), fitted([...still(20), point('moving', 60, null, null)], 'log-loss'),
    ]).toEqual([48, 25, 40, 25])
  })

  it('is the same as trying every gap', () => {
    // 30 values with answers that overlap; the loss of a right decision is −ln 0.9, of a wrong one −ln 0.1 (both sides hold all).
    const points = Array.from({ length: 30 }, (_, index) => point((index * 7) % 10 < 6 - index / 6 ? 'still' : 'moving', index * index))
    const loss = (threshold: number) => points.reduce((sum, { side, value }) => sum - Math.log((value < threshold) === (side === 'still') ? 0.9 : 0.1), 0)
    const best = Math.min(...points.map(({ value }) => loss(value + 0.25)), loss(-1))
    expect(loss(fitted(points, 'log-loss', 0.1)!)).toBeCloseTo(best, 9)
  })
})

describe('a rule\'s fit', () => {
  const options: FitOptions = { feature: { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' }, method: 'maximum-plus-5', action: 'clamp', threshold: null, clamp: null }
  const points = [point('still', 10, 0), point('still', 30, 1), point('still', 20, 2), point('moving', 60, 0), point('moving', 33, 1), point('moving', 90, 2)]

  it('leaves out the fold for its threshold, and for its clamp the fold and each that is judged', () => {
    // Without fold 1 the largest still value is 20, so its 30 lies above 25 and is taken for moving. All others are right.
    const { threshold, clamp, fits } = fitRule(points, options)
    expect({ threshold, clamp, fits }).toEqual({
      threshold: 35,
      // Fold 0 by 35, fold 1 by 25, fold 2 by 35: one of six wrong.
      clamp: clampOf({ wrong: 1, decisions: 6 }),
      fits: [
        // Of fold 1 by 25 (without 0 and 1), of fold 2 by 35 (without 0 and 2): one wrong of four.
        { fold: 0, threshold: 35, clamp: 2 / 6 },
        // Of fold 0 by 25 (20 is the largest left), of fold 2 by 15: its 20 is wrong.
        { fold: 1, threshold: 25, clamp: 2 / 6 },
        // Of fold 0 by 35, of fold 1 by 15: its 30 is wrong.
        { fold: 2, threshold: 35, clamp: 2 / 6 },
      ],
    })
    expect(clampOf({ wrong: 1, decisions: 6 })).toBe(0.25)
    expect(clampOf({ wrong: 5, decisions: 6 })).toBe(0.5)
  })

  it('does not look at what is left out for thresholds, but counts its mistakes', () => {
    const outlier = { ...point('still', 300, 0), leftOut: true }
    const { threshold, clamp } = fitRule([...points, outlier], options)
    expect([threshold, clamp]).toEqual([35, (2 + 1) / (7 + 2)])
  })

  it('by hand has nothing fitted, with a clamp from errors only that', () => {
    expect(fitRule(points, { ...options, method: 'by-hand', threshold: 40, clamp: 0.1 })).toEqual({ threshold: 40, clamp: 0.1, fits: [], thresholdInterval: null })
    expect(fitRule(points, { ...options, method: 'by-hand', threshold: 40 })).toEqual({ threshold: 40, clamp: 0.25, fits: [0, 1, 2].map((fold) => ({ fold, threshold: 40, clamp: fold === 1 ? 1 / 6 : 2 / 6 })), thresholdInterval: null })
  })

  it('tells how far thresholds of drawn sequences lie apart, and nothing of fewer than two on a side', () => {
    const { thresholdInterval } = fitRule(points, options)
    expect([thresholdInterval?.high, thresholdInterval!.low < 35, fitRule(points.slice(0, 4), options).thresholdInterval]).toEqual([35, true, null])
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerAfter, concerns, predictionOf, refineRow, type RowAction, type Side } from '../../src-main/rules/refine.ts'

const pair = { still: [0], moving: [1] }
const clamp = (share: number): RowAction => ({ action: 'clamp', clamp: share })
const oneHot: RowAction = { action: 'one-hot', clamp: 0.02 }
const refined = (row: number[], sides: { still: number[]; moving: number[] }, decision: Side, action: RowAction): number[] => {
  const probabilities = Float64Array.from(row)
  refineRow(probabilities, sides, decision, action)
  return [...probabilities]
}
const close = (values: number[]) => values.map((value) => expect.closeTo(value, 12))

describe('a decision', () => {
  it('leaves the side decided against the clamp\'s share of what both hold, and never makes it gain', () => {
    expect([refined([0.25, 0.5, 0.25], pair, 'still', clamp(0.125)), refined([0.999, 0.001], pair, 'still', clamp(0.02)), refined([0.999, 0.001], pair, 'moving', clamp(0.02))]).toEqual([[0.65625, 0.09375, 0.25], [0.999, 0.001], close([0.02, 0.98])])
  })

  it('of groups: each losing class in proportion, shared among the others in proportion, evenly where they have nothing', () => {
    const groups = { still: [0, 1], moving: [2, 3] }
    // 0.5 against 0.4: the moving side keeps 0.09, so 0.31 goes to 0.375 and 0.125 as 3 to 1.
    expect(refined([0.375, 0.125, 0.3, 0.1, 0.1], groups, 'still', clamp(0.1))).toEqual(close([0.375 + 0.31 * 0.75, 0.125 + 0.31 * 0.25, 0.0675, 0.0225, 0.1]))
    expect(refined([0, 0, 0.75, 0.25, 0], groups, 'still', clamp(0.2))).toEqual(close([0.4, 0.4, 0.15, 0.05, 0]))
  })

  it('one-hot gives all to the most probable class of the side, as the reference does', () => {
    expect([refined([0.75, 0.25], pair, 'moving', oneHot), refined([0.5, 0.1, 0.2, 0.2], { still: [0], moving: [1, 2] }, 'moving', oneHot), refined([0.1, 0.1, 0.8], pair, 'moving', oneHot)]).toEqual([[0, 1], [0, 0, 1, 0], [0.1, 0.1, 0.8]])
  })

  it('is silent where none of its classes leads and all together hold less than half, or a side has no class in the row', () => {
    expect([[0.2, 0.2, 0.6], [0.3, 0.25, 0.45], [0.3, 0.1, 0.25, 0.25, 0.1], [0.25, 0.1, 0.3, 0.25, 0.1], [0, 0, 0]].map((row) => concerns(row, pair))).toEqual([false, true, true, false, false])
    expect(concerns([1, 0], { still: [0], moving: [] })).toBe(false)
  })
})

describe('every decision', () => {
  const vector = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 9 }).filter((values) => values.some((value) => value > 0.01)).map((values) => {
    const sum = values.reduce((a, b) => a + b, 0)
    return values.map((value) => value / sum)
  })
  const groups = { still: [0, 3], moving: [1, 4] }
  const side = fc.constantFrom('still' as const, 'moving' as const)
  const action = fc.oneof(fc.double({ min: 0, max: 0.5, noNaN: true }).map(clamp), fc.constant(oneHot))

  it('keeps a probability vector, under a clamp the classes of others, and does the same twice', () => {
    fc.assert(fc.property(vector, side, action, (row, decision, how) => {
      const once = refined(row, groups, decision, how)
      expect(once.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
      expect(once.every((value) => value >= 0 && value <= 1 + 1e-12)).toBe(true)
      expect(how.action === 'one-hot' || [2, 5, 6, 7, 8].every((place) => once[place] === row[place])).toBe(true)
      expect(refined(once, groups, decision, how)).toEqual(close(once))
    }), { seed: 4 })
  })

  it('gives the answer what is counted with when a threshold is fitted', () => {
    fc.assert(fc.property(vector, side, action, fc.constantFrom(0, 1, 3, 4), (row, decision, how, answer) => {
      const own: Side = groups.still.includes(answer) ? 'still' : 'moving'
      const prediction = predictionOf(row, groups, own, answer)
      expect(prediction.concerned ? answerAfter(prediction, decision === own, how) : prediction.answer).toBeCloseTo(refined(row, groups, decision, how)[answer]!, 12)
    }), { seed: 4 })
  })
})

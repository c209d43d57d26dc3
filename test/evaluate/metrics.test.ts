import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argMax, logLoss, meanProbabilities, negativeLogLikelihood, topIndices } from '../../src-main/evaluate/metrics.ts'

interface Golden {
  cases: { name: string; rows: number[][]; answers: number[]; logLoss: number; accuracy: number }[]
}
const golden = JSON.parse(readFileSync(new URL('../goldens/log_loss.json', import.meta.url), 'utf8')) as Golden

describe('log loss and accuracy', () => {
  it.each(golden.cases)('equal scikit-learn: $name', ({ rows, answers, logLoss: expected, accuracy: share }) => {
    expect(logLoss(rows, answers)).toBeCloseTo(expected, 12)
    expect(rows.filter((row, index) => argMax(row) === answers[index]).length / rows.length).toBe(share)
  })

  it('scores what a model that knows nothing scores: ln(classes)', () => {
    expect(logLoss([Array.from({ length: 157 }, () => 1 / 157)], [3])).toBeCloseTo(Math.log(157), 12)
  })

  it('clips at the epsilon of a double on both sides, and counts an unknown answer as probability 0', () => {
    expect([negativeLogLikelihood(0), negativeLogLikelihood(1), logLoss([[1, 0]], [-1])]).toEqual([-Math.log(2 ** -52), -Math.log(1 - 2 ** -52), -Math.log(2 ** -52)])
  })

  it('has no value for no rows or rows without answers', () => {
    expect(() => logLoss([], [])).toThrow(RangeError)
    expect(() => logLoss([[1]], [])).toThrow(RangeError)
    expect(() => meanProbabilities([])).toThrow(RangeError)
    expect(() => meanProbabilities([[1], [0.5, 0.5]])).toThrow(RangeError)
  })
})

describe('means and tops', () => {
  it('takes the mean class by class', () => {
    expect([...meanProbabilities([[0.5, 0.25, 0.25], [0, 0.75, 0.25]])]).toEqual([0.25, 0.5, 0.25])
  })

  it('keeps a probability vector one', () => {
    const row = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }).map((values) => {
      const sum = values.reduce((a, b) => a + b, 0)
      return values.map((value) => value / sum)
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
        const mean = meanProbabilities(rows)
        expect(mean.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
        expect(topIndices(mean, 1)[0]).toBe(argMax(mean))
      }),
    )
  })

  it('orders the top by value, equals by place', () => {
    expect([topIndices([0.1, 0.4, 0.1, 0.4], 3), argMax([0.1, 0.4, 0.1, 0.4]), argMax([])]).toEqual([[1, 3, 0], 1, -1])
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fitClassWeights } from '../../src-main/ensemble/blend/classWeights.ts'
import { mix, type Shares } from '../../src-main/ensemble/blend/mix.ts'
import { fitTemperature, logsOf, withTemperature } from '../../src-main/ensemble/blend/temperature.ts'
import { fitWeights } from '../../src-main/ensemble/blend/weights.ts'
import { logLoss } from '../../src-main/evaluate/metrics.ts'

interface Golden {
  answers: number[]
  members: (number[] | null)[][]
  cases: { prior: number; temperatures: number[]; weights: number[]; logLoss: number; classes?: number[]; perClass?: number[][]; logLossPerClass?: number }[]
}
const golden = JSON.parse(readFileSync(new URL('../goldens/blend.json', import.meta.url), 'utf8')) as Golden
const { answers } = golden
const close = (values: readonly number[]) => values.map((value): unknown => expect.closeTo(value, 6))

/** By scipy.optimize: test/goldens/make_blend.py. */
describe.each(golden.cases)('with a prior of $prior sequences', ({ prior, temperatures, weights, logLoss: expected, classes = [], perClass = [], logLossPerClass }) => {
  const logs = golden.members.map((rows) => rows.map((row) => row && logsOf(row)))
  const calibrated = logs.map((rows, member) => rows.map((row) => row && withTemperature(row, temperatures[member] as number)))
  const lossOf = (shares: Shares): number => logLoss(answers.map((_, sequence) => mix(calibrated.map((rows) => rows[sequence] ?? null), shares, 5)), answers)

  it('temperatures, shared weights and weights of single classes are those of scipy', () => {
    const found = logs.map((rows) => {
      const heard = answers.flatMap((answer, sequence) => (rows[sequence] ? [{ row: rows[sequence], answer }] : []))
      return fitTemperature(heard.map(({ row }) => row), heard.map(({ answer }) => answer), prior)
    })
    const shared = fitWeights(answers.map((answer, sequence) => calibrated.map((rows) => rows[sequence]?.[answer] ?? null)), 3, prior)
    const own = classes.length > 0 ? fitClassWeights(answers.map((answer, sequence) => ({ rows: calibrated.map((rows) => rows[sequence] ?? null), answer })), weights, classes) : new Map<number, number[]>()
    expect({ found, shared, own: [...own] }).toEqual({ found: close(temperatures), shared: close(weights), own: classes.map((index, place) => [index, close(perClass[place] as number[])]) })
    expect([lossOf({ weights: shared, perClass: new Map() }), lossOf({ weights, perClass: own })]).toEqual(close([expected, logLossPerClass ?? expected]))
  })
})

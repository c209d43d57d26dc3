import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gainOf } from '../../src-main/ensemble/blend/bootstrap.ts'
import { fitBlend } from '../../src-main/ensemble/blend/fit.ts'
import { mix } from '../../src-main/ensemble/blend/mix.ts'
import { partsOf } from '../../src-main/ensemble/blend/parts.ts'
import { fitAndCrossFit } from '../../src-main/ensemble/blend/summary.ts'
import { spreadLogs, type BlendTable } from '../../src-main/ensemble/blend/table.ts'
import { fitTemperature, logsOf } from '../../src-main/ensemble/blend/temperature.ts'
import { fitWeights } from '../../src-main/ensemble/blend/weights.ts'
import { randomStream, type RandomStream } from '../../src-main/engine/random.ts'

/** Probabilities of a run whose logits are noise and `edge` for the answer, `over` times as sure as it should be. */
function guess(random: RandomStream, classes: number, answer: number, edge: number, over = 1): Float64Array {
  const powers = Float64Array.from({ length: classes }, (_, index) => Math.exp(over * (random.normal() + (index === answer ? edge : 0))))
  const sum = powers.reduce((whole, power) => whole + power, 0)
  return powers.map((power) => power / sum)
}

/** A table of made runs; `edgeOf` says how good a member is at a class. */
function madeTable(seed: number, { sequences, classes, members, edgeOf }: { sequences: number; classes: number; members: number; edgeOf: (member: number, answer: number) => number }): BlendTable {
  const random = randomStream(seed)
  const answers = Array.from({ length: sequences }, (_, sequence) => sequence % classes)
  const poseIds = Array.from({ length: classes }, (_, index) => index * 3)
  const logs = Array.from({ length: members }, (_, member) => answers.map((answer) => spreadLogs(guess(random, classes, answer, edgeOf(member, answer)), poseIds, poseIds)))
  return { poseIds, folders: answers.map((_, sequence) => `train/${sequence}`), answers, parts: answers.map((_, sequence) => Math.floor(sequence / classes) % 5), logs }
}

const everyone = (table: BlendTable): number[] => table.answers.map((_, sequence) => sequence)
const lossOf = (rows: readonly (readonly (number | null)[])[], weights: readonly number[]): number =>
  rows.reduce((sum, row) => {
    const heard = row.map((value) => value !== null)
    const total = weights.reduce((whole, weight, member) => whole + (heard[member] ? weight : 0), 0)
    return sum - Math.log(row.reduce<number>((whole, value, member) => whole + (value ?? 0) * (weights[member] as number), 0) / total)
  }, 0) / rows.length

describe('temperature', () => {
  it('of a run that is as right as it says is near 1; of one that is k times as sure it is k times as high', () => {
    const random = randomStream(7)
    // The answer is drawn from what the run says.
    const rows = Array.from({ length: 4000 }, () => guess(random, 4, 0, 0, 1.5))
    const answers = rows.map((row) => {
      let left = random.uniform()
      return Math.min(3, row.findIndex((probability) => (left -= probability) < 0))
    })
    const right = fitTemperature(rows.map(logsOf), answers)
    const sure = fitTemperature(rows.map((row) => logsOf(row).map((log) => log * 3)), answers)
    expect(Math.abs(right - 1)).toBeLessThan(0.06)
    expect(sure / right).toBeCloseTo(3, 2)
  })

  it('stays within its limits, and a run that was right five times out of five is not made certain', () => {
    const rows = Array.from({ length: 5 }, () => logsOf([0.7, 0.2, 0.1]))
    const right = [0, 0, 0, 0, 0]
    expect([fitTemperature(rows, right, 0), fitTemperature(rows, [2, 2, 2, 2, 2], 0), fitTemperature([], [])]).toEqual([0.05, 20, 1].map((value) => expect.closeTo(value, 9)))
    expect(fitTemperature(rows, right)).toBeGreaterThan(0.4)
  })
})

describe('weights', () => {
  const rowsOf = fc.integer({ min: 1, max: 4 }).chain((members) =>
    fc.array(fc.array(fc.oneof({ weight: 5, arbitrary: fc.double({ min: 1e-6, max: 1, noNaN: true }) }, { weight: 1, arbitrary: fc.constant(null) }), { minLength: members, maxLength: members }), { minLength: 1, maxLength: 30 }),
  )

  it('sum to 1, none below 0, whatever the rows', () => {
    fc.assert(fc.property(rowsOf, fc.constantFrom(0, 1), (rows, prior) => {
      const weights = fitWeights(rows, rows[0]?.length ?? 0, prior)
      expect([weights.reduce((sum, weight) => sum + weight, 0), Math.min(...weights, 0)]).toEqual([expect.closeTo(1, 10), 0])
    }), { seed: 8, numRuns: 60 })
  })

  it('without the prior the blend is never worse than its best member on the rows it was fitted to', () => {
    fc.assert(fc.property(rowsOf, (given) => {
      const rows = given.filter((row) => row.every((value) => value !== null))
      const members = given[0]?.length ?? 0
      fc.pre(rows.length > 0)
      const blend = lossOf(rows, fitWeights(rows, members, 0))
      for (let member = 0; member < members; member++) expect(blend).toBeLessThanOrEqual(lossOf(rows, Array.from({ length: members }, (_, index) => Number(index === member))) + 1e-6)
    }), { seed: 8, numRuns: 60 })
  })

  it('a copy of a run changes nothing but that both share its weight, and the order of the runs does not matter', () => {
    const rows = Array.from({ length: 40 }, (_, row) => [((row * 7) % 11) / 11 + 0.02, ((row * 5) % 13) / 13 + 0.02])
    const [first = 0, second = 0] = fitWeights(rows, 2, 0)
    expect(fitWeights(rows.map(([a, b]) => [a as number, b as number, a as number]), 3, 0)).toEqual([first / 2, second, first / 2].map((value) => expect.closeTo(value, 6)))
    expect(fitWeights(rows.map((row) => row.toReversed()), 2, 1)).toEqual(fitWeights(rows, 2, 1).toReversed().map((value) => expect.closeTo(value, 8)))
  })

  it('of a handful of sequences are not all or nothing; with many the prior hardly shows', () => {
    const row = [0.9, 0.5]
    const few = fitWeights([row, row, row], 2)
    const many = fitWeights(Array.from({ length: 600 }, () => row), 2)
    expect([few[0], many[0]]).toEqual([expect.closeTo(0.72, 1), expect.closeTo(1, 2)])
  })

  it('a row where a run says nothing leaves its weight as it is', () => {
    const rows = Array.from({ length: 30 }, (_, row) => [((row * 7) % 11) / 11 + 0.02, ((row * 5) % 13) / 13 + 0.02])
    const silent = Array.from({ length: 20 }, () => [0.2, null])
    expect(fitWeights([...rows, ...silent], 2, 0)).toEqual(fitWeights(rows, 2, 0).map((value) => expect.closeTo(value, 6)))
  })
})

describe('a row of the blend', () => {
  const shares = { weights: [0.25, 0.75], perClass: new Map([[2, [1, 0]]]) }
  const rows = [Float64Array.of(0.5, 0.25, 0.25), Float64Array.of(0.1, 0.1, 0.8)]

  it('is the weighted mean, with weights of their own for single classes, normalised', () => {
    expect([...mix(rows, { ...shares, perClass: new Map() }, 3)]).toEqual([0.2, 0.1375, 0.6625].map((value) => expect.closeTo(value, 12)))
    expect([...mix(rows, shares, 3)]).toEqual([0.2, 0.1375, 0.25].map((value) => expect.closeTo(value / 0.5875, 12)))
  })

  it('is the others\' where a run says nothing, and equal where none says anything', () => {
    expect([[...mix([null, rows[1] as Float64Array], shares, 3)], [...mix([rows[0] as Float64Array, null], shares, 3)], [...mix([null, null], shares, 4)]]).toEqual([
      [0.1, 0.1, 0.8].map((value) => expect.closeTo(value, 12)), [0.5, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25],
    ])
  })
})

describe('weights of single classes', () => {
  it('are used where the runs are good at different classes', () => {
    const table = madeTable(11, { sequences: 200, classes: 4, members: 2, edgeOf: (member, answer) => (answer % 2 === member ? 4 : 0.2) })
    const { perClass } = fitBlend(table, everyone(table))
    expect([...perClass].map(([index, weights]) => [index, (weights[index % 2] as number) > 0.7])).toEqual([0, 1, 2, 3].map((index) => [index, true]))
  })

  it('are not used where all classes are alike, whatever chance brings, and not for classes of seven sequences', () => {
    const used = Array.from({ length: 20 }, (_, seed) => {
      const table = madeTable(100 + seed, { sequences: 80, classes: 4, members: 2, edgeOf: () => 1.5 })
      return fitBlend(table, everyone(table)).perClass.size
    })
    expect(used.filter((size) => size > 0).length).toBeLessThanOrEqual(1)
    const scarce = madeTable(11, { sequences: 28, classes: 4, members: 2, edgeOf: (member, answer) => (answer % 2 === member ? 4 : 0.2) })
    expect(fitBlend(scarce, everyone(scarce)).perClass.size).toBe(0)
  })
})

describe('cross-fitting', () => {
  it('scores a fold by a fit that its labels cannot change', () => {
    const table = madeTable(5, { sequences: 60, classes: 3, members: 2, edgeOf: (member) => 1 + member })
    const mislabelled = { ...table, answers: table.answers.map((answer, sequence) => (table.parts[sequence] === 2 ? (answer + 1) % 3 : answer)) }
    const [fits, others] = [fitAndCrossFit(table), fitAndCrossFit(mislabelled)]
    expect(others.without.get(2)).toEqual(fits.without.get(2))
    expect(others.without.get(1)).not.toEqual(fits.without.get(1))
  })

  it('goes by the folds where the runs have the same, whatever their numbers, and else by five parts with all classes in each', () => {
    const answers = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    const folds = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    const renamed = folds.map((fold) => (fold + 1) % 3)
    expect([partsOf([folds, renamed], answers), partsOf([folds, answers], answers), partsOf([answers.map(() => 3)], answers).parts]).toEqual([
      { parts: folds, foldsDiffer: false }, { parts: [0, 1, 2, 3, 4, 0, 1, 2, 3, 4], foldsDiffer: true }, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4],
    ])
  })
})

describe('the interval of a gain', () => {
  const differences = (count: number): number[] => {
    const random = randomStream(3, count)
    return Array.from({ length: count }, () => 0.1 + random.normal())
  }

  it('holds the mean, is as wide as the normal one, and a quarter as wide with sixteen times the sequences', () => {
    const [few, many] = [gainOf(differences(100)), gainOf(differences(1600))]
    for (const { gain, low, high } of [few, many]) expect(low < gain && gain < high).toBe(true)
    expect([few, many].map(({ low, high }) => high - low)).toEqual([expect.closeTo((2 * 1.96) / 10, 1), expect.closeTo((2 * 1.96) / 40, 1.5)])
    expect(gainOf(differences(100))).toEqual(few)
    expect(gainOf([0.5])).toEqual({ gain: 0.5, low: 0.5, high: 0.5 })
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkSubmission } from '../../src-main/ensemble/check.ts'
import { raiseTo, requireRoomFor } from '../../src-main/ensemble/clip.ts'
import { combine, decimals, smallestProbability, unknownClassProbability } from '../../src-main/ensemble/combine.ts'
import { parseCsv, writeCsv } from '../../src-main/ensemble/csv.ts'
import { matrixFrom } from '../../src-main/ensemble/matrix.ts'

const vector = (length: number) =>
  fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })), { minLength: length, maxLength: length }).map((values) => {
    const sum = values.reduce((a, b) => a + b, 0)
    return sum > 1e-6 ? Float64Array.from(values, (value) => value / sum) : new Float64Array(length).fill(1 / length)
  })

describe('combine', () => {
  it('averages runs by pose id, whatever their class order', () => {
    const a = { poseIds: [3, 5], sequences: new Map([['test/1', Float64Array.of(0.75, 0.25)]]) }
    const b = { poseIds: [5, 3, 9], sequences: new Map([['test/1', Float64Array.of(0.5, 0.25, 0.25)]]) }
    const [row] = combine([a, b], [9, 3, 5], ['test/1'])
    expect(row).toEqual({ folder: 'test/1', predicted: true, clipped: 0, probabilities: Float64Array.of(0.125, 0.5, 0.375) })
  })

  it('averages over the runs that have the sequence; without any, all classes get the same', () => {
    const a = { poseIds: [3, 5], sequences: new Map([['test/1', Float64Array.of(0.75, 0.25)]]) }
    const b = { poseIds: [3, 5], sequences: new Map<string, Float64Array>() }
    expect(combine([a, b], [3, 5], ['test/1', 'test/2']).map(({ probabilities, predicted }) => [...probabilities, predicted])).toEqual([[0.75, 0.25, true], [0.5, 0.5, false]])
  })

  it('leaves a sequence of which a run can say nothing to the others; where none can, all classes get the same', () => {
    const nothing = Float64Array.of(0.5, 0.5)
    const pictures = { poseIds: [3, 5], sequences: new Map([['test/1', Float64Array.of(0.75, 0.25)], ['test/2', nothing]]) }
    const keypoints = { poseIds: [3, 5], sequences: new Map([['test/1', nothing], ['test/2', nothing]]) }
    expect(combine([pictures, keypoints], [3, 5], ['test/1', 'test/2']).map(({ probabilities, predicted }) => [...probabilities, predicted])).toEqual([[0.75, 0.25, true], [0.5, 0.5, true]])
  })

  it('gives a class no run knows a millionth, drops one without a column, and keeps zeros above zero', () => {
    const run = { poseIds: [3, 5, 8], sequences: new Map([['test/1', Float64Array.of(0.5, 0, 0.5)]]) }
    const [row] = combine([run], [3, 5, 7, null], ['test/1'])
    const sum = 1 + smallestProbability + 2 * unknownClassProbability
    expect([...(row?.probabilities ?? [])]).toEqual([1, smallestProbability, unknownClassProbability, unknownClassProbability].map((value) => expect.closeTo(value / sum, value === 1 ? 15 : 20)))
  })
})

describe('a clip', () => {
  const run = { poseIds: [1, 2, 3, 4], sequences: new Map([['test/1', Float64Array.of(0.7, 0.2, 0.1, 0)]]) }

  it('raises what is below it, and the rest keeps its proportions', () => {
    const [row] = combine([run], [1, 2, 3, 4], ['test/1'], 0.05)
    expect([[...(row?.probabilities ?? [])], row?.clipped]).toEqual([[0.665, 0.19, 0.095, 0.05].map((value) => expect.closeTo(value, 15)), 1])
  })

  it('raises also what would fall below it when the rest makes room', () => {
    const near = { poseIds: [1, 2, 3], sequences: new Map([['test/1', Float64Array.of(0.899, 0.101, 0)]]) }
    const [row] = combine([near], [1, 2, 3], ['test/1'], 0.1)
    expect([[...(row?.probabilities ?? [])], row?.clipped]).toEqual([[0.8, 0.1, 0.1].map((value) => expect.closeTo(value, 15)), 2])
  })

  it('leaves a class that no run knows at a millionth where it is lower, and raises it where it is higher', () => {
    const at = (clip: number): number[] => [...(combine([run], [1, 2, 3, 9], ['test/1'], clip)[0]?.probabilities ?? [])]
    expect([at(1e-9)[3], at(1e-3)[3]]).toEqual([expect.closeTo(1e-6, 11), 1e-3])
  })

  it('must leave room for all columns', () => {
    expect(() => requireRoomFor(0.01, 157)).toThrow('157 probabilities cannot all be at least 0.01: together they would be more than 1. Choose a clip of at most 0.006369.')
    for (const [clip, columns] of [[0.01, 100], [0.006, 157], [1e-15, 10_000]] as const) expect(() => requireRoomFor(clip, columns)).not.toThrow()
  })

  it('of any vector leaves nothing below it, sums to 1 and to exactly 1 as decimals, keeps the order, and has the lowest divergence of such vectors', () => {
    const made = fc.integer({ min: 1, max: 160 }).chain((length) => fc.record({ row: vector(length), clip: fc.constantFrom(1e-15, 1e-9, 1e-6, 1.23456789e-4, 0.006, 0.01).filter((value) => value * length <= 1), other: vector(length) }))
    const divergence = (from: Float64Array, to: Float64Array): number => from.reduce((sum, value, index) => sum + (value > 0 ? value * Math.log(value / (to[index] as number)) : 0), 0)
    fc.assert(
      fc.property(made, ({ row, clip, other }) => {
        const { row: raised, raised: count } = raiseTo(row, clip)
        const texts = decimals(raised, clip)
        expect(Math.min(...raised)).toBeGreaterThanOrEqual(clip)
        expect(raised.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
        expect(unitsIn(texts)).toBe(10n ** 15n)
        expect(Math.min(...texts.map(Number))).toBeGreaterThanOrEqual(clip)
        expect(raised.filter((value) => value === clip).length).toBeGreaterThanOrEqual(count)
        const order = [...row.keys()].sort((a, b) => (row[a] as number) - (row[b] as number))
        expect(order.every((index, place) => place === 0 || (raised[index] as number) >= (raised[order[place - 1] as number] as number))).toBe(true)
        const elsewhere = raiseTo(other, clip).row
        expect(divergence(row, raised)).toBeLessThanOrEqual(divergence(row, elsewhere) + 1e-12)
      }),
    )
  })

  it('up to the most that fits makes all the same', () => {
    expect(decimals(raiseTo(Float64Array.of(1, ...Array.from({ length: 99 }, () => 0)), 0.01).row, 0.01)).toEqual(Array.from({ length: 100 }, () => '0.01'))
  })
})

const unitsIn = (texts: readonly string[]): bigint => texts.reduce((sum, text) => sum + (text === '1' ? 10n ** 15n : BigInt(text.slice(2).padEnd(15, '0'))), 0n)

describe('decimals', () => {
  it('are plain, at most 15 places, and sum to exactly 1', () => {
    expect(decimals([1 / 3, 1 / 3, 1 / 3])).toEqual(['0.333333333333334', '0.333333333333333', '0.333333333333333'])
    expect(decimals([1e-15, 1 - 1e-15])).toEqual(['0.000000000000001', '0.999999999999999'])
    expect([decimals([0, 1]), decimals([1]), decimals([0.5, 0.25, 0.25])]).toEqual([['0.000000000000001', '0.999999999999999'], ['1'], ['0.5', '0.25', '0.25']])
    expect(() => decimals([Number.NaN, 1])).toThrow(RangeError)
  })

  it('of any probability vector: no exponent, sum 1, each within a hair', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 160 }).chain(vector), (row) => {
        const texts = decimals(row)
        expect(texts.every((text) => /^(?:0\.\d{1,15}|1)$/.test(text))).toBe(true)
        expect(unitsIn(texts)).toBe(10n ** 15n)
        for (const [index, text] of texts.entries()) expect(Math.abs(Number(text) - (row[index] as number))).toBeLessThan(1e-12)
      }),
    )
  })
})

describe('a submission', () => {
  it('round-trips: what is written has no problems and reads back as it was', () => {
    const made = fc.record({
      poseIds: fc.uniqueArray(fc.integer({ min: 0, max: 195 }), { minLength: 2, maxLength: 12 }),
      folders: fc.uniqueArray(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 8 }),
      bom: fc.boolean(),
      lineEnd: fc.constantFrom('\n' as const, '\r\n' as const),
      finalLineEnd: fc.boolean(),
      seed: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
    })
    fc.assert(
      fc.property(made, ({ poseIds, folders, bom, lineEnd, finalLineEnd, seed }) => {
        const looks = { bom, lineEnd, finalLineEnd }
        const header = ['Image_Path', ...poseIds.map(String)]
        const sample = writeCsv(header, folders.map((number) => [`./test/${number}`, ...poseIds.map(() => '0')]), looks)
        const raw = poseIds.map((_, index) => (seed[index] as number) + 0.01)
        const total = raw.reduce((a, b) => a + b, 0)
        const member = { poseIds, sequences: new Map(folders.slice(1).map((number) => [`test/${number}`, Float64Array.from(raw, (value) => value / total)])) }
        const rows = combine([member], poseIds, folders.map((number) => `test/${number}`))
        const cells = rows.map(({ probabilities }) => decimals(probabilities))
        const text = writeCsv(header, cells.map((row, index) => [`./test/${folders[index]}`, ...row]), looks)
        expect(checkSubmission(text, sample)).toEqual([])
        expect(matrixFrom(text, 'the file')).toEqual({ columns: poseIds, folders: folders.map((number) => `test/${number}`), probabilities: Float64Array.from(cells.flat(), Number) })
        const { header: readHeader, rows: read, ...readLooks } = parseCsv(text)
        expect([readHeader, readLooks, read.length]).toEqual([header, looks, folders.length])
      }),
    )
  })
})

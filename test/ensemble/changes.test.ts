import { describe, expect, it } from 'vitest'
import { compareSubmissions } from '../../src-main/ensemble/changes.ts'
import { matrixFrom, type SubmissionMatrix } from '../../src-main/ensemble/matrix.ts'

const matrix = (columns: (number | null)[], rows: Record<string, number[]>): SubmissionMatrix => ({ columns, folders: Object.keys(rows), probabilities: Float64Array.from(Object.values(rows).flat()) })
const nameOf = (poseId: number): string => `class ${poseId}`
const of = (poseId: number, probability: number) => ({ poseId, name: nameOf(poseId), probability })
const near = (value: number): unknown => expect.closeTo(value, 12)

describe('what changed', () => {
  it('is told sequence by sequence, classes matched by pose id, the largest change first', () => {
    const before = matrix([3, 5, 8], { 'test/1': [0.5, 0.25, 0.25], 'test/2': [0.25, 0.5, 0.25], 'test/3': [0.8, 0.1, 0.1], 'test/4': [1, 0, 0] })
    const after = matrix([8, 3, 5], { 'test/2': [0.25, 0.25, 0.5], 'test/1': [0.25, 0.25, 0.5], 'test/3': [0.05, 0.9, 0.05], 'test/9': [1, 0, 0] })
    // test/1: |0.25| of 3 went to 5; test/3: 0.1 came to 3. KL(later ‖ earlier): 0.25 ln ½ + 0.5 ln 2 = 0.25 ln 2; 0.9 ln 9/8 + 0.1 ln ½; 0.
    expect(compareSubmissions(before, after, nameOf)).toEqual({
      rows: [
        { folder: 'test/1', before: of(3, 0.5), after: of(5, 0.5), distance: near(0.25), drop: near(Math.log(2)) },
        { folder: 'test/3', before: of(3, expect.closeTo(0.8, 12) as number), after: of(3, expect.closeTo(0.9, 12) as number), distance: near(0.1), drop: near(Math.log(0.8 / 0.9)) },
        { folder: 'test/2', before: of(5, 0.5), after: of(5, 0.5), distance: 0, drop: 0 },
      ],
      otherClass: 1,
      same: 1,
      onlyHere: ['test/9'],
      onlyThere: ['test/4'],
      divergence: near((0.25 * Math.log(2) + 0.9 * Math.log(9 / 8) - 0.1 * Math.log(2)) / 3),
    })
  })

  it('leaves out classes that only one has: rows are what is said of the others', () => {
    const { rows } = compareSubmissions(matrix([3, 5, 7], { 'test/1': [0.375, 0.125, 0.5] }), matrix([3, 5, null], { 'test/1': [0.25, 0.25, 0.5] }), nameOf)
    expect(rows).toEqual([{ folder: 'test/1', before: of(3, 0.75), after: of(3, 0.5), distance: near(0.25), drop: near(Math.log(1.5)) }])
  })

  it('stays a number where a probability is 0, and counts a sequence that is there twice once', () => {
    const before = { columns: [3, 5], folders: ['test/1', 'test/1'], probabilities: Float64Array.of(1, 0, 0, 1) }
    const { rows, divergence } = compareSubmissions(before, matrix([3, 5], { 'test/1': [0, 1] }), nameOf)
    expect([rows, divergence]).toEqual([[{ folder: 'test/1', before: of(3, 1), after: of(5, 1), distance: 1, drop: near(15 * Math.log(10)) }], near(15 * Math.log(10))])
  })

  it('is nothing where there is no sequence in common, and refused without a common class', () => {
    expect(compareSubmissions(matrix([3], { 'test/1': [1] }), matrix([3], { 'test/2': [1] }), nameOf)).toEqual({ rows: [], otherClass: 0, same: 0, onlyHere: ['test/2'], onlyThere: ['test/1'], divergence: 0 })
    expect(() => compareSubmissions(matrix([3, null], {}), matrix([5, null], {}), nameOf)).toThrow(/no class in common/)
  })
})

describe('a submission file', () => {
  it('is read as its numbers; a cell that is none is told with its line', () => {
    expect(matrixFrom('\uFEFFImage_Path,3,x\r\n.\\test\\1\\,0.25,7.5e-1\r\n', 'a.csv')).toEqual({ columns: [3, null], folders: ['test/1'], probabilities: Float64Array.of(0.25, 0.75) })
    for (const [cells, what] of [['1,NaN', '"NaN" in column 5'], ['1', 'the row has 2 cells, the header 3'], ['2,0', '"2" in column 3'], ['-1,0', '"-1" in column 3'], ['1,', '"" in column 5']] as const)
      expect(() => matrixFrom(`Image_Path,3,5\n./test/1,0.5,0.5\n./test/2,${cells}\n`, 'a.csv')).toThrow(`a.csv, line 3: ${what}`)
  })
})

import { describe, expect, it } from 'vitest'
import type { Calibration, Confusion, ConfusionCell } from '../../src-main/contract/evaluate.ts'
import { scaleOf } from '../../src-renderer/pages/review/confusion/drawMatrix.ts'
import { cellAt, matrixOf } from '../../src-renderer/pages/review/confusion/matrixClasses.ts'
import { blockLabels, hitAt, inView, shownHeaders } from '../../src-renderer/pages/review/confusion/matrixLayout.ts'
import { placeOf } from '../../src-renderer/pages/review/confusion/matrixPlace.ts'
import { confusedPairs, mistakesByKind, ofKind } from '../../src-renderer/pages/review/confusion/pairList.ts'
import { meansOf, verdictOf } from '../../src-renderer/pages/review/confusion/reliability.ts'
import { palettes } from '../../src-renderer/styles/tokens.ts'

const cell = (answer: number, predicted: number, count: number, logLoss: number, lookAlike: ConfusionCell['lookAlike'] = null): ConfusionCell => ({ answer, predicted, count, logLoss, lookAlike })

/** 10 and 20 are taken for each other, 30 once for 40; 50 is always right. */
const confusion: Confusion = {
  cells: [cell(10, 10, 3, 0.1), cell(10, 20, 1, 3, 'left-right'), cell(20, 10, 2, 2, 'left-right'), cell(20, 20, 2, 0.5), cell(30, 40, 1, 5), cell(30, 30, 1, 0.2), cell(40, 40, 4, 0.1), cell(50, 50, 6, 0.01)],
  classes: [10, 20, 30, 40, 50].map((poseId) => ({ poseId, name: poseId <= 20 ? '총' : `클래스 ${poseId}`, hand: 'right', count: 4 })),
  order: [50, 20, 10, 40, 30],
  clusters: [[20, 10], [40, 30]],
}
const ids = (matrix: { classes: { poseId: number }[] }): number[] => matrix.classes.map(({ poseId }) => poseId)

describe('the classes of the matrix', () => {
  it('stand in the order asked for', () => {
    const orders = (['clustered', 'poseId', 'mistakes', 'logLoss'] as const).map((order) => ids(matrixOf(confusion, order, false)))
    // Log loss by answer: 20 has 2·2 + 2·0.5 = 5, 30 has 5.2, 10 has 3.3, 40 has 0.4, 50 has 0.06.
    expect(orders).toEqual([[50, 20, 10, 40, 30], [10, 20, 30, 40, 50], [20, 10, 30, 40, 50], [30, 20, 10, 40, 50]])
  })

  it('leave out those never confused, and say how many', () => {
    const matrix = matrixOf(confusion, 'clustered', true)
    expect([ids(matrix), matrix.hidden, matrix.cells.length]).toEqual([[20, 10, 40, 30], 1, 7])
  })

  it('hang together in blocks where they stand beside each other, named by what they share', () => {
    expect(matrixOf(confusion, 'clustered', false).blocks).toEqual([{ first: 1, last: 2, name: '총' }, { first: 3, last: 4, name: '클래스 40 · 클래스 30' }])
    expect(matrixOf(confusion, 'poseId', false).blocks).toEqual([])
  })

  it('give each cell its place and its share of the answer', () => {
    const matrix = matrixOf(confusion, 'clustered', false)
    expect(cellAt(matrix, 1, 2)).toMatchObject({ answer: 20, predicted: 10, share: 0.5 })
    expect(cellAt(matrix, 0, 4)).toBeNull()
  })

  it('are a right one, a mistake, a pair that never was, a row and a column under the cursor', () => {
    const matrix = matrixOf(confusion, 'poseId', false)
    const said = ([[0, 0], [0, 1], [0, 4], [1, null], [null, 0]] as const).map(([row, column]) => placeOf(matrix, { row, column })).map((place) => `${place?.kind} ${place?.total} ${place?.wrong}`)
    expect(said).toEqual(['right 3 0', 'mistake 1 1', 'never 0 0', 'row 4 2', 'column 5 2'])
    expect(placeOf(matrix, { row: null, column: null })).toBeNull()
  })
})

describe('the layout of the matrix', () => {
  const stage = { width: 400, height: 300 }

  it('shows every header with room for it, else every n-th of all, whatever part is seen', () => {
    expect(shownHeaders({ first: 2, last: 5 }, 14, null)).toEqual([2, 3, 4, 5])
    expect(shownHeaders({ first: 2, last: 11 }, 5, null)).toEqual([3, 6, 9])
    expect(shownHeaders({ first: 4, last: 11 }, 5, null)).toEqual([6, 9])
  })

  it('keeps the one under the cursor, and room around it', () => {
    expect(shownHeaders({ first: 0, last: 15 }, 5, 7)).toEqual([0, 3, 7, 12, 15])
    expect(shownHeaders({ first: 8, last: 15 }, 5, 7)).toEqual([12, 15])
  })

  it('draws what is on the stage only', () => {
    expect([inView(0, 400, 10, 157), inView(-95, 400, 10, 157), inView(30, 400, 10, 12), inView(-500, 400, 10, 12)]).toEqual([{ first: 0, last: 39 }, { first: 9, last: 49 }, { first: 0, last: 11 }, { first: 50, last: 11 }])
  })

  it('finds cells, and over the headers rows and columns', () => {
    const view = { scale: 0.5, x: 20, y: 10 }
    const at = (x: number, y: number): ReturnType<typeof hitAt> => hitAt(view, 10, stage, [x, y])
    expect([at(20 + 8 * 2 + 1, 10 + 8 * 3 + 1), at(5, 10 + 8 * 3 + 1), at(-60, 12), at(20 + 8 * 9 + 7, -30), at(-5, -5), at(101, 50), at(50, 91)]).toEqual([
      { kind: 'cell', row: 3, column: 2 }, { kind: 'row', row: 3 }, { kind: 'row', row: 0 }, { kind: 'column', column: 9 }, null, null, null,
    ])
  })

  it('names blocks without covering cells or other names, larger ones first', () => {
    const blocks = [{ first: 0, last: 1, name: 'aa' }, { first: 2, last: 7, name: 'bb' }, { first: 8, last: 9, name: 'c' }, { first: 30, last: 38, name: 'right edge' }]
    const cells = [{ ...cell(0, 1, 1, 1), row: 9, column: 12, share: 1 }]
    const labels = blockLabels({ blocks, cells }, { scale: 10 / 16, x: 0, y: 0 }, { width: 400, height: 400 }, (text) => text.length * 20)
    expect(labels.map(({ text, x, y }) => [text, x, y])).toEqual([['right edge', 95, 345], ['bb', 85, 50], ['aa', 25, 10], ['c', 55, 90]])
    const crowded = blockLabels({ blocks: [{ first: 0, last: 3, name: 'wide' }, { first: 4, last: 6, name: 'hidden' }], cells: [] }, { scale: 3 / 16, x: 0, y: 0 }, stage, () => 100)
    expect(crowded.map(({ text }) => text)).toEqual(['wide'])
  })
})

describe('the colours of the matrix', () => {
  it('go up to the largest mistake and the largest right one, each by itself', () => {
    const matrix = matrixOf(confusion, 'poseId', false)
    const [counts, shares] = (['count', 'share'] as const).map((value) => scaleOf(matrix, value, palettes.dark))
    expect([counts?.mistake.largest, counts?.right.largest, shares?.mistake.largest, shares?.right.largest]).toEqual([2, 6, 0.5, 1])
    expect(counts?.mistake.colours.at(-1)).toBe(palettes.dark.bad)
  })
})

describe('the pairs', () => {
  const pairs = confusedPairs(confusion.cells)

  it('are the mistakes, most often first, then the dearer', () => {
    expect(pairs.map(({ answer, predicted }) => `${answer}/${predicted}`)).toEqual(['20/10', '30/40', '10/20'])
  })

  it('are counted by their kind, and only those there are', () => {
    expect(mistakesByKind(pairs)).toEqual([{ kind: 'all', count: 4 }, { kind: 'left-right', count: 3 }])
    expect(ofKind(pairs, 'left-right').map(({ answer }) => answer)).toEqual([20, 10])
  })
})

describe('calibration in words', () => {
  const made = (bins: readonly [count: number, confidence: number, accuracy: number][]): Calibration => ({
    bins: bins.map(([count, confidence, accuracy], index) => ({ from: index / bins.length, to: (index + 1) / bins.length, count, confidence, accuracy })), expectedCalibrationError: 0, brier: 0,
  })

  it('weighs each bin by its predictions', () => {
    expect(meansOf(made([[0, Number.NaN, Number.NaN], [1, 0.6, 0], [3, 0.9, 1]]))).toEqual({ count: 4, confidence: expect.closeTo(0.825, 9), accuracy: 0.75 })
  })

  it('says too careful, too sure, or that it can be believed', () => {
    const verdict = (confidence: number, accuracy: number): ReturnType<typeof verdictOf> => verdictOf({ count: 1, confidence, accuracy })
    expect([verdict(0.91, 0.97), verdict(0.99, 0.8), verdict(0.9, 0.915), verdictOf(meansOf(made([[0, 0, 0]])))]).toEqual(['careful', 'sure', 'matched', null])
  })
})

import type { FlipHistogramRow } from '../../../../src-main/contract/crop.ts'

/** The histogram at the four corners of the two ratios: none mirrored, all left to right, all top to bottom, all both ways. */
export type CornerRows = readonly [none: readonly FlipHistogramRow[], horizontal: readonly FlipHistogramRow[], vertical: readonly FlipHistogramRow[], both: readonly FlipHistogramRow[]]

/** Expected samples at any ratios: samples are mirrored one by one, first left to right and then top to bottom, so the expectation is linear in either ratio. */
export function countsAt(corners: CornerRows, flipRatio: number, verticalFlipRatio: number): FlipHistogramRow[] {
  const weights = [(1 - flipRatio) * (1 - verticalFlipRatio), flipRatio * (1 - verticalFlipRatio), (1 - flipRatio) * verticalFlipRatio, flipRatio * verticalFlipRatio]
  const expected = corners.map((rows) => new Map(rows.map((row) => [row.poseId, row.expected])))
  return corners[0].map((row) => ({ ...row, expected: expected.reduce((sum, of, at) => sum + (weights[at] ?? 0) * (of.get(row.poseId) ?? 0), 0) }))
}

const handGroups = ['left', 'right', 'both', 'unknown'] as const
export type HandGroup = (typeof handGroups)[number]

export interface HandTotal {
  hand: HandGroup
  classes: number
  frames: number
  derived: number
  expected: number
}

/** Samples of all classes of a hand together; hands that no class has are left out. */
export function handTotals(rows: readonly FlipHistogramRow[]): HandTotal[] {
  return handGroups.flatMap((hand) => {
    const own = rows.filter((row) => row.hand === hand)
    const sum = (value: (row: FlipHistogramRow) => number): number => own.reduce((total, row) => total + value(row), 0)
    return own.length === 0 ? [] : [{ hand, classes: own.length, frames: sum(({ frames }) => frames), derived: sum(({ derived }) => derived), expected: sum(({ expected }) => expected) }]
  })
}

export const barOrders = ['class', 'rare', 'hand'] as const
export type BarOrder = (typeof barOrders)[number]

/** The classes to draw: of one hand or all, by pose id, by hand, or with the rarest first. */
export function orderBars(rows: readonly FlipHistogramRow[], order: BarOrder, hand: HandGroup | 'all'): FlipHistogramRow[] {
  const place = (row: FlipHistogramRow): number => (order === 'rare' ? row.expected : order === 'hand' ? handGroups.indexOf(row.hand as HandGroup) : 0)
  return rows.filter((row) => hand === 'all' || row.hand === hand).sort((a, b) => place(a) - place(b) || a.poseId - b.poseId)
}

import type { Confusion, ConfusionCell } from '../../../../src-main/contract/evaluate.ts'

export const matrixOrders = ['clustered', 'poseId', 'mistakes', 'logLoss'] as const
export type MatrixOrder = (typeof matrixOrders)[number]

export type MatrixClass = Confusion['classes'][number]

/** A confusion matrix as it is shown: some classes, in some order. Row = answer, column = prediction. */
export interface Matrix {
  classes: MatrixClass[]
  cells: MatrixCell[]
  /** Cells by `row × classes.length + column`. */
  byPlace: Map<number, MatrixCell>
  /** Runs of classes that are taken for each other. */
  blocks: { first: number; last: number; name: string }[]
  /** Classes that are never confused and therefore not in it. */
  hidden: number
}

export interface MatrixCell extends ConfusionCell {
  row: number
  column: number
  /** Share of its answer's rows, 0–1. */
  share: number
}

/** Above as many classes those that are never confused are hidden at first. */
export const fewClasses = 40

export const isMistake = ({ answer, predicted }: ConfusionCell): boolean => answer !== predicted

/** Classes that are the answer or the prediction of a mistake. */
const confused = (cells: readonly ConfusionCell[]): Set<number> => new Set(cells.filter(isMistake).flatMap(({ answer, predicted }) => [answer, predicted]))

/** Sum over the cells of each answer, largest first; of equals the lower pose id. */
function byAnswer(classes: readonly MatrixClass[], cells: readonly ConfusionCell[], weight: (cell: ConfusionCell) => number): MatrixClass[] {
  const sums = new Map<number, number>()
  for (const cell of cells) sums.set(cell.answer, (sums.get(cell.answer) ?? 0) + weight(cell))
  return classes.toSorted((a, b) => (sums.get(b.poseId) ?? 0) - (sums.get(a.poseId) ?? 0) || a.poseId - b.poseId)
}

/** Classes in an order: beside those they are taken for, by id, or those with most mistakes or most log loss of their sequences first. */
function ordered({ classes, cells, order }: Confusion, by: MatrixOrder): MatrixClass[] {
  if (by === 'mistakes') return byAnswer(classes, cells, (cell) => (isMistake(cell) ? cell.count : 0))
  if (by === 'logLoss') return byAnswer(classes, cells, (cell) => cell.count * cell.logLoss)
  if (by === 'poseId') return classes.toSorted((a, b) => a.poseId - b.poseId)
  const place = new Map(order.map((poseId, index) => [poseId, index]))
  return classes.toSorted((a, b) => (place.get(a.poseId) ?? order.length) - (place.get(b.poseId) ?? order.length) || a.poseId - b.poseId)
}

/** What a block of classes is called: the one name they share, or the names of its two largest and how many more. */
function blockName(classes: readonly MatrixClass[]): string {
  const names = [...new Set(classes.toSorted((a, b) => b.count - a.count).map(({ name }) => name))]
  return names.length <= 2 ? names.join(' · ') : `${names.slice(0, 2).join(' · ')} +${names.length - 2}`
}

/** Runs of neighbours that one cluster holds; only in clustered order are they a block of the matrix. */
function blocksOf(classes: readonly MatrixClass[], clusters: readonly (readonly number[])[]): Matrix['blocks'] {
  const clusterOf = new Map(clusters.flatMap((poseIds, cluster) => poseIds.map((poseId) => [poseId, cluster] as const)))
  const blocks: { first: number; last: number; cluster: number }[] = []
  for (const [index, { poseId }] of classes.entries()) {
    const cluster = clusterOf.get(poseId)
    const before = blocks.at(-1)
    if (cluster === undefined) continue
    if (before?.cluster === cluster && before.last === index - 1) before.last = index
    else blocks.push({ first: index, last: index, cluster })
  }
  return blocks.filter(({ first, last }) => last > first).map(({ first, last }) => ({ first, last, name: blockName(classes.slice(first, last + 1)) }))
}

/** The matrix to show. `mistakesOnly` leaves out classes that are never confused. */
export function matrixOf(confusion: Confusion, order: MatrixOrder, mistakesOnly: boolean): Matrix {
  const wanted = mistakesOnly ? confused(confusion.cells) : null
  const classes = ordered(confusion, order).filter(({ poseId }) => wanted === null || wanted.has(poseId))
  const place = new Map(classes.map(({ poseId }, index) => [poseId, index]))
  const totals = new Map<number, number>()
  for (const { answer, count } of confusion.cells) totals.set(answer, (totals.get(answer) ?? 0) + count)
  const cells = confusion.cells.flatMap((cell): MatrixCell[] => {
    const [row, column] = [place.get(cell.answer), place.get(cell.predicted)]
    return row === undefined || column === undefined ? [] : [{ ...cell, row, column, share: cell.count / (totals.get(cell.answer) ?? cell.count) }]
  })
  return {
    classes,
    cells,
    byPlace: new Map(cells.map((cell) => [cell.row * classes.length + cell.column, cell])),
    blocks: order === 'clustered' ? blocksOf(classes, confusion.clusters) : [],
    hidden: confusion.classes.length - classes.length,
  }
}

export const cellAt = (matrix: Matrix, row: number, column: number): MatrixCell | null => matrix.byPlace.get(row * matrix.classes.length + column) ?? null

import type { EmbeddingMap } from '../../../../src-main/contract/evaluate.ts'
import type { MapPoint, PointCloud } from './pointCloud.ts'

export interface DuplicatePair {
  a: MapPoint
  b: MapPoint
  distance: number
  /** Two sequences that look the same carry two labels, or one is tested and the other learnt. */
  conflict: 'labels' | 'testAndTrain' | null
}

export function duplicatePairs({ duplicates }: EmbeddingMap, { points, indexOf }: PointCloud): DuplicatePair[] {
  const at = (folder: string): MapPoint | undefined => points[indexOf.get(folder) ?? -1]
  return duplicates.flatMap(({ a, b, distance }): DuplicatePair[] => {
    const [first, second] = [at(a), at(b)]
    if (first === undefined || second === undefined) return []
    const labelsDiffer = first.poseId !== null && second.poseId !== null && first.poseId !== second.poseId
    const across = (first.state === 'test') !== (second.state === 'test')
    return [{ a: first, b: second, distance, conflict: across ? 'testAndTrain' : labelsDiffer ? 'labels' : null }]
  })
}

/** Above as many times what is usual in its class a sequence stands apart. */
export const apart = 2

/** Sequences that stand apart from their class, the farthest first. */
export const outliersOf = ({ points }: PointCloud): MapPoint[] => points.filter(({ outlier }) => outlier !== null && outlier > apart).sort((a, b) => (b.outlier ?? 0) - (a.outlier ?? 0))

/** The highest log loss first, then those without one. */
export const worstFirst = (points: readonly MapPoint[]): MapPoint[] => points.toSorted((a, b) => (b.row?.logLoss ?? -1) - (a.row?.logLoss ?? -1))

export interface Enclosed {
  points: MapPoint[]
  /** Those that the table has, and their mean log loss. */
  listed: string[]
  logLoss: number | null
  wrong: number
}

/** What a lasso holds, in numbers. */
export function enclosedOf({ points }: PointCloud, indices: ReadonlySet<number>): Enclosed {
  const inside = worstFirst([...indices].flatMap((index) => points[index] ?? []))
  const rows = inside.flatMap(({ row }) => row ?? [])
  return {
    points: inside,
    listed: rows.map(({ group }) => group),
    logLoss: rows.length === 0 ? null : rows.reduce((sum, { logLoss }) => sum + logLoss, 0) / rows.length,
    wrong: rows.filter(({ poseId, predictedPoseId }) => poseId !== predictedPoseId).length,
  }
}

import type { SequenceSummary } from '../../../../src-main/contract/dataset.ts'
import type { EmbeddingMap, GroupRow } from '../../../../src-main/contract/evaluate.ts'
import type { Size } from '../../../editor/viewport.ts'

/** What the fold's network knew of a sequence: nothing and it was asked (validated), it learnt from it, or nobody knows the answer (test). */
export type PointState = 'validated' | 'learnt' | 'test'

export interface MapPoint {
  folder: string
  state: PointState
  outlier: number | null
  poseId: number | null
  className: string | null
  /** What the run predicted out of fold; null for test sequences and those that no finished fold validated. */
  row: GroupRow | null
  summary: SequenceSummary | null
}

/** The points of a map, with their places in a plane of `size`, y down. */
export interface PointCloud {
  points: MapPoint[]
  x: Float32Array
  y: Float32Array
  size: Size
  indexOf: Map<string, number>
}

/** Longer side of the plane; the other one follows the map's own proportions. */
const longSide = 1000

/** Joins a map with what is known of its sequences. */
export function cloudOf(map: EmbeddingMap, fold: number, rows: readonly GroupRow[], summaries: ReadonlyMap<string, SequenceSummary>): PointCloud {
  const rowOf = new Map(rows.map((row) => [row.group, row]))
  const points = map.points.map(({ folder, role, outlier }): MapPoint => {
    const row = rowOf.get(folder) ?? null
    const summary = summaries.get(folder) ?? null
    return {
      folder,
      state: role === 'test' ? 'test' : row?.fold === fold ? 'validated' : 'learnt',
      outlier,
      poseId: row?.poseId ?? summary?.poseId ?? null,
      className: row?.answerName ?? summary?.className ?? null,
      row,
      summary,
    }
  })
  const range = (values: readonly number[]): { from: number; length: number } => {
    const from = values.reduce((least, value) => Math.min(least, value), Infinity)
    return { from, length: values.reduce((most, value) => Math.max(most, value), -Infinity) - from }
  }
  const [across, up] = [range(map.points.map(({ x }) => x)), range(map.points.map(({ y }) => y))]
  const unit = longSide / (Math.max(across.length, up.length) || 1)
  return {
    points,
    x: Float32Array.from(map.points, ({ x }) => (x - across.from) * unit),
    y: Float32Array.from(map.points, ({ y }) => (up.from + up.length - y) * unit),
    size: { width: Math.max(1, across.length * unit), height: Math.max(1, up.length * unit) },
    indexOf: new Map(points.map(({ folder }, index) => [folder, index])),
  }
}

import type { Point } from '../../../src-main/contract/dataset.ts'
import type { PredictedDetail } from '../../../src-main/contract/predict.ts'

/** A predicted frame's keypoints as skeletons are drawn from; rows without a place are not drawn. */
export const framePoints = ({ points }: Pick<PredictedDetail['frameRows'][number], 'points'>): { points: Point[]; erased: number[]; moved: number[] } => ({
  points: points.map((point) => (point === null ? [Number.NaN, Number.NaN, 0] : [point[0], point[1], 0])),
  erased: points.flatMap((point, row) => (point === null ? [row] : [])),
  moved: [],
})

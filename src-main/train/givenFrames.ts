import type { FrameRecord } from '../contract/dataset.ts'
import type { GivenSequence } from '../contract/rooms.ts'

type GivenFrame = GivenSequence['frames'][number]

/** A frame that is not the data set's as one that is, without edits. */
export const givenRecord = ({ number, file, width, height, points }: GivenFrame): FrameRecord => ({
  number,
  file: file ?? '',
  width,
  height,
  original: points.map(([x, y, z]): [number, number, number] => [x, y, z]),
  points: points.map(([x, y, z]): [number, number, number] => [x, y, z]),
  erased: points.flatMap(([x, y], row) => (Number.isFinite(x) && Number.isFinite(y) ? [] : row)),
  hidden: [],
  moved: [],
  conflicts: [],
  unreadable: null,
})

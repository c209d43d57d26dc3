import type { GroupDetail } from '../../../../src-main/contract/evaluate.ts'

export interface TimelinePaths {
  x: (frame: number) => number
  y: (probability: number) => number
  frameAt: (x: number) => number
  /** Paths of the two probabilities, and the answer's points. */
  answer: string
  predicted: string
  dots: { frame: number; x: number; y: number }[]
  /** Places of frames whose most probable class is another than the answer. */
  wrong: number[]
}

/** Room at the sides, so that the first and last point are whole, pixels. */
const side = 4

/** The lines of a sequence's timeline in a box of width × height pixels: frame numbers go across, probability 0–1 up. */
export function timelinePaths({ frameRows, poseId, predictedPoseId }: Pick<GroupDetail, 'frameRows' | 'poseId' | 'predictedPoseId'>, width: number, height: number): TimelinePaths {
  const [first, last] = [frameRows[0]?.frame ?? 0, frameRows.at(-1)?.frame ?? 0]
  const scale = (width - 2 * side) / Math.max(1, last - first)
  const x = (frame: number): number => (last === first ? width / 2 : side + (frame - first) * scale)
  const y = (probability: number): number => 4 + (1 - probability) * (height - 12)
  const path = (values: number[]): string => values.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(frameRows[at]?.frame ?? 0).toFixed(1)} ${y(value).toFixed(1)}`).join('')
  const chances = frameRows.map(({ top }) => top.find((entry) => entry.poseId === predictedPoseId)?.probability ?? 0)
  return {
    x,
    y,
    frameAt: (at) => (last === first ? first : first + (at - side) / scale),
    answer: path(frameRows.map(({ answerProbability }) => answerProbability)),
    predicted: path(chances),
    dots: frameRows.map(({ frame, answerProbability }) => ({ frame, x: x(frame), y: y(answerProbability) })),
    wrong: frameRows.flatMap(({ frame, top }) => (top[0] !== undefined && top[0].poseId !== poseId ? [x(frame)] : [])),
  }
}

/** The frame nearest to a place between frames; null when there are none. */
export const nearestFrame = (frames: readonly number[], place: number): number | null =>
  frames.reduce<number | null>((best, frame) => (best === null || Math.abs(frame - place) < Math.abs(best - place) ? frame : best), null)

/** Position in another sequence's frames that goes with a position in one's own: both play from their first to their last frame together. */
export const inStep = (index: number, count: number, otherCount: number): number => (count < 2 ? 0 : Math.round((index / (count - 1)) * (otherCount - 1)))

import type { PredictedDetail } from '../../../src-main/contract/predict.ts'

type Frames = readonly Pick<PredictedDetail['frameRows'][number], 'top'>[]

/** A class over the frames of a sequence. */
export interface Lane {
  poseId: number
  name: string
  /** Probability in each frame; 0 where it is not among the frame's most probable. */
  values: number[]
}

/** The classes with the most probability over all frames together, most first. */
export function classLanes(frames: Frames, count: number): Lane[] {
  const lanes = new Map<number, Lane & { sum: number }>()
  frames.forEach(({ top }, position) => {
    for (const { poseId, name, probability } of top) {
      const lane = lanes.get(poseId) ?? { poseId, name, values: Array.from(frames, () => 0), sum: 0 }
      lane.values[position] = probability
      lane.sum += probability
      lanes.set(poseId, lane)
    }
  })
  return [...lanes.values()]
    .sort((first, second) => second.sum - first.sum || first.poseId - second.poseId)
    .slice(0, count)
    .map(({ poseId, name, values }) => ({ poseId, name, values }))
}

/** Outline of a lane in a box of width × height pixels: a step a frame, as high as its probability. */
export function lanePath(values: readonly number[], width: number, height: number): string {
  const step = width / Math.max(1, values.length)
  const steps = values.map((value, position) => `V${(height * (1 - value)).toFixed(1)}H${((position + 1) * step).toFixed(1)}`)
  return `M0 ${height}${steps.join('')}V${height}Z`
}

/** Position of the frame below a place of such a box. */
export const laneAt = (x: number, width: number, frames: number): number => Math.min(frames - 1, Math.max(0, Math.floor((x / Math.max(1, width)) * frames)))

import type { FrameRecord } from '../../../src-main/contract/dataset.ts'

/** A keypoint's coordinate over a sequence, one entry a frame; null where the frame has no such row. */
export interface TrackPoint {
  frame: number
  value: number | null
  /** As the file has it, where that differs. */
  original: number | null
  erased: boolean
}

export function trackOf(frames: readonly FrameRecord[], row: number, axis: 0 | 1): TrackPoint[] {
  return frames.map(({ number, points, original, erased, moved }) => {
    const value = points[row]?.[axis]
    const before = original?.[row]?.[axis]
    return {
      frame: number,
      value: value !== undefined && Number.isFinite(value) ? value : null,
      original: moved.includes(row) && before !== undefined && Number.isFinite(before) ? before : null,
      erased: erased.includes(row),
    }
  })
}

/** The lines of a track: runs of frames that have the point, not erased, as [position, value] pairs. */
export function trackRuns(track: readonly TrackPoint[]): [position: number, value: number][][] {
  const runs: [number, number][][] = [[]]
  for (const [position, { value, erased }] of track.entries()) {
    if (value === null || erased) runs.push([])
    else runs.at(-1)?.push([position, value])
  }
  return runs.filter((run) => run.length > 0)
}

/** Runs of frames without the point (missing or erased), as first and last position. */
export function trackGaps(track: readonly TrackPoint[]): { from: number; to: number }[] {
  const gaps: { from: number; to: number }[] = []
  for (const [position, { value, erased }] of track.entries()) {
    if (value !== null && !erased) continue
    const last = gaps.at(-1)
    if (last !== undefined && last.to === position - 1) last.to = position
    else gaps.push({ from: position, to: position })
  }
  return gaps
}

const window = 3
const deviations = 4
/** Pixels that nothing is an outlier within: the tracker trembles. */
const leastPixels = 24

/**
 * Points that are off their neighbours in time: further from the median of the three frames before and after than four robust deviations
 * of the whole track's distances from it, and than 24 px. (Hampel's identifier: R. K. Pearson, “Outliers in process modeling and identification”, 2002.)
 */
export function trackOutliers(track: readonly TrackPoint[]): { position: number; by: number }[] {
  const live = track.flatMap(({ value, erased }, position) => (value === null || erased ? [] : [{ position, value }]))
  if (live.length < 4) return []
  const offs = live.map(({ position, value }, at) => {
    const around = live.slice(Math.max(0, at - window), at + window + 1).filter((other) => other.position !== position)
    return { position, by: Math.abs(value - median(around.map((other) => other.value))) }
  })
  const limit = Math.max(leastPixels, deviations * 1.4826 * median(offs.map(({ by }) => by)))
  return offs.filter(({ by }) => by > limit)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

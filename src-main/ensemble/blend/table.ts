import { saysNothing } from '../../evaluate/metrics.ts'
import { logsOf } from './temperature.ts'

/** What runs said of the same sequences, over all their classes. */
export interface BlendTable {
  /** Pose ids of all runs together, ascending: position = class index. */
  poseIds: readonly number[]
  folders: readonly string[]
  /** Class index of each sequence's label; −1: no run knows it. */
  answers: readonly number[]
  /** [members][sequences] natural logs of probabilities over all classes, −∞ where a run does not know the class; null where it says nothing. */
  logs: readonly (readonly (Float64Array | null)[])[]
  /** The part of each sequence: scores of a part's sequences are by fits on the other parts. */
  parts: readonly number[]
}

/** The pose ids of several class tables, ascending. */
export const unionOf = (tables: readonly (readonly number[])[]): number[] => [...new Set(tables.flat())].sort((a, b) => a - b)

/**
 * Lays a run's row over the classes of all runs.
 * @param row [own classes]
 * @param ownPoseIds the run's classes
 * @param missing value of a class that the run does not know
 */
export function spread(row: Float64Array, ownPoseIds: readonly number[], poseIds: readonly number[], missing: number): Float64Array {
  const places = new Map(ownPoseIds.map((poseId, place) => [poseId, place]))
  return Float64Array.from(poseIds, (poseId) => {
    const place = places.get(poseId)
    return place === undefined ? missing : (row[place] as number)
  })
}

/** The logs of a run's row over the classes of all runs; null where it says nothing. */
export const spreadLogs = (row: Float64Array, ownPoseIds: readonly number[], poseIds: readonly number[]): Float64Array | null =>
  saysNothing(row) ? null : spread(logsOf(row), ownPoseIds, poseIds, -Infinity)

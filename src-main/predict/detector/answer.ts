import { keypointsPerHand } from '../../contract/hand.ts'
import type { GivenPoint } from '../readGiven.ts'

/** What a detector says of one picture; `fault`: an answer that cannot be used. */
export type DetectorAnswer = { file: string; points: GivenPoint[] } | { file: string; fault: string }

/**
 * Reads a line of a detector's: `{"file": …, "keypoints": [[x, y, z], …]}` with 21 or 42 rows, or none.
 * @returns null for a line that is no such object, or of a picture that was not asked about (again)
 */
export function readAnswer(line: string, asked: ReadonlySet<string>): DetectorAnswer | null {
  const value = parsed(line)
  if (typeof value !== 'object' || value === null) return null
  const { file, keypoints } = value as { file?: unknown; keypoints?: unknown }
  if (typeof file !== 'string' || !asked.has(file)) return null
  if (!Array.isArray(keypoints)) return { file, fault: 'it gave no list of "keypoints"' }
  if (keypoints.length !== 0 && keypoints.length !== keypointsPerHand && keypoints.length !== 2 * keypointsPerHand)
    return { file, fault: `it gave ${keypoints.length} keypoints, where one hand has ${keypointsPerHand} and two have ${2 * keypointsPerHand}` }
  const points: GivenPoint[] = []
  for (const [row, point] of (keypoints as unknown[]).entries()) {
    const [x, y, z = 0]: unknown[] = Array.isArray(point) ? point : []
    if (!isFinite(x) || !isFinite(y) || !isFinite(z)) return { file, fault: `its keypoint ${row} is not two or three finite numbers` }
    points.push([x, y, z])
  }
  return { file, points }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return null
  }
}

const isFinite = (value: unknown): value is number => Number.isFinite(value)

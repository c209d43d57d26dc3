import type { SubmissionChange, SubmissionComparison } from '../contract/ensemble.ts'
import { HandloomError } from '../contract/errors.ts'
import { argMax } from '../evaluate/metrics.ts'
import { smallestProbability } from './combine.ts'
import { rowOf, type SubmissionMatrix } from './matrix.ts'

/** Rows that differ by less are the same. */
const sameWithin = 1e-9

/**
 * What is another in a later submission, sequence by sequence: rows matched by folder, columns by pose id. Where only one has some classes, both rows are what
 * they say of the classes that they share.
 * @returns rows with the largest total variation distance first; equals in the later one's order
 * @throws HandloomError `bad-request` when they have no class in common
 */
export function compareSubmissions(before: SubmissionMatrix, after: SubmissionMatrix, nameOf: (poseId: number) => string): Omit<SubmissionComparison, 'id' | 'against'> {
  const poseIds = [...new Set(after.columns)].filter((poseId) => poseId !== null && before.columns.includes(poseId)) as number[]
  if (poseIds.length === 0) throw new HandloomError('bad-request', 'The two submissions have no class in common, so there is nothing to compare. Choose two of the same classes.')
  const [there, here] = [before, after].map((matrix) => sharesOf(matrix, poseIds)) as [Map<string, Float64Array>, Map<string, Float64Array>]
  const rows: SubmissionChange[] = []
  let divergence = 0
  for (const [folder, later] of here) {
    const earlier = there.get(folder)
    if (!earlier) continue
    rows.push(changeOf(folder, earlier, later, (row, index) => ({ poseId: poseIds[index] as number, name: nameOf(poseIds[index] as number), probability: row[index] as number })))
    divergence += later.reduce((sum, probability, index) => sum + probability * (logOf(probability) - logOf(earlier[index] as number)), 0)
  }
  return {
    rows: rows.sort((a, b) => b.distance - a.distance),
    otherClass: rows.filter((row) => row.before.poseId !== row.after.poseId).length,
    same: rows.filter(({ distance }) => distance <= sameWithin).length,
    onlyHere: [...here.keys()].filter((folder) => !there.has(folder)),
    onlyThere: [...there.keys()].filter((folder) => !here.has(folder)),
    divergence: rows.length === 0 ? 0 : divergence / rows.length,
  }
}

function changeOf(folder: string, earlier: Float64Array, later: Float64Array, shown: (row: Float64Array, index: number) => SubmissionChange['before']): SubmissionChange {
  const top = argMax(earlier)
  return {
    folder,
    before: shown(earlier, top),
    after: shown(later, argMax(later)),
    distance: earlier.reduce((sum, probability, index) => sum + Math.abs(probability - (later[index] as number)), 0) / 2,
    drop: logOf(earlier[top] as number) - logOf(later[top] as number),
  }
}

const logOf = (probability: number): number => Math.log(Math.max(probability, smallestProbability))

/** Each sequence's probabilities over some classes, sum 1; of a sequence that is there twice the first. */
function sharesOf(matrix: SubmissionMatrix, poseIds: readonly number[]): Map<string, Float64Array> {
  const places = poseIds.map((poseId) => matrix.columns.indexOf(poseId))
  const shares = new Map<string, Float64Array>()
  for (const [row, folder] of matrix.folders.entries()) {
    if (shares.has(folder)) continue
    const whole = rowOf(matrix, row)
    const own = Float64Array.from(places, (place) => whole[place] as number)
    const sum = own.reduce((total, value) => total + value, 0)
    shares.set(folder, sum > 0 ? own.map((value) => value / sum) : own.fill(1 / own.length))
  }
  return shares
}

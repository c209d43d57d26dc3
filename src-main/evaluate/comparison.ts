import { jensenShannon, matchClasses, type ClassMatch } from './divergence.ts'
import { findLabelIssues, type LabelIssues } from './labelIssues.ts'
import { saysNothing } from './metrics.ts'
import type { ReviewData } from './reviewData.ts'
import type { ScoredRows, ScoredRun } from './scoredRun.ts'

/** Rows of a run beside those of another run, in the order of the run's own. What was predicted is compared, not what rules make of it. */
export interface ComparedRows {
  /** Rows of the other run at the same level. */
  other: ScoredRows
  /** The other run's row of the same sequence or frame; −1: it did not predict it out of fold. */
  place: Int32Array
  /** 1: the most probable classes differ, and neither run can say nothing. */
  differs: Uint8Array
  /** Own log loss less the other's; NaN without a row of the other. */
  change: Float64Array
  /** Jensen-Shannon divergence of a row, bits; 0 where one of the runs can say nothing, NaN without a row of the other. */
  disagreement(row: number): number
  /** That of all rows. */
  readonly disagreements: Float64Array
}

/** A run beside another one. */
export interface Comparison {
  own: ScoredRun
  other: ScoredRun
  classes: ClassMatch
  sequences: ComparedRows
  readonly frames: ComparedRows
  /** Labels as both runs together doubt them. */
  readonly labels: LabelIssues
}

/** Compares what two runs predicted of the same sequences and frames, which are known by folder and number. What takes long is computed when it is first asked for. */
export function compareRuns(own: ScoredRun, other: ScoredRun): Comparison {
  const classes = matchClasses(own.poseIds, other.poseIds)
  const placeOf = new Map(other.folders.map((folder, sequence) => [folder, sequence]))
  const places = Int32Array.from(own.folders, (folder) => placeOf.get(folder) ?? -1)
  const sequences = compareRows(own.sequences, other.sequences, places, classes)
  let frames: ComparedRows | null = null
  let labels: LabelIssues | null = null
  return {
    own, other, classes, sequences,
    get frames() {
      return (frames ??= compareRows(own.frames, other.frames, placesOfFrames(own.frames, other.frames, places), classes))
    },
    get labels() {
      return (labels ??= labelIssuesOfBoth(own, sequences, classes))
    },
  }
}

/** What rows are compared with; null: with nothing. */
export const comparedRows = ({ against }: ReviewData, rows: ScoredRows): ComparedRows | null => against && (rows.level === 'frame' ? against.frames : against.sequences)

function compareRows(own: ScoredRows, other: ScoredRows, place: Int32Array, classes: ClassMatch): ComparedRows {
  const differs = new Uint8Array(own.length)
  const change = new Float64Array(own.length).fill(Number.NaN)
  const silent = (row: number): boolean => saysNothing(own.probabilities(row)) || saysNothing(other.probabilities(place[row]!))
  for (let row = 0; row < own.length; row++) {
    const at = place[row]!
    if (at < 0) continue
    change[row] = own.logLoss[row]! - other.logLoss[at]!
    differs[row] = Number(classes.inOther[own.predicted[row]!] !== other.predicted[at] && !silent(row))
  }
  const disagreement = (row: number): number => {
    if (place[row]! < 0) return Number.NaN
    return silent(row) ? 0 : jensenShannon(own.probabilities(row), other.probabilities(place[row]!), classes)
  }
  let disagreements: Float64Array | null = null
  return {
    other, place, differs, change, disagreement,
    get disagreements() {
      return (disagreements ??= new Float64Array(own.length).map((_, row) => disagreement(row)))
    },
  }
}

/** Where the frames of one run are among another's: the first of the same number in the same sequence. */
function placesOfFrames(own: ScoredRows, other: ScoredRows, placesOfSequences: Int32Array): Int32Array {
  const first = new Map<number, number>()
  for (let row = other.length - 1; row >= 0; row--) first.set(other.sequence[row]!, row)
  const places = new Int32Array(own.length).fill(-1)
  let [sequence, at] = [-1, 0]
  for (let row = 0; row < own.length; row++) {
    const wanted = placesOfSequences[own.sequence[row]!]!
    if (wanted < 0) continue
    if (wanted !== sequence) [sequence, at] = [wanted, first.get(wanted)!]
    while (other.sequence[at] === wanted && other.frame![at]! < own.frame![row]!) at++
    if (other.sequence[at] === wanted && other.frame![at] === own.frame![row]) places[row] = at
  }
  return places
}

/**
 * Label issues by the mean of both runs' probabilities, over the first run's classes. Where only one of them predicted the sequence, or the other
 * can say nothing of it, by that one's.
 */
function labelIssuesOfBoth({ poseIds, answers, sequences }: ScoredRun, { other, place }: ComparedRows, { inOther }: ClassMatch): LabelIssues {
  const mean = new Float64Array(poseIds.length)
  const probabilities = (sequence: number): ArrayLike<number> => {
    const own = sequences.probabilities(sequence)
    if (place[sequence]! < 0) return own
    const theirs = other.probabilities(place[sequence]!)
    if (saysNothing(theirs)) return own
    const ownShare = saysNothing(own) ? 0 : 0.5
    for (let index = 0; index < mean.length; index++) mean[index] = ownShare * own[index]! + (1 - ownShare) * (theirs[inOther[index]!] ?? 0)
    return mean
  }
  const given = Float64Array.from(answers, (answer, sequence) => probabilities(sequence)[answer] ?? 0)
  return findLabelIssues({ classes: poseIds.length, labels: answers, given, probabilities })
}

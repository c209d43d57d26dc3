import type { GroupPage, GroupQuery, GroupRow } from '../contract/evaluate.ts'
import { comparedRows } from './comparison.ts'
import { saysNothing } from './metrics.ts'
import { selectRows } from './review.ts'
import { rowsOf, type ReviewData } from './reviewData.ts'
import type { ScoredRows } from './scoredRun.ts'

/**
 * A row of the review table for people to read. Of a frame, `frames` is 1 and what belongs to sequences is its sequence's. Where rows after the
 * rules are looked at, share and look-alike are those of the scores after them.
 */
export function groupRow(data: ReviewData, rows: ScoredRows, row: number): GroupRow {
  const { run, summaries, labels, afterRules, causes, name, lookAlike } = data
  const sequence = rows.sequence[row]!
  const group = run.folders[sequence]!
  const poseId = run.answerPoseIds[sequence]!
  const before = rows === afterRules?.rows ? run.sequences : rows
  const predictedPoseId = run.poseIds[before.predicted[row]!]!
  const { actor, hand, view } = summaries[sequence]!
  const suggested = labels.suggested[sequence]!
  const suggestedPoseId = suggested < 0 ? null : run.poseIds[suggested]!
  const entry = causes.get(group)
  return {
    group,
    frame: rows.frame ? rows.frame[row]! : null,
    answerName: name(poseId),
    poseId,
    logLoss: before.logLoss[row]!,
    predictedPoseId,
    predictedName: name(predictedPoseId),
    confidence: before.confidence[row]!,
    answerProbability: before.answerProbability[row]!,
    frames: rows.frame ? 1 : run.frameCounts[sequence]!,
    fold: rows.fold[row]!,
    actor,
    hand,
    view,
    share: rows.total > 0 ? rows.logLoss[row]! / rows.total : 0,
    lookAlike: lookAlike(poseId, run.poseIds[rows.predicted[row]!]!),
    afterRules: rows.frame ? null : afterRulesOf(data, sequence),
    labelQuality: labels.quality[sequence]!,
    labelIssue: suggestedPoseId !== null,
    suggestedPoseId,
    suggestedName: suggestedPoseId === null ? null : name(suggestedPoseId),
    cause: entry?.cause ?? null,
    note: entry?.note ?? '',
    unknown: saysNothing(before.probabilities(row)),
    against: againstOf(data, rows, row),
  }
}

function afterRulesOf({ run, afterRules, name }: ReviewData, sequence: number): GroupRow['afterRules'] {
  if (!afterRules?.changed.has(sequence)) return null
  const predictedPoseId = run.poseIds[afterRules.rows.predicted[sequence]!]!
  return { logLoss: afterRules.rows.logLoss[sequence]!, predictedPoseId, predictedName: name(predictedPoseId), answerProbability: afterRules.rows.answerProbability[sequence]! }
}

function againstOf(data: ReviewData, rows: ScoredRows, row: number): GroupRow['against'] {
  const { against, name } = data
  const compared = comparedRows(data, rows)
  const at = compared?.place[row] ?? -1
  if (!against || !compared || at < 0) return null
  const { other, change, disagreement } = compared
  const predictedPoseId = against.other.poseIds[other.predicted[at]!]!
  return {
    logLoss: other.logLoss[at]!, predictedPoseId, predictedName: name(predictedPoseId), confidence: other.confidence[at]!, answerProbability: other.answerProbability[at]!,
    disagreement: disagreement(row), change: change[row]!,
  }
}

/** The asked page of the rows that a query leaves, and figures over all of them. */
export function groupPage(data: ReviewData, query: GroupQuery): GroupPage {
  const rows = rowsOf(data, query.level, query.afterRules)
  const found = selectRows(data, query)
  let sum = 0
  let most = 0
  for (const row of found) {
    sum += rows.logLoss[row]!
    most = Math.max(most, rows.logLoss[row]!)
  }
  return {
    total: found.length,
    rows: Array.from(found.subarray(query.offset, query.offset + query.limit), (row) => groupRow(data, rows, row)),
    logLoss: found.length === 0 ? null : sum / found.length,
    share: rows.total > 0 ? sum / rows.total : 0,
    mostShare: rows.total > 0 ? most / rows.total : 0,
  }
}

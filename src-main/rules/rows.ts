import type { RuleDefinition, RuleJudgement } from '../contract/rules.ts'
import { argMax, negativeLogLikelihood } from '../evaluate/metrics.ts'
import { concerns, decide, refineRow, sidesOf, type Side } from './refine.ts'

/** A rule with what was fitted without each fold. */
export type FittedRule = RuleDefinition & Pick<RuleJudgement, 'fits' | 'thresholdInterval'>

/** A sequence's probabilities on their way through the rules. */
export interface Row {
  folder: string
  version: string
  /** null: no label. */
  poseId: number | null
  /** Fold that validates it; null: none does, so it is decided by what was fitted on all. */
  fold: number | null
  probabilities: Float64Array
  /** Place of the most probable class. */
  top: number
  /** Of the label; 0 without one. */
  loss: number
}

export function rowOf(row: Omit<Row, 'top' | 'loss'>, poseIds: readonly number[]): Row {
  return { ...row, top: argMax(row.probabilities), loss: row.poseId === null ? 0 : negativeLogLikelihood(row.probabilities[poseIds.indexOf(row.poseId)] ?? 0) }
}

/** What a rule decides about a row where it speaks, and what comes of it. */
export interface Decision {
  row: Row
  value: number
  side: Side
  /** null: it stays as it is. */
  after: Row | null
}

/** What a sequence is decided by: what was fitted without its fold, where it has one. A threshold of null: nothing, the rule is silent. */
export function fitFor({ threshold, clamp, fits }: Pick<FittedRule, 'threshold' | 'clamp' | 'fits'>, fold: number | null): { threshold: number | null; clamp: number } {
  return (fold === null ? undefined : fits.find((fit) => fit.fold === fold)) ?? { threshold, clamp }
}

/** Decisions of a rule about rows; nothing is changed. */
export function decisionsAbout(rule: FittedRule, rows: readonly Row[], poseIds: readonly number[], valueOf: (row: Row) => number | null): Decision[] {
  const sides = sidesOf(rule, poseIds)
  if (sides.still.length === 0 || sides.moving.length === 0) return []
  return rows.flatMap((row): Decision[] => {
    if (!concerns(row.probabilities, sides, row.probabilities[row.top])) return []
    const { threshold, clamp } = fitFor(rule, row.fold)
    const value = threshold === null ? null : valueOf(row)
    if (threshold === null || value === null) return []
    const side = decide(value, threshold)
    const probabilities = row.probabilities.slice()
    const changed = refineRow(probabilities, sides, side, { action: rule.action, clamp }, row.probabilities[row.top])
    return [{ row, value, side, after: changed ? rowOf({ ...row, probabilities }, poseIds) : null }]
  })
}

/** The rows after decisions; the others are as they were. */
export function rowsAfter(rows: readonly Row[], decisions: readonly Decision[]): Row[] {
  const after = new Map(decisions.flatMap((decision) => (decision.after ? [[decision.row, decision.after] as const] : [])))
  return after.size === 0 ? [...rows] : rows.map((row) => after.get(row) ?? row)
}

/** Rows after some rules, one after the other. */
export const rowsThrough = (rules: readonly FittedRule[], rows: readonly Row[], poseIds: readonly number[], valueOf: (rule: FittedRule) => (row: Row) => number | null): Row[] =>
  rules.reduce<Row[]>((before, rule) => rowsAfter(before, decisionsAbout(rule, before, poseIds, valueOf(rule))), [...rows])

import type { ChangedSequence, RuleJudgement } from '../contract/rules.ts'
import type { Measurements } from './measurements.ts'
import { bootstrapMean } from './resample.ts'
import { decisionsAbout, rowsAfter, type Decision, type FittedRule, type Row } from './rows.ts'
import type { RunData } from './runData.ts'

/** A run's sequences as they come to a rule: out of fold, the same decided by what was fitted on all, and test sequences. */
export interface Stage {
  validated: Row[]
  inFold: Row[]
  test: Row[]
}

export const firstStage = ({ validated, test }: Pick<RunData, 'validated' | 'test'>): Stage => ({ validated, inFold: validated.map((row) => ({ ...row, fold: null })), test })

interface Decisions {
  validated: Decision[]
  inFold: Decision[]
  test: Decision[]
}

/** What a rule decides about sequences as they come to it. */
export function decideStage(rule: FittedRule, { validated, inFold, test }: Stage, { poseIds }: Pick<RunData, 'poseIds'>, measurements: Measurements): Decisions {
  const about = (rows: readonly Row[]): Decision[] => decisionsAbout(rule, rows, poseIds, (row) => measurements.value(row, rule.feature))
  return { validated: about(validated), inFold: about(inFold), test: about(test) }
}

export const stageAfter = (stage: Stage, decisions: Decisions): Stage => ({
  validated: rowsAfter(stage.validated, decisions.validated),
  inFold: rowsAfter(stage.inFold, decisions.inFold),
  test: rowsAfter(stage.test, decisions.test),
})

/** Mean log loss of the rows with a label; 0 when there is none. */
export function meanLoss(rows: readonly Row[]): number {
  let [sum, count] = [0, 0]
  for (const { poseId, loss } of rows) {
    if (poseId === null) continue
    sum += loss
    count++
  }
  return count === 0 ? 0 : sum / count
}

/** Judges a rule by what it decides about sequences as they come to it, which is after the enabled rules before it. */
export function judge(rule: FittedRule, stage: Stage, decisions: Decisions, data: RunData, measurements: Measurements): RuleJudgement {
  const still = new Set(rule.stillPoseIds)
  const classes = new Set([...rule.stillPoseIds, ...rule.movingPoseIds])
  const ofClasses = ({ poseId }: { poseId: number | null }): boolean => poseId !== null && classes.has(poseId)
  const own = stage.validated.filter(ofClasses)
  const after = stageAfter(stage, decisions)
  const ownAfter = after.validated.filter(ofClasses)
  const decided = decisions.validated.filter(({ row }) => ofClasses(row))
  const leftOut = new Set(rule.leftOut)
  const labelled = data.labelled.filter(({ poseId }) => classes.has(poseId)).map(({ folder, poseId, fold, version }) => ({ group: folder, poseId, value: measurements.value({ folder, version }, rule.feature), fold, leftOut: leftOut.has(folder) }))
  return {
    points: labelled.flatMap(({ value, ...point }) => (value === null ? [] : [{ ...point, value }])),
    unmeasured: labelled.flatMap(({ group, value }) => (value === null ? [group] : [])),
    thresholdInterval: rule.thresholdInterval,
    fits: rule.fits,
    decisions: decided.length,
    wrong: decided.filter(({ row, side }) => (side === 'still') !== still.has(row.poseId!)).length,
    logLossBefore: meanLoss(own),
    logLossAfter: meanLoss(ownAfter),
    logLossAfterInFold: meanLoss(after.inFold.filter(ofClasses)),
    gain: bootstrapMean(own.map(({ loss }, index) => loss - ownAfter[index]!.loss)),
    runBefore: meanLoss(stage.validated),
    runAfter: meanLoss(after.validated),
    changed: changedBy(decisions.validated, data),
    testChanged: changedBy(decisions.test, data),
  }
}

function changedBy(decisions: readonly Decision[], { poseIds, nameOf }: RunData): ChangedSequence[] {
  const top = ({ top, probabilities }: Row) => ({ poseId: poseIds[top]!, name: nameOf(poseIds[top]!), probability: probabilities[top]! })
  return decisions.flatMap(({ row, value, after }): ChangedSequence[] => {
    if (!after) return []
    const answer = row.poseId === null ? null : poseIds.indexOf(row.poseId)
    const of = ({ probabilities }: Row): number | null => (answer === null ? null : (probabilities[answer] ?? 0))
    return [{ folder: row.folder, poseId: row.poseId, value, before: top(row), after: top(after), answerBefore: of(row), answerAfter: of(after) }]
  })
}

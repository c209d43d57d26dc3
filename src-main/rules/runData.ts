import { HandloomError } from '../contract/errors.ts'
import type { DatasetRoom, EvaluateRoom } from '../contract/rooms.ts'
import type { SequenceFeature } from '../contract/rules.ts'
import type { Measurements } from './measurements.ts'
import { predictionOf, sidesOf } from './refine.ts'
import { rowOf, type Row } from './rows.ts'
import type { FitPoint } from './threshold.ts'

/** What rules of a run are fitted and judged on, as it is now. */
export interface RunData {
  runId: number
  poseIds: readonly number[]
  /** Out-of-fold rows. */
  validated: Row[]
  test: Row[]
  /** Training sequences with a label, in the data set's order; fold: that validates it. */
  labelled: { folder: string; poseId: number; fold: number | null; version: string }[]
  rowOf: ReadonlyMap<string, Row>
  nameOf(poseId: number): string
}

/** @throws HandloomError `not-found` for a run without out-of-fold predictions */
export function readRun({ dataset, evaluate }: { dataset: DatasetRoom; evaluate: EvaluateRoom }, runId: number): RunData {
  const predicted = evaluate.sequenceProbabilities(runId, 'validation')
  if (predicted.length === 0)
    throw new HandloomError('not-found', `Run ${runId} has no out-of-fold predictions yet. Train at least one of its folds to the end, then fit the rules.`)
  const poseIds = evaluate.runPoseIds(runId)
  const summaries = new Map(dataset.summaries().map((summary) => [summary.folder, summary]))
  const names = new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))
  const rowsOf = (rows: typeof predicted): Row[] => rows.flatMap(({ folder, fold, probabilities }) => {
    const summary = summaries.get(folder)
    return summary ? [rowOf({ folder, version: summary.version, poseId: summary.role === 'test' ? null : summary.poseId, fold, probabilities }, poseIds)] : []
  })
  const validated = rowsOf(predicted)
  const byFolder = new Map(validated.map((row) => [row.folder, row]))
  return {
    runId,
    poseIds,
    validated,
    test: rowsOf(evaluate.sequenceProbabilities(runId, 'test').map((row) => ({ ...row, fold: null }))),
    labelled: [...summaries.values()].flatMap(({ folder, role, poseId, version }) => (role === 'train' && poseId !== null ? [{ folder, poseId, fold: byFolder.get(folder)?.fold ?? null, version }] : [])),
    rowOf: byFolder,
    nameOf: (poseId) => names.get(poseId) || String(poseId),
  }
}

export interface RuleClasses {
  stillPoseIds: readonly number[]
  movingPoseIds: readonly number[]
}

/** The measured sequences of a rule's classes, to fit on: with their probabilities before any rule, so that what is fitted does not depend on the order of rules. */
export function fitPoints(rule: RuleClasses & { feature: SequenceFeature; leftOut: readonly string[] }, data: RunData, measurements: Measurements): FitPoint[] {
  const sides = sidesOf(rule, data.poseIds)
  const leftOut = new Set(rule.leftOut)
  return data.labelled.flatMap(({ folder, poseId, fold, version }): FitPoint[] => {
    const side = rule.stillPoseIds.includes(poseId) ? 'still' : rule.movingPoseIds.includes(poseId) ? 'moving' : null
    const value = side === null ? null : measurements.value({ folder, version }, rule.feature)
    if (side === null || value === null) return []
    const row = data.rowOf.get(folder)
    return [{ group: folder, poseId, side, value, fold, prediction: row ? predictionOf(row.probabilities, sides, side, data.poseIds.indexOf(poseId)) : null, leftOut: leftOut.has(folder) }]
  })
}

/** @throws HandloomError `bad-request` for an empty or overlapping pair and for classes without sequences, `not-found` for classes that the run does not know */
export function checkClasses({ stillPoseIds, movingPoseIds }: RuleClasses, data: RunData): void {
  if (stillPoseIds.length === 0 || movingPoseIds.length === 0) throw new HandloomError('bad-request', 'A rule tells two sides apart, and one of them has no class. Choose a still and a moving class at least.')
  const all = [...stillPoseIds, ...movingPoseIds]
  const twice = all.find((poseId, index) => all.indexOf(poseId) !== index)
  if (twice !== undefined) throw new HandloomError('bad-request', `Class ${twice} is in the rule twice. Each class is on one side, once.`)
  const unknown = all.filter((poseId) => !data.poseIds.includes(poseId))
  if (unknown.length > 0) throw new HandloomError('not-found', `Run ${data.runId} does not know ${listed(unknown)}. Choose classes that it was trained on.`)
  const there = new Set(data.labelled.map(({ poseId }) => poseId))
  const empty = all.filter((poseId) => !there.has(poseId))
  if (empty.length > 0) throw new HandloomError('bad-request', `There is no training sequence of ${listed(empty)}, so nothing can be measured. Choose classes with sequences.`)
}

const listed = (poseIds: readonly number[]): string => (poseIds.length === 1 ? `class ${poseIds[0]}` : `the classes ${poseIds.join(', ')}`)

import { basename } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { breakdowns, groupQuery, type BreakdownBy, type BreakdownRow, type Calibration, type Confusion, type EvaluationSummary, type GroupPage, type TriageEntry } from '../contract/evaluate.ts'
import type { ReportOptions } from '../contract/report.ts'
import type { DatasetRoom, EvaluateRoom, RulesRoom, TrainRoom } from '../contract/rooms.ts'
import type { RulesState } from '../contract/rules.ts'
import type { Metric, Run } from '../contract/train.ts'

/** What a report is about. */
export interface ReportSources {
  dataset: Pick<DatasetRoom, 'folder' | 'has' | 'sourceFrames' | 'imagePath' | 'summary'>
  evaluate: Pick<EvaluateRoom, 'summary' | 'groups' | 'breakdown' | 'confusion' | 'calibration' | 'triage'>
  rules: Pick<RulesRoom, 'state'>
  train: Pick<TrainRoom, 'run' | 'metrics' | 'compare'>
}

/** Everything a report says, as it was at one time. */
export interface ReportData {
  run: Run
  dataName: string
  summary: EvaluationSummary
  /** Validated sequences with frames in training; 0 for folds of whole sequences. */
  leakingSequences: number
  /** Points at the ends of epochs. */
  epochs: Metric[]
  worst: GroupPage
  /** Probability of the answer by `train/352 7`. */
  frameProbabilities: ReadonlyMap<string, number>
  issues: GroupPage
  parts: Record<BreakdownBy, BreakdownRow[]>
  confusion: Confusion
  calibration: Calibration
  /** Causes of the run's sequences, with how much loss they carry. */
  triage: TriageEntry[]
  rules: RulesState
  /** Pose ids in their files of the worst sequences whose labels are corrected. */
  corrected: ReadonlyMap<string, number>
}

/** Doubted labels that are listed. */
const issuesShown = 100
const calibrationBins = 10

/**
 * Asks the rooms for all that a report says, with the event loop free between two questions.
 * @throws HandloomError `not-found` for a run that is not there or has no predictions
 */
export async function collect({ dataset, evaluate, rules, train }: ReportSources, { runId, worst: count }: ReportOptions): Promise<ReportData> {
  async function ask<T>(answer: () => T | Promise<T>): Promise<T> {
    await breathe()
    return answer()
  }
  const run = await ask(() => train.run({ id: runId }))
  const summary = await ask(() => evaluate.summary({ runId }))
  const worst = await ask(() => evaluate.groups(groupQuery.parse({ runId, limit: count })))
  const groups = worst.rows.map(({ group }) => group)
  const frames = await ask(() => evaluate.groups(groupQuery.parse({ runId, level: 'frame', groups, sort: 'group', descending: false, limit: 100_000 })))
  const parts = {} as ReportData['parts']
  for (const by of breakdowns) parts[by] = await ask(() => evaluate.breakdown({ runId, by, level: 'sequence', afterRules: false }))
  return {
    run,
    dataName: basename(dataset.folder),
    summary,
    leakingSequences: (await ask(() => train.compare())).find((score) => score.runId === runId)?.leakingSequences ?? 0,
    epochs: (await ask(() => train.metrics({ runId }))).filter(({ kind }) => kind === 'epoch'),
    worst,
    frameProbabilities: new Map(frames.rows.map(({ group, frame, answerProbability }) => [`${group} ${frame}`, answerProbability])),
    issues: await ask(() => evaluate.groups(groupQuery.parse({ runId, issuesOnly: true, sort: 'labelQuality', descending: false, limit: issuesShown }))),
    parts,
    confusion: await ask(() => evaluate.confusion({ runId, level: 'sequence', afterRules: false })),
    calibration: await ask(() => evaluate.calibration({ runId, level: 'sequence', bins: calibrationBins })),
    triage: await ask(() => evaluate.triage()),
    rules: await ask(() => rules.state({ runId })),
    corrected: new Map(groups.filter((group) => dataset.has(group)).flatMap((group) => {
      const { correctedFrom, poseId } = dataset.summary(group)
      return correctedFrom === null || correctedFrom === poseId ? [] : [[group, correctedFrom]]
    })),
  }
}

import packageJson from '../../package.json' with { type: 'json' }
import type { Blend, Submission } from '../contract/ensemble.ts'
import type { SequenceRule } from '../contract/rules.ts'
import type { Run } from '../contract/train.ts'

/** A run's part in a submission. */
export interface LineageRun {
  run: Run
  /** Test sequences it predicted. */
  sequences: number
  rules: SequenceRule[]
  /** Test sequences its rules changed. */
  changed: string[]
}

/** What a submission was made from, so that it can be told apart and made again: written beside it as JSON. */
export function lineageOf(input: {
  submission: Omit<Submission, 'path' | 'lineagePath'>
  file: { name: string; sha256: string; bytes: number }
  sample: { name: string; sha256: string } | null
  dataHash: string
  runs: readonly LineageRun[]
  /** As fitted; null: the mean of the runs. */
  blend: Blend | null
}): Record<string, unknown> {
  const { submission, file, sample, dataHash, runs, blend } = input
  return {
    format: 'handloom-lineage',
    formatVersion: 1,
    created: submission.created,
    submission: submission.id,
    file: { ...file, rows: submission.rows, columns: submission.columns },
    sample,
    data: { hash: dataHash },
    estimatedLogLoss: submission.estimatedLogLoss,
    averaging: `arithmetic mean over the frames of a sequence, then over folds, then ${blend ? 'the runs by the temperatures and weights of `blend`' : 'over runs'}`,
    blend: blend && {
      ...blend,
      members: blend.members.map(({ runId, temperature, weight, logLoss, logLossCalibrated, accuracy }) => ({ runId, temperature, weight, logLoss, logLossCalibrated, accuracy })),
    },
    runs: runs.map(({ run, sequences, rules, changed }) => ({
      id: run.id,
      name: run.name,
      created: run.created,
      config: run.config,
      split: { id: run.splitId, hash: run.provenance.splitHash },
      provenance: run.provenance,
      folds: run.folds.map(({ fold, state, epoch, epochs, bestLogLoss, bestAccuracy }) => ({ fold, state, epoch, epochs, bestLogLoss, bestAccuracy })),
      testSequences: sequences,
      rules: rules.map(({ name, stillPoseId, movingPoseId, feature, threshold, clamp, enabled, logLossBefore, logLossAfter }) => ({
        name, stillPoseId, movingPoseId, feature, threshold, clamp, enabled, logLossBefore, logLossAfter,
      })),
      changedByRules: changed,
    })),
    missing: submission.missing,
    warnings: submission.warnings,
    problems: submission.problems,
    versions: { handloom: packageJson.version, node: process.versions.node, ...packageJson.dependencies },
  }
}

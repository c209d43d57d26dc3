import packageJson from '../../package.json' with { type: 'json' }
import type { Blend, FoldChoice, Pooling, Submission } from '../contract/ensemble.ts'
import type { RuleDefinition } from '../contract/rules.ts'
import type { PredictedRun } from './predictedRuns.ts'

/** A run's part in a submission. */
export interface LineageRun extends Pick<PredictedRun, 'run' | 'shares'> {
  /** Test sequences it predicted. */
  sequences: number
  /** The rules that were applied, in their order, and the version of the run's rules that they are from; null: without rules. */
  rules: { version: number; applied: RuleDefinition[] } | null
  /** Test sequences its rules changed. */
  changed: string[]
}

const overFrames: Record<Pooling, string> = {
  mean: 'arithmetic mean over the frames of a sequence',
  median: 'median over the frames of a sequence, class by class, normalised',
  geometric: 'geometric mean over the frames of a sequence, normalised',
  trimmed: 'mean over the frames of a sequence without the tenth (rounded up) with the lowest and the highest probability of each class where there are five frames or more, normalised',
  quality: 'mean over the frames of a sequence weighted by the quality of their crops',
}

const overFolds: Record<FoldChoice, string> = {
  equal: 'then over folds',
  weighted: 'then over folds by the weights in `runs`',
  best: 'then the fold with the lowest out-of-fold log loss alone',
}

/**
 * What a submission was made from, so that it can be told apart and made again: written beside it as JSON. Format 2: a rule's `feature` is an object, and lists of
 * pose ids (`stillPoseIds`, `movingPoseIds`) are in the place of one each.
 */
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
  const { pooling, folds, views, clip, clipped } = submission
  return {
    format: 'handloom-lineage',
    formatVersion: 2,
    created: submission.created,
    submission: submission.id,
    file: { ...file, rows: submission.rows, columns: submission.columns },
    sample,
    data: { hash: dataHash },
    estimatedLogLoss: submission.estimatedLogLoss,
    averaging: `${overFrames[pooling]}, ${overFolds[folds]}, then ${blend ? 'the runs by the temperatures and weights of `blend`' : 'over runs'}; each probability at least ${clip}, the rest of a row in proportion`,
    pooling, folds, views, clip, clipped,
    blend,
    runs: runs.map(({ run, shares, sequences, rules, changed }) => ({
      id: run.id,
      name: run.name,
      created: run.created,
      config: run.config,
      split: { id: run.splitId, hash: run.provenance.splitHash },
      provenance: run.provenance,
      views: views ?? { testFlip: run.config.testFlip, testMargins: run.config.testMargins },
      folds: run.folds.map(({ fold, state, epoch, epochs, bestLogLoss, bestAccuracy }) => ({
        fold, state, epoch, epochs, bestLogLoss, bestAccuracy, weight: shares.find((share) => share.fold === fold)?.weight ?? 0,
      })),
      testSequences: sequences,
      rulesVersion: rules?.version ?? null,
      rules: rules?.applied ?? [],
      changedByRules: changed,
    })),
    missing: submission.missing,
    warnings: submission.warnings,
    problems: submission.problems,
    versions: { handloom: packageJson.version, node: process.versions.node, ...packageJson.dependencies },
  }
}

import type { EvaluationSummary } from '../contract/evaluate.ts'
import { seesKeypoints } from '../contract/keypoints.ts'
import type { EvaluateRoom, SplitRoom } from '../contract/rooms.ts'
import type { RunScore } from '../contract/train.ts'
import { valueHash } from '../crop/valueHash.ts'
import type { StoredRun } from './runStore.ts'
import { unlessMissing } from './unlessMissing.ts'

export interface CompareDeps {
  evaluate: Pick<EvaluateRoom, 'summary'>
  split: Pick<SplitRoom, 'get'>
}

/** A run's scores and what it shares with others; null where it has no out-of-fold predictions (yet). */
export async function runScore({ evaluate, split }: CompareDeps, run: StoredRun): Promise<RunScore | null> {
  const record = await unlessMissing(() => split.get({ id: run.splitId }))
  const summary: EvaluationSummary | null = await unlessMissing(() => evaluate.summary({ runId: run.id }))
  if (!record || !summary) return null
  const { flipRatio = run.augment.flipRatio } = run.config
  const { flipTargets, provenance: { dataHash, editsHash } } = run
  const shared = { ...sharedSettings(run), flipTargets, dataHash, editsHash, derived: run.objects?.['derived-set'].hash ?? null }
  return {
    runId: run.id,
    name: run.name,
    created: run.created,
    model: run.config.model,
    flipRatio,
    split: { kind: 'split', name: record.name, version: record.version, hash: record.hash },
    splitId: record.id,
    unit: record.frameFolds === null ? 'sequence' : 'frame',
    leakingSequences: record.leakingSequences,
    folds: record.options.folds,
    foldsScored: summary.folds.length,
    sequence: summary.sequence,
    frame: summary.frame,
    perFold: summary.folds.map(({ fold, sequence }) => ({ fold, sequence })),
    likeButFlipRatio: valueHash([shared, record.hash]),
    likeButSplit: valueHash([shared, flipRatio]),
    sweep: run.sweep,
  }
}

/** A run's settings but for its flip ratio and split: those that are of any effect on what it sees. */
function sharedSettings({ config: given, augment: givenAugment, recipes }: Pick<StoredRun, 'config' | 'augment' | 'recipes'>): object {
  const { name: _name, flipRatio: _flipRatio, split: _split, folds: _folds, splitter: _splitter, threads: _threads, augment: _augment, keypoints, crop, ...config } = given
  const { flipRatio: _ratio, scale, keypointJitter, keypointDrop, frameDrop, frameRepeat, strayHands, ...augment } = givenAugment
  if (!seesKeypoints(given.model)) return { config: { ...config, crop }, augment, recipes }
  return { config: { ...config, keypoints }, augment: { ...augment, scale, keypointJitter, keypointDrop, frameDrop, frameRepeat, strayHands } }
}

import { setImmediate as breathe } from 'node:timers/promises'
import type { FeatureRank, FeatureSearch, SequenceFeature } from '../contract/rules.ts'
import { catalogue } from './catalogue.ts'
import { decisionsOf } from './fitRule.ts'
import type { Measurements } from './measurements.ts'
import { decide, type RowAction } from './refine.ts'
import { fitPoints, type RuleClasses, type RunData } from './runData.ts'
import { clampOf, marginOf, pointLoss, thresholdFit, thresholdsWithout, type FitPoint } from './threshold.ts'

/** Milliseconds that the search keeps the event loop at a time. */
const slice = 15
const ranksShown = 20
const action: RowAction['action'] = 'clamp'

/** What a feature is worth: by what is fitted on all, fold by fold, and, for the choice among features, by fold what it is worth in the others. */
interface Tried extends Omit<FeatureRank, 'logLossBefore' | 'logLossAfter'> {
  /** Sum of the loss over each fold's sequences after the rule, by what was fitted without that fold. */
  after: number[]
  /** The same over the sequences of all other folds, by what was fitted without that fold and their own. */
  without: number[]
}

/**
 * Looks through the catalogue for the feature that tells two groups of classes best apart, by cross-fitted log loss. Choosing the best of so many flatters it, so the score that is given for the choice
 * itself is nested: for each fold the feature is chosen, and its rule fitted, without that fold.
 * @param onProgress features that were tried, of all
 * @throws what aborted the signal
 */
export async function searchFeatures(
  { classes, leftOut, data, measurements, signal, onProgress }:
  { classes: RuleClasses; leftOut: readonly string[]; data: RunData; measurements: Measurements; signal: AbortSignal; onProgress: (done: number, total: number) => void },
): Promise<FeatureSearch> {
  let since = performance.now()
  const pause = async (done: number): Promise<void> => {
    if (performance.now() - since < slice) return
    onProgress(done, catalogue.length)
    await breathe()
    signal.throwIfAborted()
    since = performance.now()
  }
  const own = new Set([...classes.stillPoseIds, ...classes.movingPoseIds])
  const rows = data.validated.filter(({ poseId }) => poseId !== null && own.has(poseId))
  const folds = [...new Set(rows.flatMap(({ fold }) => (fold === null ? [] : [fold])))].sort((a, b) => a - b)
  for (const sequence of data.labelled.filter(({ poseId }) => own.has(poseId))) {
    measurements.values(sequence, catalogue)
    await pause(0)
  }
  const tried: Tried[] = []
  for (const [index, feature] of catalogue.entries()) {
    const worth = worthOf(feature, fitPoints({ ...classes, feature, leftOut }, data, measurements), folds)
    // Sequences that the feature does not measure stay as they are.
    if (worth) tried.push(worth)
    await pause(index + 1)
  }
  const before = folds.map((fold) => rows.reduce((sum, row) => sum + (row.fold === fold ? row.loss : 0), 0))
  const total = (sums: readonly number[]): number => (rows.length === 0 ? 0 : sums.reduce((sum, value) => sum + value, 0) / rows.length)
  const change = ({ after }: Pick<Tried, 'after'>): number => after.reduce((sum, value) => sum + value, 0)
  const logLossBefore = total(before)
  const ranks = tried.toSorted((a, b) => change(a) - change(b)).slice(0, ranksShown).map(({ feature, threshold, wrong, decisions, after }): FeatureRank => ({ feature, threshold, wrong, decisions, logLossBefore, logLossAfter: total([...before, ...after]) }))
  const nested = folds.map((_, place) => (tried.length === 0 || folds.length < 2 ? 0 : tried.reduce((best, one) => (one.without[place]! < best.without[place]! ? one : best)).after[place]!))
  return { ranks, tried: catalogue.length, logLossBefore, logLossAfter: total([...before, ...nested]) }
}

/** null where nothing can be fitted. Losses are told as changes against no rule. */
function worthOf(feature: SequenceFeature, points: readonly FitPoint[], folds: readonly number[]): Tried | null {
  const fit = thresholdFit(points.filter(({ leftOut }) => !leftOut), { method: 'log-loss', margin: marginOf(feature), action, clamp: null })
  const without = thresholdsWithout(fit)
  const threshold = without([])
  if (threshold === null) return null
  const byFold = Map.groupBy(points, ({ fold }) => fold)
  const changeOf = (fold: number, by: number | null, clamp: number): number =>
    (byFold.get(fold) ?? []).reduce((sum, point) => sum + pointLoss(point, by === null ? null : decide(point.value, by), { action, clamp }) - pointLoss(point, null, { action, clamp }), 0)
  const clamps = folds.map((fold) => clampOf(decisionsOf(points.filter((point) => point.fold !== fold), (point) => without([fold, point.fold!]))))
  return {
    feature,
    threshold,
    ...decisionsOf(points, ({ fold }) => without([fold!])),
    after: folds.map((fold, place) => changeOf(fold, without([fold]), clamps[place]!)),
    without: folds.map((fold, place) => folds.reduce((sum, other) => (other === fold ? sum : sum + changeOf(other, without([fold, other]), clamps[place]!)), 0)),
  }
}

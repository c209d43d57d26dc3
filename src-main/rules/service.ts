import { HandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { DatasetRoom, EvaluateRoom, RulesRoom } from '../contract/rooms.ts'
import type { RuleFitOptions, RulesState, SequenceFeature, SequenceRule } from '../contract/rules.ts'
import type { Db } from '../db/open.ts'
import { negativeLogLikelihood } from '../evaluate/metrics.ts'
import { sequenceRange } from './features.ts'
import { presetPairs, type LookAlikePair } from './pairs.ts'
import { concerns, decide, refineRow, type Side } from './refine.ts'
import { readRule, readRules, replaceRules, updateRule, type RuleRecord, type StoredRule } from './storedRules.ts'
import { crossFit, fitThreshold, pointLoss, type FitPoint } from './threshold.ts'

type PairClasses = Pick<LookAlikePair, 'stillPoseId' | 'movingPoseId' | 'feature'>
type Point = FitPoint & { group: string; poseId: number }
type OutOfFold = Map<string, { fold: number | null; probabilities: Float64Array }>

/** A rule must lower the log loss by more than this to be enabled. */
const leastGain = 1e-9

/**
 * The rules room: tells still gestures from moving ones by how far a keypoint travels over the sequence, and moves probability
 * between the two accordingly.
 *
 * A rule is judged on the out-of-fold predictions of its two classes (it moves no other class's probability, so no other sequence's
 * loss can change). A fitted threshold has seen the very sequences it is judged on, so each of them is judged with the threshold that
 * was fitted without its fold; test sequences get the threshold fitted on all. A threshold set by hand is used as it is.
 */
export function createRules(deps: { db: Db; dataset: DatasetRoom; evaluate: EvaluateRoom; emit: Emit }) {
  const { db, dataset, evaluate, emit } = deps
  const measured = new Map<string, { version: string; values: Map<SequenceFeature, number | null> }>()

  const measure = (folder: string, version: string, feature: SequenceFeature): number | null => {
    let entry = measured.get(folder)
    if (!entry || entry.version !== version) {
      entry = { version, values: new Map() }
      measured.set(folder, entry)
    }
    const known = entry.values.get(feature)
    if (known !== undefined) return known
    const value = sequenceRange(dataset.frames(folder), feature)
    entry.values.set(feature, value)
    return value
  }

  const outOfFold = (runId: number): OutOfFold =>
    new Map(evaluate.sequenceProbabilities(runId, 'validation').map(({ folder, fold, probabilities }) => [folder, { fold, probabilities }]))

  const pointsOf = (pair: PairClasses, predictions: OutOfFold, poseIds: readonly number[]): Point[] => {
    const still = poseIds.indexOf(pair.stillPoseId)
    const moving = poseIds.indexOf(pair.movingPoseId)
    return dataset.summaries('train').flatMap(({ folder, poseId, version }): Point[] => {
      if (poseId === null || (poseId !== pair.stillPoseId && poseId !== pair.movingPoseId)) return []
      const value = measure(folder, version, pair.feature)
      if (value === null) return []
      const answer: Side = poseId === pair.stillPoseId ? 'still' : 'moving'
      const predicted = predictions.get(folder)
      const prediction = predicted && {
        still: predicted.probabilities[still] ?? 0,
        moving: predicted.probabilities[moving] ?? 0,
        concerned: still >= 0 && moving >= 0 && concerns(predicted.probabilities, still, moving),
      }
      return [{ group: folder, poseId, answer, value, fold: predicted?.fold ?? null, prediction: prediction ?? null }]
    })
  }

  const judged = (rule: StoredRule, predictions: OutOfFold, poseIds: readonly number[]): SequenceRule => {
    const points = pointsOf(rule, predictions, poseIds)
    const { before, after } = lossesOf(rule, points)
    const { id, runId, name, stillPoseId, movingPoseId, feature, threshold, clamp, enabled } = rule
    return {
      id, runId, name, stillPoseId, movingPoseId, feature, threshold, clamp, enabled,
      points: points.map(({ group, poseId, value, fold }) => ({ group, poseId, value, fold })),
      logLossBefore: before,
      logLossAfter: after,
      changed: changes(runId, [rule], copyOf(predictions), poseIds),
    }
  }

  /** Applies rules to rows in place; the folders that changed, in the rows' order. */
  const changes = (runId: number, rules: readonly StoredRule[], rows: readonly { folder: string; probabilities: Float64Array }[], poseIds: readonly number[]): string[] => {
    if (rules.length === 0 || rows.length === 0) return []
    const versions = new Map(dataset.summaries().map(({ folder, version }) => [folder, version]))
    const folds = new Map(evaluate.sequenceProbabilities(runId, 'validation').map(({ folder, fold }) => [folder, fold]))
    return rows.filter(({ folder, probabilities }) => {
      const version = versions.get(folder)
      if (version === undefined) return false
      let changed = false
      for (const rule of rules) {
        const still = poseIds.indexOf(rule.stillPoseId)
        const moving = poseIds.indexOf(rule.movingPoseId)
        if (still < 0 || moving < 0 || !concerns(probabilities, still, moving)) continue
        const threshold = thresholdFor(rule, folds.get(folder) ?? null)
        const value = threshold === null ? null : measure(folder, version, rule.feature)
        if (threshold === null || value === null) continue
        if (refineRow(probabilities, still, moving, decide(value, threshold), rule.clamp)) changed = true
      }
      return changed
    }).map(({ folder }) => folder)
  }

  const enabledRules = (runId: number): StoredRule[] => readRules(db, runId).filter(({ enabled }) => enabled)

  const state = (runId: number): RulesState => {
    const predictions = outOfFold(runId)
    if (predictions.size === 0)
      throw new HandloomError('not-found', `Run ${runId} has no out-of-fold predictions yet. Train at least one of its folds to the end, then fit the rules.`)
    const poseIds = evaluate.runPoseIds(runId)
    const rules = readRules(db, runId)
    const answers = new Map(dataset.summaries('train').map(({ folder, poseId }) => [folder, poseId]))
    const rows = copyOf(predictions).filter(({ folder }) => (answers.get(folder) ?? null) !== null)
    const loss = (): number => {
      const sum = rows.reduce((total, { folder, probabilities }) => total + negativeLogLikelihood(probabilities[poseIds.indexOf(answers.get(folder) as number)] ?? 0), 0)
      return rows.length === 0 ? 0 : sum / rows.length
    }
    const logLossBefore = loss()
    changes(runId, rules.filter(({ enabled }) => enabled), rows, poseIds)
    return { rules: rules.map((rule) => judged(rule, predictions, poseIds)), logLossBefore, logLossAfter: loss() }
  }

  const checkWritable = (): void => {
    if (db.readonly) throw new HandloomError('conflict', 'Another Handloom holds this project, so rules cannot be changed here. Close it and try again.')
  }

  return {
    state: ({ runId }) => state(runId),

    fit(options: RuleFitOptions): RulesState {
      checkWritable()
      const { runId, method, clamp } = options
      const predictions = outOfFold(runId)
      if (predictions.size === 0)
        throw new HandloomError('not-found', `Run ${runId} has no out-of-fold predictions yet. Train at least one of its folds to the end, then fit the rules.`)
      const poseIds = evaluate.runPoseIds(runId)
      const names = new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))
      const pairs = presetPairs
        .filter(({ stillPoseId, movingPoseId }) => poseIds.includes(stillPoseId) && poseIds.includes(movingPoseId))
        .map((pair) => ({ pair, points: pointsOf(pair, predictions, poseIds) }))
      const families = new Map([...Map.groupBy(pairs, ({ pair }) => pair.family)].map(([family, members]) => [family, members.flatMap(({ points }) => points)]))
      const records = pairs.flatMap(({ pair: { stillPoseId, movingPoseId, feature, family }, points }): RuleRecord[] => {
        const all = families.get(family) ?? points
        const threshold = fitThreshold(all, method, clamp)
        if (threshold === null) return []
        const rule = { stillPoseId, movingPoseId, feature, threshold, clamp, method, foldThresholds: [...crossFit(all, method, clamp)] }
        const { before, after } = lossesOf(rule, points)
        const name = `${names.get(stillPoseId) || stillPoseId} / ${names.get(movingPoseId) || movingPoseId} (${stillPoseId}/${movingPoseId})`
        return [{ ...rule, name, enabled: after < before - leastGain }]
      })
      replaceRules(db, runId, records)
      emit({ type: 'rules' })
      return state(runId)
    },

    set({ id, enabled, threshold, clamp }): RulesState {
      checkWritable()
      const { id: _, runId, ...rule } = readRule(db, id)
      if (threshold !== undefined && !Number.isFinite(threshold)) throw new HandloomError('bad-request', 'A threshold is a number of pixels.')
      if (clamp !== undefined && !(clamp >= 0 && clamp <= 0.5)) throw new HandloomError('bad-request', 'A clamp lies between 0 and 0.5.')
      const byHand = threshold !== undefined && threshold !== rule.threshold
      updateRule(db, id, {
        ...rule,
        enabled: enabled ?? rule.enabled,
        clamp: clamp ?? rule.clamp,
        ...(byHand ? { threshold, method: 'by-hand' as const, foldThresholds: null } : {}),
      })
      emit({ type: 'rules' })
      return state(runId)
    },

    list(): SequenceRule[] {
      return [...Map.groupBy(readRules(db), ({ runId }) => runId)].flatMap(([runId, rules]) => {
        const predictions = outOfFold(runId)
        if (predictions.size === 0) return []
        const poseIds = evaluate.runPoseIds(runId)
        return rules.map((rule) => judged(rule, predictions, poseIds))
      })
    },

    rulesKey(runId): string {
      const rules = enabledRules(runId)
      return rules.length === 0 ? '' : JSON.stringify(rules)
    },

    refine(runId, rows, poseIds): string[] {
      return changes(runId, enabledRules(runId), rows, poseIds)
    },
  } satisfies RulesRoom
}

type Thresholds = Pick<RuleRecord, 'threshold' | 'clamp' | 'foldThresholds'>

/** The threshold a sequence is judged with: the one fitted without its fold where it has one. */
function thresholdFor({ threshold, foldThresholds }: Thresholds, fold: number | null): number | null {
  if (fold === null || !foldThresholds) return threshold
  const own = foldThresholds.find(([other]) => other === fold)
  return own ? own[1] : threshold
}

/** Mean log loss of the predicted points before and after; 0 and 0 when none is predicted. */
function lossesOf(rule: Thresholds, points: readonly Point[]): { before: number; after: number } {
  const predicted = points.filter(({ prediction }) => prediction)
  const mean = (threshold: (point: Point) => number | null): number =>
    predicted.length === 0 ? 0 : predicted.reduce((sum, point) => sum + (pointLoss(point, threshold(point), rule.clamp) ?? 0), 0) / predicted.length
  return { before: mean(() => null), after: mean((point) => thresholdFor(rule, point.fold)) }
}

const copyOf = (predictions: OutOfFold) => [...predictions].map(([folder, { probabilities }]) => ({ folder, probabilities: probabilities.slice() }))

import type { RuleDefinition, SequenceFeature } from '../contract/rules.ts'
import { negativeLogLikelihood } from '../evaluate/metrics.ts'
import { answerAfter, decide, type Prediction, type RowAction, type Side } from './refine.ts'

/** A sequence of a rule's classes: what it measures and, where it was predicted out of fold, what the rule sees of its probabilities. */
export interface FitPoint {
  group: string
  poseId: number
  side: Side
  value: number
  /** Fold that validates it. */
  fold: number | null
  /** null: no out-of-fold prediction. */
  prediction: Prediction | null
  leftOut: boolean
}

export type FittedMethod = Exclude<RuleDefinition['method'], 'by-hand'>

/** How far beyond the largest value of the still classes `maximum-plus-5` lies, and a threshold beyond all values: 5 pixels, 0.05 hand sizes, half a turn. */
export const marginOf = ({ measure, unit }: SequenceFeature): number => (measure === 'turns' ? 0.5 : unit === 'hand-sizes' ? 0.05 : 5)

/** Share that is left to the side decided against while a threshold is looked for, until its own mistakes say another. */
const firstClamp = 0.02
/** Sums of losses are told apart by more than this. */
const sameLoss = 1e-8

/** The share with the lowest log loss for a rule that was wrong so often, by the rule of succession. */
export const clampOf = ({ wrong, decisions }: { wrong: number; decisions: number }): number => Math.min(0.5, (wrong + 1) / (decisions + 2))

export interface ThresholdOptions {
  method: FittedMethod
  margin: number
  action: RowAction['action']
  /** null: fitted. */
  clamp: number | null
}

export interface ThresholdFit {
  /** The points in the order of the weights. */
  points: readonly FitPoint[]
  /** The share that a threshold of all weights is told with. */
  clamp(weights: ArrayLike<number>): number
  /**
   * @param weights how often each point counts; 0 leaves it out
   * @param clamp share that is left; absent: as `clamp` says
   * @returns null where there is nothing to fit it on
   */
  threshold(weights: ArrayLike<number>, clamp?: number): number | null
}

/**
 * Fits thresholds on parts of the same points.
 *
 * `maximum-plus-5`: the largest value of the still side and a margin, as in the winning pipeline; null when there is none. `log-loss`: the threshold with the least log loss of the
 * refined out-of-fold probabilities. The loss only changes at measured values, so each gap between neighbouring values is tried; gaps of equal loss are told apart by how many
 * sequences lie on the wrong side, neighbouring ones are joined, and the middle of the widest is taken; beyond the smallest and the largest value it lies a margin off. Without a
 * clamp by hand it is fitted twice: with a share of 0.02, and with the one that its mistakes then call for. Where not both sides have a predicted sequence, the largest still value decides.
 */
export function thresholdFit(given: readonly FitPoint[], { method, margin, action, clamp: byHand }: ThresholdOptions): ThresholdFit {
  const points = given.toSorted((a, b) => a.value - b.value)
  const losses = new Map<number, Record<Side, Float64Array>>()

  const lossesAt = (clamp: number): Record<Side, Float64Array> => {
    const known = losses.get(clamp)
    if (known) return known
    const of = (decision: Side) => Float64Array.from(points, (point) => pointLoss(point, decision, { action, clamp }))
    const made = { still: of('still'), moving: of('moving') }
    losses.set(clamp, made)
    return made
  }

  const maximum = (weights: ArrayLike<number>): number | null => {
    const last = points.findLastIndex(({ side }, index) => side === 'still' && weights[index]! > 0)
    return last < 0 ? null : points[last]!.value + margin
  }

  const byLoss = (weights: ArrayLike<number>, clamp: number): number | null => {
    if (!predicts(weights, 'still') || !predicts(weights, 'moving')) return maximum(weights)
    const { still, moving } = lossesAt(clamp)
    const gaps: Gap[] = []
    let [loss, wrong, from] = [0, 0, Number.NaN]
    for (const [index, { side }] of points.entries()) {
      loss += weights[index]! * moving[index]!
      if (side === 'still') wrong += weights[index]!
    }
    for (const [index, { side, value }] of points.entries()) {
      const weight = weights[index]!
      if (!(weight > 0)) continue
      if (Number.isNaN(from)) from = value - 2 * margin
      if (value > from) {
        gaps.push({ from, to: value, loss, wrong })
        from = value
      }
      loss += weight * (still[index]! - moving[index]!)
      wrong += side === 'still' ? -weight : weight
    }
    gaps.push({ from, to: from + 2 * margin, loss, wrong })
    return middleOfBest(gaps)
  }

  const predicts = (weights: ArrayLike<number>, side: Side): boolean => points.some((point, index) => point.side === side && point.prediction !== null && weights[index]! > 0)

  const threshold = (weights: ArrayLike<number>, clamp: number): number | null => (method === 'log-loss' ? byLoss(weights, clamp) : maximum(weights))

  const clampFor = (weights: ArrayLike<number>): number => {
    if (byHand !== null) return byHand
    if (method !== 'log-loss') return firstClamp
    const first = threshold(weights, firstClamp)
    let [wrong, decisions] = [0, 0]
    if (first !== null)
      for (const [index, { prediction, value, side }] of points.entries()) {
        if (!prediction?.concerned) continue
        decisions += weights[index]!
        if (decide(value, first) !== side) wrong += weights[index]!
      }
    return clampOf({ wrong, decisions })
  }

  return { points, clamp: clampFor, threshold: (weights, clamp = clampFor(weights)) => threshold(weights, clamp) }
}

/** The threshold fitted without the sequences of some folds, each found once. */
export function thresholdsWithout(fit: ThresholdFit): (folds: readonly number[]) => number | null {
  const known = new Map<string, number | null>()
  return (folds) => {
    const key = [...new Set(folds)].sort((a, b) => a - b).join()
    const found = known.get(key)
    if (found !== undefined) return found
    const made = fit.threshold(Uint8Array.from(fit.points, ({ fold }) => Number(fold === null || !folds.includes(fold))))
    known.set(key, made)
    return made
  }
}

interface Gap {
  from: number
  to: number
  loss: number
  wrong: number
}

function middleOfBest(gaps: readonly Gap[]): number {
  const least = gaps.reduce((lowest, { loss }) => Math.min(lowest, loss), Infinity)
  const good = gaps.filter(({ loss }) => loss - least <= sameLoss)
  const fewest = good.reduce((lowest, { wrong }) => Math.min(lowest, wrong), Infinity)
  const joined: { from: number; to: number }[] = []
  for (const { from, to } of good.filter(({ wrong }) => wrong === fewest)) {
    const last = joined.at(-1)
    if (last?.to === from) last.to = to
    else joined.push({ from, to })
  }
  const widest = joined.reduce((best, gap) => (gap.to - gap.from > best.to - best.from ? gap : best))
  return (widest.from + widest.to) / 2
}

/** Loss of a point under a decision (null: none is made); 0 where it is not predicted. */
export function pointLoss({ prediction, side }: Pick<FitPoint, 'prediction' | 'side'>, decision: Side | null, action: RowAction): number {
  if (!prediction) return 0
  return negativeLogLikelihood(decision !== null && prediction.concerned ? answerAfter(prediction, decision === side, action) : prediction.answer)
}

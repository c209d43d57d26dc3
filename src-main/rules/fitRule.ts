import type { RuleDefinition, RuleJudgement } from '../contract/rules.ts'
import { decide, type RowAction } from './refine.ts'
import { middle95, resamples } from './resample.ts'
import { clampOf, marginOf, thresholdFit, thresholdsWithout, type FitPoint, type ThresholdFit } from './threshold.ts'

/** What of a rule is fitted, and how. */
export interface FitOptions {
  feature: RuleDefinition['feature']
  method: RuleDefinition['method']
  action: RowAction['action']
  /** By hand; null: fitted. */
  threshold: number | null
  clamp: number | null
}

export interface RuleFit {
  /** null: there is nothing to fit it on. */
  threshold: number | null
  clamp: number
  fits: RuleJudgement['fits']
  thresholdInterval: RuleJudgement['thresholdInterval']
}

/**
 * Fits a rule's threshold and clamp, on all sequences and without each fold. The clamp comes from the mistakes of thresholds that had not seen the sequence: that of a fold from the sequences
 * of the other folds, each decided by what was fitted without either fold. Sequences that are left out by hand do not count for thresholds, but their mistakes count for the clamp.
 * @param points of the rule's classes
 * @param shared points of all rules that share the threshold
 */
export function fitRule(points: readonly FitPoint[], options: FitOptions, shared: readonly FitPoint[] = points): RuleFit {
  const fitted = thresholdsOf(shared, options)
  const folds = [...new Set(points.flatMap(({ fold }) => (fold === null ? [] : [fold])))].sort((a, b) => a - b)
  const clampWithout = (fold: number | null): number => options.clamp ?? clampOf(decisionsOf(points.filter((point) => point.fold !== fold || fold === null), (point) => fitted.without([point.fold!, ...(fold === null ? [] : [fold])])))
  return {
    threshold: fitted.without([]),
    clamp: clampWithout(null),
    fits: options.threshold !== null && options.clamp !== null ? [] : folds.map((fold) => ({ fold, threshold: fitted.without([fold]), clamp: clampWithout(fold) })),
    thresholdInterval: fitted.interval(),
  }
}

interface Thresholds {
  /** Fitted without the sequences of some folds. */
  without(folds: readonly number[]): number | null
  interval(): RuleFit['thresholdInterval']
}

function thresholdsOf(shared: readonly FitPoint[], { feature, method, action, threshold, clamp }: FitOptions): Thresholds {
  if (threshold !== null || method === 'by-hand') return { without: () => threshold, interval: () => null }
  const fit = thresholdFit(shared.filter(({ leftOut }) => !leftOut), { method, margin: marginOf(feature), action, clamp })
  return { without: thresholdsWithout(fit), interval: () => intervalOf(fit) }
}

/** Thresholds of drawn sequences, told with the share that all of them call for; null where a side has fewer than two. */
function intervalOf(fit: ThresholdFit): RuleFit['thresholdInterval'] {
  const still = fit.points.filter(({ side }) => side === 'still').length
  const size = fit.points.length
  if (still < 2 || size - still < 2) return null
  const clamp = fit.clamp(new Uint8Array(size).fill(1))
  const weights = new Uint16Array(size)
  const thresholds = resamples(size).flatMap((draw) => {
    weights.fill(0)
    for (const place of draw) weights[place]!++
    return fit.threshold(weights, clamp) ?? []
  })
  return middle95(thresholds)
}

/** How often a rule decides about predicted sequences of its classes where it speaks, and how often for the wrong side. */
export function decisionsOf(points: readonly FitPoint[], thresholdFor: (point: FitPoint) => number | null): { wrong: number; decisions: number } {
  let [wrong, decisions] = [0, 0]
  for (const point of points) {
    if (point.fold === null || !point.prediction?.concerned) continue
    const threshold = thresholdFor(point)
    if (threshold === null) continue
    decisions++
    if (decide(point.value, threshold) !== point.side) wrong++
  }
  return { wrong, decisions }
}

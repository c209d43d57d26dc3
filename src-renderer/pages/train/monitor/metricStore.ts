import type { Metric } from '../../../../src-main/contract/train.ts'
import { createTrack, type MetricTrack } from './metricTrack.ts'

export type FoldTracks = Record<Metric['kind'], MetricTrack>

/** All points of a run, per fold. */
export interface MetricStore {
  /** Folds with points, in order. */
  readonly folds: readonly number[]
  /** Points in all. */
  readonly count: number
  fold(fold: number): FoldTracks
  /**
   * Takes a point in: at the end, or not at all where it is there already (as an answer and as an event). A point before the end says that the fold
   * went on from a checkpoint: what it had after that is forgotten, as the core forgets it.
   */
  add(metric: Metric): void
}

export function createMetricStore(metrics: readonly Metric[] = []): MetricStore {
  const tracks = new Map<number, FoldTracks>()
  let folds: number[] = []

  function fold(number: number): FoldTracks {
    const known = tracks.get(number)
    if (known !== undefined) return known
    const made = { step: createTrack(), epoch: createTrack() }
    tracks.set(number, made)
    folds = [...tracks.keys()].sort((a, b) => a - b)
    return made
  }

  function add(metric: Metric): void {
    const own = fold(metric.fold)
    const track = own[metric.kind]
    const last = track.steps[track.count - 1]
    if (track.count > 0 && last !== undefined && metric.step <= last) {
      if (track.has(metric)) return
      track.cutFrom(metric.step)
      // The epoch's own point comes after that of its last step.
      own[metric.kind === 'step' ? 'epoch' : 'step'].cutFrom(metric.kind === 'step' ? metric.step : metric.step + 1)
    }
    track.push(metric)
  }

  for (const metric of metrics) add(metric)
  return {
    get folds() {
      return folds
    },
    get count() {
      return [...tracks.values()].reduce((sum, { step, epoch }) => sum + step.count + epoch.count, 0)
    },
    fold,
    add,
  }
}

/** Steps of an epoch as the fold's points have it; null before its first epoch is over. */
export function stepsPerEpoch({ epoch }: FoldTracks): number | null {
  const last = epoch.count - 1
  const [step, number] = [epoch.steps[last], epoch.epochs[last]]
  return last >= 0 && step !== undefined && number !== undefined && number > 0 ? step / number : null
}

import type { CropSettings } from '../../../../src-main/contract/crop.ts'
import type { Run, RunScore, TrainConfig } from '../../../../src-main/contract/train.ts'

/** The ratios that the winner of the contest compared. */
export const comparedRatios = [0.1, 0.2, 0.3, 0.4, 0.5] as const

/** Runs that are alike but for the flip ratio: one for each ratio, ascending. */
export interface RatioSeries {
  key: string
  points: RunScore[]
}

const newest = (points: readonly RunScore[]): number => Math.max(...points.map(({ runId }) => runId))

/** The runs by what they share, the series with the most ratios first (of equal ones the one with the newest run); of runs at one ratio the one with the most folds scored, then the newest. */
export function ratioSeries(scores: readonly RunScore[]): RatioSeries[] {
  const scored = scores.filter(({ foldsScored }) => foldsScored > 0)
  return [...Map.groupBy(scored, ({ likeButFlipRatio }) => likeButFlipRatio)]
    .map(([key, alike]) => {
      const best = new Map<number, RunScore>()
      for (const score of [...alike].sort((a, b) => a.foldsScored - b.foldsScored || a.runId - b.runId)) best.set(score.flipRatio, score)
      return { key, points: [...best.values()].sort((a, b) => a.flipRatio - b.flipRatio) }
    })
    .sort((a, b) => b.points.length - a.points.length || newest(b.points) - newest(a.points))
}

/** What can be said of a series. */
export interface RatioVerdict {
  best: RunScore
  /** Sample standard deviation of a run's log loss over its folds, its square averaged over the runs; null where no run has two folds. */
  spread: number | null
  /** Runs no further from the best than the spread: no different, as far as these folds can tell. */
  level: RunScore[]
  /** Some run is not scored on all its folds, or they are scored on other folds than each other. */
  uneven: boolean
  /** Some run was validated on frames whose siblings it was trained on. */
  leaking: boolean
}

export function ratioVerdict(points: readonly RunScore[]): RatioVerdict | null {
  const best = points.reduce<RunScore | null>((least, point) => (least === null || point.sequence.logLoss < least.sequence.logLoss ? point : least), null)
  if (best === null) return null
  const variances = points.flatMap(({ perFold }) => variance(perFold.map(({ sequence }) => sequence.logLoss)) ?? [])
  const spread = variances.length === 0 ? null : Math.sqrt(mean(variances))
  const foldsOf = ({ perFold }: RunScore): string => perFold.map(({ fold }) => fold).sort((a, b) => a - b).join()
  return {
    best,
    spread,
    level: spread === null ? [] : points.filter((point) => point !== best && point.sequence.logLoss - best.sequence.logLoss <= spread),
    uneven: points.some((point) => point.foldsScored < point.folds || foldsOf(point) !== foldsOf(best)),
    leaking: points.some(({ unit, leakingSequences }) => unit === 'frame' || leakingSequences > 0),
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function variance(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
}

const withoutRatio = (config: TrainConfig): string => JSON.stringify(Object.entries({ ...config, name: '', flipRatio: 0 }).sort(([a], [b]) => a.localeCompare(b)))

/** Whether recipes, flip map or derived samples are others now than the run was made from, so that a new run would not be like it. */
export function settingsChanged(run: Pick<Run, 'objects'>, references: CropSettings['references']): boolean {
  const { objects } = run
  if (objects === null) return true
  // The flip ratio is part of the augmentation, so that one tells nothing here.
  return (['train', 'validation', 'test', 'flip-map', 'derived-set'] as const).some((slot) => objects[slot].version !== null && objects[slot].hash !== references[slot].hash)
}

/** The compared ratios that no run like this one has or will have; `base` itself may be one of `runs`. */
export function missingRatios(base: TrainConfig, scored: readonly RunScore[], runs: readonly Pick<Run, 'config' | 'state'>[]): number[] {
  const alike = runs.filter(({ config, state }) => state !== 'failed' && state !== 'stopped' && withoutRatio(config) === withoutRatio(base))
  const there = new Set([...scored.map(({ flipRatio }) => flipRatio), ...alike.flatMap(({ config }) => config.flipRatio ?? [])].map((ratio) => ratio.toFixed(3)))
  return comparedRatios.filter((ratio) => !there.has(ratio.toFixed(3)))
}

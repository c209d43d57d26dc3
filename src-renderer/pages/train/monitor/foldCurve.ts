import { createDecimator, type LinePoints } from '../../../charts/decimator.ts'
import type { Measure, MetricTrack } from './metricTrack.ts'
import { createSmoother, type Smoother } from './smoothing.ts'

/** A measure of a fold as it is drawn, over steps. */
export interface FoldCurve {
  readonly raw: LinePoints
  readonly smooth: LinePoints
  /** The same, every point. */
  readonly exact: { raw: LinePoints; smooth: LinePoints }
  /** Takes in what was added to the track since; all anew where points went away or the smoothing is another. */
  follow(weight: number): void
}

export function createFoldCurve(track: MetricTrack, measure: Measure): FoldCurve {
  const raw = createDecimator()
  const smooth = createDecimator()
  let smoothed = new Float64Array(256)
  let smoother: Smoother = createSmoother(0)
  let taken = 0
  let seen = { weight: 0, cuts: 0 }

  return {
    raw,
    smooth,
    get exact() {
      return { raw: { xs: track.steps, ys: track.column(measure), count: taken }, smooth: { xs: track.steps, ys: smoothed, count: taken } }
    },
    follow(weight) {
      if (weight !== seen.weight || track.cuts !== seen.cuts) {
        seen = { weight, cuts: track.cuts }
        taken = 0
        smoother = createSmoother(weight)
        raw.clear()
        smooth.clear()
      }
      const values = track.column(measure)
      if (smoothed.length < values.length) {
        const larger = new Float64Array(values.length)
        larger.set(smoothed)
        smoothed = larger
      }
      for (; taken < track.count; taken++) {
        const [step, value] = [track.steps[taken] as number, values[taken] as number]
        smoothed[taken] = smoother.next(value)
        if (Number.isNaN(value)) continue
        raw.add(step, value)
        smooth.add(step, smoothed[taken] as number)
      }
    },
  }
}

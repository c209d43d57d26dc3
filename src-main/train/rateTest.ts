import type { RateSearch } from '../contract/train.ts'

const decay = 0.9
/** The test ends where the smoothed loss is over so many times its lowest. */
const divergence = 4
/** A loss that falls by less than this share is noise. */
const leastFall = 0.01

/** Smooths losses one after the other: their exponential moving average, corrected for its start, as fastai's `Recorder` and Adam's moments. */
export function lossSmoother(): (loss: number) => number {
  let average = 0
  let weight = 1
  return (loss) => {
    average = decay * average + (1 - decay) * loss
    weight *= decay
    return average / (1 - weight)
  }
}

/** Says after each loss whether the test has seen enough: the smoothed loss is over four times its lowest. */
export function divergenceWatch(): (loss: number) => boolean {
  const smooth = lossSmoother()
  let lowest = Infinity
  return (loss) => {
    const smoothed = smooth(loss)
    lowest = Math.min(lowest, smoothed)
    return smoothed > divergence * lowest
  }
}

/** Learning rate of a step of a test: from the first to the last in equal ratios. */
export const testedRate = ({ from, to, steps }: { from: number; to: number; steps: number }, step: number): number => (steps < 2 ? from : from * (to / from) ** (step / (steps - 1)))

/**
 * What a learning-rate range test says (Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3).
 *
 * `suggested`, the highest rate of a one-cycle schedule, is a tenth of the rate at which the smoothed loss was lowest: there training is about
 * to diverge, one order of magnitude less is what fastai's `lr_find` gives as `minimum`. Two digits of it, because a test says no more.
 * `steepest` (fastai's `steep`) is sought up to that lowest point, by central differences over log10(rate), the first tenth (at most ten points)
 * and the last twentieth (at most five) left out: there the average has seen little, or training diverges.
 * Both are null where the loss never fell by a hundredth.
 * @param points as they were reported, in order; the losses are not smoothed
 * @param diverged whether the test ended before its last step
 */
export function rateSearchOf(points: readonly Point[], diverged: boolean): RateSearch {
  const smooth = lossSmoother()
  const smoothed = points.map(({ learningRate, loss }) => ({ learningRate, loss: smooth(loss) }))
  const first = Math.max(1, Math.min(10, Math.floor(points.length / 10)))
  const end = points.length - Math.max(1, Math.min(5, Math.floor(points.length / 20)))
  const lowest = smoothed.reduce((best, { loss }, place) => (loss < (smoothed[best]?.loss ?? Infinity) ? place : best), 0)
  const fell = (smoothed[lowest]?.loss ?? Infinity) < (1 - leastFall) * (smoothed[first]?.loss ?? 0)
  const steepest = fell ? steepestOf(smoothed, first, Math.min(end, lowest)) : null
  return {
    points: smoothed,
    steepest,
    suggested: steepest === null ? null : Number((learningRateAt(smoothed, lowest) / 10).toPrecision(2)),
    end: diverged ? 'diverged' : 'last-step',
  }
}

type Point = RateSearch['points'][number]

const learningRateAt = (points: readonly Point[], place: number): number => (points[place] as Point).learningRate

/** Rate of the point of first … end − 1 where the loss falls most steeply; null where it falls nowhere. */
function steepestOf(points: readonly Point[], first: number, end: number): number | null {
  let steepest: { slope: number; rate: number | null } = { slope: 0, rate: null }
  for (let place = first; place < end; place++) {
    const [before, after] = [points[place - 1], points[place + 1]] as [Point, Point]
    const slope = (after.loss - before.loss) / Math.log10(after.learningRate / before.learningRate)
    if (slope < steepest.slope) steepest = { slope, rate: learningRateAt(points, place) }
  }
  return steepest.rate
}

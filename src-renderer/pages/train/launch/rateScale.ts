import type { RateSearch } from '../../../../src-main/contract/train.ts'

export type RatePoint = RateSearch['points'][number]

export interface RateScale {
  x: (learningRate: number) => number
  y: (loss: number) => number
  /** Powers of ten in view. */
  ticks: number[]
  lossRange: [low: number, high: number]
}

/**
 * Where the points of a range test are drawn in a box: the rate on a logarithmic axis, the loss so that its fall fills the height; where it
 * blows up it leaves the box at the top.
 */
export function rateScale(points: readonly RatePoint[], width: number, height: number): RateScale {
  const logs = points.map(({ learningRate }) => Math.log10(learningRate))
  const [from, to] = [Math.min(...logs), Math.max(...logs)]
  const losses = points.map(({ loss }) => loss).filter(Number.isFinite)
  const low = Math.min(...losses)
  const first = losses[0] ?? low
  const high = Math.min(Math.max(...losses), first + Math.max(first - low, 0.1 * Math.abs(first), 1e-6))
  const wide = Math.max(to - from, 1e-9)
  const tall = Math.max(high - low, 1e-9)
  return {
    x: (learningRate) => ((Math.log10(learningRate) - from) / wide) * width,
    y: (loss) => Math.max(-height, (1 - (loss - low) / tall) * height),
    ticks: Array.from({ length: Math.max(0, Math.floor(to + 1e-9) - Math.ceil(from - 1e-9) + 1) }, (_, index) => 10 ** (Math.ceil(from - 1e-9) + index)),
    lossRange: [low, high],
  }
}

/** The line through points as the `d` of an SVG path. */
export const ratePath = (points: readonly RatePoint[], { x, y }: RateScale): string =>
  points.filter(({ loss }) => Number.isFinite(loss)).map(({ learningRate, loss }, index) => `${index === 0 ? 'M' : 'L'}${x(learningRate).toFixed(1)} ${y(loss).toFixed(1)}`).join('')

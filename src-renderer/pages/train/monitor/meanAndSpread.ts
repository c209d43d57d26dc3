import type { LinePoints } from '../../../charts/decimator.ts'

/** Mean of some curves, and the mean less and plus the standard deviation. */
export interface MeanCurve extends LinePoints {
  xs: number[]
  ys: number[]
  lows: number[]
  highs: number[]
}

/**
 * At each epoch that at least two curves have; a part for each stretch of epochs that the same number of them has, so that no line leads from the mean of
 * some to the mean of others. `curves`: over whole epochs, in rising order.
 */
export function meanAndSpread(curves: readonly LinePoints[]): MeanCurve[] {
  const last = Math.max(0, ...curves.map(({ xs, count }) => (count === 0 ? 0 : (xs[count - 1] as number))))
  const [sums, squares, counts] = [new Float64Array(last + 1), new Float64Array(last + 1), new Uint16Array(last + 1)]
  const each = (take: (epoch: number, value: number) => void): void => {
    for (const { xs, ys, count } of curves) for (let at = 0; at < count; at++) if (Number.isFinite(ys[at])) take(xs[at] as number, ys[at] as number)
  }
  each((epoch, value) => {
    sums[epoch] = (sums[epoch] as number) + value
    counts[epoch] = (counts[epoch] as number) + 1
  })
  each((epoch, value) => (squares[epoch] = (squares[epoch] as number) + (value - (sums[epoch] as number) / (counts[epoch] as number)) ** 2))
  const parts: (MeanCurve & { count: number })[] = []
  let before = 0
  for (let epoch = 0; epoch <= last; epoch++) {
    const count = counts[epoch] as number
    if (count > 1) {
      const part = count === before ? parts[parts.length - 1] : undefined
      const current = part ?? { xs: [], ys: [], lows: [], highs: [], count: 0 }
      if (part === undefined) parts.push(current)
      const mean = (sums[epoch] as number) / count
      const spread = Math.sqrt((squares[epoch] as number) / count)
      current.xs.push(epoch)
      current.ys.push(mean)
      current.lows.push(mean - spread)
      current.highs.push(mean + spread)
      current.count++
    }
    before = count
  }
  return parts
}

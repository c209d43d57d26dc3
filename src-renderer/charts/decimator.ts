/** A line's points, `count` of them. */
export interface LinePoints {
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
  readonly count: number
}

/** A line that stays short however many points are added: its shape at about the screen's resolution. */
export interface Decimator extends LinePoints {
  add(x: number, y: number): void
  clear(): void
}

/**
 * Keeps of each stretch of points its lowest and highest, in their order (min–max decimation, as oscilloscopes do: no spike is lost). When there are more
 * than `most` stretches, each two are joined and later ones are twice as long: a point costs the same however many came before.
 * @param most even
 */
export function createDecimator(most = 512): Decimator {
  const xs = new Float64Array(2 * most)
  const ys = new Float64Array(2 * most)
  let stretches = 0
  /** Points of a whole stretch, and those in the last one. */
  let length = 1
  let inLast = 0

  /** Puts the lowest and highest of two stretches into stretch `to`. */
  function join(first: number, second: number, to: number): void {
    let [low, high] = [2 * first, 2 * first]
    for (const at of [2 * first, 2 * first + 1, 2 * second, 2 * second + 1]) {
      if ((ys[at] as number) < (ys[low] as number)) low = at
      if ((ys[at] as number) > (ys[high] as number)) high = at
    }
    const [before, after] = low < high ? [low, high] : [high, low]
    const kept = [xs[before], ys[before], xs[after], ys[after]] as [number, number, number, number]
    ;[xs[2 * to], ys[2 * to], xs[2 * to + 1], ys[2 * to + 1]] = kept
  }

  function halve(): void {
    for (let to = 0; to < most / 2; to++) join(2 * to, 2 * to + 1, to)
    stretches = most / 2
    length *= 2
    inLast = length
  }

  return {
    xs,
    ys,
    get count() {
      return 2 * stretches
    },
    add(x, y) {
      if (stretches === 0 || inLast === length) {
        if (stretches === most) halve()
        const at = 2 * stretches
        xs[at] = xs[at + 1] = x
        ys[at] = ys[at + 1] = y
        stretches++
        inLast = 1
        return
      }
      const at = 2 * (stretches - 1)
      const [first, second] = [ys[at] as number, ys[at + 1] as number]
      const [low, high] = first < second ? [first, second] : [second, first]
      if (y < low || y > high) {
        // The other extreme goes first: the new one came last.
        const other = (y < low) === (first > second) ? at : at + 1
        xs[at] = xs[other] as number
        ys[at] = ys[other] as number
        xs[at + 1] = x
        ys[at + 1] = y
      }
      inLast++
    },
    clear() {
      stretches = 0
      length = 1
      inLast = 0
    },
  }
}

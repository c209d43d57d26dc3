import type { BlendGain } from '../../contract/ensemble.ts'
import { randomStream } from '../../engine/random.ts'

const draws = 2000
const seed = 20261127

/**
 * Mean of paired differences, one a sequence, with its 95 % interval by the bootstrap's percentiles (Efron and Tibshirani, 1993): sequences are drawn with
 * replacement 2,000 times. The same differences always give the same interval.
 * @param differences log loss of the other way less that of the blend; one at least
 */
export const gainOf = (differences: readonly number[]): BlendGain => gainsOf([differences])[0] as BlendGain

/**
 * As `gainOf` of each list of paired differences: those of the same length are over the same sequences, so that these are drawn once for all of them.
 * @param lists differences, one a sequence; one at least in each
 */
export function gainsOf(lists: readonly (readonly number[])[]): BlendGain[] {
  const byLength = Map.groupBy(lists, ({ length }) => length)
  const gains = new Map<readonly number[], BlendGain>()
  for (const [count, own] of byLength) {
    const means = drawnMeans(own, count)
    for (const [place, differences] of own.entries()) {
      const sorted = means[place]!.sort()
      gains.set(differences, { gain: differences.reduce((sum, difference) => sum + difference, 0) / count, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) })
    }
  }
  return lists.map((differences) => gains.get(differences)!)
}

/** The mean of each list over sequences drawn with replacement, draw by draw. */
function drawnMeans(lists: readonly (readonly number[])[], count: number): Float64Array[] {
  const random = randomStream(seed)
  const means = lists.map(() => new Float64Array(draws))
  const drawn = new Uint32Array(count)
  for (let draw = 0; draw < draws; draw++) {
    for (let place = 0; place < count; place++) drawn[place] = random.integer(count)
    for (const [list, differences] of lists.entries()) {
      let sum = 0
      for (let place = 0; place < count; place++) sum += differences[drawn[place]!]!
      means[list]![draw] = sum / count
    }
  }
  return means
}

/** Linear between the two nearest of ascending values. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (place - below) * (high - low)
}

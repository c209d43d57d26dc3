import { randomStream } from '../engine/random.ts'
import { percentile } from './measures.ts'

const seed = 42
const mostDraws = 1000
const fewestDraws = 200
/** What the draws of one size take at most, and how many sizes are kept. */
const mostNumbers = 400_000
const keptSizes = 16

const kept = new Map<number, Uint32Array[]>()

/** Samples of `size` items drawn with replacement (positions 0 … size − 1): 1000 of them, fewer (down to 200) of many items. The same for the same size. */
export function resamples(size: number): readonly Uint32Array[] {
  const known = kept.get(size)
  if (known) return known
  const random = randomStream(seed, size)
  const draws = Math.max(fewestDraws, Math.min(mostDraws, Math.floor(mostNumbers / size)))
  const made = Array.from({ length: draws }, () => Uint32Array.from({ length: size }, () => random.integer(size)))
  if (kept.size >= keptSizes) kept.delete(kept.keys().next().value!)
  kept.set(size, made)
  return made
}

/** The middle 95 % of some values. */
export function middle95(values: readonly number[]): { low: number; high: number } {
  const sorted = Float64Array.from(values).sort()
  return { low: percentile(sorted, 0.025), high: percentile(sorted, 0.975) }
}

/** Mean of some values with its 95 % interval by bootstrap (percentiles); null of none. */
export function bootstrapMean(values: readonly number[]): { mean: number; low: number; high: number } | null {
  if (values.length === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const means = resamples(values.length).map((draw) => {
    let sum = 0
    for (const place of draw) sum += values[place]!
    return sum / values.length
  })
  return { mean, ...middle95(means) }
}

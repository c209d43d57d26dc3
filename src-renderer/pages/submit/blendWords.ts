import type { Blend, BlendGain } from '../../../src-main/contract/ensemble.ts'

/** What an interval says: all of it above 0, all below, or neither. */
export type Verdict = 'better' | 'worse' | 'unclear'
export const verdictOf = ({ low, high }: BlendGain): Verdict => (low > 0 ? 'better' : high < 0 ? 'worse' : 'unclear')

/** Whether a blend is worth it: the name of the sentence that says so. */
export type Advice = 'fitted' | 'together' | 'overEqual' | 'worse' | 'none' | 'calibrated' | 'calibratedWorse' | 'calibratedNone'

export function adviceOf({ members, overBest, overEqual }: Pick<Blend, 'members' | 'overBest' | 'overEqual'>): Advice {
  const best = verdictOf(overBest)
  if (members.length === 1) return best === 'better' ? 'calibrated' : best === 'worse' ? 'calibratedWorse' : 'calibratedNone'
  const equal = verdictOf(overEqual)
  if (best === 'worse' || equal === 'worse') return 'worse'
  if (best === 'better') return equal === 'better' ? 'fitted' : 'together'
  return equal === 'better' ? 'overEqual' : 'none'
}

/** Where gains stand on one axis, 0–1: 0 is always on it, and every interval with some room at its ends. */
export function gainPlaces(gains: readonly BlendGain[]): { zero: number; places: { low: number; gain: number; high: number }[] } {
  const least = Math.min(0, ...gains.map(({ low }) => low))
  const most = Math.max(0, ...gains.map(({ high }) => high))
  const room = (most - least || 1) * 0.08
  const place = (value: number): number => (value - least + room) / (most - least + 2 * room)
  return { zero: place(0), places: gains.map(({ low, gain, high }) => ({ low: place(low), gain: place(gain), high: place(high) })) }
}

import { describe, expect, it } from 'vitest'
import type { Blend } from '../../src-main/contract/ensemble.ts'
import { adviceOf, gainPlaces, verdictOf } from '../../src-renderer/pages/submit/blendWords.ts'

const above = { gain: 0.02, low: 0.004, high: 0.04 }
const around = { gain: 0.02, low: -0.01, high: 0.05 }
const below = { gain: -0.03, low: -0.05, high: -0.01 }

describe('what is said of a blend', () => {
  it('is clear only where the whole interval is on one side of 0', () => {
    expect([above, around, below, { gain: 0, low: 0, high: 0 }].map(verdictOf)).toEqual(['better', 'unclear', 'worse', 'unclear'])
  })

  it('tells whether fitting is worth it, and whether putting together alone is', () => {
    const two = [{}, {}] as Blend['members']
    const cases = [[above, above], [above, around], [around, above], [around, around], [below, above], [above, below]] as const
    expect(cases.map(([overBest, overEqual]) => adviceOf({ members: two, overBest, overEqual }))).toEqual(['fitted', 'together', 'overEqual', 'none', 'worse', 'worse'])
    expect([above, around, below].map((gain) => adviceOf({ members: two.slice(1), overBest: gain, overEqual: gain }))).toEqual(['calibrated', 'calibratedNone', 'calibratedWorse'])
  })

  it('draws all intervals on one axis that has 0 on it', () => {
    const { zero, places } = gainPlaces([above, around])
    const [first, second] = places as [(typeof places)[0], (typeof places)[0]]
    expect([zero > 0, zero < first.low, second.low < zero, first.gain === second.gain, second.high < 1, second.low > 0]).toEqual([true, true, true, true, true, true])
    expect(gainPlaces([above]).zero).toBeGreaterThan(0)
    expect(gainPlaces([{ gain: 0, low: 0, high: 0 }])).toEqual({ zero: 0.5, places: [{ low: 0.5, gain: 0.5, high: 0.5 }] })
  })
})

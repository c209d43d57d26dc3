import type { Blend, EnsembleWays } from '../../../../src-main/contract/ensemble.ts'
import type { Choice } from '../choice.ts'
import { viewsRow } from './views.ts'

export interface Estimate {
  logLoss: number
  /** Scored as it is; else the gains of single choices are added up. */
  measured: boolean
}

/**
 * Out-of-fold log loss of what is chosen, before rules and clip; which folds answer for test sequences makes no difference to it, as each validated sequence has one.
 * null while it is not known: views that were not predicted have no score.
 */
export function estimateOf(blend: Blend | null, ways: EnsembleWays | null, choice: Choice): Estimate | null {
  if (blend === null) return null
  const base = choice.blend === 'fitted' ? blend.logLoss : blend.equal.logLoss
  const gains: (number | undefined)[] = []
  if (choice.pooling !== 'mean') gains.push(ways?.poolings.find(({ pooling }) => pooling === choice.pooling)?.gain.gain)
  if (choice.views !== null) gains.push(viewsRow(ways, choice.views)?.gain.gain)
  const known = gains.filter((gain) => gain !== undefined)
  if (known.length < gains.length) return null
  return { logLoss: Math.max(0, known.reduce((sum, gain) => sum - gain, base)), measured: gains.length + (choice.blend === 'fitted' ? 1 : 0) <= 1 }
}

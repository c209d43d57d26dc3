import type { Calibration } from '../../../../src-main/contract/evaluate.ts'

export interface Means {
  count: number
  /** Mean of what the network says, and how often it is right. null when there is no prediction. */
  confidence: number | null
  accuracy: number | null
}

/** Means over all bins, each prediction counted once. */
export function meansOf({ bins }: Calibration): Means {
  const count = bins.reduce((sum, bin) => sum + bin.count, 0)
  const mean = (value: (bin: Calibration['bins'][number]) => number): number | null => (count === 0 ? null : bins.reduce((sum, bin) => sum + (bin.count === 0 ? 0 : value(bin) * bin.count), 0) / count)
  return { count, confidence: mean((bin) => bin.confidence), accuracy: mean((bin) => bin.accuracy) }
}

/** Means that lie nearer than this are called equal. */
const near = 0.02

export type Verdict = 'careful' | 'sure' | 'matched'

export function verdictOf({ confidence, accuracy }: Means): Verdict | null {
  if (confidence === null || accuracy === null) return null
  return Math.abs(confidence - accuracy) < near ? 'matched' : confidence > accuracy ? 'sure' : 'careful'
}

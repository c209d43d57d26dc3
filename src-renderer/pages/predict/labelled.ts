import type { PredictedSequence } from '../../../src-main/contract/predict.ts'

/** Whether the most probable class is the label's; null: no label, or no prediction. */
export function verdictOf({ poseId, top }: Pick<PredictedSequence, 'poseId' | 'top'>): boolean | null {
  const first = top[0]
  return poseId === null || first === undefined ? null : first.poseId === poseId
}

/** How many of the predicted sequences have a label, and how many of those are predicted right. */
export function labelledScore(rows: readonly Pick<PredictedSequence, 'poseId' | 'top'>[]): { labelled: number; right: number } {
  const verdicts = rows.map(verdictOf).filter((verdict) => verdict !== null)
  return { labelled: verdicts.length, right: verdicts.filter(Boolean).length }
}

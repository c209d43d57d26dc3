import type { Calibration } from '../contract/evaluate.ts'
import type { ScoredRows } from './scoredRun.ts'

/**
 * How far the confidence in the predicted class holds what it says (Guo et al. 2017, "On Calibration of Modern Neural Networks"): bins as
 * `sklearn.calibration.calibration_curve` with strategy uniform (a value on an edge is in the lower bin; empty bins are left out), the expected
 * calibration error over them, and the Brier score as `brier_score_loss` with scale_by_half=False.
 * @param answers class of each sequence; −1 (unknown to the run) is a class that got probability 0
 */
export function calibration(rows: ScoredRows, answers: Int32Array, bins: number): Calibration {
  const edges = Float64Array.from({ length: bins + 1 }, (_, edge) => (edge === bins ? 1 : edge * (1 / bins)))
  const counts = new Int32Array(bins)
  const confidences = new Float64Array(bins)
  const right = new Int32Array(bins)
  let brier = 0
  for (let row = 0; row < rows.length; row++) {
    const answer = answers[rows.sequence[row]!]!
    const confidence = rows.confidence[row]!
    let bin = 0
    while (bin < bins - 1 && confidence > edges[bin + 1]!) bin++
    counts[bin]!++
    confidences[bin]! += confidence
    if (rows.predicted[row] === answer) right[bin]!++
    brier += squaredError(rows.probabilities(row), answer)
  }
  const filled = Array.from(counts.keys()).filter((bin) => counts[bin]! > 0)
  const table = filled.map((bin) => ({ from: edges[bin]!, to: edges[bin + 1]!, count: counts[bin]!, confidence: confidences[bin]! / counts[bin]!, accuracy: right[bin]! / counts[bin]! }))
  return {
    bins: table,
    expectedCalibrationError: table.reduce((sum, { count, confidence, accuracy }) => sum + (count / rows.length) * Math.abs(accuracy - confidence), 0),
    brier: brier / rows.length,
  }
}

function squaredError(probabilities: ArrayLike<number>, answer: number): number {
  let sum = answer < 0 ? 1 : 0
  for (let index = 0; index < probabilities.length; index++) sum += (probabilities[index]! - Number(index === answer)) ** 2
  return sum
}

/** Limits of a temperature: below the first the most probable class takes all, above the second all classes are as good as equal. */
export const coldest = 0.05
export const hottest = 20

/** Smallest probability a logarithm is taken of. */
const smallest = 1e-15

/** Natural logs of probabilities, of at least 10⁻¹⁵ each. */
export const logsOf = (probabilities: ArrayLike<number>): Float64Array => Float64Array.from(probabilities, (value) => Math.log(Math.max(value, smallest)))

/**
 * softmax(logs / T).
 * @param logs natural logs of probabilities; −∞ for a class that is not known: it stays 0
 */
export function withTemperature(logs: Float64Array, temperature: number): Float64Array {
  let largest = -Infinity
  for (const log of logs) if (log > largest) largest = log
  const powers = logs.map((log) => Math.exp((log - largest) / temperature))
  const sum = powers.reduce((whole, power) => whole + power, 0)
  return powers.map((power) => power / sum)
}

/**
 * The temperature whose softmax(log p / T) has the lowest mean log loss: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017.
 * The loss is convex in 1/T, whose optimum is found by Newton steps within a bracket.
 *
 * A run that is right about every one of a few sequences would be made as sure as can be. So it is fitted together with a weak prior, as if
 * `pseudoCount` more sequences had come out exactly as probable as the run itself says; with hundreds of sequences it cannot be noticed.
 * @param rows [sequences × classes] natural logs of probabilities, −∞ for unknown classes; sequences of which the run says nothing left out
 * @param answers class index of each; a row that does not know its answer has no say
 * @param pseudoCount sequences; 0: the optimum for the rows alone
 * @returns T in [0.05, 20]; 1 without rows
 */
export function fitTemperature(rows: readonly Float64Array[], answers: readonly number[], pseudoCount = 1): number {
  const known = rows.flatMap((logs, row) => {
    const ofAnswer = logs[answers[row] as number] ?? -Infinity
    return ofAnswer === -Infinity ? [] : [{ logs, ofAnswer }]
  })
  if (known.length === 0) return 1
  const share = pseudoCount / known.length
  const wanted = known.reduce((sum, { logs, ofAnswer }) => sum + ofAnswer + share * momentsOf(logs, 1).mean, 0)
  /** First and second derivative of the loss by 1/T. */
  const slopes = (inverse: number): { first: number; second: number } => {
    let mean = 0
    let variance = 0
    for (const { logs } of known) {
      const moments = momentsOf(logs, inverse)
      mean += moments.mean
      variance += moments.variance
    }
    return { first: (1 + share) * mean - wanted, second: (1 + share) * variance }
  }
  let low = 1 / hottest
  let high = 1 / coldest
  let inverse = 1
  for (let step = 0; step < 200; step++) {
    const { first, second } = slopes(inverse)
    if (first > 0) high = inverse
    else low = inverse
    const newton = inverse - first / second
    const next = newton > low && newton < high ? newton : (low + high) / 2
    if (Math.abs(next - inverse) <= 1e-12 * inverse) return 1 / next
    inverse = next
  }
  return 1 / inverse
}

/** Mean and variance of the logs under softmax(logs · inverse). */
function momentsOf(logs: Float64Array, inverse: number): { mean: number; variance: number } {
  let largest = -Infinity
  for (const log of logs) if (log > largest) largest = log
  let sum = 0
  let first = 0
  let second = 0
  for (const log of logs) {
    if (log === -Infinity) continue
    // Differences to the largest, so that nothing is lost where one class has almost all.
    const difference = log - largest
    const power = Math.exp(difference * inverse)
    sum += power
    first += power * difference
    second += power * difference * difference
  }
  const mean = first / sum
  return { mean: largest + mean, variance: second / sum - mean * mean }
}

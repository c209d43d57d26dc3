/**
 * The sum as NumPy adds up a contiguous row of doubles: pairwise, with eight running sums in blocks of up to 128 numbers. Ties between
 * groups and folds hang on the last bit, so the order of the additions is part of the result. Source: numpy loops_utils.h
 * `DOUBLE_pairwise_sum`.
 */
export function pairwiseSum(values: Float64Array, from = 0, length = values.length): number {
  if (length < 8) {
    let sum = 0
    for (let i = 0; i < length; i++) sum += values[from + i]!
    return sum
  }
  if (length > 128) {
    let half = Math.floor(length / 2)
    half -= half % 8
    return pairwiseSum(values, from, half) + pairwiseSum(values, from + half, length - half)
  }
  const whole = from + length - (length % 8)
  let [a, b, c, d, e, f, g, h] = [values[from]!, values[from + 1]!, values[from + 2]!, values[from + 3]!, values[from + 4]!, values[from + 5]!, values[from + 6]!, values[from + 7]!]
  for (let i = from + 8; i < whole; i += 8) {
    a += values[i]!
    b += values[i + 1]!
    c += values[i + 2]!
    d += values[i + 3]!
    e += values[i + 4]!
    f += values[i + 5]!
    g += values[i + 6]!
    h += values[i + 7]!
  }
  let sum = a + b + (c + d) + (e + f + (g + h))
  for (let i = whole; i < from + length; i++) sum += values[i]!
  return sum
}

/** Standard deviation of a contiguous row (divisor n), rounded as `numpy.std` rounds. */
export function standardDeviation(values: Float64Array): number {
  const mean = pairwiseSum(values) / values.length
  const squares = values.map((value) => (value - mean) * (value - mean))
  return Math.sqrt(pairwiseSum(squares) / values.length)
}

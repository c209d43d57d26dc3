const fewValues = 64
const scratch = new Float64Array(fewValues)

/** Middle value, or the mean of the two middle ones, of those that are numbers (not NaN); 0 of nothing. */
export function median(values: ArrayLike<number>): number {
  const { sorted, count } = inOrder(values)
  if (count === 0) return 0
  const middle = count >> 1
  return count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Middle value, or the smaller of the two middle ones, of those that are numbers (not NaN); 0 of nothing. */
export function lowerMedian(values: ArrayLike<number>): number {
  const { sorted, count } = inOrder(values)
  return count === 0 ? 0 : sorted[(count - 1) >> 1]!
}

/** The value at this place from the largest on (0 = largest) of those that are numbers; NaN when there are not so many. */
export function largest(values: ArrayLike<number>, place: number): number {
  const { sorted, count } = inOrder(values)
  return count <= place ? Number.NaN : sorted[count - 1 - place]!
}

/** Ascending, NaN left out. A few values are put in order in `scratch`: for a hand's worth of numbers much faster than a sort that allocates. */
function inOrder(values: ArrayLike<number>): { sorted: Float64Array; count: number } {
  if (values.length > fewValues) {
    const sorted = Float64Array.from(values).sort()
    const count = sorted.findIndex(Number.isNaN)
    return { sorted, count: count < 0 ? sorted.length : count }
  }
  let count = 0
  for (let next = 0; next < values.length; next++) {
    const value = values[next]!
    if (Number.isNaN(value)) continue
    let place = count++
    for (; place > 0 && scratch[place - 1]! > value; place--) scratch[place] = scratch[place - 1]!
    scratch[place] = value
  }
  return { sorted: scratch, count }
}

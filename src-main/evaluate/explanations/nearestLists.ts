/** Of each of `count` rows the `size` others that were offered with the smallest distances, nearest first. */
export interface NearestLists {
  offer(row: number, other: number, distance: number): void
  /** How many others the row has. */
  length(row: number): number
  /** The row's others are `others[row * size + position]`, at `distances[row * size + position]`. */
  readonly size: number
  readonly others: Int32Array
  readonly distances: Float32Array
}

/** Empty lists. Of equal distances the first offered comes first, and stays. */
export function nearestLists(count: number, size: number): NearestLists {
  const others = new Int32Array(count * size)
  const distances = new Float32Array(count * size)
  const lengths = new Int32Array(count)
  /** Distance from which on a row takes no more. */
  const limits = new Float32Array(count).fill(Infinity)
  return {
    size,
    others,
    distances,
    length: (row) => lengths[row] as number,
    offer(row, other, distance) {
      if (distance >= (limits[row] as number)) return
      const start = row * size
      const length = lengths[row] as number
      let at = start + Math.min(length, size - 1)
      for (; at > start && (distances[at - 1] as number) > distance; at--) {
        distances[at] = distances[at - 1] as number
        others[at] = others[at - 1] as number
      }
      distances[at] = distance
      others[at] = other
      if (length < size) lengths[row] = length + 1
      if (length + 1 >= size) limits[row] = distances[start + size - 1] as number
    },
  }
}

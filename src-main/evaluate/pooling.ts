import type { Pooling } from '../contract/ensemble.ts'

/** Smallest probability a logarithm is taken of. */
const smallest = 1e-15

/** Fewer frames are not trimmed. */
const fewestTrimmed = 5

/**
 * One probability vector from those of a sequence's frames, as `Pooling` says; sums to 1. Where a way leaves no class anything (the medians of frames that are each sure of another class), the mean
 * is taken. Rows that are all alike stay as they are.
 * @param rows [frames × classes]
 * @param weights of `quality`: one a frame, 0 or more; absent or all 0: the mean
 * @throws RangeError when there are no rows, they differ in length, or a weight is none
 */
export function poolFrames(rows: readonly ArrayLike<number>[], pooling: Pooling, weights?: readonly number[]): Float64Array {
  const [first] = rows
  if (!first) throw new RangeError('No frames cannot be put together')
  for (const { length } of rows) if (length !== first.length) throw new RangeError(`Frames of ${first.length} and ${length} classes cannot be put together`)
  const pooled = pool(rows, first.length, pooling, weights)
  if (normalise(pooled)) return pooled
  const mean = weighted(rows, first.length)
  return normalise(mean) ? mean : mean.fill(1 / first.length)
}

function pool(rows: readonly ArrayLike<number>[], classes: number, pooling: Pooling, weights?: readonly number[]): Float64Array {
  if (pooling === 'mean') return weighted(rows, classes)
  if (pooling === 'geometric') return geometric(rows, classes)
  if (pooling === 'quality') return weighted(rows, classes, weights && checked(weights, rows.length))
  const { length } = rows
  const cut = pooling === 'median' ? Math.floor((length - 1) / 2) : length < fewestTrimmed ? 0 : Math.ceil(length / 10)
  return middle(rows, classes, cut)
}

/** Sums weighted by frame (without weights, all alike). */
function weighted(rows: readonly ArrayLike<number>[], classes: number, weights?: readonly number[]): Float64Array {
  const sums = new Float64Array(classes)
  for (const [frame, row] of rows.entries()) {
    const weight = weights ? (weights[frame] as number) : 1
    for (let index = 0; index < classes; index++) sums[index]! += weight * (row[index] as number)
  }
  return sums
}

/** Sums, class by class, of what is left without the `cut` lowest and highest of the frames. */
function middle(rows: readonly ArrayLike<number>[], classes: number, cut: number): Float64Array {
  const sums = new Float64Array(classes)
  const values = new Float64Array(rows.length)
  for (let index = 0; index < classes; index++) {
    for (let frame = 0; frame < rows.length; frame++) insert(values, frame, rows[frame]![index] as number)
    for (let place = cut; place < rows.length - cut; place++) sums[index]! += values[place]!
  }
  return sums
}

/** Puts a value among the `count` first, which are in order. */
function insert(values: Float64Array, count: number, value: number): void {
  let place = count
  for (; place > 0 && values[place - 1]! > value; place--) values[place] = values[place - 1]!
  values[place] = value
}

/** exp of the mean logarithm, over the largest class's so that nothing is lost where all are small. */
function geometric(rows: readonly ArrayLike<number>[], classes: number): Float64Array {
  const logs = new Float64Array(classes)
  for (const row of rows) for (let index = 0; index < classes; index++) logs[index]! += Math.log(Math.max(row[index] as number, smallest))
  let largest = -Infinity
  for (const log of logs) if (log > largest) largest = log
  return logs.map((log) => Math.exp((log - largest) / rows.length))
}

function checked(weights: readonly number[], frames: number): readonly number[] {
  if (weights.length !== frames) throw new RangeError(`${frames} frames have ${weights.length} weights`)
  for (const weight of weights) if (!(weight >= 0 && weight < Infinity)) throw new RangeError(`${weight} is not a weight`)
  return weights
}

/** Makes the sum 1, in place; false: there is nothing to share. */
function normalise(values: Float64Array): boolean {
  let sum = 0
  for (const value of values) sum += value
  if (!(sum > 0)) return false
  for (let index = 0; index < values.length; index++) values[index]! /= sum
  return true
}

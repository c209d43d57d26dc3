/** An exponential moving average of a stream, value by value. */
export interface Smoother {
  next(value: number): number
}

/**
 * Exponential smoothing, corrected for its start as TensorBoard does (Kingma & Ba 2014, section 3): the sum of w^(n−i) · value i over the sum of w^(n−i).
 * @param weight w, 0 (as it is) to below 1. Values that are no numbers are passed on and change nothing.
 */
export function createSmoother(weight: number): Smoother {
  let average = 0
  let start = 1
  return {
    next(value) {
      if (!Number.isFinite(value)) return value
      average = weight * average + (1 - weight) * value
      start *= weight
      return average / (1 - start)
    },
  }
}

import type { Metric } from '../../../../src-main/contract/train.ts'

export const measures = ['loss', 'learningRate', 'gradientNorm', 'imagesPerSecond', 'trainAccuracy', 'validationLogLoss', 'validationAccuracy', 'cpu', 'gpu', 'memoryBytes', 'gpuMemoryBytes'] as const
export type Measure = (typeof measures)[number]

/** A fold's points of one kind in order of steps, as columns: `steps[i]`, `epochs[i]` and `column(m)[i]` belong together. NaN where nothing was measured. */
export interface MetricTrack {
  readonly count: number
  /** How often points were taken away: whoever follows the columns begins anew. */
  readonly cuts: number
  /** Steps done. Like `epochs` and `column` only good until the next point is added. */
  readonly steps: Float64Array
  readonly epochs: Float64Array
  column(measure: Measure): Float64Array
  /** Whether the very same point is there. */
  has(metric: Metric): boolean
  /** Adds a point behind the others. */
  push(metric: Metric): void
  /** Takes away all from `step` on. */
  cutFrom(step: number): void
}

function valueOf({ load, ...metric }: Metric, measure: Measure): number {
  const value = measure === 'cpu' || measure === 'gpu' || measure === 'memoryBytes' || measure === 'gpuMemoryBytes' ? load?.[measure] : metric[measure]
  return value ?? Number.NaN
}

/** Columns that grow: a point costs the same however many there are. */
export function createTrack(): MetricTrack {
  let room = 256
  let count = 0
  let cuts = 0
  let steps = new Float64Array(room)
  let epochs = new Float64Array(room)
  const columns = new Map(measures.map((measure) => [measure, new Float64Array(room)]))
  const column = (measure: Measure): Float64Array => columns.get(measure) as Float64Array

  function grow(): void {
    room *= 2
    const larger = (values: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(room)
      next.set(values)
      return next
    }
    steps = larger(steps)
    epochs = larger(epochs)
    for (const [measure, values] of columns) columns.set(measure, larger(values))
  }

  return {
    get count() {
      return count
    },
    get cuts() {
      return cuts
    },
    get steps() {
      return steps
    },
    get epochs() {
      return epochs
    },
    column,
    has(metric) {
      const at = firstFrom(steps, count, metric.step)
      return at < count && steps[at] === metric.step && column('loss')[at] === metric.loss && epochs[at] === metric.epoch
    },
    push(metric) {
      if (count === room) grow()
      steps[count] = metric.step
      epochs[count] = metric.epoch
      for (const [measure, values] of columns) values[count] = valueOf(metric, measure)
      count++
    },
    cutFrom(step) {
      const left = firstFrom(steps, count, step)
      if (left === count) return
      count = left
      cuts++
    },
  }
}

/** Position of the first of `count` rising values that is not below `value`; `count` when none is. */
export function firstFrom(values: ArrayLike<number>, count: number, value: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

import type { SequenceFeature } from '../contract/rules.ts'
import type { Place } from './tracks.ts'

/** Moves up to this share of the hand's size are noise. */
const noiseOfHand = 0.1
/** Where the hand's size is not known: pixels of a 1920-wide frame. */
const usualNoise = 10

/**
 * What a measure gives of a way of at least two places, in pixels of a 1920-wide frame (a frame for `speed`; `turns` is a number).
 *
 * | measure | of x₁ … xₙ along an axis | `both` |
 * |---|---|---|
 * | range | max − min | √(range of x² + range of y²) |
 * | spread | 90th percentile − 10th, between places as numpy's | √(spread of x² + spread of y²) |
 * | path | Σ \|xᵢ₊₁ − xᵢ\| | Σ of the distances in the plane |
 * | speed | path over (last frame's number − first's) | the same |
 * | turns | changes of direction: a turn is one once the way back is longer than noise | along the line on which it moves most |
 *
 * @param handSize pixels; noise is a tenth of it (10 pixels where it is null)
 */
export function measureWay(way: readonly Place[], measure: SequenceFeature['measure'], axis: SequenceFeature['axis'], handSize: number | null): number {
  if (measure === 'turns') return turns(along(way, axis), handSize === null ? usualNoise : noiseOfHand * handSize)
  if (measure === 'path') return path(way, axis)
  if (measure === 'speed') return path(way, axis) / Math.max(1, way.at(-1)!.frame - way[0]!.frame)
  const width = measure === 'range' ? range : spread
  if (axis !== 'both') return width(way.map((place) => place[axis]))
  return Math.hypot(width(way.map(({ x }) => x)), width(way.map(({ y }) => y)))
}

function range(values: readonly number[]): number {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return most - least
}

function spread(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return percentile(sorted, 0.9) - percentile(sorted, 0.1)
}

/** Between the two nearest in proportion, as numpy's. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return below + (above - below) * (place - Math.floor(place))
}

function path(way: readonly Place[], axis: SequenceFeature['axis']): number {
  let length = 0
  for (let index = 1; index < way.length; index++) {
    const [x, y] = [way[index]!.x - way[index - 1]!.x, way[index]!.y - way[index - 1]!.y]
    length += axis === 'x' ? Math.abs(x) : axis === 'y' ? Math.abs(y) : Math.hypot(x, y)
  }
  return length
}

/** Coordinates along an axis; `both`: along the principal axis of the places. */
function along(way: readonly Place[], axis: SequenceFeature['axis']): number[] {
  if (axis !== 'both') return way.map((place) => place[axis])
  const [middleX, middleY] = [way.reduce((sum, { x }) => sum + x, 0) / way.length, way.reduce((sum, { y }) => sum + y, 0) / way.length]
  let [xx, xy, yy] = [0, 0, 0]
  for (const { x, y } of way) {
    xx += (x - middleX) ** 2
    xy += (x - middleX) * (y - middleY)
    yy += (y - middleY) ** 2
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2
  return way.map(({ x, y }) => (x - middleX) * Math.cos(angle) + (y - middleY) * Math.sin(angle))
}

/** Changes of direction with hysteresis: the way back from the farthest place counts once it is longer than the noise. */
function turns(values: readonly number[], noise: number): number {
  let count = 0
  let direction = 0
  let [lowest, highest] = [values[0]!, values[0]!]
  for (const value of values) {
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
    if (direction <= 0 && value - lowest > noise) {
      if (direction < 0) count++
      direction = 1
      highest = value
    } else if (direction >= 0 && highest - value > noise) {
      if (direction > 0) count++
      direction = -1
      lowest = value
    }
  }
  return count
}

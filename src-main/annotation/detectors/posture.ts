import { keypointsPerHand } from '../../contract/hand.ts'
import type { Hand } from './hands.ts'
import { lowerMedian } from './statistics.ts'
import type { Track } from './tracks.ts'

/** Pairs of keypoints by which two hands are laid over each other: long ones first, and some in every part of the hand, so that a torn one has whole pairs. */
const anchors = [[0, 9], [5, 17], [0, 5], [0, 17], [1, 13], [5, 13], [9, 17], [0, 2], [2, 5], [6, 9], [10, 17], [5, 14], [6, 18], [10, 14], [5, 7], [9, 11], [13, 15], [17, 19], [2, 4], [7, 15], [11, 19]] as const

/** A keypoint that is off by more, in hand sizes, tells nothing of how two hands lie over each other. */
const farOff = 0.1
/** Hands whose keypoints are off by this share of `farOff` on average lie well enough. */
const wellLaid = 0.15
/** A hand is compared with so many hands of its track before it, and as many after it. */
const reach = 6

/**
 * How far each keypoint of a hand lies from where the hands next to it in its track have it, once they are turned, scaled and shifted so
 * that most keypoints agree: the median over these hands, in pixels; NaN where the keypoint is missing. Nothing is said of hands whose
 * track has fewer than three.
 */
export function offPlaces(tracks: readonly Track[]): Map<Hand, Float64Array> {
  const off = new Map<Hand, Float64Array>()
  for (const track of tracks)
    if (track.length >= 3)
      for (const [at, hand] of track.entries()) {
        const distances: Float64Array[] = []
        for (let next = Math.max(0, at - reach); next <= at + reach && next < track.length; next++) if (next !== at) distances.push(laidOver(hand, track[next]!))
        off.set(hand, middleDistances(hand, distances))
      }
  return off
}

function middleDistances({ xs }: Hand, distances: readonly Float64Array[]): Float64Array {
  const middle = new Float64Array(keypointsPerHand)
  const ofPoint = new Float64Array(distances.length)
  for (let point = 0; point < keypointsPerHand; point++) {
    for (let other = 0; other < distances.length; other++) ofPoint[other] = distances[other]![point]!
    middle[point] = Number.isNaN(xs[point]!) ? Number.NaN : lowerMedian(ofPoint)
  }
  return middle
}

/** How the other hand is turned and scaled (the factor, a complex number) around its keypoint `around` to lie over the hand. */
interface Laying {
  around: number
  real: number
  imaginary: number
}

/** Distance of each keypoint from the other hand's, which is laid over by the pair of anchors that brings most keypoints together. */
function laidOver(hand: Hand, other: Hand): Float64Array {
  const cut = (farOff * hand.size) ** 2
  let best: Laying | null = null
  let least = Infinity
  for (const [a, b] of anchors) {
    const laying = layingBy(hand, other, a, b)
    if (!laying) continue
    const sum = sumOfSquares(hand, other, laying, cut, least)
    if (sum < least) {
      least = sum
      best = laying
    }
    if (least < wellLaid * wellLaid * cut * hand.rows.length) break
  }
  const distances = new Float64Array(keypointsPerHand).fill(Number.NaN)
  if (best) for (let point = 0; point < keypointsPerHand; point++) distances[point] = Math.sqrt(squaredDistance(hand, other, best, point))
  return distances
}

function layingBy(hand: Hand, other: Hand, a: number, b: number): Laying | null {
  const fromX = other.xs[b]! - other.xs[a]!
  const fromY = other.ys[b]! - other.ys[a]!
  const toX = hand.xs[b]! - hand.xs[a]!
  const toY = hand.ys[b]! - hand.ys[a]!
  const squared = fromX * fromX + fromY * fromY
  if (!(squared > 0) || Number.isNaN(toX)) return null
  return { around: a, real: (toX * fromX + toY * fromY) / squared, imaginary: (toY * fromX - toX * fromY) / squared }
}

/** Sum of the squared distances, each up to `cut`; no further than `least`. */
function sumOfSquares(hand: Hand, other: Hand, laying: Laying, cut: number, least: number): number {
  let sum = 0
  for (let point = 0; point < keypointsPerHand && sum < least; point++) {
    const squared = squaredDistance(hand, other, laying, point)
    if (!Number.isNaN(squared)) sum += squared < cut ? squared : cut
  }
  return sum
}

function squaredDistance(hand: Hand, other: Hand, { around, real, imaginary }: Laying, point: number): number {
  const x = other.xs[point]! - other.xs[around]!
  const y = other.ys[point]! - other.ys[around]!
  const apartX = hand.xs[point]! - hand.xs[around]! - real * x + imaginary * y
  const apartY = hand.ys[point]! - hand.ys[around]! - imaginary * x - real * y
  return apartX * apartX + apartY * apartY
}

import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Point } from '../../src-main/contract/dataset.ts'
import { handFeatures, sceneFeatures, sequenceFeatures } from '../../src-main/keypoints/features.ts'
import type { KeypointFrame } from '../../src-main/keypoints/sequence.ts'
import { straightHand, someHand } from './drawnHands.ts'

const input = { normaliseRotation: false, place: false, frames: 32 }
const size = { width: 640, height: 480 }
const frame = (number: number, ...hands: (Point | null)[][]): KeypointFrame => ({ frame: number, ...size, points: hands.flat() })
const moved = (frames: readonly KeypointFrame[], by: (point: Point) => Point): KeypointFrame[] => frames.map((one) => ({ ...one, points: one.points.map((point) => point && by(point)) }))
/** The largest difference of two lists; infinite where their lengths differ. */
const furthest = (values: Float32Array, wanted: ArrayLike<number>): number => (values.length === wanted.length ? values.reduce((most, value, index) => Math.max(most, Math.abs(value - wanted[index]!)), 0) : Infinity)

describe('goldens', () => {
  interface Golden { width: number; height: number; frames: { frame: number; points: (Point | null)[] }[]; plain: Parts; upright: Parts }
  interface Parts { hands: number[]; scene: number[] }
  const goldens = JSON.parse(readFileSync(new URL('../goldens/keypoints.json', import.meta.url), 'utf8')) as Record<string, Golden>
  test.each(Object.keys(goldens))('%s hand: as numpy has it, plain and turned upright', (name) => {
    const { width, height, frames, plain, upright } = goldens[name]!
    const given = frames.map((one) => ({ ...one, width, height }))
    for (const [wanted, normaliseRotation] of [[plain, false], [upright, true]] as const) {
      const { hands, scene } = sequenceFeatures(given, { normaliseRotation, place: true, frames: 32 })
      expect(furthest(hands, wanted.hands)).toBeLessThan(1e-5)
      expect(furthest(scene, wanted.scene)).toBeLessThan(1e-5)
    }
  })
})

describe('a hand whose numbers are known', () => {
  // Wrist at (100, 200); each finger's four keypoints 30, 60, 90, 120 pixels straight above it, side by side by nothing: size = √((30² + 60² + 90² + 120²) / 4).
  const length = Math.sqrt((30 ** 2 + 60 ** 2 + 90 ** 2 + 120 ** 2) / 4)
  const { hands, scene, present, rowOf, frames } = sequenceFeatures([frame(7, straightHand(100, 200, 30))], input)

  test('positions over the size, bones upwards, joints straight, spans', () => {
    const position = [1, 2, 3, 4].flatMap((joint) => [0, (-30 * joint) / length, 0])
    expect(furthest(hands.subarray(0, 60), [0, 1, 2, 3, 4].flatMap(() => position))).toBeLessThan(1e-5)
    expect(furthest(hands.subarray(60, 120), Array.from({ length: 20 }, () => [0, -1, 0]).flat())).toBeLessThan(1e-5)
    expect(furthest(hands.subarray(120, 135), Array.from({ length: 15 }, () => 1))).toBeLessThan(1e-5)
    expect(furthest(hands.subarray(135, 150), [...Array.from({ length: 10 }, () => 0), ...Array.from({ length: 5 }, () => 120 / length)])).toBeLessThan(1e-5)
  })
  test('one frame has no motion; the other seat is empty', () => {
    expect(furthest(hands.subarray(150), new Float32Array(24 + handFeatures))).toBeLessThan(1e-5)
    expect([[...scene], [...present], [...rowOf], frames]).toEqual([[0, 0, 0, 0], [1, 0], [0], [7]])
  })
  test('a hand that moves 15 pixels to the right a frame', () => {
    const { hands: moving } = sequenceFeatures([0, 1, 2].map((time) => frame(time, straightHand(100 + 15 * time, 200, 30))), input)
    const deviation = (15 * Math.sqrt(2 / 3)) / length
    for (const row of [0, 1, 2]) expect(furthest(moving.subarray(row * 2 * handFeatures + 150, row * 2 * handFeatures + 174), [15 / length, ...Array.from({ length: 11 }, () => 0), deviation, ...Array.from({ length: 11 }, () => 0)])).toBeLessThan(1e-5)
  })
  test('a frame without a hand is described by the nearest one', () => {
    const { rowOf: rows } = sequenceFeatures([frame(0), frame(3, straightHand(1, 1, 5)), frame(4), frame(8), frame(9, straightHand(1, 1, 5))], input)
    expect([...rows]).toEqual([0, 0, 0, 1, 1])
  })
  test('frames are chosen evenly, first and last among them', () => {
    const { frames: chosen, rowOf: rows } = sequenceFeatures(Array.from({ length: 9 }, (_, time) => frame(time, straightHand(1, 1, 5))), { ...input, frames: 3 })
    expect([chosen, [...rows]]).toEqual([[0, 4, 8], [0, 0, 0, 1, 1, 1, 1, 2, 2]])
  })
})

describe('what does not change the features', () => {
  const sequence = fc.integer({ min: 1, max: 4 }).chain((count) => fc.array(fc.record({ one: someHand(), other: fc.option(someHand(), { nil: null }) }), { minLength: count, maxLength: count })).map((frames) =>
    frames.map(({ one, other }, time) => frame(time, one, other ? other.map((point) => point && ([point[0] + 400, point[1], point[2]] as const)) : [])))
  const scene = { ...input, place: false }

  test('where the hands are', () => {
    fc.assert(fc.property(sequence, fc.double({ min: -500, max: 500, noNaN: true }), fc.double({ min: -500, max: 500, noNaN: true }), (frames, x, y) => {
      const [plain, shifted] = [frames, moved(frames, (point) => [point[0] + x, point[1] + y, point[2]])].map((one) => sequenceFeatures(one, scene))
      expect(furthest(shifted!.hands, plain!.hands)).toBeLessThan(1e-4)
      expect(furthest(shifted!.scene, plain!.scene)).toBeLessThan(1e-4)
    }), { numRuns: 40 })
  })
  test('how large the hands are', () => {
    fc.assert(fc.property(sequence, fc.double({ min: 0.2, max: 5, noNaN: true }), (frames, factor) => {
      const [plain, scaled] = [frames, moved(frames, ([x, y, z]) => [x * factor, y * factor, z * factor])].map((one) => sequenceFeatures(one, scene))
      expect(furthest(scaled!.hands, plain!.hands)).toBeLessThan(1e-4)
      expect(furthest(scaled!.scene, plain!.scene)).toBeLessThan(1e-4)
    }), { numRuns: 40 })
  })
  test('how a hand is turned, with normaliseRotation: all of the shape', () => {
    fc.assert(fc.property(someHand({ complete: true }), fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }), (hand, angle) => {
      const turned = moved([frame(0, hand)], ([x, y, z]) => [Math.cos(angle) * x - Math.sin(angle) * y, Math.sin(angle) * x + Math.cos(angle) * y, z])
      const [plain, other] = [[frame(0, hand)], turned].map((one) => sequenceFeatures(one, { ...input, normaliseRotation: true }).hands.subarray(0, 150))
      expect(furthest(other!, plain!)).toBeLessThan(1e-3)
    }), { numRuns: 40 })
  })
  test('mirrored left to right, one hand: every x has the other sign, all else is the same', () => {
    fc.assert(fc.property(someHand(), (hand) => {
      const [plain, mirror] = [(point: Point): Point => point, ([x, y, z]: Point): Point => [-x, y, z]].map((by) => sequenceFeatures(moved([frame(0, hand), frame(1, hand)], by), input).hands)
      const signs = Float32Array.from({ length: 174 }, (_, at) => ((at < 120 && at % 3 === 0) || (at >= 150 && at < 162 && at % 2 === 0) ? -1 : 1))
      expect(furthest(mirror!.subarray(0, 174), plain!.subarray(0, 174).map((value, at) => value * signs[at]!))).toBeLessThan(1e-5)
    }), { numRuns: 40 })
  })
  test('mirrored left to right, two hands: they change seats, each as the other was', () => {
    fc.assert(fc.property(someHand({ complete: true }), someHand({ complete: true }), (one, other) => {
      const far = other.map((point) => point && ([point[0] + 900, point[1], point[2]] as const))
      const [plain, mirror] = [(point: Point): Point => point, ([x, y, z]: Point): Point => [-x, y, z]].map((by) => sequenceFeatures(moved([frame(0, one, far)], by), input))
      expect(furthest(mirror!.hands.subarray(0, 174), plain!.hands.subarray(174))).toBeLessThan(1e-5)
      expect(furthest(mirror!.hands.subarray(174), plain!.hands.subarray(0, 174))).toBeLessThan(1e-5)
      expect(furthest(mirror!.scene, [1, plain!.scene[1]!, -plain!.scene[2]!, -plain!.scene[3]!])).toBeLessThan(1e-4)
    }), { numRuns: 40 })
  })
})

test('never anything but numbers, whatever is missing', () => {
  const point = fc.option(fc.tuple(fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.double({ min: -1e4, max: 1e4, noNaN: true })), { nil: null, freq: 3 })
  const frames = fc.array(fc.constantFrom(0, 1, 20, 21, 30, 42, 63).chain((rows) => fc.array(point, { minLength: rows, maxLength: rows })), { maxLength: 5 })
  fc.assert(fc.property(frames, fc.boolean(), fc.boolean(), (given, normaliseRotation, place) => {
    const made = sequenceFeatures(given.map((points, index) => ({ frame: index, ...size, points })), { normaliseRotation, place, frames: 4 })
    expect(made.hands.every(Number.isFinite) && made.scene.every(Number.isFinite)).toBe(true)
    expect(made.scene.length).toBe(made.frames.length * sceneFeatures({ place }))
    const absent = Array.from(made.present.entries()).filter(([, there]) => !there).map(([seat]) => made.hands.subarray(seat * handFeatures, (seat + 1) * handFeatures))
    expect(absent.flatMap((hand) => [...hand]).every((value) => value === 0)).toBe(true)
  }), { numRuns: 200 })
})

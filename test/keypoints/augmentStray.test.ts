import { describe, expect, it } from 'vitest'
import type { Point } from '../../src-main/contract/dataset.ts'
import { trainingKeypoints, type KeypointView } from '../../src-main/keypoints/augment.ts'
import type { KeypointFrame } from '../../src-main/keypoints/sequence.ts'
import { awayFrom, drawnHand, movingHand, nothing } from './sequences.ts'

const targets = { horizontal: [0], vertical: [0] }
const strays = (frames: readonly KeypointFrame[], share = 1, count = 400): KeypointView[] =>
  Array.from({ length: count }, (_, folder) => trainingKeypoints({ seed: 3, epoch: 1, folder: `train/${folder}`, transform: null, frames, label: 0, augment: { ...nothing, strayHands: share }, targets }))
const gone = (rows: number): null[] => Array.from({ length: rows }, () => null)
const size = (points: readonly (Point | null)[]): number => {
  const [wrist] = points as [Point]
  return Math.sqrt(points.reduce((sum, point) => sum + awayFrom(wrist, point as Point) ** 2, 0) / points.length)
}

describe('a stray hand', () => {
  it('comes to the share of the sequences, into a third of the frames one after the other, and leaves class and own hand as they are', () => {
    const frames = movingHand(9)
    const shown = strays(frames, 0.3, 1500)
    const chosen = shown.filter(({ draw }) => draw.stray.length > 0)
    expect(Math.abs(chosen.length / 1500 - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / 1500))
    for (const { frames: seen, draw, label } of chosen) {
      const from = draw.stray[0]?.frame as number
      expect([label, draw.stray]).toEqual([0, [0, 1, 2].map((after) => ({ frame: from + after, hand: 1 }))])
      expect(seen.map(({ points }) => points.slice(0, 21))).toEqual(frames.map(({ points }) => points))
      expect(seen.map(({ points }) => points.length)).toEqual(frames.map(({ frame }) => (frame >= from && frame < from + 3 ? 42 : 21)))
    }
    expect(new Set(chosen.map(({ draw }) => draw.stray[0]?.frame))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
  })
  it('is the own hand in another size, mirrored or not, elsewhere', () => {
    const shown = strays(movingHand(3))
    const pairs = shown.map(({ frames, draw }) => frames.find(({ frame }) => frame === draw.stray[0]?.frame)?.points ?? []).map((points) => [points.slice(0, 21), points.slice(21)] as const)
    const sizes = pairs.map(([own, stray]) => size(stray) / size(own))
    expect([Math.min(...sizes) >= 0.5, Math.min(...sizes) < 0.52, Math.max(...sizes) <= 1.2 + 1e-9, Math.max(...sizes) > 1.18]).toEqual([true, true, true, true])
    const handedness = (points: readonly (Point | null)[]): number => {
      const [wrist, first, second] = points as [Point, Point, Point]
      return Math.sign((first[0] - wrist[0]) * (second[1] - wrist[1]) - (first[1] - wrist[1]) * (second[0] - wrist[0]))
    }
    const mirrored = pairs.filter(([own, stray]) => handedness(own) !== handedness(stray)).length
    expect(Math.abs(mirrored / pairs.length - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / pairs.length))
    const near = pairs.filter(([own, stray]) => awayFrom(own[0] as Point, stray[0] as Point) < size(own)).length
    expect(near / pairs.length).toBeLessThan(0.02)
  })
  it('takes the rows that are free: an erased second hand’s, or the first ones', () => {
    const behind = movingHand(1).map((frame) => ({ ...frame, points: [...frame.points, ...gone(21)] }))
    const before = movingHand(1).map((frame) => ({ ...frame, points: [...gone(21), ...frame.points] }))
    const rows = (frames: KeypointFrame[]) => strays(frames, 1, 5).map(({ frames: seen, draw }) => [draw.stray[0]?.hand, seen[0]?.points.length, seen[0]?.points.filter((point) => point !== null).length])
    expect(rows(behind)).toEqual(Array.from({ length: 5 }, () => [1, 42, 42]))
    expect(rows(before)).toEqual(Array.from({ length: 5 }, () => [0, 42, 42]))
  })
  it('never comes to a sequence that shows two hands somewhere, or none', () => {
    const two = movingHand(4).map((frame) => (frame.frame === 2 ? { ...frame, points: [...frame.points, ...drawnHand(90, [300, 300])] } : frame))
    const none = movingHand(2).map((frame) => ({ ...frame, points: [] }))
    expect([two, none].map((frames) => strays(frames, 1, 50).every(({ frames: seen }) => seen.every((frame, index) => frame === frames[index])))).toEqual([true, true])
  })
})

import { describe, expect, it } from 'vitest'
import { detect } from '../../src-main/annotation/detectors/detect.ts'
import type { FindingKind } from '../../src-main/contract/annotation.ts'
import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import type { HandType } from '../../src-main/contract/hand.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { madeHand } from './memoryDataset.ts'

const size = { width: 1920, height: 1080 }
const record = (points: Point[], number: number, erased: number[] = []): FrameRecord => ({ number, file: `${number}.png`, ...size, original: points, points, erased, hidden: [], moved: [], conflicts: [], unreadable: null })
const detected = (frames: Point[][], hand: HandType) => detect(frames.map((points, number) => record(points, number)), { hand, ...size })

/** A hand that drifts, turns, folds its fingers and trembles over seven frames. */
function gesture(seed: number): Point[][] {
  const random = randomStream(seed)
  const [x, y, span] = [700 + 500 * random.uniform(), 400 + 250 * random.uniform(), 150 + 90 * random.uniform()]
  const [driftX, driftY, turn, fold] = [60 * random.normal(), 30 * random.normal(), 0.15 * random.normal(), 0.04 * random.uniform()]
  return Array.from({ length: 7 }, (_, frame) => {
    const [sin, cos] = [Math.sin(turn * frame), Math.cos(turn * frame)]
    return madeHand(0, 0, span).map(([px, py], row): Point => {
      const shrink = row === 0 ? 1 : 1 - fold * frame * ((row - 1) % 4)
      return [x + driftX * frame + (px * cos - py * sin) * shrink + 2 * random.normal(), y + driftY * frame + (px * sin + py * cos) * shrink + 2 * random.normal(), 0]
    })
  })
}

const clearly = (kind: FindingKind) => kind !== 'border' && kind !== 'count-mismatch'
const sequences = Array.from({ length: 200 }, (_, seed) => gesture(seed))

describe('detectors', () => {
  it('say nothing of undisturbed gestures but what lies at the border', () => {
    const found = sequences.flatMap((frames) => detected(frames, 'left').filter(({ kind }) => clearly(kind)))
    expect(found).toEqual([])
  })

  it('find a second hand in a corner, in all frames or in some, and name the right rows', () => {
    const outcomes = sequences.map((frames, seed) => {
      const random = randomStream(seed, 1)
      const [from, length] = seed % 2 === 0 ? [0, 7] : [random.integer(4), 1 + random.integer(3)]
      const strayFirst = random.uniform() < 0.3
      const corner = random.uniform() < 0.5 ? madeHand(150, 930, 160) : madeHand(1600, 200, 160)
      const planted = frames.map((points, frame) => (frame >= from && frame < from + length ? (strayFirst ? [...corner, ...points] : [...points, ...corner]) : points))
      const found = detected(planted, 'right').filter(({ kind }) => clearly(kind))
      const right = found.filter(({ frame, indices }) => frame >= from && frame < from + length && indices.length === 21 && indices[0] === (strayFirst ? 0 : 21))
      return { planted: length, right: right.length, wrong: found.length - right.length }
    })
    const total = (key: 'planted' | 'right' | 'wrong') => outcomes.reduce((sum, outcome) => sum + outcome[key], 0)
    expect(total('right') / total('planted')).toBeGreaterThan(0.98)
    expect(total('wrong') / total('planted')).toBeLessThan(0.02)
  })

  it('find a hand that is somewhere else for one frame', () => {
    const outcomes = sequences.map((frames, seed) => {
      const at = 1 + (seed % 5)
      const planted = frames.with(at, madeHand(frames[at]![0]![0] > 960 ? 130 : 1800, 900, 200))
      const found = detected(planted, seed % 3 === 0 ? 'unknown' : 'left').filter(({ kind }) => clearly(kind))
      return { right: found.filter(({ frame, kind }) => frame === at && kind === 'isolated-hand').length, wrong: found.filter(({ frame }) => frame !== at).length }
    })
    const total = (key: 'right' | 'wrong') => outcomes.reduce((sum, outcome) => sum + outcome[key], 0)
    expect(total('right') / outcomes.length).toBeGreaterThan(0.95)
    expect(total('wrong')).toBeLessThan(5)
  })

  it('find single keypoints that are off by more than half a hand', () => {
    const outcomes = sequences.map((frames, seed) => {
      const random = randomStream(seed, 2)
      const [at, row, angle] = [random.integer(7), random.integer(21), 2 * Math.PI * random.uniform()]
      const points = frames[at]!
      const [x, y, z] = points[row]!
      const off = 160 + 200 * random.uniform()
      const planted = frames.with(at, points.with(row, [x + off * Math.cos(angle), y + off * Math.sin(angle), z]))
      const found = detected(planted, 'left')
      const right = found.filter(({ frame, indices }) => frame === at && indices.length === 1 && indices[0] === row)
      return { right: right.length, wrong: found.filter(({ kind }) => clearly(kind)).filter((finding) => !right.includes(finding)).length }
    })
    expect(outcomes.filter(({ right }) => right > 0).length / outcomes.length).toBeGreaterThan(0.98)
    expect(outcomes.reduce((sum, { wrong }) => sum + wrong, 0) / outcomes.length).toBeLessThan(0.02)
  })

  it('say with numbers what lies over the border, also far over it, and which counts do not fit', () => {
    const [first] = sequences as [Point[][]]
    const over = first[0]!.with(3, [1925.4, 500, 0]).with(7, [0, 3, 0])
    const pair = first.map((points) => [...points, ...madeHand(300, 300)])
    const found = [
      ...detect([record(over, 4)], { hand: 'left', ...size }),
      ...detected([first[0]!, first[1]!], 'both'),
      ...detected(pair.with(2, first[2]!).with(5, first[5]!), 'both'),
      ...detected(pair.with(2, first[2]!), 'unknown'),
      ...detected([first[0]!.slice(0, 20), []], 'left'),
    ]
    expect(found.map(({ kind, frame, indices, why }) => [kind, frame, indices, why])).toEqual([
      ['border', 4, [3, 7], '2 keypoints are on or over the border of the 1920 × 1080 picture, by up to 6 px.'],
      ['count-mismatch', 0, [], 'The class is of two hands, and 2 of 2 frames have one (21 keypoints), this one first.'],
      ['count-mismatch', 2, [], 'The class is of two hands, and 2 of 7 frames have one (21 keypoints), this one first.'],
      ['count-mismatch', 5, [], 'The class is of two hands, and 2 of 7 frames have one (21 keypoints), this one too.'],
      ['count-mismatch', 2, [], 'Most frames have two hands, and 1 of 7 frames have one (21 keypoints), this one first.'],
      ['count-mismatch', 0, [], 'The frame has 20 keypoints, where 0, 21 (one hand) or 42 (two hands) belong.'],
    ])
  })

  it('say of keypoints that are torn off together how far, and once', () => {
    const still = Array.from({ length: 4 }, () => madeHand(900, 500))
    const torn = still.with(0, still[0]!.map(([x, y, z], row): Point => (row >= 5 && row <= 12 ? [x - 400, y, z] : [x, y, z])))
    expect(detected(torn, 'left').map(({ frame, kind, indices, why }) => ({ frame, kind, indices, why }))).toEqual([
      { frame: 0, kind: 'isolated-cluster', indices: [5, 6, 7, 8, 9, 10, 11, 12], why: '8 keypoints lie apart from the rest of the hand: bones to them are up to 439 px long (a hand is about 320 px wide).' },
    ])
  })

  it('say which of two hands that are always seen is the stray one: that further out, or of two about as far the second', () => {
    const pair = (x: number) => Array.from({ length: 3 }, () => [...madeHand(960, 600), ...madeHand(x, 600)])
    const reasons = (frames: Point[][]) => detected(frames, 'right').map(({ frame, indices, why }) => [frame, indices[0], why])
    expect([reasons(pair(400)), reasons(pair(980))]).toEqual([
      [0, 1, 2].map((frame) => [frame, 21, 'The class is of one hand (right) and the frame has two: both are seen in 3 of 3 frames, and this one is further from the middle of the picture.']),
      [0, 1, 2].map((frame) => [frame, 21, 'The class is of one hand (right) and the frame has two: both are seen in 3 of 3 frames, about as far from the middle of the picture, and this one comes second in the file.']),
    ])
  })

  it('look at nothing that is erased', () => {
    const frames = sequences[0]!.map((points, number) => record(number === 3 ? points.with(8, [20, 20, 0]) : points, number, number === 3 ? [8] : []))
    expect(detect(frames, { hand: 'left', ...size })).toEqual([])
  })

  it('bear hands without extent, without size of the picture, and single keypoints', () => {
    const onePlace = Array.from({ length: 4 }, () => Array.from({ length: 21 }, (): Point => [5, 5, 0]))
    const rest = Array.from({ length: 20 }, (_, row) => row + 1)
    expect([
      detect(onePlace.map((points, number) => record(points, number)), { hand: 'left', ...size }),
      detect(sequences[0]!.map((points, number) => ({ ...record(points, number, rest), width: null, height: null })), { hand: 'left', width: null, height: null }),
      detect([], { hand: 'unknown', ...size }),
    ]).toEqual([[], [], []])
  })
})

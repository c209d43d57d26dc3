import { describe, expect, it } from 'vitest'
import { detect } from '../../src-main/annotation/detectors/detect.ts'
import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import type { HandType } from '../../src-main/contract/hand.ts'
import { randomStream, type RandomStream } from '../../src-main/engine/random.ts'
import { planSample } from '../../src-main/sample/plan.ts'
import { stageSequence } from '../../src-main/sample/sequence.ts'

const size = { width: 1920, height: 1080 }
const seed = 11

interface Sequence {
  hand: HandType
  frames: Point[][]
}

/** A sequence with something planted: the rows that are at fault, by frame. */
interface Planted extends Sequence {
  faults: Map<number, number[]>
}

type Plant = (sequence: Sequence, random: RandomStream) => Planted | null

const say = ({ hand, frames }: Sequence) =>
  detect(frames.map((points, number): FrameRecord => ({ number, file: `${number}.png`, ...size, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null })), { hand, ...size })

/** The sample's gestures of which nothing is said as they are. */
const whole = planSample({ sequences: 500, seed }).sequences
  .map((sequence): Sequence => ({ hand: sequence.row.handType, frames: stageSequence(sequence, { ...size, seed }).map(({ rows }) => rows ?? []) }))
  .filter((sequence) => say(sequence).length === 0)
const short = whole.map(({ hand, frames }, index) => ({ hand, frames: frames.slice(index % 3, (index % 3) + 3) })).filter((sequence) => say(sequence).length === 0)
const lengths = [{ title: 'whole sequences', sequences: whole, most: 10 }, { title: 'three frames', sequences: short, most: 3 }]

const spanOf = (points: readonly Point[]) => Math.max(...[0, 1].map((axis) => Math.max(...points.map((point) => point[axis]!)) - Math.min(...points.map((point) => point[axis]!))))
const inside = ([x, y]: Point) => x > 0 && y > 0 && x < size.width - 1 && y < size.height - 1
/** The first, the last or any place for something that lasts so many frames. */
const place = ({ frames }: Sequence, random: RandomStream, run = 1) => [0, frames.length - run, random.integer(frames.length - run + 1), random.integer(frames.length - run + 1)][random.integer(4)]!
const rowsOf = (hand: number) => Array.from({ length: 21 }, (_, row) => row + 21 * hand)

/** Shifts the rows by a share of their hand's span, into the picture where it can be. */
function shift(sequence: Sequence, random: RandomStream, at: number, run: number, rows: readonly number[], least: number, most: number): Planted {
  const span = spanOf(sequence.frames[at]!.slice(21 * Math.floor(rows[0]! / 21)).slice(0, 21))
  let moved: (point: Point) => Point = (point) => point
  for (let attempt = 0; attempt < 30; attempt++) {
    const [angle, distance] = [2 * Math.PI * random.uniform(), span * (least + (most - least) * random.uniform())]
    moved = ([x, y, z]) => [x + distance * Math.cos(angle), y + distance * Math.sin(angle), z]
    if (rows.every((row) => inside(moved(sequence.frames[at]![row]!)))) break
  }
  const here = (frame: number) => frame >= at && frame < at + run
  const frames = sequence.frames.map((points, frame) => (here(frame) ? points.map((point, row) => (rows.includes(row) ? moved(point) : point)) : points))
  return { ...sequence, frames, faults: new Map(Array.from({ length: run }, (_, frame) => [at + frame, [...rows]])) }
}

const jump = (run: number, least: number, most: number): Plant => (sequence, random) => {
  const at = place(sequence, random, run)
  const rows = Math.min(...sequence.frames.slice(at, at + run).map(({ length }) => length))
  return rows === 0 || sequence.frames.length < 2 * run + 1 ? null : shift(sequence, random, at, run, [random.integer(rows)], least, most)
}

const torn: Plant = (sequence, random) => {
  const at = place(sequence, random)
  const points = sequence.frames[at]!
  if (points.length === 0) return null
  const hand = random.integer(points.length / 21)
  const finger = 1 + 4 * random.integer(4)
  const [sin, cos] = [Math.sin(6.3 * random.uniform()), Math.cos(6.3 * random.uniform())]
  const across = rowsOf(hand).toSorted((a, b) => points[a]![0] * cos + points[a]![1] * sin - points[b]![0] * cos - points[b]![1] * sin)
  const rows = random.uniform() < 0.5 ? rowsOf(hand).slice(finger, finger + 8) : across.slice(0, 4 + random.integer(7))
  return shift(sequence, random, at, 1, rows, 1, 2.5)
}

const swapped: Plant = (sequence, random) => {
  const at = place(sequence, random)
  const points = sequence.frames[at]!
  const apart = (a: number, b: number) => Math.hypot(points[a]![0] - points[b]![0], points[a]![1] - points[b]![1])
  const pairs = points.length === 0 ? [] : rowsOf(0).flatMap((a) => rowsOf(0).filter((b) => a < b && apart(a, b) > 0.4 * spanOf(points.slice(0, 21))).map((b) => [a, b] as const))
  const pair = pairs[random.integer(pairs.length || 1)]
  return pair ? { ...sequence, frames: sequence.frames.with(at, points.with(pair[0], points[pair[1]]!).with(pair[1], points[pair[0]]!)), faults: new Map([[at, [...pair]]]) } : null
}

const outside: Plant = (sequence, random) => {
  const at = place(sequence, random)
  const points = sequence.frames[at]!
  if (points.length === 0) return null
  const rows = [...new Set(Array.from({ length: 1 + random.integer(4) }, () => random.integer(points.length)))]
  const away = 2 + 150 * random.uniform()
  const out = ([x, y, z]: Point): Point => ([[-away, y, z], [size.width + away, y, z], [x, -away, z], [x, size.height + away, z]] as const)[random.integer(4)]!
  return { ...sequence, frames: sequence.frames.with(at, points.map((point, row) => (rows.includes(row) ? out(point) : point))), faults: new Map([[at, rows]]) }
}

/** The hand's own shape, mirrored, turned and of another size, around a place. */
function otherHand(points: readonly Point[], [x, y]: readonly [number, number], scale: number, random: RandomStream): Point[] {
  const turn = 2 * Math.PI * random.uniform()
  const [middleX, middleY] = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis]! / points.length, 0)) as [number, number]
  return points.map(([px, py, z]) => {
    const [dx, dy] = [(middleX - px) * scale, (py - middleY) * scale]
    return [x + dx * Math.cos(turn) - dy * Math.sin(turn), y + dx * Math.sin(turn) + dy * Math.cos(turn), z]
  })
}

/** A second hand in so many frames, in the corner that is furthest, or touching the first. */
const second = (where: 'corner' | 'touching', frames: (count: number, random: RandomStream) => number, hand?: HandType): Plant => (sequence, random) => {
  const count = sequence.frames.length
  const first = sequence.frames[0]!
  const run = frames(count, random)
  if (count < 3 || (hand === undefined && sequence.hand === 'both') || sequence.frames.some(({ length }) => length !== 21)) return null
  const at = random.integer(count - run + 1)
  const [scale, angle] = [0.5 + 0.4 * random.uniform(), 2 * Math.PI * random.uniform()]
  const span = spanOf(first)
  const reach = 0.6 * scale * span
  const corner = [first[9]![0] > size.width / 2 ? reach : size.width - reach, first[9]![1] > size.height / 2 ? reach : size.height - reach] as const
  if (where === 'corner' && Math.hypot(corner[0] - first[9]![0], corner[1] - first[9]![1]) < 1.2 * span) return null
  const beside = (points: readonly Point[]) => [points[9]![0] + Math.cos(angle) * (1 + scale) * 0.45 * span, points[9]![1] + Math.sin(angle) * (1 + scale) * 0.45 * span] as const
  const shape = otherHand(first, [0, 0], scale, random)
  const placed = ([x, y]: readonly [number, number]) => shape.map(([px, py, z]): Point => [x + px + 2 * random.normal(), y + py + 2 * random.normal(), z])
  const planted = sequence.frames.map((points, frame) => (frame >= at && frame < at + run ? [...points, ...placed(where === 'corner' ? corner : beside(points))] : points))
  return { hand: hand ?? sequence.hand, frames: planted, faults: new Map(Array.from({ length: run }, (_, frame) => [at + frame, rowsOf(1)])) }
}

const elsewhere: Plant = (sequence, random) => {
  const at = place(sequence, random)
  const points = sequence.frames[at]!
  if (points.length !== 21 || sequence.frames.filter(({ length }) => length === 21).length < 3) return null
  const far = [points[9]![0] > size.width / 2 ? 300 : size.width - 300, points[9]![1] > size.height / 2 ? 300 : size.height - 300] as const
  if (Math.hypot(far[0] - points[9]![0], far[1] - points[9]![1]) < 2.5 * spanOf(points)) return null
  return { ...sequence, frames: sequence.frames.with(at, otherHand(points, far, 1, random)), faults: new Map([[at, rowsOf(0)]]) }
}

const oneOfTwo: Plant = (sequence, random) => {
  const at = place(sequence, random)
  return sequence.hand === 'both' && sequence.frames[at]!.length === 42 ? { ...sequence, frames: sequence.frames.with(at, sequence.frames[at]!.slice(0, 21)), faults: new Map([[at, []]]) } : null
}

const brokenCount: Plant = (sequence, random) => {
  const at = place(sequence, random)
  return sequence.frames[at]!.length === 0 ? null : { ...sequence, frames: sequence.frames.with(at, sequence.frames[at]!.slice(0, 15 + random.integer(5))), faults: new Map([[at, []]]) }
}

const few = (count: number, random: RandomStream) => 1 + random.integer(Math.max(1, Math.floor(count / 4)))

/** What is planted, the least share of it that must be named, and how many frames it takes. */
const disturbances: { name: string; plant: Plant; least?: number; leastFrames?: number }[] = [
  { name: 'a keypoint elsewhere for one frame, near', plant: jump(1, 0.25, 0.4), least: 0.9 },
  { name: 'a keypoint elsewhere for one frame, further', plant: jump(1, 0.4, 1.5) },
  { name: 'a keypoint elsewhere for two frames', plant: jump(2, 0.5, 1.5), leastFrames: 5 },
  { name: 'a keypoint elsewhere for three frames', plant: jump(3, 0.5, 1.5), leastFrames: 7 },
  { name: 'two keypoints swapped', plant: swapped },
  { name: 'a part of a hand torn off', plant: torn },
  { name: 'keypoints outside the picture', plant: outside },
  { name: 'a second hand in a corner in some frames', plant: second('corner', (count, random) => 1 + random.integer(count)) },
  { name: 'a second hand that touches the first in some frames', plant: second('touching', (count, random) => 1 + random.integer(count - 1)) },
  { name: 'a second hand in few frames of an unknown class, in a corner', plant: second('corner', few, 'unknown') },
  { name: 'a second hand in few frames of an unknown class, touching', plant: second('touching', few, 'unknown') },
  { name: 'a hand elsewhere for one frame', plant: elsewhere },
  { name: 'one hand of two', plant: oneOfTwo },
  { name: 'rows that are not whole hands', plant: brokenCount },
]

describe.each(lengths)('planted in $title', ({ sequences, most }) => {
  it.each(disturbances.filter(({ leastFrames = 0 }) => leastFrames <= most))('$name is named, and little else', ({ plant, least = 0.97 }) => {
    let [planted, named, wrong, frames] = [0, 0, 0, 0]
    for (const [index, sequence] of sequences.entries()) {
      const disturbed = plant(sequence, randomStream(seed, index))
      if (!disturbed) continue
      const found = say(disturbed)
      frames += disturbed.frames.length
      planted += disturbed.faults.size
      for (const [at, rows] of disturbed.faults) {
        const here = found.filter(({ frame }) => frame === at)
        const rowsNamed = here.flatMap(({ indices }) => indices)
        named += rows.length === 0 ? Number(here.some(({ kind }) => kind === 'count-mismatch')) : Number(rows.filter((row) => rowsNamed.includes(row)).length >= 0.8 * rows.length)
      }
      wrong += found.filter(({ frame, indices }) => {
        const rows = disturbed.faults.get(frame)
        return !rows || indices.filter((row) => rows.includes(row)).length < indices.length / 2
      }).length
    }
    expect(planted).toBeGreaterThan(25)
    expect(named / planted).toBeGreaterThanOrEqual(least)
    expect(wrong / frames).toBeLessThanOrEqual(0.01)
  })
})

import type { KeypointInput } from '../contract/keypoints.ts'
import { seatHands, type Hand, type SeatedFrame } from './hands.ts'
import type { KeypointFrame } from './sequence.ts'

/**
 * What a keypoint model sees of a sequence. Each frame is two hands and the scene:
 *
 * | part | numbers | of a hand |
 * |---|---|---|
 * | position | 20 × 3 | keypoint − wrist, over the hand's size |
 * | bone | 20 × 3 | direction of the bone that ends at the keypoint, length 1 |
 * | joint | 15 | cosine of the angle between two bones that follow each other along a finger |
 * | span | 10 + 5 | distance between two finger tips, and of a tip from the wrist, over the hand's size |
 * | velocity | 2 + 10 | of the wrist, and of the five tips less the wrist's, hand sizes a frame |
 * | range | 2 + 10 | standard deviation of the same places over the sequence, hand sizes |
 *
 * A hand's size is the root mean square of its keypoints' distances from the wrist in the picture's plane, so none of this depends on where in the picture
 * a hand is or how large. The hand in seat 1 is mirrored left to right, so both look like the same hand. The scene holds whether two hands are there, the way
 * from hand 0 to hand 1 (x and y over the mean size) and the logarithm of how their sizes compare; with `place` also the middle of each hand (shares of
 * the picture, 0 in the middle) and the logarithm of its size over the picture's width.
 *
 * What would need a missing keypoint is 0; a hand that is not there is all 0. With `normaliseRotation` each hand is first turned so that the base of its middle
 * finger lies straight above its wrist (the scene is not turned).
 */
export const handFeatures = 60 + 60 + 15 + 15 + 12 + 12
export const sceneFeatures = ({ place }: Pick<KeypointInput, 'place'>): number => 4 + (place ? 6 : 0)

/** Keypoint at which the bone of each keypoint 1 … 20 begins: along the fingers, from the wrist. */
const parents = [0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19] as const
const tips = [4, 8, 12, 16, 20] as const
const knuckles = [5, 9, 13, 17] as const

/** Larger values say that a keypoint is somewhere else than on the hand, not more. */
const farthest = 5
const fastest = 3

export interface SequenceFeatures {
  /** Numbers of the frames that a row describes: those that show a hand, at most as many as asked for. */
  frames: number[]
  /** [frames, 2, handFeatures] */
  hands: Float32Array
  /** [frames, sceneFeatures] */
  scene: Float32Array
  /** [frames, 2]: 1 where a hand is in the seat. */
  present: Uint8Array
  /** Position among the given frames → row: its own, or that of the nearest frame (by its number) that has one; −1: none has. */
  rowOf: Int32Array
}

/** A hand by its own measures. */
interface MeasuredHand {
  /** [21, 3]: from the wrist, over the size; NaN where missing. */
  points: Float64Array
  /** Picture place of the wrist (or what stands for it), pixels; size in pixels. */
  x: number
  y: number
  size: number
  /** −1 where it is mirrored. */
  side: 1 | -1
  /** Mean of its keypoints, pixels. */
  middle: readonly [number, number]
}

/**
 * The features of a sequence's frames.
 * @param frames in the order of their numbers; one that is there twice counts as a pause
 */
export function sequenceFeatures(frames: readonly KeypointFrame[], input: KeypointInput): SequenceFeatures {
  const seated = seatHands(frames)
  const seen = seated.flatMap(({ seats }, index) => (seats[0] || seats[1] ? [index] : []))
  const chosen = evenly(seen, input.frames)
  const rows = chosen.map((index) => seated[index] as SeatedFrame)
  const measured = rows.map(({ seats }) => seats.map((hand, seat) => (hand ? measure(hand, seat === 1, input.normaliseRotation) : null)))
  const width = sceneFeatures(input)
  const hands = new Float32Array(rows.length * 2 * handFeatures)
  const scene = new Float32Array(rows.length * width)
  const present = new Uint8Array(rows.length * 2)
  for (const seat of [0, 1]) {
    const track = measured.map((pair) => pair[seat] as MeasuredHand | null)
    const motion = motionOf(track, rows.map(({ frame }) => frame))
    for (const [row, hand] of track.entries()) {
      if (!hand) continue
      present[row * 2 + seat] = 1
      const at = (row * 2 + seat) * handFeatures
      shapeOf(hand, hands, at)
      hands.set(motion.subarray(row * 24, row * 24 + 24), at + 150)
    }
  }
  for (const [row, pair] of measured.entries()) sceneOf(pair as [MeasuredHand | null, MeasuredHand | null], rows[row] as SeatedFrame, input.place, scene, row * width)
  return { frames: rows.map(({ frame }) => frame), hands, scene, present, rowOf: nearestRows(frames, chosen) }
}

/** At most `most` of the items, evenly spread, first and last among them. */
function evenly(items: readonly number[], most: number): number[] {
  if (items.length <= most) return [...items]
  return Array.from({ length: most }, (_, index) => items[most === 1 ? 0 : Math.round((index * (items.length - 1)) / (most - 1))] as number)
}

function nearestRows(frames: readonly KeypointFrame[], chosen: readonly number[]): Int32Array {
  const rowOf = new Int32Array(frames.length).fill(-1)
  for (const [index, { frame }] of frames.entries()) {
    let best = Infinity
    for (const [row, other] of chosen.entries()) {
      const away = other === index ? -1 : Math.abs((frames[other] as KeypointFrame).frame - frame)
      if (away < best) {
        best = away
        rowOf[index] = row
      }
    }
  }
  return rowOf
}

/** null where all of its keypoints lie on one another. */
function measure(hand: Hand, mirror: boolean, upright: boolean): MeasuredHand | null {
  const wrist = hand[0] ?? null
  const [middleX, middleY, middleZ] = meanOf(hand)
  const knuckled = wrist === null && knuckles.some((index) => hand[index])
  const [x, y, z] = wrist ?? (knuckled ? meanOf(knuckles.map((index) => hand[index] ?? null)) : [middleX, middleY, middleZ])
  let squares = 0
  let others = 0
  for (let index = 0; index < hand.length; index++) {
    const point = hand[index]
    if (!point) continue
    squares += (point[0] - x) ** 2 + (point[1] - y) ** 2
    if (index > 0) others++
  }
  const size = Math.sqrt(squares / Math.max(1, others))
  if (!(size > 1e-9)) return null
  const points = new Float64Array(63)
  const side = mirror ? -1 : 1
  for (let index = 0; index < 21; index++) {
    const point = hand[index]
    points[index * 3] = point ? limited((side * (point[0] - x)) / size, farthest) : Number.NaN
    points[index * 3 + 1] = point ? limited((point[1] - y) / size, farthest) : Number.NaN
    points[index * 3 + 2] = point ? limited((point[2] - z) / size, farthest) : Number.NaN
  }
  if (upright) turnUpright(points)
  return { points, x, y, size, side, middle: [middleX, middleY] }
}

/** Mean of the points that are there. */
function meanOf(points: Hand): [number, number, number] {
  let [x, y, z, count] = [0, 0, 0, 0]
  for (const point of points) {
    if (!point) continue
    x += point[0]
    y += point[1]
    z += point[2]
    count++
  }
  return [x / count, y / count, z / count]
}

const limited = (value: number, most: number): number => Math.max(-most, Math.min(most, value))

/** Turns a hand in the picture's plane until the base of its middle finger (where missing, the mean of its knuckles) is straight above its wrist. */
function turnUpright(points: Float64Array): void {
  const up = Number.isNaN(points[27]!) ? knuckles.filter((index) => !Number.isNaN(points[index * 3]!)) : [9]
  const x = up.reduce((sum, index) => sum + points[index * 3]!, 0)
  const y = up.reduce((sum, index) => sum + points[index * 3 + 1]!, 0)
  const length = Math.hypot(x, y)
  if (!(length > 1e-9)) return
  const [cosine, sine] = [-y / length, -x / length]
  for (let index = 0; index < 63; index += 3) {
    const [oldX, oldY] = [points[index]!, points[index + 1]!]
    points[index] = cosine * oldX - sine * oldY
    points[index + 1] = sine * oldX + cosine * oldY
  }
}

const number = (value: number): number => (Number.isNaN(value) ? 0 : value)

/** Position, bone, joint and span of a hand. */
function shapeOf({ points }: MeasuredHand, into: Float32Array, at: number): void {
  const bones = new Float64Array(63)
  for (let index = 1; index <= 20; index++) {
    const [to, from] = [index * 3, parents[index - 1]! * 3]
    const x = points[to]! - points[from]!
    const y = points[to + 1]! - points[from + 1]!
    const z = points[to + 2]! - points[from + 2]!
    const length = Math.sqrt(x * x + y * y + z * z)
    // Not a number where a keypoint is missing.
    const scale = length > 1e-9 ? 1 / length : Number.NaN
    bones[to] = x * scale
    bones[to + 1] = y * scale
    bones[to + 2] = z * scale
  }
  for (let value = 3; value < 63; value++) {
    into[at + value - 3] = number(points[value]!)
    into[at + 57 + value] = number(bones[value]!)
  }
  let place = at + 120
  for (let index = 1; index <= 20; index++) {
    if (index % 4 === 0) continue
    const bone = index * 3
    into[place++] = number(bones[bone]! * bones[bone + 3]! + bones[bone + 1]! * bones[bone + 4]! + bones[bone + 2]! * bones[bone + 5]!)
  }
  for (let first = 0; first < tips.length; first++) for (let second = first + 1; second < tips.length; second++) into[place++] = number(distance(points, tips[first]! * 3, tips[second]! * 3))
  for (const tip of tips) into[place++] = number(distance(points, tip * 3, -1))
}

/** Between two keypoints, or (`to` below 0) of one from the wrist: what stands for the wrist is at 0. */
function distance(points: Float64Array, from: number, to: number): number {
  const x = points[from]! - (to < 0 ? 0 : points[to]!)
  const y = points[from + 1]! - (to < 0 ? 0 : points[to + 1]!)
  const z = points[from + 2]! - (to < 0 ? 0 : points[to + 2]!)
  return Math.sqrt(x * x + y * y + z * z)
}

/** Velocity and range of a seat's hand, [frames, 24]. Places are in sizes of the hand, by its mean size over the sequence. */
function motionOf(track: readonly (MeasuredHand | null)[], frames: readonly number[]): Float32Array {
  const motion = new Float32Array(track.length * 24)
  const there = track.flatMap((hand, row) => (hand ? [row] : []))
  if (there.length < 2) return motion
  const size = there.reduce((sum, row) => sum + track[row]!.size, 0) / there.length
  const places = new Map(there.map((row) => [row, placesOf(track[row]!, size)]))
  const deviations = deviationsOf([...places.values()])
  for (const [index, row] of there.entries()) {
    const [from, to] = [there[Math.max(0, index - 1)]!, there[Math.min(there.length - 1, index + 1)]!]
    const time = Math.max(1, frames[to]! - frames[from]!)
    const [before, after] = [places.get(from)!, places.get(to)!]
    for (let value = 0; value < 12; value++) {
      motion[row * 24 + value] = number(limited((after[value]! - before[value]!) / time, fastest))
      motion[row * 24 + 12 + value] = deviations[value]!
    }
  }
  return motion
}

/** Of the wrist in the picture, and of the five tips from the wrist; NaN where missing. */
function placesOf({ points, x, y, side }: MeasuredHand, size: number): Float64Array {
  const places = new Float64Array(12)
  places.set([(side * x) / size, y / size])
  for (const [index, tip] of tips.entries()) places.set([points[tip * 3]!, points[tip * 3 + 1]!], 2 + index * 2)
  return places
}

function deviationsOf(rows: readonly Float64Array[]): Float64Array {
  return Float64Array.from({ length: 12 }, (_, value) => {
    const values = rows.map((row) => row[value]!).filter((one) => !Number.isNaN(one))
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length
    return values.length < 2 ? 0 : limited(Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length), farthest)
  })
}

function sceneOf([first, second]: readonly [MeasuredHand | null, MeasuredHand | null], { width, height }: SeatedFrame, place: boolean, into: Float32Array, at: number): void {
  if (first && second) {
    const size = (first.size + second.size) / 2
    into.set([1, limited((second.x - first.x) / size, 2 * farthest), limited((second.y - first.y) / size, 2 * farthest), limited(Math.log(second.size / first.size), fastest)], at)
  }
  if (!place) return
  for (const [seat, hand] of [first, second].entries()) if (hand) into.set([hand.middle[0] / width - 0.5, hand.middle[1] / height - 0.5, Math.log(hand.size / width)], at + 4 + seat * 3)
}

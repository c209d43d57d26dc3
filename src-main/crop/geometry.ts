import { sideNames, type Box, type BoxedFrame, type BoxSource, type CropRecipe, type FrameBox, type HandBox, type SideName } from '../contract/crop.ts'
import type { Point } from '../contract/dataset.ts'
import { keypointsPerHand } from '../contract/hand.ts'
import { apply, type Matrix3 } from '../augment/projective.ts'

/**
 * Boxes around keypoints. A box is given by its edges: pixel i covers i … i + 1, so a whole frame is (0, 0, width, height) and
 * the box with margin m around keypoints holds the same pixels as `image[ymin - m:ymax + m, xmin - m:xmax + m]`.
 */

export interface FrameSize {
  width: number
  height: number
}

/** Which sides of a sample's box get the recipe's random margin. */
export type RandomSides = Record<SideName, boolean>

/** A sample's place before the margins: around its own keypoints, those of another frame, or the whole frame; null = left out. */
export interface FrameSeat {
  frame: number
  /** Which hand, where hands are cut apart. */
  hand: number | null
  keypointBox: Box | null
  source: BoxSource
}

/** A sample's seat in its picture: the frame itself, or one derived from it. */
export interface PictureSeat {
  keypointBox: Box
  source: BoxSource
  /** Picture → frame, pixels; null: the picture is the frame. */
  toFrame?: Matrix3 | null | undefined
}

export type BoxCounts = Record<BoxSource | 'skipped', number>

/** Width of the frames that a recipe's lengths are given for. */
export const referenceWidth = 1920

const sidesOf = (bits: number): RandomSides => Object.fromEntries(sideNames.map((side, bit) => [side, (bits & (1 << bit)) !== 0])) as RandomSides
const noSides = sidesOf(0)

export const wholeFrame = ({ width, height }: FrameSize): Box => ({ x0: 0, y0: 0, x1: width, y1: height })

/** Smallest box around the keypoints, pixels; erased rows and rows without finite numbers are left out. null when no row is left. */
export const keypointBox = (points: readonly Point[], erased: readonly number[] = []): Box | null => around(points, new Set(erased), 0, points.length)?.box ?? null

/** The box and count of each hand's keypoints, 21 rows a hand; null for a hand without any left. */
export function handBoxes(points: readonly Point[], erased: readonly number[] = []): (HandBox | null)[] {
  const gone = new Set(erased)
  return Array.from({ length: Math.ceil(points.length / keypointsPerHand) }, (_, hand) => around(points, gone, hand * keypointsPerHand, Math.min(points.length, (hand + 1) * keypointsPerHand)))
}

function around(points: readonly Point[], gone: ReadonlySet<number>, from: number, to: number): HandBox | null {
  const box: Box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity }
  let count = 0
  for (let row = from; row < to; row++) {
    const [x, y] = points[row] as Point
    if (gone.has(row) || !Number.isFinite(x) || !Number.isFinite(y)) continue
    count++
    box.x0 = Math.min(box.x0, x)
    box.y0 = Math.min(box.y0, y)
    box.x1 = Math.max(box.x1, x)
    box.y1 = Math.max(box.y1, y)
  }
  return count > 0 ? { box, points: count } : null
}

/** The smallest box that holds all of them; null for none. */
export function unionBox(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null
  const union: Box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity }
  for (const { x0, y0, x1, y1 } of boxes) {
    union.x0 = Math.min(union.x0, x0)
    union.y0 = Math.min(union.y0, y0)
    union.x1 = Math.max(union.x1, x1)
    union.y1 = Math.max(union.y1, y1)
  }
  return union
}

/**
 * A recipe's box around keypoints: its margin on each side, the wrist extra below, the random margin on the sides given, cut at the frame
 * (when the recipe clamps), then grown about its centre to the minimum size and the square; where that would leave a clamped frame, the
 * box slides back inside, and a side longer than the frame becomes the frame's. Lengths scale with frame width / 1920.
 * @returns the box in pixels, and whether the frame's border cut it
 */
export function cropBox(keypoints: Box, recipe: CropRecipe, frame: FrameSize, sides: RandomSides = noSides): { box: Box; clamped: boolean } {
  const scale = frame.width / referenceWidth
  const margin = (side: SideName, extra = 0): number => (recipe.margin[side] + extra + (sides[side] ? recipe.randomMargin : 0)) * scale
  let horizontal: Span = [keypoints.x0 - margin('left'), keypoints.x1 + margin('right')]
  let vertical: Span = [keypoints.y0 - margin('top'), keypoints.y1 + margin('bottom', recipe.wristExtra)]
  let clamped = false
  if (recipe.clamp) {
    clamped = horizontal[0] < 0 || vertical[0] < 0 || horizontal[1] > frame.width || vertical[1] > frame.height
    horizontal = cut(horizontal, frame.width)
    vertical = cut(vertical, frame.height)
  }
  const shortest = recipe.minimumSize * scale
  const square = recipe.shape === 'square' ? Math.max(length(horizontal), length(vertical)) : 0
  horizontal = grow(horizontal, Math.max(shortest, square))
  vertical = grow(vertical, Math.max(shortest, square))
  if (recipe.clamp) {
    horizontal = slide(horizontal, frame.width)
    vertical = slide(vertical, frame.height)
  }
  return { box: { x0: horizontal[0], y0: vertical[0], x1: horizontal[1], y1: vertical[1] }, clamped }
}

/** A seat's box by a recipe, pixels of its picture: a whole frame takes no margins. The border of a turned picture is no box, so none is clamped to it. */
export function seatBox(seat: PictureSeat, recipe: CropRecipe, frame: FrameSize, sides?: RandomSides): { box: Box; clamped: boolean } {
  if (seat.source === 'whole') return { box: wholeFrame(frame), clamped: false }
  return cropBox(seat.keypointBox, isTurned(seat) ? { ...recipe, clamp: false } : recipe, frame, sides)
}

const isTurned = ({ toFrame }: PictureSeat): boolean => !!toFrame && (toFrame[1] !== 0 || toFrame[3] !== 0)

/**
 * Where each frame of a sequence is cut, before margins: around its keypoints, or where it has too few of them (`fewestKeypoints`) by the
 * recipe's policy (see `CropRecipe.empty`), by frame number; of two frames as near the earlier. With hands cut apart there is a seat for each hand
 * that has enough; a frame in which none has takes the place of both hands of the other frame together.
 * @returns seats in the order of the frames, and how many frames were placed how
 */
export function sequenceSeats(frames: readonly BoxedFrame[], recipe: Pick<CropRecipe, 'empty' | 'fewestKeypoints' | 'hands'>): { seats: FrameSeat[]; counts: BoxCounts } {
  const counts: BoxCounts = { keypoints: 0, previous: 0, nearest: 0, whole: 0, skipped: 0 }
  const placed = frames.map((frame) => ({ frame, own: ownBoxes(frame, recipe) }))
  const filled = placed.flatMap(({ frame, own }) => (own.length > 0 ? [{ frame: frame.frame, box: unionBox(own.map(({ box }) => box)) as Box }] : [])).sort((a, b) => a.frame - b.frame)
  const seats = placed.flatMap(({ frame, own }): FrameSeat[] => {
    if (own.length > 0) {
      counts.keypoints++
      return own.map(({ box, hand }) => ({ frame: frame.frame, hand, keypointBox: box, source: 'keypoints' }))
    }
    if (recipe.empty === 'skip') {
      counts.skipped++
      return [{ frame: frame.frame, hand: null, keypointBox: null, source: 'whole' }]
    }
    const { box, source } = borrowed(filled, frame.frame, recipe.empty) ?? { box: wholeFrame(frame), source: 'whole' as const }
    counts[source]++
    return [{ frame: frame.frame, hand: null, keypointBox: box, source }]
  })
  return { seats, counts }
}

/** A frame's own boxes: one around all its keypoints, or one for each hand; none where there are too few keypoints. */
function ownBoxes({ hands }: BoxedFrame, { fewestKeypoints, hands: how }: Pick<CropRecipe, 'fewestKeypoints' | 'hands'>): { box: Box; hand: number | null }[] {
  const there = hands.flatMap((own, hand) => (own === null ? [] : [{ ...own, hand }]))
  if (how === 'apart') return there.filter(({ points }) => points >= fewestKeypoints).map(({ box, hand }) => ({ box, hand: hands.length > 1 ? hand : null }))
  const box = unionBox(there.map((own) => own.box))
  return box !== null && there.reduce((sum, { points }) => sum + points, 0) >= fewestKeypoints ? [{ box, hand: null }] : []
}

type Filled = readonly { frame: number; box: Box }[]

function borrowed(filled: Filled, frame: number, policy: 'previous' | 'nearest' | 'whole'): { box: Box; source: 'previous' | 'nearest' } | null {
  if (policy === 'whole') return null
  const before = filled.findLast((other) => other.frame < frame)
  if (policy === 'previous' && before) return { box: before.box, source: 'previous' }
  const after = filled.find((other) => other.frame > frame)
  const near = before && (!after || frame - before.frame <= after.frame - frame) ? before : after
  return near ? { box: near.box, source: 'nearest' } : null
}

/** Boxes of a sequence's frames by a recipe, without random margins; `counts` says how many frames were placed how. */
export function sequenceBoxes(frames: readonly BoxedFrame[], recipe: CropRecipe): { boxes: FrameBox[]; counts: BoxCounts } {
  const { seats, counts } = sequenceSeats(frames, recipe)
  const sizes = new Map(frames.map((frame) => [frame.frame, frame]))
  const boxes = seats.map(({ frame, hand, keypointBox: around, source }): FrameBox => {
    if (!around) return { frame, hand, box: null, source, clamped: false }
    return { frame, hand, source, ...seatBox({ keypointBox: around, source }, recipe, sizes.get(frame) as BoxedFrame) }
  })
  return { boxes, counts }
}

/** Side of the stored crops for a network's input size: a quarter larger, a multiple of 8. */
export const shardSizeFor = (imageSize: number): number => Math.ceil((imageSize * 1.25) / 8) * 8

/** The whole-pixel region of the frame that holds every box which any of the recipes can draw for a seat; of a turned picture, as far as the frame goes. */
export function regionOf(seat: PictureSeat, recipes: readonly CropRecipe[], frame: FrameSize): Box {
  const drawn = recipes.flatMap((recipe) => (recipe.randomMargin > 0 && recipe.randomProbability > 0 ? everySides : [noSides]).map((sides) => seatBox(seat, recipe, frame, sides).box))
  const union = unionBox(seat.toFrame ? drawn.map((box) => movedBox(box, seat.toFrame as Matrix3)) : drawn) as Box
  const region = { x0: Math.floor(union.x0), y0: Math.floor(union.y0), x1: Math.ceil(union.x1), y1: Math.ceil(union.y1) }
  if (!isTurned(seat)) return region
  const [x0, y0] = [Math.min(Math.max(region.x0, 0), frame.width - 1), Math.min(Math.max(region.y0, 0), frame.height - 1)]
  return { x0, y0, x1: Math.max(x0 + 1, Math.min(region.x1, frame.width)), y1: Math.max(y0 + 1, Math.min(region.y1, frame.height)) }
}

/** The smallest upright box around a moved one. */
export function movedBox({ x0, y0, x1, y1 }: Box, matrix: Matrix3): Box {
  const corners = ([[x0, y0], [x1, y0], [x1, y1], [x0, y1]] as const).map((corner) => apply(matrix, corner))
  return { x0: Math.min(...corners.map(([x]) => x)), y0: Math.min(...corners.map(([, y]) => y)), x1: Math.max(...corners.map(([x]) => x)), y1: Math.max(...corners.map(([, y]) => y)) }
}

type Span = readonly [from: number, to: number]

// Growing to a square moves the centre with the sides that were widened, so the widest box does not always hold the others.
const everySides: readonly RandomSides[] = Array.from({ length: 16 }, (_, bits) => sidesOf(bits))

const length = ([from, to]: Span): number => to - from

const cut = ([from, to]: Span, size: number): Span => [Math.min(Math.max(from, 0), size), Math.min(Math.max(to, 0), size)]

const grow = (span: Span, least: number): Span => {
  if (length(span) >= least) return span
  const centre = (span[0] + span[1]) / 2
  return [centre - least / 2, centre + least / 2]
}

function slide(span: Span, size: number): Span {
  if (length(span) >= size) return [0, size]
  const shift = Math.max(0, -span[0]) - Math.max(0, span[1] - size)
  return [span[0] + shift, span[1] + shift]
}

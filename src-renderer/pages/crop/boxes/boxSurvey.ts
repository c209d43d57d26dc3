import type { Box, BoxedFrame, BoxSource, CropRecipe, HandBox, SequenceKeypoints } from '../../../../src-main/contract/crop.ts'
import { cropBox, seatBox, sequenceSeats, wholeFrame, type BoxCounts, type FrameSeat } from '../../../../src-main/crop/geometry.ts'

/**
 * What can be odd about a box.
 * `clamped`: the frame's border cut it. `tiny`, `huge`: less than a quarter, or more than four times the median share of the frame. `borrowed`: not
 * around the frame's own keypoints. `skipped`: the recipe leaves the frame out. `cutOff`: keypoints of the frame lie outside. `elongated`: one side is
 * more than three times the other. `jumping`: since the frame before, an edge moved further than the data set's outer fence (see `jumpFence`).
 * `swallowed`: around keypoints that are not nearly the whole frame, and yet it is.
 */
export const boxFlags = ['cutOff', 'swallowed', 'jumping', 'elongated', 'tiny', 'huge', 'clamped', 'borrowed', 'skipped'] as const
export type BoxFlag = (typeof boxFlags)[number]

/** One box of the data set. A frame cut by hands has two. */
export interface BoxRow {
  folder: string
  frame: number
  hand: number | null
  source: BoxSource
  /** The box; null where the recipe leaves the frame out, and so are the numbers. */
  box: Box | null
  /** Share of the frame's area that the box has. */
  share: number | null
  /** Width / height. */
  aspect: number | null
  /** How far the edge moved that moved most since the frame before, in mean sides (geometric) of the two boxes; null for the first. */
  motion: number | null
  /** What is odd about it, and how much: comparable between boxes of a flag, about 0.5 to 3 for all. */
  marks: Readonly<Partial<Record<BoxFlag, number>>>
  /** How odd it is in all. */
  score: number
}

/** A sequence's boxes: how many are odd in which way, and the oddest. */
export interface SequenceSurvey extends Record<BoxFlag, number> {
  folder: string
  score: number
  worst: BoxRow | null
}

export interface Survey {
  /** In folder order, frame by frame. */
  boxes: readonly BoxRow[]
  rows: ReadonlyMap<string, SequenceSurvey>
  totals: Record<BoxFlag, number>
  /** Frames placed how. */
  counts: BoxCounts
  /** How many boxes there are: those left out do not count. */
  count: number
  /** Median width and height, pixels; null without boxes. */
  median: { width: number; height: number } | null
  /** What is usual: the median share of the frame, and the motion beyond which a box jumps. */
  usual: { share: number; motion: number }
  /** Sequences in which no frame has a keypoint. */
  withoutKeypoints: readonly string[]
}

/** A box of less than a quarter of the median area, or of more than four times of it, is tiny or huge. */
const unusual = 4
const longest = 3
/** A box that covers this share of the frame is the whole frame in effect. */
const nearlyWhole = 0.95
/** So many boxes may be the whole frame before it is worth a word: hands do fill a frame now and then. */
export const swallowedShare = 0.01
/** Rounding of half a pixel cuts nothing off. */
const tolerance = 0.5
const noMarks = Object.freeze({})

const none = (): Record<BoxFlag, number> => ({ cutOff: 0, swallowed: 0, jumping: 0, elongated: 0, tiny: 0, huge: 0, clamped: 0, borrowed: 0, skipped: 0 })
export const emptySurvey: Survey = { boxes: [], rows: new Map(), totals: none(), counts: { keypoints: 0, previous: 0, nearest: 0, whole: 0, skipped: 0 }, count: 0, median: null, usual: { share: 0, motion: 0 }, withoutKeypoints: [] }

interface Measured extends BoxRow {
  marks: Partial<Record<BoxFlag, number>>
}

/** All boxes of the data set by a recipe, without random margins. */
export function surveyBoxes(sequences: readonly SequenceKeypoints[], recipe: CropRecipe): Survey {
  const steps = surveySteps(sequences, recipe)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** `surveyBoxes` in steps of well under a millisecond, so that whoever draws can do so in between. */
export function* surveySteps(sequences: readonly SequenceKeypoints[], recipe: CropRecipe): Generator<undefined, Survey> {
  const counts = { ...emptySurvey.counts }
  const boxes: Measured[] = []
  const withoutKeypoints: string[] = []
  for (const sequence of sequences) {
    const { seats, counts: own } = sequenceSeats(sequence.frames, recipe)
    for (const way of Object.keys(own) as (keyof BoxCounts)[]) counts[way] += own[way]
    boxes.push(...measured(sequence, seats, recipe))
    if (!sequence.frames.some(({ hands }) => hands.some((hand) => hand !== null))) withoutKeypoints.push(sequence.folder)
    yield
  }
  const there = boxes.filter((row) => row.box !== null)
  yield
  const usual = quantile(there, (row) => row.share as number, 0.5)
  yield
  const width = quantile(there, (row) => widthOf(row.box as Box), 0.5)
  yield
  const height = quantile(there, (row) => heightOf(row.box as Box), 0.5)
  yield
  const fence = jumpFence(there)
  yield
  const rows = new Map<string, SequenceSurvey>(sequences.map(({ folder }) => [folder, { folder, ...none(), score: 0, worst: null }]))
  const totals = none()
  for (const [index, row] of boxes.entries()) {
    judge(row, usual, fence)
    const sequence = rows.get(row.folder) as SequenceSurvey
    for (const flag of Object.keys(row.marks) as BoxFlag[]) {
      sequence[flag]++
      totals[flag]++
    }
    if (sequence.worst === null || row.score > sequence.score) {
      sequence.score = row.score
      sequence.worst = row
    }
    if (index % 256 === 0) yield
  }
  return { boxes, rows, totals, counts, count: there.length, median: there.length === 0 ? null : { width, height }, usual: { share: usual, motion: fence }, withoutKeypoints }
}

/** The boxes of a sequence with what can be said of each by itself. */
function measured({ folder, frames }: SequenceKeypoints, seats: readonly FrameSeat[], recipe: CropRecipe): Measured[] {
  const before = new Map<number | null, Box>()
  let at = 0
  return seats.map(({ frame: number, hand, keypointBox, source }, index): Measured => {
    while (frames[at]?.frame !== number) at++
    const frame = frames[at] as BoxedFrame
    if (keypointBox === null) return { folder, frame: number, hand, source, box: null, share: null, aspect: null, motion: null, marks: { skipped: 2 }, score: 2 }
    const { box, clamped } = seatBox({ keypointBox, source }, recipe, frame)
    const marks: Partial<Record<BoxFlag, number>> = {}
    if (clamped) marks.clamped = 1 - area(box) / area(cropBox(keypointBox, { ...recipe, clamp: false }, frame).box)
    if (source !== 'keypoints') marks.borrowed = source === 'whole' ? 2 : 1
    if (source === 'keypoints' && covered(box, frame) >= nearlyWhole && covered(keypointBox, frame) < nearlyWhole) marks.swallowed = 1 + covered(box, frame) - covered(keypointBox, frame)
    // Of a frame cut by hands, once.
    if (seats[index - 1]?.frame !== number) {
      const off = cutOff(frame.hands, seats[index + 1]?.frame === number ? seats.slice(index, index + 2).map((seat) => seatBox({ keypointBox: seat.keypointBox as Box, source: seat.source }, recipe, frame).box) : [box])
      if (off > tolerance) marks.cutOff = 1 + off / Math.sqrt(area(box))
    }
    const last = before.get(hand)
    before.set(hand, box)
    return { folder, frame: number, hand, source, box, share: area(box) / (frame.width * frame.height), aspect: widthOf(box) / heightOf(box), motion: last === undefined ? null : moved(last, box), marks, score: 0 }
  })
}

/** What can be said of a box only when all the others are known. */
function judge(row: Measured, usual: number, fence: number): void {
  const { share, aspect, motion, marks } = row
  if (share === null || aspect === null) return
  const off = usual > 0 && share > 0 ? Math.log(share / usual) : 0
  if (off < -Math.log(unusual)) marks.tiny = -off
  if (off > Math.log(unusual)) marks.huge = off
  const long = Math.max(aspect, 1 / aspect)
  if (long > longest) marks.elongated = Math.log(long)
  if (motion !== null && motion > fence) marks.jumping = Math.min(3, motion / fence)
  const all = Object.values(marks)
  if (all.length === 0) row.marks = noMarks
  row.score = all.reduce((sum, mark) => sum + mark, Math.abs(off) / 10)
}

/**
 * The box motion beyond which a box jumps: the upper outer fence of the data set's motions (third quartile and three times the distance between the
 * quartiles; Tukey, Exploratory Data Analysis, 1977), but at least a quarter of the box, so that quiet data have no jumps.
 */
function jumpFence(rows: readonly BoxRow[]): number {
  const moving = rows.filter(({ motion }) => motion !== null)
  const [low, high] = [0.25, 0.75].map((at) => quantile(moving, ({ motion }) => motion as number, at)) as [number, number]
  return Math.max(0.25, high + 3 * (high - low))
}

const moved = (a: Box, b: Box): number => Math.max(Math.abs(a.x0 - b.x0), Math.abs(a.y0 - b.y0), Math.abs(a.x1 - b.x1), Math.abs(a.y1 - b.y1)) / Math.max(1, Math.sqrt(Math.sqrt(area(a)) * Math.sqrt(area(b))))

/** How far the keypoints reach out of a frame's boxes, pixels; each hand has to be in one of them. */
function cutOff(hands: readonly (HandBox | null)[], boxes: readonly Box[]): number {
  const reach = (inner: Box, outer: Box): number => Math.max(outer.x0 - inner.x0, outer.y0 - inner.y0, inner.x1 - outer.x1, inner.y1 - outer.y1)
  return Math.max(0, ...hands.flatMap((hand) => (hand === null ? [] : [Math.min(...boxes.map((box) => reach(hand.box, box)))])))
}

export const widthOf = ({ x0, x1 }: Box): number => x1 - x0
export const heightOf = ({ y0, y1 }: Box): number => y1 - y0
const area = (box: Box): number => widthOf(box) * heightOf(box)

/** The share of the frame that a box covers. */
function covered(box: Box, frame: BoxedFrame): number {
  const inside = { x0: Math.max(0, box.x0), y0: Math.max(0, box.y0), x1: Math.min(frame.width, box.x1), y1: Math.min(frame.height, box.y1) }
  return inside.x1 > inside.x0 && inside.y1 > inside.y0 ? area(inside) / area(wholeFrame(frame)) : 0
}

/** The value below which a share of the rows lie (the upper of two, as in the median of an even count); 0 of none. */
function quantile(rows: readonly BoxRow[], value: (row: BoxRow) => number, at: number): number {
  const sorted = new Float64Array(rows.map(value)).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0
}

/**
 * The largest margin at which at most `allowed` of the boxes around keypoints are swallowed, whole pixels: no side of the recipe's margin may be more.
 * null: already so few are; −1: too many even without any margin.
 */
export function unswallowedMargin(sequences: readonly SequenceKeypoints[], recipe: CropRecipe, allowed = swallowedShare): number | null {
  const widest = Math.floor(Math.max(recipe.margin.left, recipe.margin.top, recipe.margin.right, recipe.margin.bottom))
  const smallest: number[] = []
  let boxes = 0
  for (const { frames } of sequences) {
    const sizes = new Map(frames.map((frame) => [frame.frame, frame]))
    for (const { frame: number, keypointBox, source } of sequenceSeats(frames, recipe).seats) {
      const frame = sizes.get(number) as BoxedFrame
      if (source !== 'keypoints' || keypointBox === null) continue
      boxes++
      if (covered(keypointBox, frame) >= nearlyWhole) continue
      const isSwallowed = (limit: number): boolean => covered(cropBox(keypointBox, { ...recipe, margin: limitedMargin(recipe.margin, limit) }, frame).box, frame) >= nearlyWhole
      if (!isSwallowed(widest + 1)) continue
      // Boxes grow with their margin: halve until the first limit that swallows this one.
      let [free, swallowing] = [-1, widest + 1]
      while (swallowing - free > 1) {
        const middle = Math.floor((free + swallowing) / 2)
        if (isSwallowed(middle)) swallowing = middle
        else free = middle
      }
      smallest.push(swallowing)
    }
  }
  const over = smallest.sort((a, b) => a - b)[Math.floor(allowed * boxes)]
  return over === undefined ? null : over - 1
}

/** A margin of which no side is more than the limit. */
export function limitedMargin({ left, top, right, bottom }: CropRecipe['margin'], limit: number): CropRecipe['margin'] {
  return { left: Math.min(left, limit), top: Math.min(top, limit), right: Math.min(right, limit), bottom: Math.min(bottom, limit) }
}

import type { FrameRecord } from '../../src-main/contract/dataset.ts'
import { bones, keypointsPerHand } from '../../src-main/contract/hand.ts'
import { onionColours } from './skeletonColours.ts'

/** A neighbouring frame; `step`: frames from the one in front, negative before it. */
export interface OnionFrame {
  record: FrameRecord
  step: number
}

/** The frames at most `span` before and after one, the farthest first, so that the nearest are drawn over them. */
export function onionFrames(frames: readonly FrameRecord[], position: number, span: number): OnionFrame[] {
  const from = Math.max(0, position - span)
  return frames
    .slice(from, position + span + 1)
    .map((record, index) => ({ record, step: from + index - position }))
    .filter(({ step }) => step !== 0)
    .sort((a, b) => Math.abs(b.step) - Math.abs(a.step))
}

/** How strongly a frame that is `step` away shows, of 0 to 1. */
export const onionAlpha = (step: number, span: number): number => 0.1 + 0.65 * (1 - (Math.abs(step) - 1) / Math.max(1, span)) ** 2

/** Frames this near are drawn with a wider line. */
const nearSteps = 2
/** CSS pixels. A line below one pixel of the screen is drawn about ten times as fast as a wider one where no graphics card helps. */
const hairline = 0.98

const paths = new WeakMap<FrameRecord, Path2D>()

/** The bones of a frame as one path in frame pixels, made once for each state of the frame. */
function bonesPath(record: FrameRecord): Path2D {
  const known = paths.get(record)
  if (known !== undefined) return known
  const path = new Path2D()
  const erased = new Set(record.erased)
  for (let hand = 0; hand * keypointsPerHand < record.points.length; hand++)
    for (const [from, to] of bones) {
      const [start, end] = [hand * keypointsPerHand + from, hand * keypointsPerHand + to]
      const [a, b] = [record.points[start], record.points[end]]
      if (a === undefined || b === undefined || erased.has(start) || erased.has(end)) continue
      path.moveTo(a[0], a[1])
      path.lineTo(b[0], b[1])
    }
  paths.set(record, path)
  return path
}

/** Draws the skeletons of frames in frame pixels: those before in full lines, those after dashed, fainter the farther they are. */
export function drawOnion(pen: CanvasRenderingContext2D, frames: readonly OnionFrame[], unit: number): void {
  const span = Math.max(0, ...frames.map(({ step }) => Math.abs(step)))
  pen.lineCap = 'butt'
  pen.lineJoin = 'round'
  for (const { record, step } of frames) {
    pen.globalAlpha = onionAlpha(step, span)
    pen.strokeStyle = step < 0 ? onionColours.before : onionColours.after
    pen.lineWidth = (Math.abs(step) <= nearSteps ? 1.7 : hairline) * unit
    pen.setLineDash(step < 0 ? [] : [7 * unit, 5 * unit])
    pen.stroke(bonesPath(record))
  }
  pen.setLineDash([])
  pen.globalAlpha = 1
}

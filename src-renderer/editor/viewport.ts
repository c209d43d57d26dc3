import type { Position } from '../../src-main/augment/projective.ts'
import type { Box } from '../../src-main/contract/crop.ts'

/** Where the frame lies on the stage: stage = frame × scale + (x, y). Frame in frame pixels, stage in CSS pixels. */
export interface Viewport {
  scale: number
  x: number
  y: number
}

export interface Size {
  width: number
  height: number
}

const smallest = 0.02
const largest = 40
/** As much of the frame always stays on the stage. */
const keptVisible = 48

export const toFrame = ({ scale, x, y }: Viewport, [atX, atY]: Position): Position => [(atX - x) / scale, (atY - y) / scale]

export const toStage = ({ scale, x, y }: Viewport, [atX, atY]: Position): Position => [atX * scale + x, atY * scale + y]

/** The whole frame, centred, with a border around it. */
export function fitted(frame: Size, stage: Size, border = 12): Viewport {
  const room = { width: Math.max(1, stage.width - 2 * border), height: Math.max(1, stage.height - 2 * border) }
  const scale = Math.min(room.width / frame.width, room.height / frame.height)
  return { scale, x: (stage.width - frame.width * scale) / 2, y: (stage.height - frame.height * scale) / 2 }
}

/** Zooms so that the frame's place under `at` (on the stage) stays there. */
export function zoomedAt(view: Viewport, factor: number, [atX, atY]: Position): Viewport {
  const scale = Math.min(largest, Math.max(smallest, view.scale * factor))
  const ratio = scale / view.scale
  return { scale, x: atX - (atX - view.x) * ratio, y: atY - (atY - view.y) * ratio }
}

/** Slides the view back when the frame would leave the stage. */
export function kept(view: Viewport, frame: Size, stage: Size): Viewport {
  const clamp = (place: number, length: number, room: number): number => Math.min(room - keptVisible, Math.max(keptVisible - length, place))
  return { scale: view.scale, x: clamp(view.x, frame.width * view.scale, stage.width), y: clamp(view.y, frame.height * view.scale, stage.height) }
}

/** The part of the frame's plane that the stage shows, in frame pixels. */
export function visibleBox(view: Viewport, stage: Size): Box {
  const [x0, y0] = toFrame(view, [0, 0])
  const [x1, y1] = toFrame(view, [stage.width, stage.height])
  return { x0, y0, x1, y1 }
}

/** The view that has a place of the frame in the middle of the stage. */
export const centredAt = ({ scale }: Viewport, stage: Size, [x, y]: Position): Viewport => ({ scale, x: stage.width / 2 - x * scale, y: stage.height / 2 - y * scale })

/** A place of the frame is on the stage, and not right at its border. */
export function isOnStage(view: Viewport, { width, height }: Size, place: Position): boolean {
  const [x, y] = toStage(view, place)
  return x >= 12 && y >= 12 && x <= width - 12 && y <= height - 12
}

/** The whole frame is on the stage. */
export function isWhole({ scale, x, y }: Viewport, frame: Size, stage: Size): boolean {
  return x >= -1 && y >= -1 && x + frame.width * scale <= stage.width + 1 && y + frame.height * scale <= stage.height + 1
}

/** What the stage shows of the frame, on a map of the frame `mapWidth` wide; cut off at the map's border. */
export function viewOnMap(view: Viewport, frame: Size, stage: Size, mapWidth: number): { x: number; y: number; width: number; height: number } {
  const scale = mapWidth / frame.width
  const box = visibleBox(view, stage)
  const [x0, y0] = [Math.max(0, box.x0), Math.max(0, box.y0)]
  const [x1, y1] = [Math.min(frame.width, box.x1), Math.min(frame.height, box.y1)]
  return { x: x0 * scale, y: y0 * scale, width: Math.max(0, x1 - x0) * scale, height: Math.max(0, y1 - y0) * scale }
}

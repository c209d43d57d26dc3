import type { Box } from '../../src-main/contract/crop.ts'
import { drawOnion, type OnionFrame } from './onionSkin.ts'
import { visibleBox, type Size, type Viewport } from './viewport.ts'

export interface OnionLayer {
  setFrames(frames: readonly OnionFrame[], frame: Size): void
  setView(view: Viewport, stage: Size): void
  destroy(): void
}

/** How long the view must rest before the lines are drawn anew, sharp (ms). */
const rest = 120
/** How long the neighbours of a new frame are behind it (ms): by then it is painted. */
const later = 50
/** Pixels of the canvas at most. */
const mostPixels = 6_000_000

/**
 * The onion skin on a canvas of its own, larger than what the stage shows. A hundred skeletons take longer to draw than a frame lasts, so while the view
 * moves the canvas only moves with it (as the picture does), and is drawn anew when the view rests.
 */
export function createOnionLayer(host: HTMLElement): OnionLayer {
  const canvas = document.createElement('canvas')
  canvas.style.cssText = 'position:absolute;top:0;left:0;transform-origin:0 0;will-change:transform;display:none'
  host.append(canvas)
  let frames: readonly OnionFrame[] = []
  let frame: Size = { width: 1, height: 1 }
  let view: Viewport = { scale: 1, x: 0, y: 0 }
  let stage: Size = { width: 1, height: 1 }
  /** What part of the frame was drawn at which scale, and where its corner is from the frame's, in CSS pixels at that scale. */
  let drawn: { area: Box; scale: number; x: number; y: number } | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let waiting: ReturnType<typeof setTimeout> | null = null

  function place(): void {
    if (drawn === null) return
    const stretch = view.scale / drawn.scale
    canvas.style.transform = `translate(${view.x + drawn.x * stretch}px, ${view.y + drawn.y * stretch}px)${stretch === 1 ? '' : ` scale(${stretch})`}`
  }

  function draw(): void {
    waiting = null
    clearTimeout(timer)
    canvas.style.display = frames.length === 0 ? 'none' : ''
    if (frames.length === 0) return
    const area = areaToDraw(view, frame, stage)
    const [width, height] = [area.x1 - area.x0, area.y1 - area.y0]
    const ratio = devicePixelRatio * Math.min(1, Math.sqrt(mostPixels / (width * height * (view.scale * devicePixelRatio) ** 2)))
    // On whole pixels, so that it is copied, not resampled.
    drawn = { area, scale: view.scale, x: Math.round(area.x0 * view.scale), y: Math.round(area.y0 * view.scale) }
    canvas.width = Math.ceil(width * view.scale * ratio)
    canvas.height = Math.ceil(height * view.scale * ratio)
    canvas.style.width = `${canvas.width / ratio}px`
    canvas.style.height = `${canvas.height / ratio}px`
    const pen = canvas.getContext('2d') as CanvasRenderingContext2D
    pen.scale(ratio, ratio)
    pen.translate(-drawn.x, -drawn.y)
    pen.scale(view.scale, view.scale)
    drawOnion(pen, frames, 1 / view.scale)
    place()
  }

  /** A little later: the points of a new frame do not wait for its neighbours'. */
  const drawSoon = (): void => void (waiting ??= setTimeout(draw, later))
  const covered = (): boolean => drawn !== null && drawn.scale === view.scale && contains(drawn.area, clipped(visibleBox(view, stage), areaOfFrame(frame)))

  return {
    setFrames(next, size) {
      if (next.length === 0 && frames.length === 0) return
      frames = next
      frame = size
      drawSoon()
    },
    setView(next, size) {
      view = next
      stage = size
      place()
      clearTimeout(timer)
      if (frames.length > 0 && !covered()) timer = setTimeout(drawSoon, rest)
    },
    destroy() {
      clearTimeout(timer)
      if (waiting !== null) clearTimeout(waiting)
      canvas.remove()
    },
  }
}

/** The part of the frame (with a border, for points outside of it) that the stage shows, and half a stage around it. */
function areaToDraw(view: Viewport, frame: Size, stage: Size): Box {
  const { x0, y0, x1, y1 } = visibleBox(view, stage)
  const [spareX, spareY] = [(x1 - x0) / 2, (y1 - y0) / 2]
  return clipped({ x0: x0 - spareX, y0: y0 - spareY, x1: x1 + spareX, y1: y1 + spareY }, areaOfFrame(frame))
}

const areaOfFrame = ({ width, height }: Size): Box => ({ x0: -width * 0.1, y0: -height * 0.1, x1: width * 1.1, y1: height * 1.1 })
const contains = (outer: Box, inner: Box): boolean => outer.x0 <= inner.x0 && outer.y0 <= inner.y0 && outer.x1 >= inner.x1 && outer.y1 >= inner.y1

/** The common part of two boxes, at least a pixel wide. */
function clipped(a: Box, b: Box): Box {
  const [x0, y0] = [Math.max(a.x0, b.x0), Math.max(a.y0, b.y0)]
  return { x0, y0, x1: Math.max(x0 + 1, Math.min(a.x1, b.x1)), y1: Math.max(y0 + 1, Math.min(a.y1, b.y1)) }
}

import { Layer } from 'konva/lib/Layer.js'
import { Shape } from 'konva/lib/Shape.js'
import { Stage } from 'konva/lib/Stage.js'
import { drawLabels, type Labels } from './drawLabels.ts'
import { drawBand, drawBoxes, drawGhosts, drawRegion, type Band, type DrawnRegion, type Ghost, type LabelledBox } from './drawMarkings.ts'
import { drawSkeleton, emptySkeleton, type SkeletonPicture } from './drawSkeleton.ts'
import { createOnionLayer } from './onionLayer.ts'
import type { OnionFrame } from './onionSkin.ts'
import { createPictureLayer } from './pictureLayer.ts'
import type { SkeletonColours } from './skeletonColours.ts'
import type { Size, Viewport } from './viewport.ts'

export type { LabelledBox } from './drawMarkings.ts'

export interface Scene {
  setSize(size: Size): void
  setView(view: Viewport): void
  /** A decoded picture, drawn over the whole frame. */
  setPicture(image: HTMLImageElement | null, frame: Size): void
  setSkeleton(picture: SkeletonPicture, labels: Labels): void
  setOnion(frames: readonly OnionFrame[], frame: Size): void
  setGhosts(ghosts: readonly Ghost[]): void
  setBoxes(boxes: readonly LabelledBox[]): void
  setRegion(region: DrawnRegion): void
  setBand(band: Band | null): void
  destroy(): void
}

/**
 * What the editor's stage shows, back to front: the picture and the onion skin, which the compositor moves, so that panning and zooming draw neither; and a
 * Konva stage with the marks and what is under the hand, redrawn when one of them changes, once a frame. Nothing here listens: what a place means is found
 * by `picking.ts`.
 */
export function createScene(container: HTMLDivElement, colours: SkeletonColours, font: string): Scene {
  const stageHost = document.createElement('div')
  stageHost.style.cssText = 'position:absolute;inset:0'
  const picture = createPictureLayer(container)
  const onion = createOnionLayer(container)
  container.append(stageHost)
  const stage = new Stage({ container: stageHost, width: 1, height: 1, listening: false })
  const layer = new Layer({ listening: false })
  stage.add(layer)

  let view: Viewport = { scale: 1, x: 0, y: 0 }
  let size: Size = { width: 1, height: 1 }
  let skeleton = emptySkeleton
  let labels: Labels = { nameOf: String, all: false, forced: new Set() }
  let ghosts: readonly Ghost[] = []
  let boxes: readonly LabelledBox[] = []
  let region: DrawnRegion = { boxes: [], faint: false, handles: false }
  let band: Band | null = null

  /** A shape drawn by hand in frame pixels; perfect drawing and hit graphs are of no use to it. */
  const inFrame = (draw: (pen: CanvasRenderingContext2D, unit: number) => void): Shape =>
    new Shape({
      listening: false, perfectDrawEnabled: false,
      sceneFunc: ({ _context: pen }) => {
        pen.translate(view.x, view.y)
        pen.scale(view.scale, view.scale)
        draw(pen, 1 / view.scale)
      },
    })
  layer.add(
    inFrame((pen, unit) => drawRegion(pen, region, colours, unit)),
    inFrame((pen, unit) => drawBoxes(pen, boxes, unit, font, colours.edge)),
    inFrame((pen, unit) => drawSkeleton(pen, skeleton, colours, unit)),
    inFrame((pen, unit) => drawGhosts(pen, ghosts, colours, unit)),
    new Shape({ listening: false, perfectDrawEnabled: false, sceneFunc: ({ _context: pen }) => drawLabels(pen, skeleton.marks, labels, view, size, font, colours) }),
    inFrame((pen, unit) => drawBand(pen, band, colours.ring, unit)),
  )

  // Letters whose part of the font came only after they were drawn.
  const redraw = (): void => void layer.batchDraw()
  document.fonts.addEventListener('loadingdone', redraw)

  return {
    setSize(next) {
      size = next
      stage.size({ width: Math.max(1, Math.floor(next.width)), height: Math.max(1, Math.floor(next.height)) })
      onion.setView(view, size)
    },
    setView(next) {
      view = onPixels(next)
      picture.setView(view)
      onion.setView(view, size)
      layer.batchDraw()
    },
    setPicture: (image, frame) => picture.setPicture(image, frame),
    setSkeleton(next, names) {
      skeleton = next
      labels = names
      layer.batchDraw()
    },
    setOnion: (frames, frame) => onion.setFrames(frames, frame),
    setGhosts(next) {
      ghosts = next
      layer.batchDraw()
    },
    setBoxes(next) {
      boxes = next
      layer.batchDraw()
    },
    setRegion(next) {
      region = next
      layer.batchDraw()
    },
    setBand(next) {
      if (band === null && next === null) return
      band = next
      layer.batchDraw()
    },
    destroy() {
      document.fonts.removeEventListener('loadingdone', redraw)
      stage.destroy()
      onion.destroy()
      picture.destroy()
      stageHost.remove()
    },
  }
}

/** On whole pixels of the screen the layers are copied, not resampled. */
function onPixels({ scale, x, y }: Viewport): Viewport {
  const ratio = devicePixelRatio
  return { scale, x: Math.round(x * ratio) / ratio, y: Math.round(y * ratio) / ratio }
}

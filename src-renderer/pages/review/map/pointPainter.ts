import type { Viewport } from '../../../editor/viewport.ts'
import type { PointCloud } from './pointCloud.ts'
import { tracePoint, type PointLooks } from './pointLooks.ts'

export interface PaintedPoints {
  cloud: PointCloud
  looks: PointLooks
  /** Points inside the lasso, the others are faint; null: there is none. */
  chosen: ReadonlySet<number> | null
  /** Behind the points, `#rrggbb`. */
  ground: string
}

export interface PointPainter {
  /** Fills the canvas with the ground and the points; `radius` in CSS pixels. */
  paint: (context: CanvasRenderingContext2D, view: Viewport, radius: number, points: PaintedPoints) => void
}

/** The pixels of a look around its point, as little-endian 0xAABBGGRR with the share that covers the ground, 1–256. */
interface Stamp {
  x: Int16Array
  y: Int16Array
  colour: Uint32Array
  cover: Uint16Array
}

const faint = 0.22

/**
 * Writes tens of thousands of points into pixels itself: a canvas takes several times as long to copy that many pictures, where there is no
 * graphics card above all.
 */
export function createPointPainter(): PointPainter {
  let image: ImageData | null = null
  let stampsOf: { looks: PointLooks; key: string; plain: Stamp[]; faint: Stamp[] } | null = null

  function stamps(looks: PointLooks, radius: number, pixelRatio: number): { plain: Stamp[]; faint: Stamp[] } {
    const key = `${radius}/${pixelRatio}`
    if (stampsOf?.looks !== looks || stampsOf.key !== key) {
      const plain = makeStamps(looks, radius, pixelRatio)
      stampsOf = { looks, key, plain, faint: plain.map((stamp) => ({ ...stamp, cover: stamp.cover.map((cover) => Math.max(1, cover * faint)) })) }
    }
    return stampsOf
  }

  function paint(context: CanvasRenderingContext2D, view: Viewport, radius: number, { cloud, looks, chosen, ground }: PaintedPoints): void {
    const { width, height } = context.canvas
    const pixelRatio = context.getTransform().a
    if (image === null || image.width !== width || image.height !== height) image = new ImageData(width, height)
    const pixels = new Uint32Array(image.data.buffer)
    pixels.fill(littleEndian(ground))
    const { plain, faint: fainter } = stamps(looks, radius, pixelRatio)
    const [scale, left, top] = [view.scale * pixelRatio, view.x * pixelRatio, view.y * pixelRatio]
    const reach = Math.ceil(radius * 1.5 * pixelRatio) + 2
    const { x, y } = cloud
    const { spriteOf, order } = looks
    const put = (index: number, set: readonly Stamp[]): void => {
      const atX = Math.round(x[index]! * scale + left)
      const atY = Math.round(y[index]! * scale + top)
      if (atX < -reach || atY < -reach || atX > width + reach || atY > height + reach) return
      stamp(pixels, width, height, atX, atY, set[spriteOf[index]!]!)
    }
    if (chosen === null) for (const index of order) put(index, plain)
    else {
      for (const index of order) if (!chosen.has(index)) put(index, fainter)
      for (const index of order) if (chosen.has(index)) put(index, plain)
    }
    context.putImageData(image, 0, 0)
  }

  return { paint }
}

/** Lays a stamp over the pixels, cut off at the border. */
function stamp(pixels: Uint32Array, width: number, height: number, atX: number, atY: number, { x, y, colour, cover }: Stamp): void {
  for (let part = 0; part < x.length; part++) {
    const column = atX + x[part]!
    const row = atY + y[part]!
    if (column < 0 || row < 0 || column >= width || row >= height) continue
    const place = row * width + column
    const over = cover[part]!
    const above = colour[part]!
    if (over >= 256) {
      pixels[place] = above
      continue
    }
    // Red and blue together, then green: their products do not reach each other's bits.
    const below = pixels[place]!
    const redBlue = (((below & 0xff00ff) * (256 - over) + (above & 0xff00ff) * over) >>> 8) & 0xff00ff
    const green = (((below & 0xff00) * (256 - over) + (above & 0xff00) * over) >>> 8) & 0xff00
    pixels[place] = (0xff000000 | redBlue | green) >>> 0
  }
}

function makeStamps(looks: PointLooks, radius: number, pixelRatio: number): Stamp[] {
  const side = Math.ceil((radius * 2.6 + 3) * pixelRatio)
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = side
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('The browser gives no 2D canvas.')
  return looks.sprites.map((sprite) => {
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, side, side)
    context.scale(pixelRatio, pixelRatio)
    tracePoint(context, sprite, [side / 2 / pixelRatio, side / 2 / pixelRatio], radius)
    return stampOf(context.getImageData(0, 0, side, side))
  })
}

/** Only the pixels that are not empty. */
export function stampOf({ data, width, height }: Pick<ImageData, 'data' | 'width' | 'height'>): Stamp {
  const seen = Array.from({ length: width * height }, (_, pixel) => pixel).filter((pixel) => data[pixel * 4 + 3]! > 0)
  const middle = Math.floor(width / 2)
  return {
    x: Int16Array.from(seen, (pixel) => (pixel % width) - middle),
    y: Int16Array.from(seen, (pixel) => Math.floor(pixel / width) - Math.floor(height / 2)),
    colour: Uint32Array.from(seen, (pixel) => ((255 << 24) | (data[pixel * 4 + 2]! << 16) | (data[pixel * 4 + 1]! << 8) | data[pixel * 4]!) >>> 0),
    cover: Uint16Array.from(seen, (pixel) => Math.max(1, Math.round((data[pixel * 4 + 3]! / 255) * 256))),
  }
}

const littleEndian = (colour: string): number => {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number, number]
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
}

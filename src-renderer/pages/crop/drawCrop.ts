import type { Colour } from '../../../src-main/augment/colour.ts'
import { samplePixels, type Pixels } from '../../../src-main/augment/samplePixels.ts'
import { shardTransform, type SampleView } from '../../../src-main/augment/sampleTransform.ts'
import type { Box } from '../../../src-main/contract/crop.ts'
import type { SampleSource } from './useSampleSource.ts'

/** Draws a box of a frame into a square, as the network gets it: stretched, black beyond the frame. `frameWidth`: pixels of the frame that the picture stands for. */
export function drawBox(pen: CanvasRenderingContext2D, picture: HTMLImageElement, frameWidth: number, box: Box, side: number): void {
  const scale = picture.naturalWidth / frameWidth
  pen.fillStyle = 'black'
  pen.fillRect(0, 0, side, side)
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(picture, box.x0 * scale, box.y0 * scale, (box.x1 - box.x0) * scale, (box.y1 - box.y0) * scale, 0, 0, side, side)
}

/** The part of a frame that all samples are taken from, as a square of `size` pixels, like the crops that training keeps. */
export function cutRegion(picture: HTMLImageElement, frameWidth: number, region: Box, size: number): Pixels | null {
  const canvas = new OffscreenCanvas(size, size)
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (pen === null) return null
  drawBox(pen as unknown as CanvasRenderingContext2D, picture, frameWidth, region, size)
  return pen.getImageData(0, 0, size, size)
}

/** A sample as training shows it to the network. */
export const drawSample = ({ pixels, region }: Pick<SampleSource, 'pixels' | 'region'>, view: SampleView, size: number, colour: Colour | null): ImageData =>
  new ImageData(samplePixels(pixels, shardTransform(view, region, pixels.width), size, colour), size, size)

import type { Colour } from './colour.ts'

/** A picture row by row, 3 (RGB, as crops are stored) or 4 (RGBA, as a canvas has it) bytes a pixel. */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray
  width: number
  height: number
}

/**
 * A sample as the network is fed it, before the normalisation: resampled by a projective map (bilinear, black outside), then its change of
 * colours. What `warpAndNormalise` computes on the device, in double precision instead of single (a test holds the two equal).
 * @param transform a0 a1 a2 b0 b1 b2 c0 c1 from output pixel (x, y) to source pixel ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), k = c0 x + c1 y + 1
 * @returns size × size × 3 values, 0 … 255
 */
export function sampleValues(source: Pixels, transform: readonly number[], size: number, colour: Colour | null = null): Float64Array {
  const [a0, a1, a2, b0, b1, b2, c0, c1] = Float32Array.from(transform) as unknown as [number, number, number, number, number, number, number, number]
  const { data, width, height } = source
  const channels = data.length / (width * height)
  const values = new Float64Array(size * size * 3)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = (y * size + x) * 3
      const k = c0 * x + c1 * y + 1
      const fromX = (a0 * x + a1 * y + a2) / k
      const fromY = (b0 * x + b1 * y + b2) / k
      const left = Math.floor(fromX)
      const top = Math.floor(fromY)
      if (!(left >= -1 && left < width && top >= -1 && top < height)) continue
      const shareX = fromX - left
      const shareY = fromY - top
      for (let corner = 0; corner < 4; corner++) {
        const cornerX = left + (corner & 1)
        const cornerY = top + (corner >> 1)
        if (cornerX < 0 || cornerX >= width || cornerY < 0 || cornerY >= height) continue
        const weight = (corner & 1 ? shareX : 1 - shareX) * (corner >> 1 ? shareY : 1 - shareY)
        const from = (cornerY * width + cornerX) * channels
        for (let channel = 0; channel < 3; channel++) values[at + channel]! += weight * (data[from + channel] ?? 0)
      }
    }
  }
  if (colour) for (let at = 0; at < values.length; at++) values[at] = Math.min(255, Math.max(0, (values[at] as number) * (colour.gains[at % 3] as number) + colour.offset))
  return values
}

/** `sampleValues` rounded to whole levels, RGBA and opaque, for the screen. */
export function samplePixels(source: Pixels, transform: readonly number[], size: number, colour: Colour | null = null): Uint8ClampedArray<ArrayBuffer> {
  const values = sampleValues(source, transform, size, colour)
  const pixels = new Uint8ClampedArray(size * size * 4)
  for (let pixel = 0; pixel < size * size; pixel++) {
    for (let channel = 0; channel < 3; channel++) pixels[pixel * 4 + channel] = values[pixel * 3 + channel] as number
    pixels[pixel * 4 + 3] = 255
  }
  return pixels
}

import sharp, { type Sharp } from 'sharp'
import type { Box } from '../contract/crop.ts'

/** Larger pictures are refused: a small file can hold a huge one. */
const largestPicture = 64_000_000

/**
 * Decodes a picture, cuts a whole-pixel region and resizes it (Lanczos, antialiased) to a square.
 * @param region pixels of the picture; what lies outside it becomes black
 * @returns size × size × 3 bytes, RGB
 */
export async function cutFrame(file: string, region: Box, size: number): Promise<Uint8Array> {
  const picture = sharp(file, { limitInputPixels: largestPicture, failOn: 'error' }).removeAlpha().toColourspace('srgb')
  const { width, height } = await picture.metadata()
  const inside = { x0: Math.max(region.x0, 0), y0: Math.max(region.y0, 0), x1: Math.min(region.x1, width), y1: Math.min(region.y1, height) }
  if (inside.x1 <= inside.x0 || inside.y1 <= inside.y0) throw new Error(`The crop lies outside the picture of ${width} × ${height} pixels. Has the file changed since it was scanned, or are its keypoints beyond the border?`)
  const cut = picture.extract({ left: inside.x0, top: inside.y0, width: inside.x1 - inside.x0, height: inside.y1 - inside.y0 })
  const border = { left: inside.x0 - region.x0, top: inside.y0 - region.y0, right: region.x1 - inside.x1, bottom: region.y1 - inside.y1 }
  const whole = Object.values(border).every((side) => side === 0) ? cut : await extended(cut, border)
  const { data, info } = await whole.resize(size, size, { fit: 'fill', kernel: 'lanczos3' }).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  if (info.channels !== 3) throw new Error(`The picture has ${info.channels} colour channels instead of 3.`)
  return data
}

/** sharp extends after it resizes, so the border is added in a pass of its own. */
async function extended(cut: Sharp, border: { left: number; top: number; right: number; bottom: number }): Promise<Sharp> {
  const { data, info } = await cut.extend({ ...border, background: { r: 0, g: 0, b: 0 } }).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
}

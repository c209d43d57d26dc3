import type { Box } from '../../src-main/contract/crop.ts'

/** Widths the grid, strips and stage ask for, so that the server's cache is shared. */
export const thumbnailWidth = 320
export const stripWidth = 160
export const stageWidth = 960

/**
 * Address of a frame's picture. `version` changes whenever what is drawn changes, so that answers can be cached for ever.
 * @param folder `train/475`
 * @param width pixels; absent = the frame as it is
 */
export function frameUrl(folder: string, frame: number, options: { width?: number | undefined; version?: string | undefined } = {}): string {
  const query = new URLSearchParams()
  if (options.width !== undefined) query.set('width', String(options.width))
  // What comes after the dot counts edits, which do not change the picture.
  if (options.version !== undefined) query.set('v', options.version.replace(/\.\d+$/, ''))
  const text = query.toString()
  return `./image/${folder}/${frame}${text === '' ? '' : `?${text}`}`
}

/**
 * Address of a region of a frame as training stores it, lossless.
 * @param region whole pixels of the frame
 * @param size side in pixels
 */
export function storedCropUrl(folder: string, frame: number, region: Box, size: number, version: string): string {
  const query = new URLSearchParams({ cut: [region.x0, region.y0, region.x1, region.y1, size].join(','), v: version.replace(/\.\d+$/, '') })
  return `./stored-crop/${folder}/${frame}?${query.toString()}`
}

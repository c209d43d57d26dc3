import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import sharp from 'sharp'
import { largestPicture } from '../dataset/png.ts'

const largestFile = 512 * 2 ** 20

/** Bytes in which a picture says its size; a JPEG may carry a thumbnail and colour profiles before it. */
const headBytes = 256 * 1024

/**
 * Width and height of a picture (pixels, as stored), from the head of its file.
 * @returns what is wrong instead, for a file that is no PNG, JPEG or WebP, cut off within its header, or too large
 */
export async function pictureSize(path: string): Promise<{ width: number; height: number } | { fault: string }> {
  try {
    // Whatever it became since it was listed: a pipe would never end.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stat = await file.stat()
      if (!stat.isFile()) return { fault: 'is not a file' }
      if (stat.size === 0) return { fault: 'is empty (0 bytes)' }
      if (stat.size > largestFile) return { fault: `has ${Math.round(stat.size / 2 ** 20)} MB, too much for a frame` }
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(Math.min(headBytes, stat.size)), position: 0 })
      return await sizeIn(buffer.subarray(0, bytesRead), () => file.readFile())
    } finally {
      await file.close()
    }
  } catch (error) {
    return { fault: `cannot be read (${(error as { code?: string }).code ?? (error instanceof Error ? error.message.split('\n')[0] : 'error')})` }
  }
}

async function sizeIn(head: Uint8Array, rest: () => Promise<Buffer>): Promise<{ width: number; height: number } | { fault: string }> {
  const read = (bytes: Uint8Array) => sharp(bytes, { limitInputPixels: false, failOn: 'none' }).metadata()
  const { width, height } = await read(head).catch(async () => read(await rest()))
  return width * height > largestPicture ? { fault: `is ${width}×${height} pixels, more than the ${largestPicture / 1_000_000} megapixels that are read` } : { width, height }
}

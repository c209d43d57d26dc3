import { open, stat } from 'node:fs/promises'
import { constants } from 'node:fs'
import sharp from 'sharp'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { largestPicture } from '../dataset/png.ts'

const largestFile = 512 * 2 ** 20
/** A picture that takes longer to decode is given up (seconds). */
const decodeSeconds = 20

/** Whether a file begins as a PNG, which the dataset room reads; a file is what its bytes say. @throws HandloomError `not-found`, `storage` */
export async function isPng(path: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const { buffer } = await file.read({ buffer: Buffer.alloc(4), position: 0 })
      return buffer.equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))
    } finally {
      await file.close()
    }
  } catch (error) {
    throw toHandloomError(error)
  }
}

/**
 * A JPEG or WebP as WebP, no wider than `width` pixels (never enlarged).
 * @throws HandloomError `not-found`, or `bad-input` naming the file: not a picture, cut off, larger than 64 megapixels
 */
export async function readOtherPicture(path: string, width: number | undefined): Promise<Buffer> {
  try {
    const found = await stat(path)
    if (!found.isFile() || found.size > largestFile) throw new HandloomError('bad-input', `${path} is not a file that can be a frame.`, { file: path })
    return await sharp(path, { limitInputPixels: largestPicture, failOn: 'truncated', sequentialRead: true })
      .timeout({ seconds: decodeSeconds })
      .resize({ ...(width === undefined ? {} : { width }), withoutEnlargement: true })
      .toColourspace('srgb')
      .webp({ quality: 82, effort: 0 })
      .toBuffer()
  } catch (error) {
    const known = toHandloomError(error)
    throw known.kind === 'internal' ? new HandloomError('bad-input', `${path} cannot be decoded: ${known.message}. Replace the picture.`, { file: path, cause: error }) : known
  }
}

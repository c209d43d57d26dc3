import sharp from 'sharp'
import { toHandloomError } from '../../contract/errors.ts'
import { greySide, perceptualHash } from './perceptualHash.ts'

/** What a look at a frame's picture gave: its hash, or why it cannot be read. */
export type Look = { hash: Uint8Array; unreadable: null } | { hash: null; unreadable: string }

/** Pixels of the largest picture that is decoded. */
const largestPicture = 64_000_000
/** A picture that takes longer to decode is given up. */
const decodeSeconds = 20

/**
 * @param path gives the picture's path; what it throws is a reason like any other
 * @param fault what is known to be wrong with the picture: the reason, in plainer words than the decoder's, if it cannot be read
 */
export async function lookAt(path: () => string, fault: string | null): Promise<Look> {
  try {
    const grey = await sharp(path(), { limitInputPixels: largestPicture, failOn: 'truncated', sequentialRead: true })
      .timeout({ seconds: decodeSeconds })
      .flatten({ background: '#000' })
      .toColourspace('b-w')
      .resize(greySide, greySide, { fit: 'fill' })
      .raw({ depth: 'uchar' })
      .toBuffer()
    return { hash: perceptualHash(grey), unreadable: null }
  } catch (error) {
    return { hash: null, unreadable: fault ?? toHandloomError(error).message }
  }
}

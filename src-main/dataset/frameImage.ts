import { open, stat } from 'node:fs/promises'
import { constants } from 'node:fs'
import { availableParallelism } from 'node:os'
import sharp from 'sharp'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { memoryCache } from './memoryCache.ts'
import { endsInIend, findPngEnd, largestPicture, pngHeader, type PngHeader } from './png.ts'

export type ImageFormat = 'webp' | 'jpeg' | 'png'

/** Largest picture file that is opened (bytes). */
const largestFile = 512 * 1024 * 1024
/** Pictures no wider than this are thumbnails (pixels). */
const thumbnailWidth = 480
/** A picture that takes longer to decode is given up (seconds). */
const decodeSeconds = 20

/** Decoded pictures held so that scrubbing back and forth does not decode them again (bytes). */
const recent = memoryCache(48 * 1024 * 1024)

/**
 * A frame's picture in the asked format, no wider than `width` pixels (never enlarged). Only PNGs are opened; a PNG asked for as it is comes unchanged.
 * @throws HandloomError `not-found`, or `bad-input` naming the file: no PNG, cut off, damaged, larger than 64 megapixels
 */
export async function readFrameImage(path: string, options: { width?: number; format: ImageFormat }): Promise<Buffer> {
  const { size, mtimeMs } = await stat(path).catch((error: unknown) => {
    throw toHandloomError(error)
  })
  const key = `${path}\n${size}\n${mtimeMs}\n${options.width}\n${options.format}`
  const known = recent.get(key)
  if (known) return known
  const urgent = options.width !== undefined && options.width > thumbnailWidth
  const data = await withSlot(urgent, () => convert(path, options))
  recent.set(key, data)
  return data
}

async function convert(path: string, { width, format }: { width?: number; format: ImageFormat }): Promise<Buffer> {
  const { bytes, header } = await readPng(path)
  if (format === 'png' && (width === undefined || width >= header.width)) return bytes
  try {
    const picture = sharp(bytes, { limitInputPixels: largestPicture, failOn: 'truncated', sequentialRead: true })
      .timeout({ seconds: decodeSeconds })
      .resize({ width: width === undefined ? undefined : Math.min(Math.max(1, Math.round(width)), header.width) })
      .toColourspace('srgb')
    if (format === 'webp') return await picture.webp({ quality: 82, effort: 0 }).toBuffer()
    if (format === 'jpeg') return await picture.flatten({ background: '#000' }).jpeg({ quality: 85 }).toBuffer()
    return await picture.png({ compressionLevel: 3 }).toBuffer()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HandloomError('bad-input', `${path} cannot be decoded: ${reason}. Replace the picture; until then its frame cannot be used.`, { file: path, cause: error })
  }
}

/** The bytes of a PNG whose head and end are whole. */
async function readPng(path: string): Promise<{ bytes: Buffer; header: PngHeader }> {
  let bytes: Buffer
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw new HandloomError('bad-input', `${path} is not a file.`, { file: path })
      if (stat.size > largestFile) throw new HandloomError('bad-input', `${path} has ${Math.round(stat.size / 1_048_576)} MB, too much for a frame. Replace the picture.`, { file: path })
      bytes = await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw toHandloomError(error)
  }
  const refuse = (message: string, place: string, cause?: unknown): HandloomError =>
    new HandloomError('bad-input', `${path} ${message}. Replace the picture; until then its frame cannot be used.`, { file: path, place, cause })
  let header: PngHeader
  try {
    header = pngHeader(bytes.subarray(0, 33))
  } catch (error) {
    if (error instanceof HandloomError) throw refuse(error.message, error.place ?? '', error)
    throw error
  }
  const fault = endsInIend(bytes) ? null : findPngEnd((position, length) => bytes.subarray(position, position + length), bytes.length)
  if (fault) throw refuse(fault.message, `byte ${fault.byte}`)
  return { bytes, header }
}

const cores = Math.max(1, availableParallelism())
/** Somebody looks at the stage and waits: its pictures go first, and one core is kept free of thumbnails and of whole frames, which follow once the hand rests. */
const lines = [
  { slots: cores, waiting: [] as (() => void)[] },
  { slots: Math.max(1, cores - 1), waiting: [] as (() => void)[] },
] as const
let busy = 0

function admit(): void {
  for (const { slots, waiting } of lines)
    while (busy < slots && waiting.length > 0) {
      busy++
      waiting.shift()?.()
    }
}

/** At most one decode a core at a time; the rest waits in line. */
async function withSlot<T>(urgent: boolean, work: () => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => {
    lines[urgent ? 0 : 1].waiting.push(resolve)
    admit()
  })
  try {
    return await work()
  } finally {
    busy--
    admit()
  }
}

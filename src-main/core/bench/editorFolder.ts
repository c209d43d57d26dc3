import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { toHandloomError } from '../../contract/errors.ts'
import { randomStream } from '../../engine/random.ts'

const pictureSize = { width: 1920, height: 1080 } as const
export const longFolder = 'train/0'
const longFrames = 121
const shortSequences = 24
const shortFrames = 7
const pictures = 8
/** Raise it when another folder would be written. */
const version = '2'

/**
 * Writes a data set to measure the editor on: `train/0` with 121 frames of two hands in motion, and 24 sequences of 7 frames that are opened for the
 * first time. Pictures have the grain of photographs, so that they take as long to decode. A second call does nothing.
 * @throws HandloomError `storage`
 */
export async function writeEditorFolder(folder: string, signal: AbortSignal, onProgress: (done: number, total: number) => void): Promise<void> {
  const marker = join(folder, '.handloom-editor')
  const staging = `${folder}.part`
  if ((await readFile(marker, 'utf8').catch(() => null)) === version) return
  try {
    await rm(staging, { recursive: true, force: true })
    await rm(folder, { recursive: true, force: true })
    await mkdir(join(staging, 'test'), { recursive: true })
    const drawn: Buffer[] = []
    for (let index = 0; index < pictures; index++) {
      signal.throwIfAborted()
      drawn.push(await drawPicture(index))
      onProgress(index + 1, pictures)
    }
    for (let number = 0; number <= shortSequences; number++) {
      signal.throwIfAborted()
      await writeSequence(staging, number, number === 0 ? longFrames : shortFrames, drawn)
    }
    await writeFile(join(staging, 'hand_gesture_pose.csv'), 'pose_id,pose_name,view_type,gesture_type,hand_type\n1,measured,1st,my_hand,both\n')
    await writeFile(join(staging, 'sample_submission.csv'), 'Image_Path,1\n')
    await writeFile(join(staging, '.handloom-editor'), version)
    await rename(staging, folder)
  } catch (error) {
    throw toHandloomError(error)
  }
}

/** A soft gradient with grain. */
async function drawPicture(seed: number): Promise<Buffer> {
  const { width, height } = pictureSize
  const pixels = Buffer.alloc(width * height * 3)
  const random = randomStream(seed)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const shade = 90 + 60 * Math.sin((x + seed * 97) / 210) * Math.cos(y / 170)
      const grain = random.uniform() * 9
      pixels[at++] = shade + grain
      pixels[at++] = shade * 0.8 + grain
      pixels[at++] = shade * 0.6 + 20 + grain
    }
  return sharp(pixels, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 6 }).toBuffer()
}

async function writeSequence(folder: string, number: number, frames: number, drawn: readonly Buffer[]): Promise<void> {
  const own = join(folder, 'train', String(number))
  await mkdir(own, { recursive: true })
  for (let frame = 0; frame < frames; frame++) await writeFile(join(own, `${frame}.png`), withComment(drawn[(frame + number) % drawn.length] as Buffer, `${number}/${frame}`))
  const annotations = Array.from({ length: frames }, (_, frame) => ({ image_id: frame, data: handsAt(frame, number) }))
  await writeFile(join(own, `${number}.json`), JSON.stringify({ action: [1, 'measured'], actor: 'bench', annotations }))
}

/** The PNG with a comment before its end, so that no two files are the same. */
function withComment(png: Buffer, text: string): Buffer {
  const chunk = Buffer.from(`tEXtComment\0${text}`, 'latin1')
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(chunk.length - 4)
  checksum.writeUInt32BE(crc32(chunk))
  const end = png.length - 12
  return Buffer.concat([png.subarray(0, end), length, chunk, checksum, png.subarray(end)])
}

/** The 42 rows of a frame of a sequence. */
export const handsAt = (frame: number, sequence: number): number[][] => [...handAt(560, frame, sequence), ...handAt(1360, frame, sequence + 0.5)]

/** An open hand of 21 points that sways around `centre`. */
function handAt(centre: number, frame: number, phase: number): number[][] {
  const [x, y] = [centre + 120 * Math.sin(frame / 9 + phase), 800 + 60 * Math.cos(frame / 7 + phase)]
  const fingers = [0, 1, 2, 3, 4].flatMap((finger) => {
    const angle = (finger - 2) * 0.32 + 0.1 * Math.sin(frame / 5 + finger)
    return [190, 250, 310, 365].map((length) => [x + length * Math.sin(angle), y - length * Math.cos(angle)])
  })
  return [[x, y], ...fingers].map((place) => [...place.map((value) => Math.round(value * 100) / 100), 0])
}

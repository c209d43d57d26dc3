import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { stringify } from 'csv-stringify/sync'
import sharp from 'sharp'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { keypointsPerHand } from '../../contract/hand.ts'
import { randomStream, type RandomStream } from '../../engine/random.ts'
import { contestClasses, type SampleClass } from '../../sample/classTable.ts'

export interface BigFolderOptions {
  /** Train and test together; three of four are for training. */
  sequences: number
  framesPerSequence: number
  seed: number
}

export interface BigFolder {
  folder: string
  sequences: number
  frames: number
}

const marker = '.handloom-big.json'
const [width, height] = [64, 36]
const actors = 60

/**
 * Writes a data set in the contest's layout with very many sequences, to measure how the app bears them: small pictures (no two the same), JSON with
 * keypoints of hands that move through the frames, some frames without a hand and some with one too many, class table and sample submission. The same
 * options give the same bytes; a second call does nothing, and one after an interruption goes on.
 * @throws HandloomError `conflict` for a folder that holds anything else, `interrupted` when stopped through `signal`, `storage`
 */
export async function writeBigFolder(folder: string, options: BigFolderOptions, onProgress?: (done: number, total: number) => void, signal?: AbortSignal): Promise<BigFolder> {
  const { sequences, framesPerSequence } = options
  const mine = (complete: boolean): string => JSON.stringify({ ...options, complete })
  const result = { folder, sequences, frames: sequences * framesPerSequence }
  try {
    mkdirSync(folder, { recursive: true })
    const present = readdirSync(folder)
    const known = present.includes(marker) ? readFileSync(join(folder, marker), 'utf8') : null
    if (known === mine(true)) return result
    if (known === null ? present.length > 0 : known !== mine(false))
      throw new HandloomError('conflict', `${folder} holds something else already. Choose an empty or new folder, or delete this one.`, { file: folder })
    writeFileSync(join(folder, marker), mine(false))
    const pictures = await Promise.all(Array.from({ length: 8 }, (_, index) => basePicture(index)))
    for (let number = 0; number < sequences; number++) {
      if (number % 50 === 0) {
        await breathe()
        signal?.throwIfAborted()
        onProgress?.(number, sequences)
      }
      writeSequence(folder, number, options, pictures)
    }
    writeTables(folder, sequences)
    writeFileSync(join(folder, marker), mine(true))
    return result
  } catch (thrown) {
    if (signal?.aborted) throw new HandloomError('interrupted', `Writing ${folder} was stopped. The same call goes on with it.`, { file: folder, cause: thrown })
    throw toHandloomError(thrown)
  }
}

const isTraining = (number: number): boolean => number % 4 !== 3
const classOf = (number: number): SampleClass => contestClasses[number % contestClasses.length] as SampleClass

/** The JSON comes last: a folder that has one is whole. */
function writeSequence(root: string, number: number, { framesPerSequence, seed }: BigFolderOptions, pictures: readonly Buffer[]): void {
  const name = `${isTraining(number) ? 'train' : 'test'}/${number}`
  const folder = join(root, name)
  const json = join(folder, `${number}.json`)
  if (existsSync(json)) return
  mkdirSync(folder, { recursive: true })
  for (let frame = 0; frame < framesPerSequence; frame++) writeFileSync(join(folder, `${frame}.png`), unlike(pictures[number % pictures.length] as Buffer, `${name}/${frame}`))
  const random = randomStream(seed, number)
  const { poseId, name: actionName, handType } = classOf(number)
  const [empty, doubled, absent] = [0.05, 0.02, 0.02].map((chance) => (random.uniform() < chance ? random.integer(framesPerSequence) : -1))
  const places = handPath(random, framesPerSequence)
  const annotations = places.flatMap((place, frame) => {
    if (frame === absent) return []
    const hands = frame === empty ? 0 : (handType === 'both' ? 2 : 1) + (frame === doubled && handType !== 'both' ? 1 : 0)
    return [{ image_id: frame, data: Array.from({ length: hands }, (_, hand) => handAt(place[0] + hand * 20, place[1], random)).flat() }]
  })
  const written = { actor: { id: `A${String(1 + random.integer(actors)).padStart(3, '0')}` }, image: { width, height }, ...(isTraining(number) ? { action: [poseId, actionName] } : {}), annotations }
  writeFileSync(json, JSON.stringify(written))
}

/** Where the wrist is, frame by frame: a slow straight way. */
function handPath(random: RandomStream, frames: number): [x: number, y: number][] {
  const [x, y] = [12 + 14 * random.uniform(), 24 + 8 * random.uniform()]
  const [dx, dy] = [random.uniform() - 0.5, random.uniform() - 0.5]
  return Array.from({ length: frames }, (_, frame) => [x + dx * frame, y + dy * frame])
}

/** An open hand with its wrist at a place: four joints on each of five fingers. */
function handAt(x: number, y: number, random: RandomStream): [number, number, number][] {
  return Array.from({ length: keypointsPerHand }, (_, row) => {
    const [finger, joint] = [Math.floor((row - 1) / 4), row === 0 ? 0 : 1 + ((row - 1) % 4)]
    const angle = -0.5 * Math.PI + (finger - 2) * 0.28
    const reach = joint === 0 ? 0 : 5 + 3 * joint
    return [x + reach * Math.cos(angle), y + reach * Math.sin(angle), -0.1 * joint].map((value) => Math.round((value + 0.2 * random.normal()) * 1000) / 1000) as [number, number, number]
  })
}

async function basePicture(index: number): Promise<Buffer> {
  const pixels = Buffer.from(Array.from({ length: width * height }, (_, at) => [((at % width) >> 3) * 24, (Math.floor(at / width) >> 3) * 40, index * 30]).flat())
  return sharp(pixels, { raw: { width, height, channels: 3 } }).png().toBuffer()
}

const endChunkBytes = 12

/** The picture with a comment of its own (a tEXt chunk), so that it is a copy of no other. */
function unlike(picture: Buffer, comment: string): Buffer {
  const content = Buffer.from(`tEXtComment\0${comment}`, 'latin1')
  const chunk = Buffer.alloc(content.length + 8)
  chunk.writeUInt32BE(content.length - 4, 0)
  content.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(content), content.length + 4)
  return Buffer.concat([picture.subarray(0, -endChunkBytes), chunk, picture.subarray(-endChunkBytes)])
}

function writeTables(folder: string, sequences: number): void {
  const classes = contestClasses.toSorted((a, b) => a.poseId - b.poseId)
  const rows = classes.map(({ poseId, name, viewType, gestureType, handType }) => [poseId, name, viewType, gestureType, handType])
  writeFileSync(join(folder, 'hand_gesture_pose.csv'), stringify([['pose_id', 'pose_name', 'view_type', 'gesture_type', 'hand_type'], ...rows]))
  const tests = Array.from({ length: sequences }, (_, number) => number).filter((number) => !isTraining(number))
  writeFileSync(join(folder, 'sample_submission.csv'), stringify([['Image_Path', ...classes.map(({ poseId }) => poseId)], ...tests.map((number) => [`./test/${number}`, ...classes.map(() => 0)])]))
}

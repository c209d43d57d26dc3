import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import sharp from 'sharp'
import { randomStream } from '../../engine/random.ts'
import { planSample } from '../../sample/plan.ts'
import { sceneryOf } from '../../sample/scenery.ts'
import { annotationOf, stageSequence } from '../../sample/sequence.ts'

export interface KeypointFolderOptions {
  sequences: number
  seed: number
  /** Shares of the one-hand training sequences that get a stray hand in most of their frames, and of the training sequences that get another class's label. */
  strays: number
  wrongLabels: number
}

export interface KeypointFolder {
  folder: string
  /** The true class of each training sequence. */
  truth: Map<string, number>
  strays: Set<string>
  wrongLabels: Set<string>
  frames: number
}

type Row = [number, number, number]
interface Annotations {
  action?: [number, string]
  annotations: { image_id: number; data: Row[] }[]
}

const [width, height] = [480, 270]
const streams = { wrong: 1, stray: 2 } as const
/** Share of its frames in which a planted hand is seen. */
const strayFrames = 0.7

/**
 * Writes the sample's sequences with their keypoints into a data folder in the contest's layout, with blank pictures, since only keypoints are looked at; and plants hands that do not belong
 * there (another sequence's hand, somewhere else in the picture, before or after the frame's own rows) and labels of other classes.
 */
export async function writeKeypointFolder(folder: string, { sequences, seed, strays, wrongLabels }: KeypointFolderOptions): Promise<KeypointFolder> {
  const plan = planSample({ sequences, seed })
  const size = { width, height, seed }
  const blank = await sharp({ create: { width, height, channels: 3, background: '#808080' } }).png().toBuffer()
  const made = plan.sequences.map((sequence) => ({ sequence, name: `${sequence.role}/${sequence.number}`, json: annotationOf(sequence, stageSequence(sequence, size), size, sceneryOf(width, height, seed, sequence.number)) as unknown as Annotations }))
  const training = made.filter(({ sequence }) => sequence.role === 'train')
  const result: KeypointFolder = { folder, truth: new Map(training.map(({ name, sequence }) => [name, sequence.row.poseId])), strays: new Set(), wrongLabels: new Set(), frames: plan.sequences.reduce((sum, { frames }) => sum + frames.length, 0) }
  const hands = training.flatMap(({ json }) => json.annotations.flatMap(({ data }) => (data.length === 21 ? [data] : [])))
  for (const { sequence, name, json } of training) {
    const random = randomStream(seed, streams.stray, sequence.number)
    const oneHand = sequence.row.handType !== 'both' && json.annotations.every(({ data }) => data.length <= 21)
    if (oneHand && random.uniform() < strays) {
      result.strays.add(name)
      const hand = hands[random.integer(hands.length)] as Row[]
      const [x, y] = [random.uniform() * width, random.uniform() * height]
      const first = random.uniform() < 0.5
      const [wristX, wristY] = hand[0] as Row
      for (const entry of json.annotations) {
        if (entry.data.length !== 21 || random.uniform() >= strayFrames) continue
        const stray = hand.map(([px, py, z]): Row => [px - wristX + x + random.normal(), py - wristY + y + random.normal(), z])
        entry.data = first ? [...stray, ...entry.data] : [...entry.data, ...stray]
      }
    }
    const other = randomStream(seed, streams.wrong, sequence.number)
    if (other.uniform() < wrongLabels) {
      const rows = plan.classes.filter(({ poseId, handType }) => poseId !== sequence.row.poseId && handType === sequence.row.handType)
      const row = rows[other.integer(rows.length)]
      if (!row) continue
      result.wrongLabels.add(name)
      json.action = [row.poseId, row.name]
    }
  }
  for (const { sequence, name, json } of made) {
    const own = join(folder, name)
    await mkdir(own, { recursive: true })
    await Promise.all(sequence.frames.map(({ number }) => writeFile(join(own, `${number}.png`), blank)))
    await writeFile(join(own, `${sequence.number}.json`), JSON.stringify(json))
  }
  await writeFile(join(folder, 'hand_gesture_pose.csv'), stringify([['pose_id', 'pose_name', 'view_type', 'gesture_type', 'hand_type'], ...plan.classes.map(({ poseId, name, viewType, gestureType, handType }) => [poseId, name, viewType, gestureType, handType])]))
  return result
}

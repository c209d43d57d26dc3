import type { ClassRow, FrameRecord, Point, SequenceSummary } from '../../src-main/contract/dataset.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { DatasetRoom, SourceFrame } from '../../src-main/contract/rooms.ts'
import type { HandType } from '../../src-main/contract/hand.ts'

export interface MemorySequence {
  folder: string
  poseId?: number | null
  hand?: HandType
  /** Rows of each frame; frames are numbered from 0 on. */
  frames: (Point[] | null)[]
}

/** What the annotation and split rooms ask of the dataset room, over sequences in memory. */
export function memoryDataset(sequences: readonly MemorySequence[], { width = 1920, height = 1080, folder = '/nowhere' } = {}): DatasetRoom {
  const bySequence = new Map(sequences.map((sequence) => [sequence.folder, sequence]))
  const find = (name: string): MemorySequence => {
    const found = bySequence.get(name)
    if (!found) throw new HandloomError('not-found', `There is no sequence ${name}.`)
    return found
  }
  const summaryOf = (sequence: MemorySequence): SequenceSummary => ({
    folder: sequence.folder,
    role: sequence.folder.startsWith('train') ? 'train' : 'test',
    number: Number(sequence.folder.split('/')[1]),
    poseId: sequence.poseId ?? null,
    correctedFrom: null,
    className: null,
    hand: sequence.hand ?? 'unknown',
    view: '',
    gesture: '',
    actor: null,
    frames: sequence.frames.length,
    coverFrame: 0,
    width,
    height,
    keypoints: 21,
    emptyFrames: 0,
    editedPoints: 0,
    problems: 0,
    version: '1',
  })
  const room: Partial<DatasetRoom> = {
    folder,
    summaries: (role) => sequences.map(summaryOf).filter((summary) => role === undefined || summary.role === role),
    summary: (name) => summaryOf(find(name)),
    has: (name) => bySequence.has(name),
    sourceFrames: (name) =>
      find(name).frames.map((original, number): SourceFrame => ({ number, file: `${number}.png`, width, height, size: 1, modified: 0, original, unreadable: null })),
    frames: (): FrameRecord[] => [],
    classRows: () =>
      [...new Set(sequences.flatMap(({ poseId }) => poseId ?? []))].map(
        (poseId): ClassRow => ({ poseId, classIndex: 0, name: `class ${poseId}`, view: '', gesture: '', hand: 'unknown', extra: {}, trainSequences: 1 }),
      ),
  }
  return room as DatasetRoom
}

/** A hand of 21 keypoints about `span` pixels wide around (x, y): five fingers fanned out from the wrist. */
export function madeHand(x: number, y: number, span = 200): Point[] {
  const points: Point[] = [[x, y + span / 2, 0]]
  for (let finger = 0; finger < 5; finger++) {
    const angle = -Math.PI / 2 + (finger - 2) * 0.35
    for (let joint = 0; joint < 4; joint++) {
      const distance = span * (0.45 + 0.18 * joint)
      points.push([x + Math.cos(angle) * distance, y + span / 2 + Math.sin(angle) * distance, 0])
    }
  }
  return points
}

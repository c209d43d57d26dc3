import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClassRow, FrameRecord, Point, SequenceSummary } from '../../src-main/contract/dataset.ts'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import type { HandType } from '../../src-main/contract/hand.ts'
import type { CropRoom, DatasetRoom } from '../../src-main/contract/rooms.ts'
import { openDatabase, type Db } from '../../src-main/db/open.ts'

export interface MadeSequence {
  folder: string
  poseId: number | null
  actor?: string
  hand?: HandType
  view?: string
  gesture?: string
  /** x of the topmost and rightmost keypoint in each frame, 1920 wide; null: a frame without keypoints. */
  travel?: (number | null)[]
}

/** A data set in memory: as much of the room as evaluate, rules and ensemble ask for. */
export function madeDataset(input: {
  sequences: MadeSequence[]
  names?: Record<number, string>
  folder?: string
  sample?: ReturnType<DatasetRoom['sampleSubmission']>
  dataHash?: string
}): DatasetRoom {
  const summaries = input.sequences.map(({ folder, poseId, actor = null, hand = 'right', view = '1st', gesture = 'my_hand', travel = [] }): SequenceSummary => {
    const [role, number] = folder.split('/') as ['train' | 'test', string]
    return {
      folder, role, number: Number(number), poseId, correctedFrom: null, className: poseId === null ? null : (input.names?.[poseId] ?? null), hand, view, gesture, actor,
      frames: travel.length, coverFrame: 0, width: 1920, height: 1080, keypoints: 21, emptyFrames: 0, editedPoints: 0, problems: 0, version: '1',
    }
  })
  const poseIds = [...new Set(input.sequences.flatMap(({ poseId }) => (poseId === null ? [] : [poseId])))].sort((a, b) => a - b)
  const room: Partial<DatasetRoom> = {
    folder: input.folder ?? join(tmpdir(), 'no-such-data-folder'),
    has: (folder) => summaries.some((summary) => summary.folder === folder),
    summaries: (role) => summaries.filter((summary) => role === undefined || summary.role === role),
    classRows: () =>
      Object.entries(input.names ?? {}).map(([poseId, name]): ClassRow => ({
        poseId: Number(poseId), classIndex: poseIds.indexOf(Number(poseId)), name, view: '1st', gesture: 'my_hand', hand: 'right', extra: {}, trainSequences: 1,
      })),
    poseIds: () => poseIds,
    sampleSubmission: () => input.sample ?? null,
    dataHash: () => input.dataHash ?? 'data-1',
    frames: (folder) => (input.sequences.find((sequence) => sequence.folder === folder)?.travel ?? []).map((x, number) => madeFrame(number, x)),
  }
  return room as DatasetRoom
}

function madeFrame(number: number, x: number | null): FrameRecord {
  const points: Point[] = x === null ? [] : [[x - 200, 600, 0], [x, 200, 0], [x - 100, 400, 0]]
  return { number, file: `${number}.png`, width: 1920, height: 1080, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null }
}

/** @param qualities of frames, by folder and frame number */
export const madeCrop = (targets: readonly number[], qualities: Record<string, Record<number, number>> = {}): CropRoom =>
  ({
    flipTargets: () => Int32Array.from(targets),
    frameQuality: (folder) => new Map(Object.entries(qualities[folder] ?? {}).map(([frame, quality]) => [Number(frame), quality])),
  }) satisfies Partial<CropRoom> as Partial<CropRoom> as CropRoom

/** A real database in a folder of its own; `close` removes both. */
export function scratchProject(): { db: Db; folder: string; events: HandloomEvent[]; emit: (event: HandloomEvent) => void; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-test-'))
  const opened = openDatabase(folder)
  const events: HandloomEvent[] = []
  return {
    db: opened.db,
    folder,
    events,
    emit: (event) => events.push(event),
    close() {
      opened.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

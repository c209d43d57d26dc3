import { keypointsPerHand } from '../../src-main/contract/hand.ts'
import type { ClassRow, FrameRecord, Point, SequencePage, SequenceSummary } from '../../src-main/contract/dataset.ts'
import type { HandType } from '../../src-main/contract/hand.ts'
import type { CropDeps } from '../../src-main/crop/service.ts'

/** A data set in memory for the crop room: 1920 × 1080 frames by sequence, and a class table. */

export const frameOf = (number: number, points: Point[], changes: Partial<FrameRecord> = {}): FrameRecord => ({
  number, file: `${number}.png`, width: 1920, height: 1080, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null, ...changes,
})

/** A hand of 21 points whose box is (x, y, x + width, y + height). */
export const handAt = (x: number, y: number, width = 200, height = 200): Point[] => Array.from({ length: keypointsPerHand }, (_, point): Point => [x + (width * point) / 20, y + (height * (point % 5)) / 4, 0])

export const classRow = (poseId: number, hand: HandType, name = '약속', changes: Partial<ClassRow> = {}): ClassRow => ({ poseId, classIndex: 0, name, view: '3rd', gesture: 'your_hand', hand, extra: {}, trainSequences: 1, ...changes })

export interface MadeSequence {
  poseId: number | null
  frames: FrameRecord[]
}

export function madeDataset(sequences: Record<string, MadeSequence>, classes: readonly ClassRow[] = []): CropDeps['dataset'] {
  const summaryOf = (folder: string): SequenceSummary => {
    const { poseId, frames } = sequences[folder] as MadeSequence
    const edits = frames.map(({ points, erased }) => [points, erased])
    return { folder, role: folder.startsWith('train/') ? 'train' : 'test', poseId, frames: frames.length, version: JSON.stringify(edits) } as SequenceSummary
  }
  const summaries: CropDeps['dataset']['summaries'] = (role) => Object.keys(sequences).map(summaryOf).filter((row) => !role || row.role === role)
  return {
    summaries,
    summary: summaryOf,
    has: (folder) => Object.hasOwn(sequences, folder),
    frames: (folder) => sequences[folder]?.frames ?? [],
    sequences: ({ offset, limit }): SequencePage => ({ total: Object.keys(sequences).length, rows: summaries().slice(offset, offset + limit) }),
    classRows: () => [...classes],
    poseIds: () => classes.filter(({ classIndex }) => classIndex !== null).map(({ poseId }) => poseId),
  }
}

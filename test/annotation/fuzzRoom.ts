import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import type { AnnotationRoom, DatasetRoom } from '../../src-main/contract/rooms.ts'
import { memoryDataset } from './memoryDataset.ts'
import type { Files, ShownRow } from './fuzzModel.ts'

/** A data set whose files can change on disk. */
export interface ChangingDataset {
  dataset: DatasetRoom
  files: Files
  /** Gives a sequence other frames. */
  write(folder: string, frames: readonly (readonly Point[] | null)[]): void
}

export function changingDataset(sequences: Readonly<Record<string, readonly (readonly Point[] | null)[]>>): ChangingDataset {
  const memory = Object.entries(sequences).map(([folder, frames]) => ({ folder, frames: [...frames] as (Point[] | null)[] }))
  return {
    dataset: memoryDataset(memory),
    files: new Map(memory.map(({ folder, frames }) => [folder, frames])),
    write(folder, frames) {
      const sequence = memory.find((entry) => entry.folder === folder)
      sequence?.frames.splice(0, Infinity, ...(frames as (Point[] | null)[]))
    },
  }
}

/** Every row as the room shows it, in the words of the model. */
export function roomRows(room: AnnotationRoom, dataset: DatasetRoom, folders: Iterable<string>): [string, ShownRow][] {
  return [...folders].flatMap((folder) => room.overlay(folder, dataset.sourceFrames(folder)).flatMap((record) => record.points.map((_, row): [string, ShownRow] => [`${folder} ${record.number} ${row}`, rowOf(record, row)])))
}

function rowOf({ points, erased, hidden, moved, conflicts }: FrameRecord, row: number): ShownRow {
  const point = points[row] as Point
  return {
    point: Number.isFinite(point[0]) && Number.isFinite(point[1]) ? point : null,
    visibility: erased.includes(row) ? 'erased' : hidden.includes(row) ? 'hidden' : 'visible',
    moved: moved.includes(row),
    conflict: conflicts.includes(row),
  }
}

import type { SplitRecord } from '../contract/split.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import type { JobSample } from './job.ts'

/** Who is validated in which fold. */
export interface PlannedFolds {
  /** Fold of each training sequence; null: trained in every fold. */
  folds: Record<string, number | null>
  /** Fold of each frame, by number, where frames are split. */
  frameFolds: Record<string, Record<string, number>> | null
}

export function plannedFolds(record: Pick<SplitRecord, 'folds' | 'frameFolds'>, dataset: Pick<DatasetRoom, 'sourceFrames'>): PlannedFolds {
  return {
    folds: Object.fromEntries(record.folds.map(({ folder, fold }) => [folder, fold])),
    frameFolds: record.frameFolds && Object.fromEntries(Object.entries(record.frameFolds).map(([folder, folds]) => [folder, Object.fromEntries(dataset.sourceFrames(folder).map(({ number }, index) => [number, folds[index] as number]))])),
  }
}

/**
 * The samples (positions) that a fold trains, validates and tests. A derived sample has its parent's fold, so it is learnt only where the
 * parent is not asked; it is never asked itself.
 */
export function foldLists(samples: readonly Pick<JobSample, 'folder' | 'frame' | 'role' | 'label'>[], { folds, frameFolds }: PlannedFolds, fold: number): Record<'train' | 'validation' | 'test', number[]> {
  const lists: Record<'train' | 'validation' | 'test', number[]> = { train: [], validation: [], test: [] }
  for (const [position, { folder, frame, role, label }] of samples.entries()) {
    if (role === 'test') {
      lists.test.push(position)
      continue
    }
    const own = frameFolds?.[folder]?.[frame] ?? folds[folder]
    if (label < 0 || own === undefined || (own === fold) !== (role === 'validation')) continue
    lists[role].push(position)
  }
  return lists
}

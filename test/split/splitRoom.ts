import { onTestFinished } from 'vitest'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import type { DatasetRoom } from '../../src-main/contract/rooms.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { createSplit } from '../../src-main/split/service.ts'
import { memoryDataset, type MemorySequence } from '../annotation/memoryDataset.ts'
import { temporaryFolder } from '../annotation/openRoom.ts'

export interface StagedSequence {
  number: number
  poseId: number
  frames: number
  /** null: not known. */
  actor?: string | null
}

/** Training sequences in memory, with their actors to group by. */
export function stagedDataset(sequences: readonly StagedSequence[]): DatasetRoom {
  const actors = new Map(sequences.map(({ number, actor }) => [`train/${number}`, actor ?? null]))
  const staged = sequences.map(({ number, poseId, frames }): MemorySequence => ({ folder: `train/${number}`, poseId, frames: Array.from({ length: frames }, () => []) }))
  return { ...memoryDataset(staged), groupColumns: () => [{ name: 'actor', valueOf: (folder) => actors.get(folder) ?? null }] }
}

/** The split room over a database of its own. */
export function openSplitRoom(dataset: DatasetRoom) {
  const temporary = temporaryFolder()
  const opened = openDatabase(temporary.path)
  const events: HandloomEvent[] = []
  onTestFinished(() => {
    opened.close()
    temporary.remove()
  })
  return { room: createSplit({ db: opened.db, dataset, emit: (event) => events.push(event) }), db: opened.db, events }
}

/** Kind and message of what work throws. */
export function refusal(work: () => unknown): [string, string] | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof HandloomError) return [error.kind, error.message]
    throw error
  }
}

import { setImmediate } from 'node:timers/promises'
import type { FrameRecord, SequenceSummary } from '../../contract/dataset.ts'
import { HandloomError } from '../../contract/errors.ts'

/** Where an export or import stands, and whether it should go on. */
export interface Course {
  signal?: AbortSignal | undefined
  onProgress?: ((done: number, total: number) => void) | undefined
}

/** A sequence with its keypoints as they are now. */
export interface ExportedSequence extends SequenceSummary {
  frameRecords: readonly FrameRecord[]
}

/** What was written, as far as a format's writer knows it. */
export interface Written {
  files: number
  sequences: number
  frames: number
  points: number
}

/**
 * One thing after the other, with room for whatever else the process has to do after each `atOnce`.
 * @throws HandloomError `interrupted` once the signal is aborted
 */
export async function* oneByOne<T>(things: readonly T[], { signal, onProgress }: Course, atOnce = 1): AsyncGenerator<T> {
  for (const [done, thing] of things.entries()) {
    if (done % atOnce === 0) await setImmediate()
    if (signal?.aborted) throw new HandloomError('interrupted', 'It was stopped. Nothing was left behind.')
    yield thing
    onProgress?.(done + 1, things.length)
  }
}

import { mkdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { FrameRecord } from '../../contract/dataset.ts'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { readBytes, sequenceJson } from './contestFiles.ts'
import { cleanedJson, erasedRows, isEdited, newContestJson, type WrittenLabel } from './contestJson.ts'
import { refuseInside } from './target.ts'

export interface WrittenCleaned {
  /** The folder, as an absolute path. */
  out: string
  /** JSON files written. */
  files: number
  /** Those that differ from the original. */
  changed: number
  sequences: { folder: string; erased: number; moved: number; hidden: number }[]
}

/** A sequence, with its edits laid over. */
export interface SequenceFrames {
  folder: string
  /** Where an edit corrected it. */
  label?: WrittenLabel | null
  frames: readonly FrameRecord[]
}

/**
 * Copies every sequence's JSON to the same place under `out`, with the edits written in ({@link cleanedJson}); one that has no edits is
 * copied byte for byte, and one that has edits but no JSON gets a new one. Each file appears whole or not at all.
 * @throws HandloomError `bad-request` when `out` is in the data folder, `storage` when it cannot be written, `conflict` when a file
 * changed since it was scanned
 */
export async function writeCleaned(dataFolder: string, sequences: Iterable<SequenceFrames> | AsyncIterable<SequenceFrames>, out: string): Promise<WrittenCleaned> {
  const target = resolve(out)
  refuseInside(dataFolder, target)
  const written: WrittenCleaned = { out: target, files: 0, changed: 0, sequences: [] }
  for await (const { folder, frames, label = null } of sequences) {
    const edited = label !== null || frames.some(isEdited)
    let name = `${basename(folder)}.json`
    try {
      const found = sequenceJson(dataFolder, folder)
      if (found === null && !edited) continue
      name = found ?? name
      const copy = found === null ? newContestJson(frames, label) : cleanedCopy(join(dataFolder, folder, found), frames, label)
      refuseInside(dataFolder, join(target, folder))
      mkdirSync(join(target, folder), { recursive: true })
      await writeFileAtomic(join(target, folder, name), copy)
    } catch (error) {
      const { kind, message, place, file: at } = toHandloomError(error)
      throw new HandloomError(kind, at === undefined ? `${folder}/${name}: ${message}` : message, { file: at ?? join(dataFolder, folder, name), ...(place !== undefined && { place }), cause: error })
    }
    written.files++
    if (!edited) continue
    written.changed++
    const count = (rowsOf: (frame: FrameRecord) => readonly number[]) => frames.reduce((sum, frame) => sum + rowsOf(frame).length, 0)
    written.sequences.push({ folder, erased: count(erasedRows), moved: count(({ moved }) => moved), hidden: count(({ hidden }) => hidden) })
  }
  return written
}

function cleanedCopy(file: string, frames: readonly FrameRecord[], label: WrittenLabel | null): Buffer {
  const bytes = readFileSync(file)
  if (label === null && !frames.some(isEdited)) return bytes
  const { text, toBytes } = readBytes(bytes)
  return toBytes(cleanedJson(text, frames, label))
}

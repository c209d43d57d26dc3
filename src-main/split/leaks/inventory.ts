import type { DatasetRoom } from '../../contract/rooms.ts'
import type { HashStore } from './hashStore.ts'
import type { HashedFrames } from './nearDuplicates.ts'
import type { Look } from './frameHash.ts'

/** A frame of a training sequence, and what is known of it. */
export interface KnownFrame {
  folder: string
  number: number
  /** Its place among the frames of its sequence. */
  position: number
  /** Size and time of the file: another one makes what is known worthless. */
  stamp: string
  /** What the scan found wrong with the picture. */
  fault: string | null
  look: Look | null
}

/** All frames of the training sequences that have a class, sequence by sequence in folder order. Pauses (yields) after each. */
export function* takeInventory(dataset: DatasetRoom, store: HashStore): Generator<void, KnownFrame[]> {
  const frames: KnownFrame[] = []
  for (const { folder, poseId } of dataset.summaries('train')) {
    if (poseId === null || !dataset.has(folder)) continue
    const known = store.looksOf(folder)
    for (const [position, { number, size, modified, unreadable }] of dataset.sourceFrames(folder).entries()) {
      const stamp = `${size} ${modified}`
      const row = known.get(number)
      frames.push({ folder, number, position, stamp, fault: unreadable, look: row?.stamp === stamp ? row.look : null })
    }
    yield
  }
  return frames
}

/** Frames between two pauses. */
const breath = 1 << 12

/** The frames whose hash is known, for the search; `frames` are the same in the same order. Pauses (yields) now and then. */
export function* hashedFrames(inventory: readonly KnownFrame[]): Generator<void, HashedFrames & { frames: KnownFrame[] }> {
  const frames: KnownFrame[] = []
  const hashes = new Uint8Array(inventory.length * 32)
  const sequences = new Int32Array(inventory.length)
  let sequence = 0
  for (const [index, frame] of inventory.entries()) {
    if (index % breath === breath - 1) yield
    const hash = frame.look?.hash
    if (!hash) continue
    const before = frames.at(-1)
    if (before && before.folder !== frame.folder) sequence++
    sequences[frames.length] = sequence
    hashes.set(hash, frames.length * 32)
    frames.push(frame)
  }
  return { frames, hashes: new Uint32Array(hashes.buffer), sequences: sequences.subarray(0, frames.length) }
}

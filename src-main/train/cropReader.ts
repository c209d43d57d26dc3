import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { HandloomError } from '../contract/errors.ts'
import { cropBytes, type CropPlace } from '../crop/shards.ts'

/**
 * Reads stored crops. Shard files that fit are read into memory once; others are read from the disk crop by crop, by threads of their own, so
 * that a batch can be read while the step before it computes. (Node cannot map files into memory; the system's page cache does the same.)
 */
export interface CropReader {
  /** Copies a crop's bytes into `target` from `offset`: at once from memory, when the promise resolves from the disk. */
  read(place: CropPlace, target: Uint8Array, offset: number): Promise<void> | void
  /** Not while something is read. */
  close(): void
}

const mostMemory = 4 * 2 ** 30
const readSome = promisify(read)

/** @throws HandloomError `storage` when a shard file is shorter than a place in it; whatever the file system throws */
export function openCrops(files: readonly string[], size: number, memory = mostMemory): CropReader {
  const bytes = cropBytes(size)
  const handles = files.map((file) => openSync(file, 'r'))
  const sizes = handles.map((handle) => fstatSync(handle).size)
  const inMemory = sizes.reduce((sum, length) => sum + length, 0) <= memory
  const held = inMemory ? handles.map((handle, file) => readWhole(handle, sizes[file] ?? 0)) : null
  return {
    read(place, target, offset) {
      const handle = handles[place.file]
      if (handle === undefined || place.offset + bytes > (sizes[place.file] ?? 0))
        throw new HandloomError('storage', `${files[place.file] ?? 'A shard file'} is shorter than the job says. Resume the run: its crops are then cut anew.`)
      const loaded = held?.[place.file]
      if (!loaded) return readPart(handle, target.subarray(offset, offset + bytes), place.offset)
      target.set(loaded.subarray(place.offset, place.offset + bytes), offset)
    },
    close: () => handles.forEach(closeSync),
  }
}

function readWhole(handle: number, size: number): Uint8Array {
  const target = new Uint8Array(size)
  for (let done = 0; done < size; ) done += atLeastOne(readSync(handle, target, done, Math.min(2 ** 30, size - done), done))
  return target
}

async function readPart(handle: number, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.byteLength; ) done += atLeastOne((await readSome(handle, target, done, target.byteLength - done, position + done)).bytesRead)
}

function atLeastOne(read: number): number {
  if (read === 0) throw new HandloomError('storage', 'A shard file became shorter while it was read. Resume the run: its crops are then cut anew.')
  return read
}

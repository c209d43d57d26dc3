import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Box } from '../contract/crop.ts'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { cutFrame } from './cutFrame.ts'
import { syncFolder, writeAll, writeDurably } from './durableFile.ts'

/** A region of a frame that training needs; the same request has the same key, so it is cut once. */
export interface CropRequest {
  /** Names the picture in the data set: `train/475/3.png`. */
  name: string
  /** Absolute path. */
  file: string
  /** Bytes and modification time of the file, as scanned. */
  bytes: number
  modified: number
  /** Whole pixels of the frame. */
  region: Box
}

/** Where a crop's size × size × 3 bytes are. */
export interface CropPlace {
  /** Position in `CutCrops.files`. */
  file: number
  offset: number
}

interface CropFailure {
  name: string
  reason: string
}

export interface CutCrops {
  /** Absolute paths of the shard files. */
  files: string[]
  /** One for each request; null where the picture could not be cut. */
  places: (CropPlace | null)[]
  failures: CropFailure[]
  /** Crops cut anew, and those that were there already. */
  cut: number
  reused: number
}

export interface CutOptions {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: { done: number; total: number; secondsLeft: number | null }) => void) | undefined
  /** Bytes after which a shard file is closed and the next begun. */
  shardBytes?: number
  /** Crops that were not asked for stay where they are, also when they are most of all: others read them now. Default false. */
  keepOthers?: boolean
}

export const cropBytes = (size: number): number => size * size * 3

/** Left free on the disk. */
const spareBytes = 64 * 2 ** 20
const mostFiles = 32

const shardIndex = z.object({
  size: z.number().int(),
  files: z.array(z.object({ name: z.string().regex(/^crops-\d+\.rgb$/), crops: z.array(z.string()) })),
})
/** Which crops a folder holds: the keys of each file's crops, in their order in it. */
type ShardIndex = z.infer<typeof shardIndex>

const running = new Map<string, Promise<unknown>>()

/**
 * Sees that a folder holds the crops asked for, all of one size, as raw RGB bytes in shard files: those it has already are kept, the
 * others are decoded and cut with all cores. A picture that cannot be cut is listed and never fatal. What was cut before an abort or
 * a crash is kept, a shard file at a time. Builds in the same folder wait for each other.
 * @throws HandloomError `interrupted` when aborted, `storage` when the disk is full or cannot be written
 */
export async function cutCrops(folder: string, size: number, requests: readonly CropRequest[], options: CutOptions = {}): Promise<CutCrops> {
  const before = running.get(folder) ?? Promise.resolve()
  const build = before.then(
    () => buildShards(folder, size, requests, options),
    () => buildShards(folder, size, requests, options),
  )
  running.set(folder, build)
  try {
    return await build
  } catch (error) {
    throw toHandloomError(error)
  } finally {
    if (running.get(folder) === build) running.delete(folder)
  }
}

/** Bytes that a build of these requests would write. */
export async function missingBytes(folder: string, size: number, requests: readonly CropRequest[]): Promise<number> {
  const there = placesOf(await readIndex(folder, size))
  return new Set(requests.map(keyOf).filter((key) => !there.has(key))).size * cropBytes(size)
}

/** Bytes free for us on the disk of a folder that exists. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

async function buildShards(folder: string, size: number, requests: readonly CropRequest[], { signal, onProgress, shardBytes = 2 ** 28, keepOthers = false }: CutOptions): Promise<CutCrops> {
  await mkdir(folder, { recursive: true })
  let index = await readIndex(folder, size)
  await removeStrays(folder, index)
  const keys = requests.map(keyOf)
  const missing = uniqueMissing(keys, requests, placesOf(index))
  await checkSpace(folder, missing.size * cropBytes(size))

  const failures = new Map<string, CropFailure>()
  const started = performance.now()
  let done = 0
  const report = (): void => {
    const left = done > 0 ? ((performance.now() - started) / 1000 / done) * (missing.size - done) : null
    onProgress?.({ done, total: missing.size, secondsLeft: left })
  }
  report()

  const writer = createShardWriter(folder, size, index, Math.max(1, Math.floor(shardBytes / cropBytes(size))))
  const queue = missing.entries()
  async function work(): Promise<void> {
    for (const [key, request] of queue) {
      if (signal?.aborted) return
      const cut = await cutFrame(request.file, request.region, size).catch((error: unknown) => {
        failures.set(key, { name: request.name, reason: error instanceof Error ? error.message : String(error) })
        return null
      })
      if (cut) await writer.add(key, cut)
      done++
      report()
    }
  }
  try {
    const outcomes = await Promise.allSettled(Array.from({ length: availableParallelism() }, work))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  } finally {
    index = await writer.finish()
  }
  if (signal?.aborted) throw new HandloomError('interrupted', `Cutting the crops was stopped after ${done} of ${missing.size}; those are kept.`)

  const wanted = new Set(keys)
  if (!keepOthers && wasteful(index, wanted)) index = await rewrite(folder, size, index, wanted, shardBytes)
  const places = placesOf(index)
  return {
    files: index.files.map((file) => join(folder, file.name)),
    places: keys.map((key) => {
      const place = places.get(key)
      return place ? { file: place.file, offset: place.slot * cropBytes(size) } : null
    }),
    failures: [...failures.values()],
    cut: missing.size - failures.size,
    reused: new Set(keys).size - missing.size,
  }
}

function keyOf({ name, bytes, modified, region }: CropRequest): string {
  return createHash('sha256').update(JSON.stringify([name, bytes, modified, region.x0, region.y0, region.x1, region.y1])).digest('base64url').slice(0, 22)
}

function uniqueMissing(keys: readonly string[], requests: readonly CropRequest[], there: ReadonlyMap<string, unknown>): Map<string, CropRequest> {
  const missing = new Map<string, CropRequest>()
  for (const [position, key] of keys.entries()) if (!there.has(key)) missing.set(key, requests[position] as CropRequest)
  return missing
}

function placesOf(index: ShardIndex): Map<string, { file: number; slot: number }> {
  return new Map(index.files.flatMap(({ crops }, file) => crops.map((key, slot) => [key, { file, slot }] as const)))
}

async function checkSpace(folder: string, needed: number): Promise<void> {
  const free = await freeBytes(folder)
  if (needed > 0 && needed + spareBytes > free)
    throw new HandloomError('storage', `The crops need ${megabytes(needed)} and the disk has ${megabytes(free)} free. Free some space, train with a smaller image size, or choose another folder with --project DIR.`, { file: folder })
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`

const indexFile = (folder: string): string => join(folder, 'index.json')

/** The folder's index, without the files that are missing or of another length; empty when there is none or it cannot be read. */
async function readIndex(folder: string, size: number): Promise<ShardIndex> {
  const empty: ShardIndex = { size, files: [] }
  const text = await readFile(indexFile(folder), 'utf8').catch(unlessMissing)
  const parsed = shardIndex.safeParse(parseJson(text ?? ''))
  if (!parsed.success || parsed.data.size !== size) return empty
  const files = []
  for (const file of parsed.data.files) {
    const status = await stat(join(folder, file.name)).catch(unlessMissing)
    if (status?.size === file.crops.length * cropBytes(size)) files.push(file)
  }
  return { size, files }
}

/** A broken index means that nothing is known to be there, and everything is cut anew. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function unlessMissing(error: unknown): null {
  if ((error as { code?: string }).code === 'ENOENT') return null
  throw error
}

/** Removes what a crash left: temporary files, and shard files that no index names. */
async function removeStrays(folder: string, index: ShardIndex): Promise<void> {
  const known = new Set(index.files.map((file) => file.name))
  for (const name of await readdir(folder)) if (name.endsWith('.tmp') || (/^crops-\d+\.rgb$/.test(name) && !known.has(name))) await rm(join(folder, name), { force: true })
}

async function saveIndex(folder: string, index: ShardIndex): Promise<void> {
  await writeDurably(indexFile(folder), [JSON.stringify(index)])
}

interface ShardWriter {
  add(key: string, crop: Uint8Array): Promise<void>
  /** Closes the file being written and returns the index with every file that is complete. */
  finish(): Promise<ShardIndex>
}

/** Appends crops to shard files; a file becomes part of the index when it is full or at the end, whole and synced. */
function createShardWriter(folder: string, size: number, start: ShardIndex, cropsPerFile: number): ShardWriter {
  let index = start
  let number = Math.max(0, ...start.files.map((file) => Number(/\d+/.exec(file.name)?.[0] ?? 0)))
  let current: { handle: FileHandle; temporary: string; name: string; crops: string[] } | null = null
  let tail: Promise<void> = Promise.resolve()

  async function append(key: string, crop: Uint8Array): Promise<void> {
    if (!current) {
      const name = `crops-${++number}.rgb`
      const temporary = join(folder, `${name}.tmp`)
      current = { name, temporary, handle: await open(temporary, 'w'), crops: [] }
    }
    await writeAll(current.handle, crop, current.crops.length * cropBytes(size))
    current.crops.push(key)
    if (current.crops.length >= cropsPerFile) await close()
  }

  async function close(): Promise<void> {
    const closing = current
    current = null
    if (!closing) return
    try {
      await closing.handle.truncate(closing.crops.length * cropBytes(size))
      await closing.handle.sync()
    } finally {
      await closing.handle.close()
    }
    await rename(closing.temporary, join(folder, closing.name))
    await syncFolder(folder)
    index = { size, files: [...index.files, { name: closing.name, crops: closing.crops }] }
    await saveIndex(folder, index)
  }

  return {
    add(key, crop) {
      tail = tail.then(() => append(key, crop))
      return tail
    },
    async finish() {
      await tail.then(close, close)
      return index
    },
  }
}

/** More than half of the bytes are of no use to this request, or they lie in too many files. */
function wasteful(index: ShardIndex, wanted: ReadonlySet<string>): boolean {
  const held = index.files.reduce((sum, file) => sum + file.crops.length, 0)
  const useful = index.files.reduce((sum, file) => sum + file.crops.filter((key) => wanted.has(key)).length, 0)
  return index.files.length > mostFiles || held > 2 * useful
}

/** Copies the crops that are wanted into new files and removes the old ones. */
async function rewrite(folder: string, size: number, index: ShardIndex, wanted: ReadonlySet<string>, shardBytes: number): Promise<ShardIndex> {
  const perFile = Math.max(1, Math.floor(shardBytes / cropBytes(size)))
  const writer = createShardWriter(folder, size, index, perFile)
  const copied = new Set<string>()
  for (const file of index.files) {
    const handle = await open(join(folder, file.name), 'r')
    try {
      for (const [slot, key] of file.crops.entries()) {
        if (!wanted.has(key) || copied.has(key)) continue
        const crop = new Uint8Array(cropBytes(size))
        await handle.read(crop, 0, crop.byteLength, slot * crop.byteLength)
        await writer.add(key, crop)
        copied.add(key)
      }
    } finally {
      await handle.close()
    }
  }
  const all = await writer.finish()
  const old = new Set(index.files.map((file) => file.name))
  const slim: ShardIndex = { size, files: all.files.filter((file) => !old.has(file.name)) }
  await saveIndex(folder, slim)
  for (const name of old) await rm(join(folder, name), { force: true })
  return slim
}

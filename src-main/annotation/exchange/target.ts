import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { isInside } from '../../files/place.ts'

/** @throws HandloomError `bad-request` when the path, links followed, is the data folder or in it */
export function refuseInside(dataFolder: string, target: string): void {
  if (isInside(realPath(target), realpathSync(dataFolder)))
    throw new HandloomError('bad-request', `${target} is in the data folder ${dataFolder}, which is never written to. Choose a place outside of it with --out PATH.`, { file: target })
}

/** The real path of the nearest folder that exists, with the rest put on. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOTDIR') throw new HandloomError('bad-request', `${dirname(path)} is a file, so nothing can be written in it. Choose another place with --out PATH.`, { file: path, cause: error })
    if (code !== 'ENOENT' || dirname(path) === path) throw toHandloomError(error)
    return join(realPath(dirname(path)), basename(path))
  }
}

/**
 * Where something new can be written: the absolute path, links followed.
 * @throws HandloomError `bad-request` in the data folder, `conflict` when something is there already
 */
export function freeTarget(dataFolder: string, out: string): string {
  refuseInside(dataFolder, resolve(out))
  const target = realPath(resolve(out))
  const stat = statSync(target, { throwIfNoEntry: false })
  const empty = !stat || (stat.isDirectory() ? readdirSync(target).length === 0 : stat.isFile() && stat.size === 0)
  if (!empty) throw new HandloomError('conflict', `${target} is there already, and nothing is overwritten. Choose a new place with --out PATH, or remove it first.`, { file: target })
  return target
}

/** `FORMAT-YYYYMMDD-HHMMSS` in the folder, with a number behind it when that is taken. */
export function newName(folder: string, format: string, extension: string, now = new Date()): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const stem = join(folder, `${format}-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`)
  for (let number = 1; ; number++) {
    const path = `${stem}${number === 1 ? '' : `-${number}`}${extension}`
    if (!existsSync(path)) return path
  }
}

/** Writes a folder aside and puts it in its place when all of it is there. `target` is from {@link freeTarget}. */
export async function writeFolder<T>(target: string, fill: (folder: string) => Promise<T>): Promise<T> {
  return aside(target, async (temporary) => {
    const folder = join(temporary, basename(target))
    mkdirSync(folder)
    const filled = await fill(folder)
    if (existsSync(target)) rmdirSync(target)
    renameSync(folder, target)
    return filled
  })
}

/** Writes a file aside, piece by piece, and puts it in its place when all of it is on disk. `target` is from {@link freeTarget}. */
export async function writeFile(target: string, pieces: AsyncIterable<string>): Promise<void> {
  await aside(target, async (temporary) => {
    const written = join(temporary, basename(target))
    let handle: FileHandle | null = null
    try {
      handle = await open(written, 'wx')
      for await (const piece of pieces) await handle.writeFile(piece)
      await handle.sync()
    } finally {
      await handle?.close()
    }
    renameSync(written, target)
  })
}

/** Gives a temporary folder beside the target, which is gone afterwards, whatever happened. */
async function aside<T>(target: string, work: (temporary: string) => Promise<T>): Promise<T> {
  let temporary: string | null = null
  try {
    mkdirSync(dirname(target), { recursive: true })
    temporary = mkdtempSync(join(dirname(target), `.${basename(target)}-`))
    return await work(temporary)
  } catch (error) {
    throw toHandloomError(error)
  } finally {
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true })
  }
}

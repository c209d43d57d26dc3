import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../../crop/durableFile.ts'

/** Where a folder stands while another takes its place. */
const asideName = (target: string): string => join(dirname(target), `.${basename(target)}.replaced`)
const stagingPrefix = (target: string): string => `.${basename(target)}.export-`

/**
 * Has something written beside its place, and puts it there when it is whole: what was there stays until then. A process that is killed leaves the old one or the
 * new one; of a folder both, when it is killed between the two renames that a file needs one of, and the next export to the place puts the old one back first.
 * @param work is given the path to write to: a file or a folder, which is not there; its folder is
 */
export async function staged<T>(target: string, work: (path: string) => Promise<T>): Promise<T> {
  const folder = dirname(target)
  await mkdir(folder, { recursive: true })
  await removeLeftOver(target)
  const staging = await mkdtemp(join(folder, stagingPrefix(target)))
  try {
    const path = join(staging, basename(target))
    const result = await work(path)
    await place(path, target)
    return result
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function place(path: string, target: string): Promise<void> {
  const replacesFolder = await stat(target).then((found) => found.isDirectory(), () => false)
  const aside = asideName(target)
  if (replacesFolder) await rename(target, aside)
  try {
    await rename(path, target)
  } catch (error) {
    if (replacesFolder) await rename(aside, target)
    throw error
  }
  await syncFolder(dirname(target))
  await rm(aside, { recursive: true, force: true })
}

/** Removes what a process that was killed had begun, and puts back what it had put aside. */
async function removeLeftOver(target: string): Promise<void> {
  const aside = asideName(target)
  if (existsSync(aside)) await (existsSync(target) ? rm(aside, { recursive: true, force: true }) : rename(aside, target))
  for (const name of await readdir(dirname(target))) if (name.startsWith(stagingPrefix(target))) await rm(join(dirname(target), name), { recursive: true, force: true })
}

/** Bytes of a file, or of all files in a folder. */
export async function bytesOf(path: string): Promise<number> {
  const found = await stat(path)
  if (!found.isDirectory()) return found.size
  const entries = await readdir(path)
  return (await Promise.all(entries.map((name) => bytesOf(join(path, name))))).reduce((sum, bytes) => sum + bytes, 0)
}

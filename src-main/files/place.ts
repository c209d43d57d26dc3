import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'

/** Whether `path` is `folder` or lies below it (both absolute; nothing is looked up). */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
}

/** The path with the links of its existing part resolved. @throws what the system says of a part that is there and cannot be followed (ENOTDIR: it is a file) */
export function linksFollowed(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT' || dirname(path) === path) throw error
    return join(linksFollowed(dirname(path)), basename(path))
  }
}

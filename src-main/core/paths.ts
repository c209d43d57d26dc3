import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { isInside } from '../files/place.ts'

/** The user's application data folder of Handloom; `HANDLOOM_DATA` overrides it. */
export function applicationData(): string {
  const override = process.env.HANDLOOM_DATA
  if (override) return resolve(override)
  if (process.platform === 'win32') return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'handloom')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'handloom')
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'handloom')
}

/** Where projects live that were not given a folder of their own. */
export const projectsFolder = (): string => join(applicationData(), 'projects')

/** The data folder with symbolic links resolved. @throws HandloomError `not-found`, `storage` */
export function resolveDataFolder(folder: string): string {
  try {
    return realpathSync(resolve(folder))
  } catch (error) {
    const known = toHandloomError(error)
    if (known.kind === 'not-found') throw new HandloomError('not-found', `There is no folder ${resolve(folder)}. Check the path.`, { file: folder, cause: error })
    throw known
  }
}

/** The project folder of a data folder: the given one, or one keyed by the data folder's real path. Never inside the data folder. */
export function projectFolderOf(dataFolder: string, given?: string): string {
  const key = createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)
  const name = basename(dataFolder).replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 60) || 'data'
  const project = linksFollowed(given === undefined ? join(projectsFolder(), `${name}-${key}`) : resolve(given))
  if (isInside(project, dataFolder)) throw new HandloomError('bad-request', `The project folder ${project} lies in the data folder, which Handloom never writes to. Choose another with --project DIR.`)
  return project
}

/** The path with the links of the part that exists resolved. */
function linksFollowed(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT' || dirname(path) === path) throw toHandloomError(error)
    return join(linksFollowed(dirname(path)), basename(path))
  }
}

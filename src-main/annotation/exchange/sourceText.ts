import { readFileSync, statSync } from 'node:fs'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { readBytes } from './contestFiles.ts'

/** Where keypoints are read from: the path of a file or folder on this machine, or, with its text, a file that came from elsewhere. */
export interface ImportSource {
  name: string
  text: string | null
}

/** The longest text that the engine can hold is a little more. */
const largestFile = 500 * 1024 * 1024

/** @throws HandloomError `not-found`, `bad-input` (no file, too large) or `storage` */
export function readTextFile(path: string): string {
  try {
    const stat = statSync(path)
    if (!stat.isFile()) throw new HandloomError('bad-input', `${path} is ${stat.isDirectory() ? 'a folder' : 'not a file'}. Choose a JSON file.`, { file: path })
    if (stat.size > largestFile)
      throw new HandloomError('bad-input', `${path} has ${Math.round(stat.size / 1_048_576)} MB, more than the ${largestFile / 1_048_576} MB that are read. Split it into parts.`, { file: path })
    return readBytes(readFileSync(path)).text
  } catch (error) {
    throw toHandloomError(error)
  }
}

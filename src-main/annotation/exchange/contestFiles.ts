import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, join, sep } from 'node:path'

/**
 * The name of the JSON in a sequence folder, as the data set takes it: the one named as the folder, else the only one there is; null when
 * there is none. A link that leads out of `root` is not followed.
 */
export function sequenceJson(root: string, folder: string): string | null {
  const isOwnFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() && realpathSync(path).startsWith(realpathSync(root) + sep)
  const names = readdirSync(join(root, folder)).filter((entry) => /\.json$/i.test(entry) && !entry.startsWith('._') && isOwnFile(join(root, folder, entry)))
  return names.find((entry) => entry === `${basename(join(root, folder))}.json`) ?? (names.length === 1 ? names[0]! : null)
}

/**
 * A file's bytes as characters: UTF-16 as such, anything else byte by byte, so that UTF-8, CP949 and whatever else is ASCII at heart can be
 * written back as it was.
 */
export function readBytes(bytes: Buffer): { text: string; toBytes: (text: string) => Buffer } {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return { text: bytes.toString('utf16le'), toBytes: (text) => Buffer.from(text, 'utf16le') }
  if (first === 0xfe && second === 0xff) return { text: Buffer.from(bytes).swap16().toString('utf16le'), toBytes: (text) => Buffer.from(text, 'utf16le').swap16() }
  return { text: bytes.toString('latin1'), toBytes: (text) => Buffer.from(text, 'latin1') }
}

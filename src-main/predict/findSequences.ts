import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { HandloomError } from '../contract/errors.ts'
import { entryKind, leftByTheSystem } from '../dataset/layout.ts'
import { frameOrder } from './frameOrder.ts'

/** Raised whenever reading changes, so that what was predicted before is predicted anew. */
const readerVersion = 1
/** Levels of folders below the session's that are looked into. */
const deepest = 8
const mostFolders = 100_000
/** Pictures of one sequence that are looked at. */
const mostFrames = 10_000
/** A picture is what its bytes say; these are the names that are looked at. */
const pictureName = /\.(png|jpe?g|webp)$/i

interface ListedFile {
  name: string
  size: number
  modified: number
}

/** A problem of a sequence; `file` is relative to the session's folder. */
export interface SequenceProblem {
  file: string
  place: string
  message: string
}

/** A folder with pictures, or with a JSON of its own name, before any file is opened. */
export interface FoundSequence {
  /** Path from the session's folder, with `/`; `.` for the folder itself. */
  name: string
  pictures: (ListedFile & { number: number })[]
  json: ListedFile | null
  /** Changes with every name, size or time of its pictures and JSON. */
  stamp: string
  problems: SequenceProblem[]
}

const byNumbers = new Intl.Collator('en', { numeric: true })
/** Names in the order in which people count: `take 2` before `take 10`. */
export const inNameOrder = (a: { name: string }, b: { name: string }): number => byNumbers.compare(a.name, b.name) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/**
 * The sequences at and below a folder, by name. Hidden folders and links to folders are passed over; a link to a file counts where it stays in the folder.
 * @param root real path
 * @throws HandloomError `not-found`, `storage` when the folder itself cannot be read, `bad-request` for more than 100,000 folders, `interrupted`
 */
export async function findSequences(root: string, signal: AbortSignal): Promise<FoundSequence[]> {
  const found: FoundSequence[] = []
  const waiting: { name: string; depth: number }[] = [{ name: '.', depth: 0 }]
  let seen = 0
  for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
    if (signal.aborted) throw new HandloomError('interrupted', 'Looking through the folder was stopped.')
    if (++seen > mostFolders) throw new HandloomError('bad-request', `${root} has more than ${mostFolders.toLocaleString('en')} folders in it. Choose one that holds the sequences only.`, { file: root })
    const { name, depth } = folder
    const entries = await listed(root, name)
    const sequence = entries === null ? null : await sequenceOf(root, name, entries)
    if (sequence) found.push(sequence)
    for (const entry of entries ?? [])
      if (entry.isDirectory() && depth < deepest && !entry.name.startsWith('.') && !leftByTheSystem.test(entry.name)) waiting.push({ name: name === '.' ? entry.name : `${name}/${entry.name}`, depth: depth + 1 })
  }
  return found.sort(inNameOrder)
}

/** null: a folder below the session's that cannot be listed, or is gone meanwhile. */
async function listed(root: string, name: string): Promise<Dirent[] | null> {
  try {
    return await readdir(join(root, name), { withFileTypes: true })
  } catch (error) {
    if (name !== '.') return null
    const code = (error as { code?: string }).code
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new HandloomError('not-found', `The folder ${root} is not there (any more). Check the path.`, { file: root, cause: error })
    throw new HandloomError('storage', `The folder ${root} cannot be read (${code ?? 'error'}). Check its permissions.`, { file: root, cause: error })
  }
}

async function sequenceOf(root: string, name: string, entries: readonly Dirent[]): Promise<FoundSequence | null> {
  const own = `${basename(join(root, name))}.json`
  const wanted = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && !leftByTheSystem.test(entry.name))
  const pictureEntries = wanted.filter((entry) => pictureName.test(entry.name))
  const jsonEntries = wanted.filter((entry) => /\.json$/i.test(entry.name))
  const json = jsonEntries.find((entry) => entry.name === own) ?? (jsonEntries.length === 1 && pictureEntries.length > 0 ? jsonEntries[0] : undefined)
  if (pictureEntries.length === 0 && json === undefined) return null
  const problems: SequenceProblem[] = []
  const at = (file: string): string => (name === '.' ? file : `${name}/${file}`)
  const files = new Map<string, ListedFile>()
  for (const entry of json ? [...pictureEntries, json] : pictureEntries) {
    const file = await fileOf(root, name, entry)
    if ('refused' in file) problems.push({ file: at(entry.name), place: '', message: `${entry.name} ${file.refused}, so it was passed over.` })
    else files.set(entry.name, file)
  }
  const { order, twins } = frameOrder(pictureEntries.flatMap((entry) => (files.has(entry.name) ? entry.name : [])))
  for (const { file, twin } of twins) problems.push({ file: at(file), place: '', message: `${file} has the same frame number as ${twin}, which is used; ${file} was passed over.` })
  if (order.length > mostFrames) problems.push({ file: name, place: '', message: `There are ${order.length.toLocaleString('en')} pictures; the first ${mostFrames.toLocaleString('en')} are looked at.` })
  const pictures = order.slice(0, mostFrames).map(({ file, number }) => ({ ...(files.get(file) as ListedFile), number }))
  const jsonFile = json ? (files.get(json.name) ?? null) : null
  if (pictures.length === 0 && jsonFile === null && problems.length === 0) return null
  const hash = createHash('sha1').update(`reader ${readerVersion}\n`)
  for (const { name: file, size, modified } of jsonFile ? [...pictures, jsonFile] : pictures) hash.update(`${file} ${size} ${modified}\n`)
  return { name, pictures, json: jsonFile, stamp: hash.digest('hex').slice(0, 20), problems }
}

async function fileOf(root: string, name: string, entry: Dirent): Promise<ListedFile | { refused: string }> {
  const path = join(root, name, entry.name)
  const kind = entry.isFile() ? 'file' : entryKind(root, path, entry)
  if (kind !== 'file') return { refused: entry.isSymbolicLink() ? 'is a link that leads out of the folder, to a folder or nowhere' : 'is not a file' }
  try {
    const { size, mtimeMs } = await stat(path)
    return { name: entry.name, size, modified: mtimeMs }
  } catch (error) {
    return { refused: `cannot be looked at (${(error as { code?: string }).code ?? 'error'})` }
  }
}

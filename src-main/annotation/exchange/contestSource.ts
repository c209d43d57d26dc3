import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { sequenceJson } from './contestFiles.ts'
import { readTextFile, type ImportSource } from './sourceText.ts'

/** A sequence's JSON to be read: what it is called, and which sequence it is for. */
export interface ContestFile {
  file: string
  folder: string
  text(): string
}

export interface ContestSource {
  files: ContestFile[]
  problems: { place: string; message: string }[]
}

/**
 * The files of a source in the data set's layout: one JSON (`475.json`), a sequence folder, or a folder with train/ and test/ in it. Which
 * sequence a file is for is seen from its name and the folders it is in.
 * @param folders of the data set's sequences
 * @throws HandloomError `not-found` or `bad-input` with what to do when there is none
 */
export function contestSource(source: ImportSource, folders: readonly string[]): ContestSource {
  const { text } = source
  if (text !== null) return { files: [{ file: basename(source.name), folder: sequenceOfFile(source.name, folders), text: () => text }], problems: [] }
  const path = resolve(source.name)
  if (!isFolder(path)) return { files: [{ file: basename(path), folder: sequenceOfFile(path, folders), text: () => readTextFile(path) }], problems: [] }
  const roles = ['train', 'test'].filter((role) => existsSync(join(path, role)))
  if (roles.length > 0) return wholeFolder(path, roles, folders)
  if (basename(path) === 'train' || basename(path) === 'test') return wholeFolder(dirname(path), [basename(path)], folders)
  const name = sequenceJson(path, '.')
  if (name === null) throw new HandloomError('bad-input', `${path} has neither a train or test folder nor a JSON of its own. Choose a sequence's JSON, its folder, or the folder that train and test are in.`, { file: path })
  return { files: [{ file: name, folder: sequenceOfFile(join(path, name), folders), text: () => readTextFile(join(path, name)) }], problems: [] }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw toHandloomError(error)
  }
}

function wholeFolder(root: string, roles: readonly string[], folders: readonly string[]): ContestSource {
  const known = new Set(folders)
  const found: ContestSource = { files: [], problems: [] }
  for (const role of roles) {
    for (const name of readdirSync(join(root, role)).filter((entry) => /^\d{1,9}$/.test(entry) && isFolder(join(root, role, entry))).sort((a, b) => Number(a) - Number(b))) {
      const folder = `${role}/${name}`
      const json = sequenceJson(root, folder)
      if (json === null) continue
      const file = `${folder}/${json}`
      if (known.has(folder)) found.files.push({ file, folder, text: () => readTextFile(join(root, file)) })
      else found.problems.push({ place: file, message: `The data set has no sequence ${folder}. The file was not used.` })
    }
  }
  if (found.files.length + found.problems.length === 0) throw new HandloomError('bad-input', `${root} has no sequence with a JSON in it (train/475/475.json). Choose another folder.`, { file: root })
  return found
}

/** The sequence that a path such as `…/train/475/475.json`, `475/keypoints.json` or `475.json` belongs to. */
function sequenceOfFile(path: string, folders: readonly string[]): string {
  const found = sequencesNamed(path, folders)
  if (found.length === 1) return found[0]!
  const name = basename(path)
  const message = found.length === 0 ? `No sequence of the data set is called as ${name} or the folder it is in` : `${name} could be that of ${found.join(' or ')}`
  throw new HandloomError('bad-input', `${message}. Name the file as its sequence (475.json), in a folder train or test where both have that number.`, { file: path })
}

/** Sequences that a path names: by role and number of its folders, by the number of its folder, or by its own. */
export function sequencesNamed(path: string, folders: readonly string[]): string[] {
  const parts = path.split(/[/\\]+/)
  const [stem, parent, grandparent] = [parts.at(-1)!.replace(/\.json$/i, ''), parts.at(-2), parts.at(-3)]
  for (const number of [parent, stem]) {
    const named = folders.filter((folder) => folder.slice(folder.indexOf('/') + 1) === number)
    const role = number === parent ? grandparent : parent
    const exact = named.filter((folder) => folder === `${role}/${number}`)
    if (exact.length > 0) return exact
    if (named.length > 0) return named
  }
  return []
}

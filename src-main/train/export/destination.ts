import { readdirSync, statSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { HandloomError } from '../../contract/errors.ts'
import type { ModelFormat } from '../../contract/train.ts'
import { isInside, linksFollowed } from '../../files/place.ts'

const extensions: Readonly<Record<ModelFormat, string>> = { onnx: '.onnx', savedmodel: '', safetensors: '.safetensors' }
/** Names of files: a SavedModel is a folder. */
const fileNames = new Set(['.onnx', '.safetensors', '.pb', '.h5', '.keras', '.pth', '.pt', '.zip'])
const savedModelParts = new Set(['saved_model.pb', 'variables', 'assets', 'assets.extra', 'fingerprint.pb'])

/** Where a model goes that nobody named a place for. */
export const ownPlace = (projectFolder: string, format: ModelFormat, runId: number, fold: number): string =>
  join(projectFolder, 'exports', `run-${runId}-fold-${fold}${format === 'savedmodel' ? '-savedmodel' : extensions[format]}`)

/**
 * The absolute path a model may be written to, links followed: neither in the data folder nor among the project's own files.
 * @throws HandloomError `bad-request` when it may not, is called otherwise than its format wants, or is something else than a model already
 */
export function exportPath(out: string, format: ModelFormat, { dataFolder, projectFolder }: { dataFolder: string; projectFolder: string }): string {
  const path = resolve(out)
  const refuse = (why: string): HandloomError => new HandloomError('bad-request', `${path} ${why}`, { file: path })
  const extension = extname(path).toLowerCase()
  if (format === 'savedmodel' && fileNames.has(extension)) throw refuse(`is the name of a file, and a SavedModel is a folder. Give a name without ${extension}.`)
  if (format !== 'savedmodel' && extension !== extensions[format]) throw refuse(`does not end in ${extensions[format]}, which a model in this format wants.`)
  const target = followed(path, refuse)
  if (isInside(target, followed(resolve(dataFolder), refuse))) throw refuse('lies in the data folder, which is never written to. Choose another place for the model.')
  const project = followed(resolve(projectFolder), refuse)
  if (isInside(target, project) && (!isInside(target, join(project, 'exports')) || target === join(project, 'exports'))) throw refuse("lies among the project's own files. Choose another place for the model.")
  const found = statSync(target, { throwIfNoEntry: false })
  if (format !== 'savedmodel' && found?.isDirectory()) throw refuse("is a folder. Give the model's file name as well.")
  if (format === 'savedmodel' && found && !found.isDirectory()) throw refuse('is a file, and a SavedModel is a folder. Choose another name.')
  if (format === 'savedmodel' && found && !replaceable(readdirSync(target))) throw refuse('holds other things than a SavedModel, which would be lost. Give a folder that is not there yet.')
  return target
}

const replaceable = (entries: readonly string[]): boolean => entries.every((name) => savedModelParts.has(name)) && (entries.length === 0 || entries.includes('saved_model.pb'))

/** @throws HandloomError by `refuse` where a part of the path is a file */
function followed(path: string, refuse: (why: string) => HandloomError): string {
  try {
    return linksFollowed(path)
  } catch (error) {
    throw (error as { code?: unknown }).code === 'ENOTDIR' ? refuse(`cannot be: a part of it is a file. Choose another place for the model.`) : error
  }
}

import { mkdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { HandloomError } from '../contract/errors.ts'
import { isInside, linksFollowed } from '../files/place.ts'

/**
 * The absolute path a submission may be written to, its folder made. Links are followed before the check, so neither the folder nor
 * an existing file at the path may lead into the data folder.
 * @throws HandloomError `bad-request` when the path is in the data folder, a folder, or not called `.csv`
 */
export function submissionPath(out: string, dataFolder: string): string {
  const path = resolve(out)
  if (extname(path).toLowerCase() !== '.csv')
    throw new HandloomError('bad-request', `A submission's file name ends in .csv, but ${path} was asked for.`, { file: path })
  const folder = linksFollowed(dirname(path))
  const target = linksFollowed(join(folder, basename(path)))
  if (isInside(target, linksFollowed(resolve(dataFolder))))
    throw new HandloomError('bad-request', `${path} lies in the data folder, which is never written to. Choose another place for the submission.`, { file: path })
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory())
    throw new HandloomError('bad-request', `${path} is a folder. Give the submission's file name as well.`, { file: path })
  mkdirSync(folder, { recursive: true })
  return target
}

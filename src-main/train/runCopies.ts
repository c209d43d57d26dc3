import { copyFile, link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HandloomError } from '../contract/errors.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import { foldFolder, type RunPlan } from './runPlan.ts'

const weightFile = /^(best|last-\d{9})\.safetensors$/

/** Gives a run's fold the weights of another run's. Weight files are never changed, so both may be the same file on the disk. */
export async function carryWeights(projectFolder: string, from: number, to: number, fold: number): Promise<void> {
  const [source, target] = [foldFolder(projectFolder, from, fold), foldFolder(projectFolder, to, fold)]
  await mkdir(target, { recursive: true })
  for (const name of (await readdir(source)).filter((file) => weightFile.test(file)))
    await link(join(source, name), join(target, name)).catch(() => copyFile(join(source, name), join(target, name)))
}

/** @throws HandloomError `conflict` when pictures of a plan are gone or others by now */
export function requirePictures(dataset: Pick<DatasetRoom, 'sourceFrames' | 'has'>, { samples }: Pick<RunPlan, 'samples'>): void {
  const changed = new Set<string>()
  for (const [folder, own] of Map.groupBy(samples, (sample) => sample.folder)) {
    const known = new Map(dataset.has(folder) ? dataset.sourceFrames(folder).map((frame) => [frame.file, frame]) : [])
    for (const { file, bytes, modified } of own) {
      const frame = known.get(file)
      if (frame?.size !== bytes || frame.modified !== modified) changed.add(`${folder}/${file}`)
    }
  }
  if (changed.size === 0) return
  const [first] = changed
  throw new HandloomError('conflict', `${changed.size} picture${changed.size > 1 ? 's' : ''} that the run was trained on ${changed.size > 1 ? 'are' : 'is'} gone or changed, the first ${first}. Put them back, or start a new run on the data as they are.`)
}

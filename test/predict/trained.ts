import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import type { TrainConfigInput } from '../../src-main/contract/train.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { makeTinyData, tinyConfig } from '../train/tinyData.ts'

export interface Trained {
  root: string
  data: string
  projectFolder: string
  project: Project
  /** A run that sees pictures, and one that sees keypoints, both of two folds. */
  pictures: number
  keypoints: number
  events: HandloomEvent[]
  /** A copy of one of the data set's sequences at a new place below the root. */
  copy(sequence: string, to: string): string
}

/** A project over a tiny data set, with runs that TensorFlow trained. */
export async function trainedProject(): Promise<Trained> {
  const root = mkdtempSync(join(tmpdir(), 'handloom-predict-'))
  const data = join(root, 'data')
  await makeTinyData(data)
  const events: HandloomEvent[] = []
  const projectFolder = join(root, 'project')
  const project = openProject({ folder: data, project: projectFolder, emit: (event) => void events.push(event) })
  await project.dataset.scan()
  const train = async (config: TrainConfigInput): Promise<number> => {
    const { id } = await project.train.start({ config, folds: null })
    await project.train.idle()
    return id
  }
  const pictures = await train({ ...tinyConfig, epochs: 2 })
  const keypoints = await train({ model: 'keypoint_linear', epochs: 2, folds: 2, threads: 1 })
  const copy = (sequence: string, to: string): string => {
    const folder = join(root, to)
    cpSync(join(data, sequence), folder, { recursive: true })
    return folder
  }
  return { root, data, projectFolder, project, pictures, keypoints, events, copy }
}

/** Starts and waits for the end. */
export async function predicted(project: Project, options: Parameters<Project['predict']['start']>[0]) {
  const { id } = await project.predict.start(options)
  return project.predict.settled(id)
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { CropRoom, DatasetRoom, PredictionRow, TrainRoom } from '../../src-main/contract/rooms.ts'
import { trainConfig, type Run } from '../../src-main/contract/train.ts'
import { createEnsemble } from '../../src-main/ensemble/service.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { createRules } from '../../src-main/rules/service.ts'
import { newFold } from '../../src-main/train/runStore.ts'
import { madeCrop, madeDataset, type MadeSequence, type scratchProject } from '../evaluate/standIns.ts'

export const names = { 5: '하나', 100: '숫자1', 142: '부정(검지 흔들기)' }
export const poseIds = [5, 100, 142]
const still = [800, 810]
const moving = [800, 900]
export const sequences: MadeSequence[] = [
  { folder: 'train/0', poseId: 5, travel: still },
  { folder: 'train/1', poseId: 100, travel: still },
  { folder: 'train/2', poseId: 100, travel: still },
  { folder: 'train/3', poseId: 142, travel: moving },
  { folder: 'train/4', poseId: 142, travel: moving },
  { folder: 'test/10', poseId: null, travel: moving },
  { folder: 'test/9', poseId: null, travel: still },
]

export const madeRun = (id: number, states: ('done' | 'training')[] = ['done', 'done']): Run => ({
  id, name: `run ${id}`, created: '2026-11-24T00:00:00.000Z', config: trainConfig.parse({}), splitId: 4, state: 'done',
  folds: states.map((state, fold) => ({ ...newFold(fold, 3), state, epoch: 3, bestLogLoss: 0.5, bestAccuracy: 0.75, imagesPerSecond: 10, secondsLeft: 0, trainFrames: 4, validationFrames: 2 })),
  secondsLeft: null,
  objects: null,
  provenance: { dataHash: 'data-1', editsHash: 'edits-1', recipeHash: 'recipe-1', splitHash: 'split-1', version: '0.1.0', machine: 'made', engine: null },
  sweep: null,
  madeFrom: null,
})

export function madeTrain(runs: Run[], predict?: TrainRoom['predict']): TrainRoom {
  const room: Partial<TrainRoom> = {
    runs: () => runs,
    run({ id }) {
      const run = runs.find((candidate) => candidate.id === id)
      if (!run) throw new HandloomError('not-found', `There is no run ${id}.`)
      return run
    },
    ...(predict ? { predict } : {}),
  }
  return room as TrainRoom
}

export const row = (folder: string, ...probabilities: number[]): PredictionRow => ({ folder, frame: 0, probabilities: Float32Array.from(probabilities) })

export interface RoomOptions {
  sample?: string
  runs?: Run[]
  dataHash?: string
  predict?: TrainRoom['predict']
  predictFolds?: TrainRoom['predictFolds']
  frameQuality?: CropRoom['frameQuality']
  sequences?: MadeSequence[]
}

/** Evaluate, rules and ensemble over a real database; data set and training are made up. */
export function madeRooms(project: ReturnType<typeof scratchProject>, data: string, options: RoomOptions = {}) {
  const path = join(data, 'sample_submission.csv')
  if (options.sample !== undefined) writeFileSync(path, options.sample)
  const dataset: DatasetRoom = madeDataset({
    names, folder: data, dataHash: options.dataHash ?? 'data-1', sequences: options.sequences ?? sequences,
    sample: options.sample === undefined ? null : { idColumn: 'Image_Path', rows: [], poseIds: [], path },
  })
  const crop = { ...madeCrop([-1, -1, -1]), frameQuality: options.frameQuality ?? (() => new Map<number, number>()) }
  const evaluate = createEvaluate({ db: project.db, dataset, crop, emit: project.emit })
  const rules = createRules({ db: project.db, dataset, evaluate, emit: project.emit })
  const train = { ...madeTrain(options.runs ?? [madeRun(1)], options.predict), ...(options.predictFolds && { predictFolds: options.predictFolds }) }
  const ensemble = createEnsemble({ db: project.db, dataset, crop, evaluate, rules, train, projectFolder: project.folder, emit: project.emit })
  return { evaluate, rules, ensemble }
}

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { createAnnotation } from '../annotation/service.ts'
import type { HandloomApi } from '../contract/api.ts'
import type { Emit } from '../contract/events.ts'
import type { ProjectState } from '../contract/project.ts'
import type { AnnotationRoom, CropRoom, DatasetRoom, EnsembleRoom, EvaluateRoom, PredictRoom, ReportRoom, RulesRoom, SplitRoom, TrainRoom } from '../contract/rooms.ts'
import { createCrop } from '../crop/service.ts'
import { createThumbnails, type Thumbnails } from '../dataset/image.ts'
import { checkDataFolder, createDataset } from '../dataset/service.ts'
import { openDatabase, type Db } from '../db/open.ts'
import { createEnsemble } from '../ensemble/service.ts'
import { createEvaluate } from '../evaluate/service.ts'
import { createPredict } from '../predict/service.ts'
import { createReport } from '../report/service.ts'
import { createRules } from '../rules/service.ts'
import { createSplit } from '../split/service.ts'
import type { SpawnCompute } from '../train/computeProcess.ts'
import { createRunStore } from '../train/runStore.ts'
import { createTrain } from '../train/service.ts'
import { followWriter } from './followWriter.ts'
import { describePipeline } from './pipeline/describePipeline.ts'
import type { EditSummary } from '../contract/annotation.ts'
import { HandloomError } from '../contract/errors.ts'
import './pictureFormats.ts'
import { projectFolderOf, resolveDataFolder } from './paths.ts'

export interface Project extends Omit<HandloomApi, 'project'> {
  readonly folder: string
  readonly projectFolder: string
  readonly readOnly: boolean
  readonly dataset: DatasetRoom
  readonly annotation: AnnotationRoom
  readonly crop: CropRoom
  readonly split: SplitRoom
  readonly evaluate: EvaluateRoom
  readonly train: TrainRoom
  readonly rules: RulesRoom
  readonly ensemble: EnsembleRoom
  readonly report: ReportRoom
  readonly predict: PredictRoom
  readonly thumbnails: Thumbnails
  state(): Promise<ProjectState>
  /** Throws `conflict` when another process holds the project. */
  requireWritable(): void
  /** Ends the rooms' work and frees the project; again, it waits for the same end. */
  close(): Promise<void>
}

export interface OpenProjectOptions {
  folder: string
  project?: string | undefined
  emit: Emit
  spawnCompute?: SpawnCompute | undefined
}

/**
 * A project keeps one data folder's edits and runs: over another's they would lie on the wrong frames. A folder that is no longer where it was has moved.
 * @throws HandloomError `conflict` when the project is that of another data folder
 */
function claimProject({ db, readOnly, folder, projectFolder }: { db: Db; readOnly: boolean; folder: string; projectFolder: string }): void {
  const owner = db.prepare<[], string>("SELECT value FROM project WHERE key = 'data folder'").pluck().get()
  if (owner === folder) return
  if (owner !== undefined && existsSync(owner))
    throw new HandloomError('conflict', `The project ${projectFolder} is that of the data folder ${owner}. Choose another project folder for ${folder} with --project DIR.`, { file: projectFolder })
  if (!readOnly) db.prepare("INSERT INTO project (key, value) VALUES ('data folder', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value").run(folder)
}

/** Puts the rooms together over one database. The scan is started by the caller (`dataset.scan()`). */
export function openProject({ folder: given, project: givenProject, emit, spawnCompute }: OpenProjectOptions): Project {
  const folder = resolveDataFolder(given)
  const projectFolder = projectFolderOf(folder, givenProject)
  // Before the database, so that a wrong folder leaves no empty project behind.
  checkDataFolder(folder)
  const { db, readOnly, close } = openDatabase(projectFolder)
  try {
    claimProject({ db, readOnly, folder, projectFolder })
    const dataset = createDataset({ db, folder, emit, readOnly })
    const editListeners: ((edit: EditSummary) => void)[] = []
    const emitEdits: Emit = (event) => {
      emit(event)
      if (event.type === 'edit') for (const listener of editListeners) listener(event.edit)
    }
    const annotation = createAnnotation({ db, dataset, projectFolder, emit: emitEdits, readOnly })
    dataset.setOverlay(annotation)
    const crop = createCrop({ db, dataset, emit })
    const split = createSplit({ db, dataset, emit })
    const runStore = createRunStore(db)
    const evaluate = createEvaluate({ db, dataset, crop, emit, runName: (id) => runStore.run(id).name })
    const train = createTrain({ db, dataset, annotation, crop, split, evaluate, emit, projectFolder, spawnCompute, readOnly, onEdit: (listener) => editListeners.push(listener) })
    const rules = createRules({ db, dataset, evaluate, emit })
    evaluate.setRules(rules)
    const ensemble = createEnsemble({ db, dataset, crop, evaluate, rules, train, projectFolder, emit })
    const predict = createPredict({ db, dataset, crop, evaluate, rules, train, emit, readOnly })
    const thumbnails = createThumbnails({ projectFolder })
    const report = createReport({ dataset, evaluate, rules, train, thumbnails, projectFolder, emit })
    const pipeline = { describe: ({ submissionId }: { submissionId?: number | undefined }) => describePipeline({ dataset, annotation, crop, split, train, rules, ensemble }, submissionId) }
    const state = async (): Promise<ProjectState> => ({ folder, project: projectFolder, name: basename(folder), readOnly, scan: dataset.status(), counts: dataset.counts() })
    const stopFollowing = readOnly ? followWriter({ db, rooms: { dataset, annotation, crop, split, train, ensemble, predict }, state, emit }) : () => undefined
    let closing: Promise<void> | null = null
    const closeRooms = async (): Promise<void> => {
      stopFollowing()
      await predict.close()
      await train.close()
      await evaluate.close()
      await split.close()
      annotation.close()
      await dataset.close()
      close()
    }
    return {
      folder, projectFolder, readOnly, dataset, annotation, crop, split, evaluate, train, rules, ensemble, report, predict, pipeline, thumbnails,
      state,
      requireWritable() {
        if (readOnly) throw new HandloomError('conflict', `The project of ${folder} is open in another Handloom. Close it there, or work in that one.`)
      },
      close: () => (closing ??= closeRooms()),
    }
  } catch (error) {
    close()
    throw error
  }
}

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { seesKeypoints } from '../../contract/keypoints.ts'
import type { Job } from '../../contract/project.ts'
import type { DatasetRoom } from '../../contract/rooms.ts'
import { modelExportOptions, type ExportedModel, type ModelExportOptions, type RunFold } from '../../contract/train.ts'
import { shardSizeFor } from '../../crop/geometry.ts'
import { placedSamples } from '../foldJobs.ts'
import { foldLists } from '../foldLists.ts'
import { prepareCrops, requireDone, runCompute, type RunnerDeps } from '../foldRunner.ts'
import { foldSequences } from '../keypointLists.ts'
import { showsHands } from '../keypointPlan.ts'
import { outputCount } from '../outputs.ts'
import type { PlanReader } from '../planReader.ts'
import { foldFolder, runFolder, type RunPlan } from '../runPlan.ts'
import type { StoredRun } from '../runStore.ts'
import { cropRequest } from '../samples.ts'
import { exportPath, ownPlace } from './destination.ts'
import type { CheckExportJob, ExportJob, KeypointExportJob } from './exportJobs.ts'
import { modelRecipe } from './recipe.ts'
import { bytesOf, staged } from './staging.ts'
import { modelNotes } from './writeModel.ts'

export interface ModelExportDeps extends Omit<RunnerDeps, 'dataset'> {
  dataset: Pick<DatasetRoom, 'folder' | 'classRows'>
  planOf: PlanReader
  /** @throws HandloomError where the project may not be written */
  requireWritable(): void
}

export interface ModelExport {
  exportModel(options: ModelExportOptions): Promise<ExportedModel>
  cancelExport(): void
}

/** Samples that what was written is run on. */
const tried = 100
/** A logit that differs by more is told. */
const expectedDifference = 1e-4

/**
 * Exports of trained models, one at a time. They compute on the CPU, in processes of their own, so they wait for no device and take none from what trains: one writes the
 * model and what the app's own makes of a hundred samples, another runs what was written on these.
 */
export function createModelExport(deps: ModelExportDeps): ModelExport {
  const { store, emit, requireWritable } = deps
  let running: AbortController | null = null

  async function exportModel(options: ModelExportOptions): Promise<ExportedModel> {
    const { runId, format, fold: wanted, out } = modelExportOptions.parse(options)
    requireWritable()
    if (running) throw new HandloomError('conflict', 'A model is being exported. Wait for it, or cancel it first.')
    const run = store.run(runId)
    const { fold } = finishedFold(runId, store.folds(runId), wanted)
    const target = exportPath(out ?? ownPlace(deps.projectFolder, format, runId, fold), format, { dataFolder: deps.dataset.folder, projectFolder: deps.projectFolder })
    const stop = new AbortController()
    running = stop
    const job: Job = { id: 'export', kind: 'export', state: 'running', done: 0, total: 2 * tried, secondsLeft: null, message: null }
    const tell = (changes: Partial<Job>): void => emit({ type: 'job', job: { ...Object.assign(job, changes) } })
    try {
      tell({})
      const made = await staged(target, (path) => written(deps, { run, fold, format, path }, stop.signal, (done) => tell({ done })))
      tell({ state: 'done', done: job.total, secondsLeft: 0 })
      return { format, runId, fold, path: target, bytes: await bytesOf(target), ...made }
    } catch (error) {
      const known = toHandloomError(error)
      tell({ state: stop.signal.aborted ? 'cancelled' : 'failed', message: known.message })
      throw stop.signal.aborted ? new HandloomError('interrupted', 'The export was cancelled; what was there stays.') : known
    } finally {
      running = null
    }
  }

  return { exportModel, cancelExport: () => running?.abort() }
}

/** The fold that is asked for, else the finished one with the lowest validation log loss. */
function finishedFold(runId: number, folds: readonly RunFold[], wanted: number | undefined): RunFold {
  const finished = folds.filter(({ state }) => state === 'done').toSorted((a, b) => (a.bestLogLoss ?? Infinity) - (b.bestLogLoss ?? Infinity))
  const chosen = wanted === undefined ? finished[0] : finished.find(({ fold }) => fold === wanted)
  if (chosen) return chosen
  if (wanted !== undefined && !folds.some(({ fold }) => fold === wanted)) throw new HandloomError('not-found', `Run ${runId} has no fold ${wanted}.`)
  throw new HandloomError('conflict', wanted === undefined ? `Run ${runId} has no finished fold to export. Train one to the end first.` : `Fold ${wanted} of run ${runId} is not finished. Train it to the end first.`)
}

interface Wanted {
  run: StoredRun
  fold: number
  format: ModelExportOptions['format']
  /** Where the model is written to. */
  path: string
}

/** Writes a model and runs it, in a folder of its own in the run's that is gone afterwards. */
async function written(deps: ModelExportDeps, wanted: Wanted, signal: AbortSignal, onProgress: (done: number) => void): Promise<Pick<ExportedModel, 'largestDifference' | 'samples' | 'checkedWith' | 'notes'>> {
  const { run: { id, config }, format, path } = wanted
  const folder = runFolder(deps.projectFolder, id)
  const prefix = 'export-'
  for (const name of await readdir(folder)) if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true })
  const scratch = await mkdtemp(join(folder, prefix))
  try {
    const job = await exportJob(deps, wanted, scratch, signal)
    const outcome = await runCompute(deps.spawnCompute, join(scratch, 'job.json'), job, signal, (message) => {
      if (message.type === 'predicting') onProgress(message.done)
    })
    requireDone(outcome, 'The export was stopped.')
    const check: CheckExportJob = { version: 1, gpu: null, kind: 'check-export', config, format, staged: path, reference: job.predictions }
    const found: Pick<ExportedModel, 'largestDifference' | 'samples' | 'checkedWith'> = { largestDifference: null, samples: 0, checkedWith: '' }
    requireDone(
      await runCompute(deps.spawnCompute, join(scratch, 'check.json'), check, signal, (message) => {
        if (message.type === 'predicting') onProgress(tried + message.done)
        if (message.type === 'checked') Object.assign(found, { largestDifference: message.largestDifference, samples: message.samples, checkedWith: message.checkedWith })
      }),
      'The export was stopped.',
    )
    const far = found.largestDifference !== null && found.largestDifference > expectedDifference
    const noise = tried - realSamples(job)
    return {
      ...found,
      notes: [
        ...outcome.notes,
        ...modelNotes({ format, recipe: job.recipe, precision: config.precision }),
        ...(noise > 0 ? [`${noise} of the ${tried} samples it was tried on are noise: the fold has no more of its own that can be read.`] : []),
        ...(far ? [`A logit differs by more than ${expectedDifference} from the app's.`] : []),
      ],
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

const realSamples = (job: ExportJob | KeypointExportJob): number => (job.kind === 'export' ? job.samples : job.sequences).length

/** The job that writes the model, with up to a hundred of the fold's validated frames (cut to a folder in `scratch`) or sequences, evenly chosen. */
async function exportJob(deps: ModelExportDeps, { run, fold, format, path }: Wanted, scratch: string, signal: AbortSignal): Promise<ExportJob | KeypointExportJob> {
  const recipe = modelRecipe(run, fold, format, deps.dataset.classRows())
  const base = {
    version: 1 as const, gpu: null, runId: run.id, config: run.config, classes: outputCount(run.outputs, run.poseIds.length), outputs: run.outputs, flipTargets: run.flipTargets,
    predictions: join(scratch, 'reference.safetensors'), folders: [foldFolder(deps.projectFolder, run.id, fold)], format, staged: path, recipe, tried,
  }
  const plan = await planOrNone(deps, run.id)
  if (seesKeypoints(run.config.model)) {
    const lists = foldSequences(plan?.sequences ?? [], plan ?? { folds: {}, frameFolds: null }, fold)
    return { ...base, kind: 'export-keypoints', sequences: evenly(lists.validation.flatMap((position) => lists.sequences[position] ?? []).filter(showsHands)) }
  }
  const planned = plan?.samples ?? []
  const chosen = evenly(foldLists(planned, plan ?? { folds: {}, frameFolds: null }, fold).validation.flatMap((position) => planned[position] ?? []))
  const cut = await prepareCrops({ ...deps, projectFolder: scratch }, `the export of run ${run.id}`, run.config.imageSize, chosen.map((sample) => cropRequest(deps.dataset.folder, sample)), signal)
  const samples = placedSamples(chosen, cut).filter(({ place }) => place)
  return { ...base, kind: 'export', shardSize: shardSizeFor(run.config.imageSize), shards: cut.files, recipes: run.recipes, samples }
}

/** A run whose plan is lost is tried on noise. */
async function planOrNone({ planOf }: ModelExportDeps, runId: number): Promise<RunPlan | null> {
  try {
    return await planOf(runId)
  } catch (error) {
    if (toHandloomError(error).kind === 'not-found') return null
    throw error
  }
}

const evenly = <T>(items: readonly T[]): T[] => (items.length <= tried ? [...items] : Array.from({ length: tried }, (_, index) => items[Math.floor((index * items.length) / tried)] as T))

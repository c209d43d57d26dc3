import { randomUUID } from 'node:crypto'
import { objectSlot, type ObjectSlot } from '../contract/crop.ts'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { AnnotationRoom, CropRoom, DatasetRoom, EvaluateRoom, SplitRoom } from '../contract/rooms.ts'
import { trainConfig, type RunChangesSince, type SweepPlace, type SweepVary, type TrainConfig, type TrainConfigInput } from '../contract/train.ts'
import { planChanges } from './changes.ts'
import { sweepConfigs, sweepName } from './configPath.ts'
import { writePlan, type RunPlan } from './foldRunner.ts'
import type { Planning } from './planning.ts'
import type { PlanReader } from './planReader.ts'
import { engineText, machineText, objectsOf, provenanceOf } from './provenance.ts'
import { carryWeights, requirePictures } from './runCopies.ts'
import { newFold, type RunStore, type StoredFold, type StoredRun } from './runStore.ts'
import { planRun } from './samples.ts'

export interface RunMakerDeps {
  dataset: DatasetRoom
  annotation: Pick<AnnotationRoom, 'editsHash'>
  crop: CropRoom
  split: SplitRoom
  evaluate: Pick<EvaluateRoom, 'carryOver'>
  store: RunStore
  planning: Planning
  planOf: PlanReader
  projectFolder: string
  /** Throws when the project is being closed. */
  requireOpen(): void
}

/** A run that was kept, and those of its folds that are to be trained. */
export interface MadeRun {
  id: number
  folds: number[]
}

export interface RunMaker {
  fromConfig(config: TrainConfig, folds: readonly number[] | null): Promise<MadeRun>
  /** One run for each combination of values; all are looked at before the first is kept. */
  sweep(config: TrainConfigInput, folds: readonly number[] | null, vary: SweepVary): Promise<MadeRun[]>
  again(id: number): Promise<MadeRun>
  retrained(id: number, folds: readonly number[]): Promise<MadeRun>
  changesSince(id: number): Promise<RunChangesSince>
}

const nameLength = 200
const nameOf = ({ name, model, imageSize }: TrainConfig): string => name || `${model} ${imageSize} px`

/** Makes runs: from a config, in sweeps, and from earlier runs. */
export function createRunMaker({ dataset, annotation, crop, split, evaluate, store, planning, planOf, projectFolder, requireOpen }: RunMakerDeps): RunMaker {
  /** @param rows its folds as they begin */
  async function keepRun(run: Omit<StoredRun, 'id' | 'created'>, plan: RunPlan, rows: readonly StoredFold[]): Promise<number> {
    const id = store.insert({ ...run, name: run.name.slice(0, nameLength), created: new Date().toISOString() }, rows)
    try {
      await writePlan(projectFolder, id, plan)
    } catch (error) {
      // Without its plan a run can never go on, so there is none.
      store.remove(id)
      throw toHandloomError(error)
    }
    requireOpen()
    return id
  }

  async function fromConfig(given: TrainConfig, wanted: readonly number[] | null, sweep: SweepPlace | null = null): Promise<MadeRun> {
    const named = await planning.namedSplit(given)
    const { plan, ...made } = planning.prepare(given, named)
    const { config, recipes, augment, flipTargets } = made
    const folds = planning.chosenFolds(config, wanted)
    // Only now, so that none is made for a run that cannot be.
    const record = await planning.keptSplit(named, given)
    const run = {
      ...made,
      name: nameOf(config),
      splitId: record.id,
      objects: objectsOf(crop.references(), { recipes, augment }, record),
      provenance: provenanceOf({ dataset, annotation, recipes: [recipes, augment, flipTargets], split: record }),
      sweep,
      madeFrom: null,
    }
    return { id: await keepRun(run, plan, folds.map((fold) => newFold(fold, config.epochs))), folds }
  }

  async function sweep(config: TrainConfigInput, wanted: readonly number[] | null, vary: SweepVary): Promise<MadeRun[]> {
    const configs = sweepConfigs(config, vary)
    for (const { config: one } of configs) planning.chosenFolds(planning.prepare(one, await planning.namedSplit(one)).config, wanted)
    const id = randomUUID()
    const runs: MadeRun[] = []
    for (const { config: one, values } of configs) runs.push(await fromConfig({ ...one, name: `${nameOf(one)} · ${sweepName(values)}`.slice(0, nameLength) }, wanted, { id, values }))
    return runs
  }

  async function again(id: number): Promise<MadeRun> {
    const run = store.run(id)
    const plan = await planOf(id)
    requirePictures(dataset, plan)
    const folds = store.folds(id).map(({ fold }) => fold)
    const made = { ...run, name: `${run.name} · again`, provenance: { ...run.provenance, machine: machineText(), engine: engineText() }, sweep: null, madeFrom: { runId: id, how: 'again' as const } }
    return { id: await keepRun(made, plan, folds.map((fold) => newFold(fold, run.config.epochs))), folds }
  }

  async function retrained(id: number, wanted: readonly number[]): Promise<MadeRun> {
    const run = store.run(id)
    const { config, recipes, augment, flipTargets, poseIds } = run
    if (JSON.stringify(dataset.poseIds()) !== JSON.stringify(poseIds)) throw new HandloomError('conflict', 'The data set has other classes than when the run was made. Start a new run.')
    const own = store.folds(id)
    const unknown = wanted.find((fold) => !own.some((row) => row.fold === fold))
    if (unknown !== undefined) throw new HandloomError('bad-request', `Run ${id} has no fold ${unknown}.`)
    const record = await split.get({ id: run.splitId })
    const { plan, ...made } = planning.prepareWith({ config, recipes, augment, flipTargets }, poseIds, record)
    const rows = own.map((row): StoredFold => {
      if (wanted.includes(row.fold)) return newFold(row.fold, config.epochs)
      if (row.state === 'done') return { ...row, state: 'stopped', carriedFrom: row.carriedFrom ?? id }
      return { ...newFold(row.fold, config.epochs), state: 'stopped', message: 'It was not finished in the run before, and not asked for.' }
    })
    const provenance = provenanceOf({ dataset, annotation, recipes: [recipes, augment, flipTargets], split: record })
    const kept = await keepRun({ ...run, ...made, name: `${run.name} · retrained`, provenance, sweep: null, madeFrom: { runId: id, how: 'retrained' } }, plan, rows)
    for (const { fold, carriedFrom } of rows) {
      if (carriedFrom === null) continue
      await carryWeights(projectFolder, id, kept, fold)
      store.copyMetrics(id, kept, fold)
      evaluate.carryOver({ from: id, to: kept, fold })
      store.updateFold(kept, fold, { state: 'done' })
    }
    return { id: kept, folds: [...new Set(wanted)].sort((a, b) => a - b) }
  }

  async function changesSince(id: number): Promise<RunChangesSince> {
    const run = store.run(id)
    const before = await planOf(id)
    const now = planRun(dataset, crop, run.recipes, run.poseIds, run.config.testMargins)
    const inUse = crop.references()
    // What the run's own config said instead of the project (no version) is the run's still.
    const isOther = (slot: ObjectSlot): boolean => run.objects !== null && run.objects[slot].version !== null && run.objects[slot].hash !== inUse[slot].hash
    return { ...planChanges(before, now, store.folds(id).map(({ fold }) => fold)), recipes: objectSlot.options.some(isOther) }
  }

  return { fromConfig: (config, folds) => fromConfig(trainConfig.parse(config), folds), sweep, again, retrained, changesSince }
}

import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { objectSlot, type ObjectSlot } from '../contract/crop.ts'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { AnnotationRoom, CropRoom, DatasetRoom, EvaluateRoom, SplitRoom } from '../contract/rooms.ts'
import { seesKeypoints } from '../contract/keypoints.ts'
import { trainConfig, type RunChangesSince, type SweepPlace, type SweepVary, type TrainConfig, type TrainConfigInput } from '../contract/train.ts'
import { valueHash } from '../crop/valueHash.ts'
import { planChanges } from './changes.ts'
import { sweepConfigs, sweepName } from './configPath.ts'
import type { Planning, PreparedRun } from './planning.ts'
import type { PlanReader } from './planReader.ts'
import { engineText, machineText, objectsOf, provenanceOf } from './provenance.ts'
import { carryWeights, requirePictures } from './runCopies.ts'
import { foldFolder, writePlan, type RunPlan } from './runPlan.ts'
import { newFold, type RunStore, type StoredFold, type StoredRun } from './runStore.ts'

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
  /**
   * The run that is fitted again whenever the data change: a run's settings, split and folds over the data as they are now.
   * @param refitId the run that was made so before, which is made anew in its place: what it predicted stands until it is replaced; null: a new one
   * @throws HandloomError `conflict` when the classes are others by now, or the run before is being trained
   */
  refit(baseId: number, refitId: number | null): Promise<MadeRun>
  changesSince(id: number): Promise<RunChangesSince>
  /** The newest run that `fromConfig` would make again; null: none. */
  same(config: TrainConfig, folds: readonly number[] | null): Promise<number | null>
}

const nameLength = 200
const nameOf = ({ name, model, imageSize }: TrainConfig): string => name || (seesKeypoints(model) ? model : `${model} ${imageSize} px`)

/** Tells what a run learns, and from what; its name, its threads and the number of its split change nothing. */
const madeOf = (config: TrainConfig, poseIds: readonly number[], { dataHash, editsHash, recipeHash, splitHash }: StoredRun['provenance']): string =>
  valueHash({ config: { ...config, name: '', threads: 0, split: 0 }, poseIds, dataHash, editsHash, recipeHash, splitHash })

/** Objects that a model which sees keypoints is made from: it has no use for where pictures are cut. */
const keypointSlots: ReadonlySet<ObjectSlot> = new Set(['augment', 'flip-map', 'derived-set'])

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
    const { plan, ...made } = await planning.prepare(given, named)
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
    for (const { config: one } of configs) planning.chosenFolds((await planning.prepare(one, await planning.namedSplit(one))).config, wanted)
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

  /** What a run of an earlier one's settings and split is made of now. */
  async function overDataAsTheyAre({ config, recipes, augment, flipTargets, poseIds, splitId }: StoredRun): Promise<PreparedRun & Pick<StoredRun, 'provenance'>> {
    if (JSON.stringify(dataset.poseIds()) !== JSON.stringify(poseIds)) throw new HandloomError('conflict', 'The data set has other classes than when the run was made. Start a new run.')
    const record = await split.get({ id: splitId })
    const prepared = await planning.prepareWith({ config, recipes, augment, flipTargets }, poseIds, record)
    return { ...prepared, provenance: provenanceOf({ dataset, annotation, recipes: [recipes, augment, flipTargets], split: record }) }
  }

  async function retrained(id: number, wanted: readonly number[]): Promise<MadeRun> {
    const run = store.run(id)
    const own = store.folds(id)
    const unknown = wanted.find((fold) => !own.some((row) => row.fold === fold))
    if (unknown !== undefined) throw new HandloomError('bad-request', `Run ${id} has no fold ${unknown}.`)
    const { plan, ...made } = await overDataAsTheyAre(run)
    const { epochs } = run.config
    const rows = own.map((row): StoredFold => {
      if (wanted.includes(row.fold)) return newFold(row.fold, epochs)
      if (row.state === 'done') return { ...row, state: 'stopped', carriedFrom: row.carriedFrom ?? id }
      return { ...newFold(row.fold, epochs), state: 'stopped', message: 'It was not finished in the run before, and not asked for.' }
    })
    const kept = await keepRun({ ...run, ...made, name: `${run.name} · retrained`, sweep: null, madeFrom: { runId: id, how: 'retrained' } }, plan, rows)
    for (const { fold, carriedFrom } of rows) {
      if (carriedFrom === null) continue
      await carryWeights(projectFolder, id, kept, fold)
      store.copyMetrics(id, kept, fold)
      evaluate.carryOver({ from: id, to: kept, fold })
      store.updateFold(kept, fold, { state: 'done' })
    }
    return { id: kept, folds: [...new Set(wanted)].sort((a, b) => a - b) }
  }

  async function refit(baseId: number, refitId: number | null): Promise<MadeRun> {
    const base = store.run(baseId)
    const folds = store.folds(baseId).map(({ fold }) => fold)
    const rows = folds.map((fold) => newFold(fold, base.config.epochs))
    const { plan, ...made } = await overDataAsTheyAre(base)
    if (refitId === null) return { id: await keepRun({ ...base, ...made, name: `${base.name} · live`, sweep: null, madeFrom: { runId: baseId, how: 'refit' } }, plan, rows), folds }

    const { madeFrom } = store.run(refitId)
    if (madeFrom?.how !== 'refit' || madeFrom.runId !== baseId) throw new HandloomError('bad-request', `Run ${refitId} is not a refit of run ${baseId}.`)
    const busy = store.folds(refitId).find(({ state }) => state === 'preparing' || state === 'training')
    if (busy) throw new HandloomError('conflict', `Fold ${busy.fold} of run ${refitId} is being trained. Stop it first.`)
    // In this order a fold never goes on from a checkpoint of other data.
    store.beginAnew(refitId, rows)
    for (const fold of folds) await rm(foldFolder(projectFolder, refitId, fold), { recursive: true, force: true })
    await writePlan(projectFolder, refitId, plan)
    planOf.forget(refitId)
    store.changePlanned(refitId, made)
    requireOpen()
    return { id: refitId, folds }
  }

  async function changesSince(id: number): Promise<RunChangesSince> {
    const run = store.run(id)
    const before = await planOf(id)
    const now = await planning.planData(run, run.poseIds)
    const inUse = crop.references()
    // What the run's own config said instead of the project (no version) is the run's still.
    const isOther = (slot: ObjectSlot): boolean => {
      const [used, now] = [run.objects?.[slot], inUse[slot]]
      if (!used || used.version === null) return false
      // A version never changes; its hash does where a value got keys that came later.
      return !(used.name === now.name && used.version === now.version) && used.hash !== now.hash
    }
    return { ...planChanges(before, now, store.folds(id).map(({ fold }) => fold)), recipes: objectSlot.options.filter((slot) => !seesKeypoints(run.config.model) || keypointSlots.has(slot)).some(isOther) }
  }

  async function same(given: TrainConfig, wanted: readonly number[] | null): Promise<number | null> {
    const record = await planning.namedSplit(given)
    const { config, recipes, augment, flipTargets, poseIds } = await planning.prepare(given, record)
    const folds = planning.chosenFolds(config, wanted)
    const made = madeOf(config, poseIds, provenanceOf({ dataset, annotation, recipes: [recipes, augment, flipTargets], split: record }))
    return store.ids().toSorted((a, b) => b - a).find((id) => {
      const run = store.run(id)
      if (run.madeFrom !== null && run.madeFrom.how !== 'again') return false
      const own = store.folds(id).map(({ fold }) => fold)
      return madeOf(run.config, run.poseIds, run.provenance) === made && folds.every((fold) => own.includes(fold))
    }) ?? null
  }

  return { same, fromConfig: (config, folds) => fromConfig(trainConfig.parse(config), folds), sweep, again, retrained, refit, changesSince }
}

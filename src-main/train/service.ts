import { mkdir } from 'node:fs/promises'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { AnnotationRoom, CropRoom, DatasetRoom, EvaluateRoom, SplitRoom, TrainRoom } from '../contract/rooms.ts'
import type { SplitRecord, SplitRequest } from '../contract/split.ts'
import { trainConfig, type Run, type RunFold, type TrainConfig } from '../contract/train.ts'
import { shardSizeFor } from '../crop/geometry.ts'
import { freeBytes, missingBytes } from '../crop/shards.ts'
import type { Db } from '../db/open.ts'
import { modelInfo, requireModel } from '../model/info.ts'
import { modelNames } from '../model/zoo.ts'
import { forkCompute, type SpawnCompute } from './computeProcess.ts'
import { engineStatus } from './engineStatus.ts'
import { runScore } from './compare.ts'
import { foldLists, plannedFolds } from './foldLists.ts'
import { runFold, shardFolder, writePlan, type RunnerDeps } from './foldRunner.ts'
import { batchCount } from './job.ts'
import { predictFrames } from './predictFrames.ts'
import { presets } from './presets.ts'
import { mergedOutputs, outputOf } from './outputs.ts'
import { objectsOf, provenanceOf } from './provenance.ts'
import { createQueue } from './queue.ts'
import { createRunStore, shownRun, type StoredFold } from './runStore.ts'
import { cropRequest, planRun } from './samples.ts'
import { learningRateSchedule } from './schedules.ts'
import { runSettings } from './settings.ts'

export interface TrainDeps {
  db: Db
  dataset: DatasetRoom
  annotation: Pick<AnnotationRoom, 'editsHash'>
  crop: CropRoom
  split: SplitRoom
  evaluate: Pick<EvaluateRoom, 'store' | 'summary'>
  emit: Emit
  projectFolder: string
  /** How compute processes are started; default: forks this Node. */
  spawnCompute?: SpawnCompute | undefined
  /** Another process holds the project. */
  readOnly?: boolean | undefined
}

const runEventMilliseconds = 400
const mostScheduleSteps = 2_000_000

/** The train room: runs and their folds, one at a time on the device. Writes run, run_fold and metric. */
export function createTrain({ db, dataset, annotation, crop, split, evaluate, emit, projectFolder, spawnCompute = forkCompute, readOnly = false }: TrainDeps): TrainRoom {
  const store = createRunStore(db)
  const queue = createQueue()
  /** Stops of what is queued or running. */
  const stops = new Map<string, AbortController>()
  const late = new Map<number, NodeJS.Timeout>()
  /** Why a fold ended where the database would not take it (a full disk), by `run/fold`. */
  const unwritten = new Map<string, string>()
  let closed = false

  const folds = (id: number): StoredFold[] =>
    store.folds(id).map((fold) => {
      const message = unwritten.get(`${id}/${fold.fold}`)
      return message === undefined ? fold : { ...fold, state: 'failed', message, secondsLeft: null, imagesPerSecond: null }
    })
  const show = (id: number): Run => shownRun(store.run(id), folds(id))
  const deps: RunnerDeps = { dataset, evaluate, store, emit, projectFolder, spawnCompute, changed }
  if (!readOnly) leaveNoneRunning()

  function changed(runId: number, how: 'now' | 'soon'): void {
    if (how === 'soon') {
      if (!late.has(runId)) late.set(runId, setTimeout(() => changed(runId, 'now'), runEventMilliseconds))
      return
    }
    clearTimeout(late.get(runId))
    late.delete(runId)
    if (!closed) emit({ type: 'run', run: show(runId) })
  }

  /** What ran or waited when the last process ended can be resumed; nothing starts by itself when a project is opened. */
  function leaveNoneRunning(): void {
    for (const id of store.ids())
      for (const { fold, state } of store.folds(id)) {
        if (state === 'training' || state === 'preparing')
          store.updateFold(id, fold, { state: 'stopped', secondsLeft: null, imagesPerSecond: null, message: 'Handloom ended while this fold was running. Resume goes on from its last checkpoint.' })
        if (state === 'queued') store.updateFold(id, fold, { state: 'stopped', message: 'Handloom ended while this fold was waiting. Resume starts it.' })
      }
  }

  function requireWritable(): void {
    if (closed) throw new HandloomError('conflict', 'The project is being closed.')
    if (readOnly) throw new HandloomError('conflict', 'The project is open in another Handloom. Train there, or close it there first.')
  }

  async function requireReady(): Promise<void> {
    requireWritable()
    const engine = engineStatus()
    if (!engine.available) throw new HandloomError('no-engine', engine.message ?? 'TensorFlow is not set up on this machine.')
    const scan = await dataset.status()
    if (scan.state === 'scanning') throw new HandloomError('conflict', `${dataset.folder} is still being read (${scan.sequencesDone} of ${scan.sequencesTotal} sequences). Start when that is done.`)
  }

  function enqueue(runId: number, folds: readonly number[]): void {
    for (const fold of folds) {
      const stop = new AbortController()
      const key = `${runId}/${fold}`
      stops.set(key, stop)
      void queue.add(async () => {
        try {
          if (!stop.signal.aborted) await runFold(deps, store.run(runId), fold, stop.signal)
        } catch (error) {
          // Not even the fold's failure could be written down.
          unwritten.set(key, toHandloomError(error).message)
          changed(runId, 'now')
        } finally {
          if (stops.get(key) === stop) stops.delete(key)
        }
      })
    }
  }

  /** The split that a config names by its id, or one planned by its options: not kept yet. */
  const namedSplit = async ({ split: id, folds, splitter, seed }: TrainConfig): Promise<SplitRecord | ReturnType<SplitRoom['plan']>> =>
    id === undefined ? split.plan(splitOf({ folds, splitter, seed })) : split.get({ id })

  /** The same, kept: the newest split of the same folds, or a new one. */
  async function keptSplit(named: Awaited<ReturnType<typeof namedSplit>>, config: TrainConfig): Promise<SplitRecord> {
    if ('id' in named) return named
    const known = (await split.list()).find(({ hash }) => hash === named.hash)
    return known ? split.get({ id: known.id }) : split.make(splitOf(config))
  }

  function chosenFolds(config: TrainConfig, folds: readonly number[] | null): number[] {
    const chosen = [...new Set(folds ?? Array.from({ length: config.folds }, (_, fold) => fold))].sort((a, b) => a - b)
    const beyond = chosen.find((fold) => fold >= config.folds)
    if (beyond !== undefined) throw new HandloomError('bad-request', `There is no fold ${beyond}: the config has ${config.folds} folds, numbered from 0.`)
    if (chosen.length === 0) throw new HandloomError('bad-request', 'No fold was chosen to train.')
    return chosen
  }

  /** All that a run over a split is made from. */
  function prepared(input: TrainConfig, record: Pick<SplitRecord, 'options' | 'folds' | 'frameFolds'>) {
    const { folds, splitter, merge } = record.options
    const settings = runSettings({ ...input, folds, splitter }, { recipes: { train: crop.recipe('train'), validation: crop.recipe('validation'), test: crop.recipe('test') }, augment: crop.augment() })
    requireModel(settings.config.model)
    const poseIds = dataset.poseIds()
    const plan = { ...planRun(dataset, crop, settings.recipes, poseIds, settings.config.testMargins), ...plannedFolds(record, dataset) }
    const frames = poseIds.map(() => 0)
    for (const { role, label, transform } of plan.samples) if (role === 'train' && label >= 0 && transform === null) frames[label]!++
    return { ...settings, poseIds, plan, outputs: mergedOutputs(poseIds, merge, frames) }
  }

  return {
    engine: engineStatus,
    models: () => modelNames().map((name) => modelInfo(name)),
    presets: () => [...presets],

    async preflight({ config: input, folds }) {
      const given = trainConfig.parse(input)
      const record = await namedSplit(given)
      const { config, plan, poseIds, outputs } = prepared(given, record)
      const chosen = chosenFolds(config, folds)
      const lists = new Map(chosen.map((fold) => [fold, foldLists(plan.samples, plan, fold)]))
      const first = lists.get(chosen[0] ?? 0)
      const trainFrames = first?.train.length ?? 0
      const folder = shardFolder(projectFolder, config.imageSize)
      const secondsPerEpoch = epochSeconds(config, trainFrames)
      const { sequences } = await crop.derived()
      await mkdir(projectFolder, { recursive: true })
      return {
        trainFrames,
        validationFrames: first?.validation.length ?? 0,
        skippedFrames: plan.skipped.length,
        stepsPerEpoch: batchCount(trainFrames, config.batchSize),
        classesMissingInFolds: chosen.flatMap((fold) => {
          const learnt = new Set(lists.get(fold)?.train.map((position) => outputOf(outputs, plan.samples[position]?.label ?? -1)))
          const missing = poseIds.filter((_, index) => !learnt.has(outputOf(outputs, index)))
          return missing.length ? [{ fold, poseIds: missing }] : []
        }),
        leakingSequences: record.leakingSequences,
        derivedFrames: plan.samples.filter(({ transform, label }) => transform !== null && label >= 0).length,
        derivedProblems: sequences.filter(({ problem }) => problem !== null).length,
        shardBytes: await missingBytes(folder, shardSizeFor(config.imageSize), plan.samples.map((sample) => cropRequest(dataset.folder, sample))),
        freeBytes: await freeBytes(projectFolder),
        secondsPerEpoch,
        secondsTotal: secondsPerEpoch === null ? null : secondsPerEpoch * config.epochs * chosen.length,
      }
    },

    async start({ config: input, folds }) {
      await requireReady()
      const given = trainConfig.parse(input)
      const named = await namedSplit(given)
      const { config, recipes, augment, poseIds, plan, outputs } = prepared(given, named)
      const chosen = chosenFolds(config, folds)
      // Only now, so that none is made for a run that cannot be.
      const record = await keptSplit(named, given)
      const flipTargets = { horizontal: [...crop.flipTargets('horizontal')], vertical: [...crop.flipTargets('vertical')] }
      const id = store.insert(
        {
          name: config.name || `${config.model} ${config.imageSize} px`,
          created: new Date().toISOString(),
          config,
          splitId: record.id,
          poseIds,
          recipes,
          augment,
          flipTargets,
          outputs,
          objects: objectsOf(crop.references(), { recipes, augment }, record),
          provenance: provenanceOf({ dataset, annotation, recipes: [recipes, augment, flipTargets], split: record }),
        },
        chosen.map((fold) => newFold(fold, config.epochs)),
      )
      try {
        await writePlan(projectFolder, id, plan)
        requireWritable()
      } catch (error) {
        // Without its plan a run can never go on, so there is none.
        if (!closed) store.remove(id)
        throw toHandloomError(error)
      }
      changed(id, 'now')
      enqueue(id, chosen)
      return show(id)
    },

    runs: () => store.ids().map(show),
    run: ({ id }) => show(id),
    metrics: ({ runId, fold }) => store.metrics(runId, fold),
    rename({ id, name }) {
      requireWritable()
      store.rename(id, name)
      changed(id, 'now')
      return show(id)
    },

    async compare() {
      const scores = await Promise.all(store.ids().map((id) => runScore({ evaluate, split }, store.run(id))))
      return scores.filter((score) => score !== null)
    },

    schedule({ config: input, stepsPerEpoch }) {
      const config = trainConfig.parse(input)
      const totalSteps = stepsPerEpoch * config.epochs
      if (totalSteps > mostScheduleSteps) throw new HandloomError('bad-request', `A curve of ${totalSteps} steps is too long to draw.`)
      const rate = learningRateSchedule({ ...config, totalSteps, warmupSteps: Math.round(config.warmupEpochs * stepsPerEpoch) })
      return Array.from({ length: totalSteps }, (_, step) => rate(step))
    },

    async stop({ id }) {
      requireWritable()
      store.run(id)
      for (const { fold, state } of folds(id)) {
        if (state === 'queued') store.updateFold(id, fold, { state: 'stopped', message: 'Stopped before it began.' })
        stops.get(`${id}/${fold}`)?.abort()
      }
      changed(id, 'now')
      await settled(id)
      return show(id)
    },

    async resume({ id, config: changes = {} }) {
      await requireReady()
      store.run(id)
      const unfinished = folds(id).filter(({ state }) => state === 'stopped' || state === 'failed')
      if (unfinished.length === 0) throw new HandloomError('conflict', `Run ${id} has no stopped or failed fold to resume.`)
      store.changeConfig(id, changes)
      for (const { fold } of unfinished) {
        store.updateFold(id, fold, { state: 'queued', message: null })
        unwritten.delete(`${id}/${fold}`)
      }
      changed(id, 'now')
      enqueue(id, unfinished.map(({ fold }) => fold))
      return show(id)
    },

    idle: () => queue.idle(),

    async predict(input) {
      requireWritable()
      const run = store.run(input.runId)
      const finished = store.folds(input.runId).filter(({ state }) => state === 'done').map(({ fold }) => fold)
      if (finished.length === 0) throw new HandloomError('conflict', `Run ${input.runId} has no finished fold to predict with. Train one to the end first.`)
      const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<TrainRoom['predict']>>>()
      const stop = new AbortController()
      const key = `predict ${input.runId} ${Math.random()}`
      stops.set(key, stop)
      const signal = input.signal ? AbortSignal.any([stop.signal, input.signal]) : stop.signal
      try {
        await queue.add(async () => resolve(await predictFrames({ ...deps, dataset, crop }, run, finished, { ...input, signal })), { first: true })
      } finally {
        stops.delete(key)
      }
      return promise
    },

    async close() {
      for (const stop of stops.values()) stop.abort()
      await queue.idle()
      for (const id of readOnly ? [] : store.ids())
        for (const { fold, state } of store.folds(id)) if (state === 'queued') store.updateFold(id, fold, { state: 'stopped', message: 'Handloom was closed while this fold was waiting. Resume starts it.' })
      closed = true
      for (const timer of late.values()) clearTimeout(timer)
    },
  }

  /** Resolves when no fold of a run runs any more. */
  async function settled(id: number): Promise<void> {
    while (store.folds(id).some(({ fold, state }) => (state === 'training' || state === 'preparing') && stops.has(`${id}/${fold}`))) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** Seconds of an epoch by the newest fold with the same model and sizes, for as many frames. */
  function epochSeconds(config: TrainConfig, trainFrames: number): number | null {
    for (const id of store.ids()) {
      const run = store.run(id)
      if (run.config.model !== config.model || run.config.imageSize !== config.imageSize || run.config.batchSize !== config.batchSize) continue
      const fold = store.folds(id).find(({ secondsPerEpoch }) => secondsPerEpoch !== null)
      if (fold?.secondsPerEpoch && fold.trainFrames > 0) return (fold.secondsPerEpoch * trainFrames) / fold.trainFrames
    }
    return null
  }
}

const splitOf = ({ splitter, folds, seed }: Pick<TrainConfig, 'splitter' | 'folds' | 'seed'>): SplitRequest => ({ splitter, folds, seed })

const newFold = (fold: number, epochs: number): StoredFold & RunFold => ({
  fold, epochs, state: 'queued', epoch: 0, bestLogLoss: null, bestAccuracy: null, imagesPerSecond: null, secondsLeft: null, message: null, trainFrames: 0, validationFrames: 0, secondsPerEpoch: null,
})

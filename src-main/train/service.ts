import { rm } from 'node:fs/promises'
import type { EditSummary } from '../contract/annotation.ts'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import { keypointModels } from '../contract/keypoints.ts'
import type { AnnotationRoom, CropRoom, DatasetRoom, EvaluateRoom, SplitRoom, TrainRoom } from '../contract/rooms.ts'
import { trainConfig, type Run, type StopRequest, type TrainConfig } from '../contract/train.ts'
import type { Db } from '../db/open.ts'
import { modelInfo, requireModel } from '../model/info.ts'
import { modelNames } from '../model/zoo.ts'
import { runScore } from './compare.ts'
import { forkCompute, type SpawnCompute } from './computeProcess.ts'
import { keypointDevices, laneOf, trainingDevices, type Lane, type TrainingDevice } from './devices.ts'
import { engineStatus } from './engineStatus.ts'
import { createModelExport } from './export/exportModel.ts'
import { createFoldControl, type FoldControl } from './foldControl.ts'
import { mostFruitless, runFold, type RunnerDeps } from './foldRunner.ts'
import { smallerAdvice } from './memory.ts'
import { createJudgeThread } from './opinion/judgeThread.ts'
import { createOpinions } from './opinion/opinions.ts'
import { outputCount } from './outputs.ts'
import { keypointModelInfo } from './keypoints/modelInfo.ts'
import { createPlanning } from './planning.ts'
import { createPlanReader } from './planReader.ts'
import { predictFolds } from './predictFolds.ts'
import { predictFrames } from './predictFrames.ts'
import { predictSequences } from './predictSequences.ts'
import { presets } from './presets.ts'
import { provenanceOf } from './provenance.ts'
import { createQueue, foldName, sameFold, type FoldEnd, type FoldKey } from './queue.ts'
import { queueOfAnother, queueState } from './queueState.ts'
import { createQueueStore } from './queueStore.ts'
import { createRefit } from './refit/refit.ts'
import { createRunMaker, type MadeRun } from './runMaker.ts'
import { foldFolder } from './runPlan.ts'
import { createRunStore, idleFold, newFold, shownRun, type StoredFold, type StoredRun } from './runStore.ts'
import { learningRateSchedule } from './schedules.ts'
import { createSeenPictures } from './seenPictures.ts'
import { createTrials } from './trials.ts'

export interface TrainDeps {
  db: Db
  dataset: DatasetRoom
  annotation: Pick<AnnotationRoom, 'editsHash'>
  crop: CropRoom
  split: SplitRoom
  evaluate: Pick<EvaluateRoom, 'store' | 'storeExplanations' | 'carryOver' | 'summary'>
  emit: Emit
  projectFolder: string
  /** How compute processes are started; default: forks this Node. */
  spawnCompute?: SpawnCompute | undefined
  /** Another process holds the project. */
  readOnly?: boolean | undefined
  /** Gives the listener every edit that is made, undone or redone. */
  onEdit?: ((listener: (edit: EditSummary) => void) => void) | undefined
}

const runEventMilliseconds = 400
const mostScheduleSteps = 2_000_000

/** The train room: runs, their folds, and the queue in which these wait for the devices. Writes run, run_fold, metric, queue_entry and train_value. */
export function createTrain({ db, dataset, annotation, crop, split, evaluate, emit, projectFolder, spawnCompute = forkCompute, readOnly = false, onEdit }: TrainDeps): TrainRoom {
  const store = createRunStore(db)
  const values = createQueueStore(db)
  const planning = createPlanning({ dataset, crop, split, store, projectFolder })
  const controls = new Map<string, FoldControl>()
  const predictions = new Set<AbortController>()
  const late = new Map<number, NodeJS.Timeout>()
  /** By run, whose model is never another. */
  const lanes = new Map<number, Lane>()
  /** Why a fold ended where the database would not take it (a full disk), by `run/fold`. */
  const unwritten = new Map<string, string>()
  let closed = false

  const folds = (id: number): StoredFold[] =>
    store.folds(id).map((fold) => {
      const message = unwritten.get(foldName({ runId: id, fold: fold.fold }))
      return message === undefined ? fold : { ...fold, state: 'failed', message, secondsLeft: null, imagesPerSecond: null }
    })
  const show = (id: number): Run => shownRun(store.run(id), folds(id))
  const busyWithPictures = (): number => queue.devices().filter(({ device, running, busyWith }) => device.takes === 'pictures' && (running !== null || busyWith !== null)).length
  const alone = (): boolean => busyWithPictures() < 2
  const deps: RunnerDeps = { dataset, evaluate, store, emit, projectFolder, spawnCompute, alone, changed }
  if (!readOnly) recover()
  const queue = createQueue({ devices: () => [...trainingDevices(), ...keypointDevices()], laneOf: ({ runId }) => laneOfRun(runId), store: values, run: train, changed: () => !closed && emit({ type: 'queue', queue: shownQueue() }), readOnly })
  const planOf = createPlanReader(projectFolder)
  const maker = createRunMaker({ dataset, annotation, crop, split, evaluate, store, planning, planOf, projectFolder, requireOpen: requireWritable })
  const seen = createSeenPictures({ dataset, store, planOf, control: (fold) => controls.get(foldName(fold)) })
  const exports = createModelExport({ ...deps, dataset, planOf, requireWritable })
  const trials = createTrials({ deps, queue, store: values })
  const keypointRunIds = (): number[] => store.ids().filter((id) => laneOfRun(id) === 'keypoints')
  const refit = createRefit({ keypointRunIds, store, folds, values, maker, evaluate, requireWritable, requireReady, begin: beginFirst, halt: async (id) => void (await stop({ id })), emit, readOnly })
  onEdit?.((edit) => refit.edited(edit.folders))
  const judgeThread = createJudgeThread()
  const opinions = createOpinions({ dataset, store, keypointRunIds, planOf, projectFolder, refitRunId: refit.runId, judge: judgeThread.judge })
  const seenRuns = { ids: () => store.ids(), run: (id: number) => store.run(id), folds }
  const shownQueue = () => (readOnly ? queueOfAnother(values.entries(), seenRuns) : queueState(queue, seenRuns))

  function laneOfRun(runId: number): Lane {
    const lane = lanes.get(runId) ?? laneOf(store.run(runId).config.model)
    lanes.set(runId, lane)
    return lane
  }

  function changed(runId: number, how: 'now' | 'soon'): void {
    if (how === 'soon') {
      if (!late.has(runId)) late.set(runId, setTimeout(() => changed(runId, 'now'), runEventMilliseconds))
      return
    }
    clearTimeout(late.get(runId))
    late.delete(runId)
    if (closed) return
    emit({ type: 'run', run: show(runId) })
    refit.runChanged(runId)
  }

  /** Brings the rows of folds that ran or waited when the last process ended to what they are now: first in the queue, unless they never get anywhere. */
  function recover(): void {
    const waiting: FoldKey[] = []
    const queued = values.entries()
    for (const runId of store.ids())
      for (const { fold, state, fruitless, restarts } of store.folds(runId)) {
        if (state !== 'training' && state !== 'preparing' && state !== 'queued') continue
        const interrupted = state !== 'queued'
        if (!queued.some((entry) => sameFold(entry, { runId, fold })))
          store.updateFold(runId, fold, { ...idleFold, state: 'stopped', message: `Handloom ended while this fold was ${interrupted ? 'running. Resume goes on from its last checkpoint.' : 'waiting. Resume starts it.'}` })
        else if (interrupted && fruitless >= mostFruitless)
          store.updateFold(runId, fold, { ...idleFold, state: 'failed', failure: 'internal', message: `Handloom ended ${fruitless} times while this fold was running, before it got to a checkpoint. Memory may be short. ${smallerAdvice(store.run(runId).config)}` })
        else {
          waiting.push({ runId, fold })
          if (interrupted) store.updateFold(runId, fold, { ...idleFold, state: 'queued', restarts: restarts + 1, message: 'Handloom ended while this fold was running; it goes on from its last checkpoint.' })
        }
      }
    values.setEntries(queued.filter((entry) => waiting.some((fold) => sameFold(fold, entry))))
  }

  function requireWritable(): void {
    if (closed) throw new HandloomError('conflict', 'The project is being closed.')
    if (readOnly) throw new HandloomError('conflict', 'The project is open in another Handloom. Train there, or close it there first.')
  }

  function requireEngine(): void {
    requireWritable()
    const engine = engineStatus()
    if (!engine.available) throw new HandloomError('no-engine', engine.message ?? 'TensorFlow is not set up on this machine.')
  }

  async function requireReady(): Promise<void> {
    requireEngine()
    const scan = await dataset.status()
    if (scan.state === 'scanning') throw new HandloomError('conflict', `${dataset.folder} is still being read (${scan.sequencesDone} of ${scan.sequencesTotal} sequences). Start when that is done.`)
  }

  /** A fold's turn on a device. */
  async function train({ runId, fold }: FoldKey, device: TrainingDevice): Promise<FoldEnd> {
    const control = createFoldControl(foldFolder(projectFolder, runId, fold))
    const key = foldName({ runId, fold })
    controls.set(key, control)
    try {
      return await runFold(deps, store.run(runId), fold, device, control)
    } catch (error) {
      // Not even the fold's failure could be written down.
      unwritten.set(key, toHandloomError(error).message)
      changed(runId, 'now')
      return 'over'
    } finally {
      controls.delete(key)
    }
  }

  function begin({ id, folds: chosen }: MadeRun): Run {
    changed(id, 'now')
    queue.add(chosen.map((fold) => ({ runId: id, fold })))
    return show(id)
  }

  async function stop({ id, folds: wanted, when = 'now' }: StopRequest): Promise<Run> {
    requireWritable()
    store.run(id)
    const chosen = folds(id).filter(({ fold }) => wanted === undefined || wanted.includes(fold))
    const waiting = chosen.filter(({ state }) => state === 'queued')
    queue.remove(waiting.map(({ fold }) => ({ runId: id, fold })))
    for (const { fold } of waiting) if (!controls.has(foldName({ runId: id, fold }))) store.updateFold(id, fold, { state: 'stopped', message: 'Stopped before it began.' })
    for (const { fold } of chosen) controls.get(foldName({ runId: id, fold }))?.stop(when, 'stopped')
    changed(id, 'now')
    if (when === 'now') await settled(chosen.map(({ fold }) => foldName({ runId: id, fold })))
    return show(id)
  }

  /** As `begin`, before all others that wait. */
  function beginFirst(made: MadeRun): void {
    const first = made.folds.map((fold) => ({ runId: made.id, fold }))
    for (const fold of first) unwritten.delete(foldName(fold))
    begin(made)
    queue.arrange(first)
  }

  /** What a config would be trained as, for trials. */
  async function planned(input: TrainConfig) {
    requireModel(input.model)
    await requireReady()
    const record = await planning.namedSplit(input)
    return { record, ...(await planning.prepare(input, record)) }
  }

  return {
    engine: engineStatus,
    models: () => [...modelNames().map((name) => modelInfo(name)), ...keypointModels.map((name) => keypointModelInfo(name))],
    presets: () => [...presets],
    preflight: ({ config, folds: wanted }) => planning.preflight(trainConfig.parse(config), wanted, trials.measured, (lane) => queue.devices().filter(({ device }) => device.takes === lane).length),

    async start({ config, folds: wanted }) {
      await requireReady()
      return begin(await maker.fromConfig(trainConfig.parse(config), wanted))
    },
    async startSweep({ config, folds: wanted, vary }) {
      await requireReady()
      return (await maker.sweep(config, wanted, vary)).map(begin)
    },
    async again({ id }) {
      await requireReady()
      return begin(await maker.again(id))
    },
    async retrain({ id, folds: wanted }) {
      await requireReady()
      return begin(await maker.retrained(id, wanted))
    },
    changesSince: ({ id }) => maker.changesSince(id),
    async findSame({ config, folds: wanted }) {
      const id = await maker.same(trainConfig.parse(config), wanted)
      return id === null ? null : show(id)
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

    stop,

    async resume({ id, config: changes = {} }) {
      await requireReady()
      store.run(id)
      const dormant = queue.dormant()
      const unfinished = folds(id).filter(({ fold, state }) => state === 'stopped' || state === 'failed' || dormant.some((entry) => sameFold(entry, { runId: id, fold })))
      if (unfinished.length === 0) throw new HandloomError('conflict', `Run ${id} has no stopped or failed fold to resume.`)
      store.changeConfig(id, changes)
      for (const { fold, carriedFrom, epochs } of unfinished) {
        // Handloom ended while the fold was taken over from another run: it is trained here.
        if (carriedFrom !== null) await rm(foldFolder(projectFolder, id, fold), { recursive: true, force: true })
        store.updateFold(id, fold, carriedFrom === null ? { state: 'queued', message: null, failure: null, fruitless: 0 } : newFold(fold, epochs))
        unwritten.delete(foldName({ runId: id, fold }))
      }
      return begin({ id, folds: unfinished.map(({ fold }) => fold) })
    },

    queue: shownQueue,
    arrangeQueue({ order }) {
      requireWritable()
      queue.arrange(order)
      return shownQueue()
    },
    async pauseQueue({ when }) {
      requireWritable()
      queue.pause()
      for (const control of controls.values()) control.stop(when, 'queued')
      if (when === 'now') await settled([...controls.keys()])
      return shownQueue()
    },
    continueQueue() {
      requireEngine()
      queue.continue()
      return shownQueue()
    },
    goOn() {
      if (!closed && !readOnly && engineStatus().available) queue.goOn()
      refit.goOn()
    },

    async measure({ config }) {
      const { config: full, poseIds, outputs } = await planned(trainConfig.parse(config))
      return trials.measure(full, outputCount(outputs, poseIds.length))
    },
    async findBatch({ config }) {
      const { config: full, poseIds, outputs } = await planned(trainConfig.parse(config))
      return trials.findBatch(full, outputCount(outputs, poseIds.length))
    },
    async findLearningRate({ config, fold }) {
      const { record, plan, ...made } = await planned(trainConfig.parse(config))
      const [chosen = 0] = planning.chosenFolds(made.config, [fold])
      const provenance = provenanceOf({ dataset, annotation, recipes: [], split: record })
      return trials.findLearningRate({ ...made, id: 0, name: '', created: '', splitId: 0, objects: null, sweep: null, madeFrom: null, provenance }, plan, chosen)
    },
    exportModel: exports.exportModel,
    cancelExport: exports.cancelExport,

    cancelTrial: ({ kind }) => trials.cancel(kind),

    opinion: (input) => opinions.opinion(input),
    refit: () => refit.state(),
    setRefit: ({ enabled }) => refit.setEnabled(enabled),

    batch: (fold) => seen.batch(fold),
    batchPictures: async (asked) => seen.batchPictures(asked),
    fedCrop: (asked) => seen.fedCrop(asked),

    idle: () => queue.idle(),

    predict: (input) => predicting(input, (run, finished, device) => (laneOf(run.config.model) === 'keypoints' ? predictSequences : predictFrames)({ ...deps, dataset, crop }, run, finished, { ...input, ...device })),
    predictFolds: (input) => predicting(input, async (run, finished, device) => predictFolds({ ...deps, dataset, crop }, run, finished, await planOf(run.id), { ...input, ...device })),

    async close() {
      // What runs is first in the queue when the project is opened again.
      queue.close()
      for (const control of controls.values()) control.stop('now', 'queued')
      for (const stop of predictions) stop.abort()
      trials.close()
      exports.cancelExport()
      await Promise.all([queue.idle(), refit.close(), judgeThread.close()])
      closed = true
      for (const timer of late.values()) clearTimeout(timer)
    },
  }

  /** Predicts with a run's finished folds on a device of its lane, and stops when the room closes. */
  async function predicting<T>({ runId, signal: given }: { runId: number; signal?: AbortSignal }, work: (run: StoredRun, finished: number[], device: { gpu: number | null; signal: AbortSignal }) => Promise<T>): Promise<T> {
    requireWritable()
    const run = store.run(runId)
    const finished = store.folds(runId).filter(({ state }) => state === 'done').map(({ fold }) => fold)
    if (finished.length === 0) throw new HandloomError('conflict', `Run ${runId} has no finished fold to predict with. Train one to the end first.`)
    const stop = new AbortController()
    predictions.add(stop)
    const signal = given ? AbortSignal.any([stop.signal, given]) : stop.signal
    try {
      return await queue.use('predict', ({ gpu }) => work(run, finished, { gpu, signal }), { wait: true, lane: laneOf(run.config.model) })
    } finally {
      predictions.delete(stop)
    }
  }

  /** Resolves when none of the folds runs any more. */
  async function settled(keys: readonly string[]): Promise<void> {
    while (keys.some((key) => controls.has(key))) await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

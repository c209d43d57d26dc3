import { realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import { seesKeypoints } from '../contract/keypoints.ts'
import { predictedQuery, predictionOptions, type PredictedDetail, type PredictedSequence, type PredictionOptions, type PredictionSession } from '../contract/predict.ts'
import type { CropRoom, DatasetRoom, EvaluateRoom, PredictRoom, RulesRoom, TrainRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { topIndices } from '../evaluate/metrics.ts'
import { createHandDetector } from './detector/handDetector.ts'
import { inNameOrder } from './findSequences.ts'
import { resultsCsv, resultsJson } from './results.ts'
import { createSessionStore, type SequenceRecord, type SessionRecord } from './sessionStore.ts'
import { runTask, type Task } from './sessionTask.ts'

export interface PredictDeps {
  db: Db
  dataset: Pick<DatasetRoom, 'folder' | 'classRows'>
  crop: Pick<CropRoom, 'recipe'>
  evaluate: Pick<EvaluateRoom, 'runPoseIds'>
  rules: Pick<RulesRoom, 'refineGiven'>
  train: Pick<TrainRoom, 'predict' | 'run'>
  emit: Emit
  /** Another process holds the project. */
  readOnly?: boolean | undefined
  /** Milliseconds between two looks of a session that watches. */
  lookEvery?: number
}

/** A session that runs in this process. */
interface Running {
  asked: AbortController
  now: AbortController
  control: { asked: AbortSignal; now: AbortSignal; atWork: boolean }
  secondsLeft: number | null
  over: Promise<void>
}

/** Milliseconds that a batch gets to its end when its session is stopped. */
const graceMilliseconds = 10_000

/** The predict room: folders that are not the data set's. Writes prediction_session and predicted_sequence. */
export function createPredict({ db, dataset, crop, evaluate, rules, train, emit, readOnly = false, lookEvery = 2000 }: PredictDeps): PredictRoom {
  const store = createSessionStore(db)
  const detector = createHandDetector()
  const running = new Map<number, Running>()
  /** What the database would not take (a full disk). */
  const unwritten = new Map<number, Partial<SessionRecord>>()
  let lastTurn: Promise<void> = Promise.resolve()
  let closed = false
  // Whatever ran when the last process ended.
  if (!readOnly) for (const id of store.ids()) if (isLive(store.session(id).record)) store.change(id, { state: 'stopped' })

  function show(id: number): PredictionSession {
    const { created, record } = store.session(id)
    return { id, created, ...record, ...unwritten.get(id), secondsLeft: running.get(id)?.secondsLeft ?? null, problems: store.problems(id) }
  }
  const told = (id: number, names: string[] = []): void => {
    if (!closed) emit({ type: 'prediction', session: show(id), names })
  }

  function requireWritable(): void {
    if (closed) throw new HandloomError('conflict', 'The project is being closed.')
    if (readOnly) throw new HandloomError('conflict', 'The project is open in another Handloom. Predict there, or close it there first.')
  }

  async function turn(): Promise<() => void> {
    const before = lastTurn
    const { promise, resolve } = Promise.withResolvers<void>()
    lastTurn = promise
    await before
    return resolve
  }

  /** Where a session's folder really is, when it may be predicted by its runs. */
  async function checked({ folder, runIds }: PredictionOptions): Promise<{ root: string; keypointsOnly: boolean }> {
    const root = realFolder(folder)
    if (root === dataset.folder)
      throw new HandloomError('bad-request', `${folder} is the data folder of this project, whose test sequences are predicted when a run is trained: see Submit, or handloom predict ${folder}.`, { file: folder })
    const runs = await Promise.all(runIds.map(async (id) => train.run({ id })))
    for (const { id, folds } of runs) if (!folds.some(({ state }) => state === 'done')) throw new HandloomError('bad-request', `Run ${id} has no finished fold to predict with. Train one to the end first.`)
    const classes = runIds.map((id) => ({ id, poseIds: evaluate.runPoseIds(id) }))
    for (const [index, one] of classes.entries())
      for (const other of classes.slice(index + 1))
        if (!one.poseIds.some((poseId) => other.poseIds.includes(poseId)))
          throw new HandloomError('bad-request', `Runs ${one.id} and ${other.id} have no class in common, so their probabilities have no mean. Choose runs of the same class table.`)
    return { root, keypointsOnly: runs.every(({ config }) => seesKeypoints(config.model)) }
  }

  function begin(id: number, options: PredictionOptions, place: Pick<Task, 'root' | 'keypointsOnly'>): PredictionSession {
    const [asked, now] = [new AbortController(), new AbortController()]
    const own: Running = { asked, now, control: { asked: asked.signal, now: now.signal, atWork: false }, secondsLeft: null, over: Promise.resolve() }
    running.set(id, own)
    unwritten.delete(id)
    store.change(id, { state: 'running', message: null })
    own.over = follow(id, { id, options, ...place, stamps: store.stamps(id) }, own)
    told(id)
    return show(id)
  }

  async function follow(id: number, task: Task, own: Running): Promise<void> {
    let end: Partial<SessionRecord> = { state: 'done' }
    try {
      await runTask({ train, rules, recipe: () => crop.recipe('test'), detector, turn, lookEvery }, task, own.control, {
        progress({ secondsLeft, ...now }, kept) {
          own.secondsLeft = secondsLeft
          if (closed) return
          const before = show(id)
          if (kept.length > 0 || before.state !== now.state || before.done !== now.done || before.total !== now.total) store.keep(id, kept, now)
          else if (now.state === 'watching') return
          told(id, kept.map(({ name }) => name))
        },
      })
    } catch (error) {
      const { kind, message } = toHandloomError(error)
      end = kind === 'interrupted' ? { state: 'stopped' } : { state: 'failed', message }
    }
    running.delete(id)
    try {
      store.change(id, end)
    } catch (error) {
      unwritten.set(id, { state: 'failed', message: toHandloomError(error).message })
    }
    told(id)
  }

  async function stop(id: number): Promise<void> {
    const own = running.get(id)
    if (!own) return
    own.asked.abort()
    if (!own.control.atWork) own.now.abort()
    const timer = setTimeout(() => own.now.abort(), graceMilliseconds)
    await own.over
    clearTimeout(timer)
  }

  function requireRest(id: number): void {
    if (running.has(id)) throw new HandloomError('conflict', `Prediction ${id} is running already.`)
  }

  function nameOf(): (poseId: number) => string {
    const names = new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))
    return (poseId) => names.get(poseId) ?? ''
  }
  const named = (name: (poseId: number) => string, list: readonly { poseId: number; probability: number }[]) => list.map(({ poseId, probability }) => ({ poseId, name: name(poseId), probability }))
  const shownSequence = (name: string, { top, ...record }: SequenceRecord, nameOfPose: (poseId: number) => string): PredictedSequence => ({ name, ...record, top: named(nameOfPose, top) })

  return {
    detector: () => detector.state(),

    async start(given) {
      requireWritable()
      const options = predictionOptions.parse(given)
      const place = await checked(options)
      requireWritable()
      const kept = { ...options, folder: place.root, runIds: [...new Set(options.runIds)] }
      return begin(store.add(new Date().toISOString(), { options: kept, state: 'running', done: 0, total: 0, message: null }), kept, place)
    },

    async stop({ id }) {
      requireWritable()
      store.session(id)
      await stop(id)
      return show(id)
    },

    async goOn({ id }) {
      requireWritable()
      const { options } = store.session(id).record
      requireRest(id)
      const place = await checked(options)
      requireWritable()
      requireRest(id)
      return begin(id, options, place)
    },

    sessions: () => store.ids().map(show),

    sequences(input) {
      const query = predictedQuery.parse(input)
      store.session(query.id)
      const name = nameOf()
      const wanted = query.search.normalize('NFC').toLowerCase().split(/\s+/u).filter(Boolean)
      const rows = store.records(query.id).map(({ name: folder, record }) => shownSequence(folder, record, name))
        .filter(({ problems }) => !query.problemsOnly || problems.length > 0)
        .filter(({ name: folder, top: [best] }) => {
          const text = `${folder} ${best ? `${best.poseId} ${best.name}` : ''}`.normalize('NFC').toLowerCase()
          return wanted.every((word) => text.includes(word))
        })
        .sort(orders[query.sort])
      return { total: rows.length, rows: rows.slice(query.offset, query.offset + query.limit) }
    },

    sequence({ id, name }): PredictedDetail {
      const { record, frames, poseIds, probabilities } = store.sequence(id, name)
      const nameOfPose = nameOf()
      const ranked = (row: Float32Array, count: number) => (Number.isNaN(row[0]) ? [] : named(nameOfPose, topIndices(row, count).map((index) => ({ poseId: poseIds[index]!, probability: row[index]! }))))
      const rowOf = (index: number): Float32Array => probabilities.subarray(index * poseIds.length, (index + 1) * poseIds.length)
      return {
        ...shownSequence(name, record, nameOfPose),
        all: ranked(rowOf(0), poseIds.length),
        frameRows: frames.map(({ number, file, width, height, points }, index) => ({ frame: number, file: file ?? '', width, height, points, top: ranked(rowOf(index + 1), 3) })),
      }
    },

    results({ id, format }) {
      const session = show(id)
      const results = store.records(id).sort(inNameOrder).map(({ name }) => store.sequence(id, name))
      const text = format === 'csv' ? resultsCsv(results, nameOf()) : jsonText(resultsJson(session, results))
      return { name: `prediction-${id}.${format}`, text }
    },

    async remove({ id }) {
      requireWritable()
      store.session(id)
      await stop(id)
      store.remove(id)
      unwritten.delete(id)
      return store.ids().map(show)
    },

    imagePath(id, name, frame) {
      const { options: { folder } } = store.session(id).record
      const file = store.frames(id, name).find(({ number }) => number === frame)?.file
      if (file === undefined || file === null) throw new HandloomError('not-found', `Prediction ${id} has no picture ${frame} of ${name}.`)
      const path = join(folder, name, file)
      const real = realPath(path)
      // The folder may have been changed since: a link may lead anywhere now.
      if (real === null || !real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) throw new HandloomError('not-found', `The picture ${path} is not there (any more).`, { file: path })
      return real
    },

    async settled(id) {
      await running.get(id)?.over
      return show(id)
    },

    async close() {
      for (const { asked, now } of running.values()) {
        asked.abort()
        now.abort()
      }
      await Promise.all([...running.values()].map(({ over }) => over))
      closed = true
    },
  }
}

const isLive = ({ state }: SessionRecord): boolean => state === 'running' || state === 'watching'

/** Least sure first: those are to be looked at; what could not be predicted is least sure of all. */
const confidence = ({ top: [best] }: PredictedSequence): number => best?.probability ?? 0
const orders: Record<'name' | 'confidence' | 'newest', (a: PredictedSequence, b: PredictedSequence) => number> = {
  name: inNameOrder,
  confidence: (a, b) => confidence(a) - confidence(b) || inNameOrder(a, b),
  newest: (a, b) => (a.predicted < b.predicted ? 1 : a.predicted > b.predicted ? -1 : inNameOrder(a, b)),
}

function realFolder(folder: string): string {
  const root = realPath(folder)
  if (root === null) throw new HandloomError('not-found', `There is no folder ${folder}. Check the path.`, { file: folder })
  if (!statSync(root).isDirectory()) throw new HandloomError('bad-request', `${folder} is a file. Give the folder that it is in.`, { file: folder })
  return root
}

/** null: there is no such file. */
function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch (error) {
    const known = toHandloomError(error)
    if (known.kind === 'not-found' || (error as { code?: string }).code === 'ENOTDIR') return null
    throw known
  }
}

function jsonText(value: object): string {
  try {
    return `${JSON.stringify(value)}\n`
  } catch (error) {
    if (error instanceof RangeError) throw new HandloomError('bad-request', 'There are too many frames for one JSON file. Take the CSV, or predict parts of the folder.', { cause: error })
    throw error
  }
}

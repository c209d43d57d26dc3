import type { EditSummary } from '../contract/annotation.ts'
import type { Emit, HandloomEvent } from '../contract/events.ts'
import type { Metric, Run } from '../contract/train.ts'
import type { ProjectState } from '../contract/project.ts'
import type { AnnotationRoom, CropRoom, DatasetRoom, EnsembleRoom, PredictRoom, SplitRoom, TrainRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'

/** What is looked at. */
export interface FollowedRooms {
  dataset: DatasetRoom
  annotation: AnnotationRoom
  crop: CropRoom
  split: SplitRoom
  train: TrainRoom
  ensemble: EnsembleRoom
  predict: PredictRoom
}

export interface FollowOptions {
  db: Db
  rooms: FollowedRooms
  state(): Promise<ProjectState>
  emit: Emit
  /** Milliseconds between two looks at whether the other process wrote; longer where looking at what takes long. */
  every?: number
}

/** Of the time at most this share is spent on looking. */
const busyShare = 0.1
/** Milliseconds at least between two times that pages are asked to read everything again. */
const everythingEvery = 2000
/** Newest edits that are compared. */
const comparedEdits = 200

/**
 * Tells the listeners of a read-only project what the process that holds it writes: the same events as that process tells its own,
 * and for what no comparison shows (rules, kept findings) that everything is to be asked for again. No transaction is left open.
 * @returns the way to stop
 */
export function followWriter({ db, rooms, state, emit, every = 250 }: FollowOptions): () => void {
  const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck()
  const looks = looksAt(rooms)
  let seen = dataVersion.get()
  let told = 0
  let due = false
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  async function tellChanges(): Promise<void> {
    const version = dataVersion.get()
    if (version !== seen) {
      seen = version
      due = true
      for (const look of looks) for (const event of await look()) emit(event)
    }
    if (!due || performance.now() - told < everythingEvery) return
    due = false
    told = performance.now()
    emit({ type: 'rules' })
    emit({ type: 'project', project: await state() })
  }

  async function turn(work: () => Promise<void>): Promise<void> {
    const begin = performance.now()
    try {
      await work()
    } catch (error) {
      // The next look may succeed, and what is shown is right, only old.
      if (!stopped) console.error(error)
    }
    const took = performance.now() - begin
    if (!stopped) timer = setTimeout(() => void turn(tellChanges), Math.max(every, took / busyShare - took)).unref()
  }

  void turn(async () => {
    for (const look of looks) await look()
  })
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** What happened since it was called last; the first time, nothing. */
type Look = () => Promise<HandloomEvent[]>

function look<T>(read: () => T | Promise<T>, tell: (before: T, now: T) => HandloomEvent[]): Look {
  let before: { value: T } | null = null
  return async () => {
    const value = await read()
    const events = before ? tell(before.value, value) : []
    before = { value }
    return events
  }
}

function looksAt({ dataset, annotation, crop, split, train, ensemble, predict }: FollowedRooms): Look[] {
  return [
    look(
      async () => ({ hash: dataset.dataHash(), problems: (await dataset.problems({ offset: 0, limit: 1 })).total, status: await dataset.status() }),
      (before, now) => (before.hash === now.hash && before.problems === now.problems ? [] : [{ type: 'scan', status: now.status }]),
    ),
    look(
      () => new Map(dataset.summaries().map(({ folder, version }) => [folder, version])),
      (before, now) => {
        const folders = [...now].flatMap(([folder, version]) => (before.get(folder) === version ? [] : folder))
        return folders.length === 0 ? [] : [{ type: 'sequences', folders }]
      },
    ),
    look(
      async () => ({ versions: annotation.versions(), edits: (await annotation.history({ limit: comparedEdits })).edits }),
      (before, now) => {
        const told = editEvents(before.edits, now.edits)
        const [newest] = now.edits
        const changed = [...now.versions].some(([folder, version]) => before.versions.get(folder) !== version)
        // An old edit that was taken back or brought back is beyond what is compared.
        return told.length === 0 && changed && newest ? [{ type: 'edit', action: newest.undone ? 'undone' : 'redone', edit: newest }] : told
      },
    ),
    look(() => crop.recipeHash(), (before, now) => (before === now ? [] : [{ type: 'crop' }])),
    look(
      async () => (await split.list()).map(({ id, name, version }) => ({ id, named: `${name} ${version}` })),
      (before, now) => {
        const known = new Map(before.map(({ id, named }) => [id, named]))
        return now.filter(({ id, named }) => known.get(id) !== named).map(({ id }) => ({ type: 'split', splitId: id }))
      },
    ),
    look(async () => new Map((await train.runs()).map((run) => [run.id, run])), runEvents),
    look(metricsOfRunning(train), metricEvents),
    look(() => train.queue(), (before, now) => (JSON.stringify(before) === JSON.stringify(now) ? [] : [{ type: 'queue', queue: now }])),
    look(
      async () => (await ensemble.submissions()).map(({ id }) => id),
      (before, now) => now.filter((id) => !before.includes(id)).map((id) => ({ type: 'submission', id })),
    ),
    look(
      async () => new Map((await predict.sessions()).map((session) => [session.id, session])),
      (before, now) => [...now.values()].flatMap((session): HandloomEvent[] => (JSON.stringify(before.get(session.id)) === JSON.stringify(session) ? [] : [{ type: 'prediction', session, names: [] }])),
    ),
  ]
}

/** Edits made, taken back and brought back between two states of the history (newest first), in the order in which that was done. */
function editEvents(before: readonly EditSummary[], now: readonly EditSummary[]): Extract<HandloomEvent, { type: 'edit' }>[] {
  const undone = new Map(before.map((edit) => [edit.id, edit.undone]))
  const newest = before[0]?.id ?? 0
  const turned = now.filter((edit) => undone.has(edit.id) && undone.get(edit.id) !== edit.undone)
  return [
    ...turned.filter((edit) => edit.undone).map((edit) => ({ type: 'edit', action: 'undone', edit }) as const),
    ...turned.filter((edit) => !edit.undone).reverse().map((edit) => ({ type: 'edit', action: 'redone', edit }) as const),
    ...now.filter(({ id }) => id > newest).reverse().map((edit) => ({ type: 'edit', action: 'applied', edit }) as const),
  ]
}

function runEvents(before: ReadonlyMap<number, Run>, now: ReadonlyMap<number, Run>): HandloomEvent[] {
  return [...now.values()].flatMap((run): HandloomEvent[] => {
    const known = before.get(run.id)
    if (JSON.stringify(known) === JSON.stringify(run)) return []
    const done = new Set(known?.folds.flatMap(({ fold, state }) => (state === 'done' ? fold : [])))
    const evaluated = run.folds.some(({ fold, state }) => state === 'done' && !done.has(fold))
    return [{ type: 'run', run }, ...(evaluated ? [{ type: 'evaluation', runId: run.id } as const] : [])]
  })
}

/** The curves of the runs that are running, and once more of those that were. */
function metricsOfRunning(train: TrainRoom): () => Promise<Map<number, Metric[]>> {
  let running: number[] = []
  return async () => {
    const now = (await train.runs()).flatMap(({ id, state }) => (state === 'running' ? id : []))
    const wanted = new Set([...running, ...now])
    running = now
    return new Map(await Promise.all([...wanted].map(async (id): Promise<[number, Metric[]]> => [id, await train.metrics({ runId: id })])))
  }
}

function metricEvents(before: ReadonlyMap<number, readonly Metric[]>, now: ReadonlyMap<number, readonly Metric[]>): HandloomEvent[] {
  const keyOf = ({ fold, kind, step }: Metric): string => `${fold} ${kind} ${step}`
  return [...now].flatMap(([runId, metrics]) => {
    const known = new Set(before.get(runId)?.map(keyOf))
    return metrics.flatMap((metric): HandloomEvent[] => (known.has(keyOf(metric)) ? [] : [{ type: 'metric', runId, metric }]))
  })
}

import type { FlipTargets } from '../augment/sampleTransform.ts'
import { augmentRecipe, cropRecipe, type AugmentRecipe, type CropRecipes } from '../contract/crop.ts'
import { HandloomError } from '../contract/errors.ts'
import { trainConfig, type FoldState, type Metric, type Run, type RunFold, type TrainConfig } from '../contract/train.ts'
import type { Db } from '../db/open.ts'
import type { Outputs } from './outputs.ts'

/** What a run keeps beside what is shown of it. */
interface RunRecipes {
  recipes: CropRecipes
  augment: AugmentRecipe
  flipTargets: FlipTargets
  /** Classes that the split merges, as outputs of the network; null: none. */
  outputs: Outputs | null
  objects: Run['objects']
  sweep: Run['sweep']
  madeFrom: Run['madeFrom']
}

export interface StoredRun extends RunRecipes {
  id: number
  name: string
  created: string
  config: TrainConfig
  splitId: number
  /** Pose ids by class index. */
  poseIds: number[]
  provenance: Run['provenance']
}

export interface StoredFold extends RunFold {
  /** Seconds from one epoch's end to the next; null before the second. */
  secondsPerEpoch: number | null
  /** Processes begun one after the other that ended without a checkpoint of theirs. */
  fruitless: number
}

/** What a fold that does not run says of its running. */
export const idleFold = { imagesPerSecond: null, secondsLeft: null, device: null } as const

/** A fold that waits for its first turn. */
export const newFold = (fold: number, epochs: number): StoredFold => ({
  fold, epochs, state: 'queued', epoch: 0, bestLogLoss: null, bestAccuracy: null, imagesPerSecond: null, secondsLeft: null, message: null, trainFrames: 0, validationFrames: 0,
  bestEpoch: null, failure: null, device: null, restarts: 0, carriedFrom: null, secondsPerEpoch: null, fruitless: 0,
})

export interface RunStore {
  insert(run: Omit<StoredRun, 'id'>, folds: readonly StoredFold[]): number
  ids(): number[]
  /** @throws HandloomError `not-found` */
  run(id: number): StoredRun
  folds(id: number): StoredFold[]
  fold(id: number, fold: number): StoredFold
  /** Changes some values of a fold and returns them all. */
  updateFold(id: number, fold: number, changes: Partial<StoredFold>): StoredFold
  rename(id: number, name: string): void
  /** Changes some keys of a run's config. */
  changeConfig(id: number, changes: Partial<TrainConfig>): void
  /** Has a run's folds begin again, and forgets their curves. One transaction. */
  beginAnew(id: number, folds: readonly StoredFold[]): void
  /** Changes what a run has from its plan. */
  changePlanned(id: number, planned: Pick<StoredRun, 'provenance' | 'outputs'>): void
  /** Forgets a run that never began. */
  remove(id: number): void
  /** A metric and, in the same transaction, what it means for its fold. */
  addMetric(id: number, metric: Metric, changes?: Partial<StoredFold>): void
  /** Removes the points of a fold's curves that lie after a step. */
  removeMetricsAfter(id: number, fold: number, step: number): void
  metrics(id: number, fold?: number): Metric[]
  /** Copies a fold's curves to another run. */
  copyMetrics(from: number, to: number, fold: number): void
}

interface RunRow {
  id: number
  name: string
  created: string
  config: string
  split_id: number
  pose_ids: string
  provenance: string
}

/** The tables run, run_fold and metric. */
export function createRunStore(db: Db): RunStore {
  const runRow = db.prepare<[number], RunRow>('SELECT * FROM run WHERE id = ?')
  const foldRows = db.prepare<[number], { state: FoldState; value: string }>('SELECT state, value FROM run_fold WHERE run_id = ? ORDER BY fold')
  const insertRun = db.prepare('INSERT INTO run (name, created, config, split_id, pose_ids, provenance) VALUES (?, ?, ?, ?, ?, ?)')
  const putFold = db.prepare(
    'INSERT INTO run_fold (run_id, fold, state, value) VALUES (?, ?, ?, ?) ON CONFLICT (run_id, fold) DO UPDATE SET state = excluded.state, value = excluded.value',
  )
  const putMetric = db.prepare(
    'INSERT INTO metric (run_id, fold, step, kind, value) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_id, fold, step, kind) DO UPDATE SET value = excluded.value',
  )
  const metricRows = db.prepare<[number, number | null, number | null], { value: string }>(
    "SELECT value FROM metric WHERE run_id = ? AND (? IS NULL OR fold = ?) ORDER BY fold, step, kind = 'epoch'",
  )

  // Keys that came later have their first values.
  const folds = (id: number): StoredFold[] => foldRows.all(id).map(({ state, value }) => ({ ...newFold(0, 0), ...(JSON.parse(value) as StoredFold), state }))
  const writeFold = (id: number, value: StoredFold): void => void putFold.run(id, value.fold, value.state, JSON.stringify(value))

  function fold(id: number, number: number): StoredFold {
    const found = folds(id).find((row) => row.fold === number)
    if (!found) throw new HandloomError('not-found', `Run ${id} has no fold ${number}.`)
    return found
  }

  function updateFold(id: number, number: number, changes: Partial<StoredFold>): StoredFold {
    const changed = { ...fold(id, number), ...changes }
    writeFold(id, changed)
    return changed
  }

  return {
    insert({ name, created, config, splitId, poseIds, provenance, ...made }, rows) {
      return db.transaction(() => {
        const stored = JSON.stringify({ config, ...made })
        const id = Number(insertRun.run(name, created, stored, splitId, JSON.stringify(poseIds), JSON.stringify(provenance)).lastInsertRowid)
        for (const row of rows) writeFold(id, row)
        return id
      })()
    },
    ids: () => db.prepare<[], { id: number }>('SELECT id FROM run ORDER BY id DESC').all().map((row) => row.id),
    run(id) {
      const row = runRow.get(id)
      if (!row) throw new HandloomError('not-found', `There is no run ${id} in this project.`)
      return { id, name: row.name, created: row.created, splitId: row.split_id, poseIds: JSON.parse(row.pose_ids) as number[], provenance: { engine: null, ...(JSON.parse(row.provenance) as Omit<Run['provenance'], 'engine'>) }, ...readMade(row.config) }
    },
    folds,
    fold,
    updateFold,
    rename(id, name) {
      if (db.prepare('UPDATE run SET name = ? WHERE id = ?').run(name, id).changes === 0) throw new HandloomError('not-found', `There is no run ${id} in this project.`)
    },
    changeConfig(id, changes) {
      const { config, ...rest } = JSON.parse(runRow.get(id)?.config ?? '{}') as RunRecipes & { config: TrainConfig }
      db.prepare('UPDATE run SET config = ? WHERE id = ?').run(JSON.stringify({ config: { ...config, ...changes }, ...rest }), id)
    },
    beginAnew: db.transaction((id, rows) => {
      db.prepare('DELETE FROM metric WHERE run_id = ?').run(id)
      for (const row of rows) writeFold(id, row)
    }),
    changePlanned(id, { provenance, outputs }) {
      const made = JSON.parse(runRow.get(id)?.config ?? '{}') as RunRecipes
      db.prepare('UPDATE run SET config = ?, provenance = ? WHERE id = ?').run(JSON.stringify({ ...made, outputs }), JSON.stringify(provenance), id)
    },
    remove: (id) => void db.prepare('DELETE FROM run WHERE id = ?').run(id),
    addMetric: db.transaction((id, metric, changes) => {
      putMetric.run(id, metric.fold, metric.step, metric.kind, JSON.stringify(metric))
      if (changes) updateFold(id, metric.fold, changes)
    }),
    removeMetricsAfter: (id, number, step) => void db.prepare('DELETE FROM metric WHERE run_id = ? AND fold = ? AND step > ?').run(id, number, step),
    metrics: (id, number) => metricRows.all(id, number ?? null, number ?? null).map((row): Metric => ({ load: null, ...(JSON.parse(row.value) as Omit<Metric, 'load'>) })),
    copyMetrics: (from, to, number) => void db.prepare('INSERT OR REPLACE INTO metric (run_id, fold, step, kind, value) SELECT ?, fold, step, kind, value FROM metric WHERE run_id = ? AND fold = ?').run(to, from, number),
  }
}

/** What a run was made from; keys that came later have their defaults. */
function readMade(text: string): RunRecipes & { config: TrainConfig } {
  const stored = JSON.parse(text) as { config: unknown; recipes: Record<keyof CropRecipes, unknown>; augment: unknown; flipTargets: number[] | FlipTargets; outputs?: Outputs | null } & Partial<Pick<RunRecipes, 'objects' | 'sweep' | 'madeFrom'>>
  const { train, validation, test } = stored.recipes
  return {
    config: trainConfig.parse(stored.config),
    recipes: { train: cropRecipe.parse(train), validation: cropRecipe.parse(validation), test: cropRecipe.parse(test) },
    augment: augmentRecipe.parse(stored.augment),
    flipTargets: Array.isArray(stored.flipTargets) ? { horizontal: stored.flipTargets, vertical: [] } : stored.flipTargets,
    outputs: stored.outputs ?? null,
    objects: stored.objects ?? null,
    sweep: stored.sweep ?? null,
    madeFrom: stored.madeFrom ?? null,
  }
}

/** A run as it is shown. */
export function shownRun({ id, name, created, config, splitId, provenance, objects, sweep, madeFrom }: StoredRun, folds: readonly StoredFold[]): Run {
  return { id, name, created, config, splitId, provenance, objects, sweep, madeFrom, state: runState(folds), folds: [...folds], secondsLeft: secondsLeft(folds) }
}

function runState(folds: readonly StoredFold[]): Run['state'] {
  const some = (...states: FoldState[]): boolean => folds.some((fold) => states.includes(fold.state))
  if (some('preparing', 'training')) return 'running'
  if (some('queued')) return some('done', 'failed') ? 'running' : 'queued'
  return some('failed') ? 'failed' : some('stopped') ? 'stopped' : 'done'
}

/** Of the running fold as it says, of waiting ones by the time that the run's other folds took for an epoch. */
function secondsLeft(folds: readonly StoredFold[]): number | null {
  const times = folds.flatMap((fold) => fold.secondsPerEpoch ?? [])
  const perEpoch = times.length ? times.reduce((a, b) => a + b, 0) / times.length : null
  let sum = 0
  for (const fold of folds) {
    if (fold.state !== 'queued' && fold.state !== 'preparing' && fold.state !== 'training') continue
    const left = fold.secondsLeft ?? (perEpoch === null ? null : perEpoch * (fold.epochs - fold.epoch))
    if (left === null) return null
    sum += left
  }
  return folds.some((fold) => fold.state === 'preparing' || fold.state === 'training' || fold.state === 'queued') ? sum : null
}

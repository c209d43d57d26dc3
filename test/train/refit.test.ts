import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { EvaluationSummary } from '../../src-main/contract/evaluate.ts'
import type { RefitState } from '../../src-main/contract/keypoints.ts'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { trainConfig } from '../../src-main/contract/train.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { createQueueStore } from '../../src-main/train/queueStore.ts'
import { createRefit, type Refit } from '../../src-main/train/refit/refit.ts'
import { isActive } from '../../src-main/train/refit/refitProgress.ts'
import { createRunStore, newFold, type RunStore, type StoredFold, type StoredRun } from '../../src-main/train/runStore.ts'

const rest = 1500
let root = ''
let database: ReturnType<typeof openDatabase>
let store: RunStore
let refit: Refit
let told: RefitState[] = []
/** What was asked of the queue and of the maker of runs. */
let done: string[] = []
/** The data as they are, and as they were when a run was planned. */
let data: Record<string, string> = {}
let plans = new Map<number, Record<string, string>>()
let unready: HandloomError | null = null
/** What making a run waits for. */
let planned: Promise<void> = Promise.resolve()
let refused: HandloomError | null = null
/** The log loss of a run's predictions. */
const logLossOf = (id: number): number => 1 / id

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-refit-'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  data = { 'train/1': 'as it is', 'train/2': 'as it is', 'test/9': 'as it is' }
  plans = new Map()
  unready = null
  planned = Promise.resolve()
  refused = null
  open()
})
afterEach(async () => {
  await shut()
  vi.useRealTimers()
  await rm(root, { recursive: true, force: true })
})

function open(): void {
  done = []
  told = []
  database = openDatabase(join(root, 'project'))
  store = createRunStore(database.db)
  refit = createRefit({
    keypointRunIds: () => store.ids().filter((id) => store.run(id).config.model === 'keypoint_linear'),
    store,
    folds: (id) => store.folds(id),
    values: createQueueStore(database.db),
    maker: {
      changesSince: async (id) => ({ folders: Object.keys(data).filter((folder) => data[folder] !== plans.get(id)?.[folder]), added: [], removed: [], recipes: false, folds: [] }),
      async refit(base, known) {
        const seen = { ...data }
        await planned
        const id = known ?? keep('keypoint_linear', [0, 1], { runId: base, how: 'refit' })
        for (const fold of [0, 1]) store.updateFold(id, fold, newFold(fold, 1))
        plans.set(id, seen)
        return { id, folds: [0, 1] }
      },
    },
    evaluate: { summary: async ({ runId }) => ({ sequence: { logLoss: logLossOf(runId) } }) as EvaluationSummary },
    requireWritable: () => undefined,
    async requireReady() {
      if (unready) throw unready
    },
    begin({ id }) {
      if (refused) throw refused
      done.push(`begin ${id}`)
    },
    async halt(id) {
      const active = store.folds(id).filter(isActive)
      for (const { fold } of active) store.updateFold(id, fold, { state: 'stopped' })
      if (active.length > 0) done.push(`halt ${id}`)
    },
    emit: (event) => void (event.type === 'refit' && told.push(event.refit)),
    readOnly: false,
    restMilliseconds: rest,
  })
}
async function shut(): Promise<void> {
  await refit.close()
  database.close()
}

function keep(model: string, folds: number[], madeFrom: StoredRun['madeFrom'] = null, state: StoredFold['state'] = 'done'): number {
  const { recipes, augment } = defaultCropSettings
  const provenance = { dataHash: '', editsHash: '', recipeHash: '', splitHash: '', version: '', machine: '', engine: null }
  const run = { name: model, created: '', config: trainConfig.parse({ model }), splitId: 1, poseIds: [1, 2], provenance, recipes, augment, flipTargets: { horizontal: [], vertical: [] }, outputs: null, objects: null, sweep: null, madeFrom }
  const id = store.insert(run, folds.map((fold) => ({ ...newFold(fold, 1), state })))
  plans.set(id, { ...data })
  return id
}
/** An edit, and what the room hears of it. */
function edit(folder: string, to: string): void {
  data[folder] = to
  refit.edited([folder])
}
function end(id: number, fold: number, state: 'done' | 'failed', message: string | null = null): void {
  store.updateFold(id, fold, { state, message })
  refit.runChanged(id)
}
const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds)
const brief = ({ state, runId, foldsDone, logLossAfter, message }: RefitState) => ({ state, runId, foldsDone, logLossAfter, message })

describe('the keypoint model, fitted again behind', () => {
  it('waits until edits rest, fits all folds on the data as they are then, and tells what it brought', async () => {
    const base = keep('keypoint_linear', [0, 1])
    keep('regnety_nano', [0])
    refit.goOn()
    expect(await refit.state()).toEqual({ enabled: false, baseRunId: base, runId: null, state: 'idle', foldsDone: 0, folds: 2, edited: [], logLossBefore: 1, logLossAfter: null, message: null })
    await refit.setEnabled(true)
    await settle(rest)
    expect(done).toEqual([])

    edit('train/1', 'cleaned')
    await settle(rest - 1)
    edit('train/2', 'cleaned')
    await settle(rest - 1)
    expect({ done, told: told.at(-1)?.state, edited: told.at(-1)?.edited }).toEqual({ done: [], told: 'waiting', edited: ['train/1', 'train/2'] })
    await settle(1)
    expect({ done, told: brief(told.at(-1) as RefitState) }).toEqual({ done: ['begin 3'], told: { state: 'fitting', runId: 3, foldsDone: 0, logLossAfter: null, message: null } })
    end(3, 1, 'done')
    await settle()
    end(3, 0, 'done')
    await settle()
    expect(told.slice(-2).map(brief)).toEqual([
      { state: 'fitting', runId: 3, foldsDone: 1, logLossAfter: null, message: null },
      { state: 'idle', runId: 3, foldsDone: 2, logLossAfter: logLossOf(3), message: null },
    ])
    expect(plans.get(3)).toEqual(data)
  })

  it('stops for an edit and begins anew, in the same run; back at the data it knows there is nothing to do', async () => {
    const base = keep('keypoint_linear', [0, 1])
    refit.goOn()
    await refit.setEnabled(true)
    edit('train/1', 'cleaned')
    await settle(rest)
    end(2, 0, 'done')
    edit('train/2', 'cleaned')
    await settle()
    expect({ done, told: told.at(-1)?.state }).toEqual({ done: ['begin 2', 'halt 2'], told: 'waiting' })
    await settle(rest)
    expect(done).toEqual(['begin 2', 'halt 2', 'begin 2'])
    for (const fold of [0, 1]) end(2, fold, 'done')
    // There and back, then back to what the base run saw.
    edit('train/1', 'other')
    edit('train/1', 'cleaned')
    edit('test/9', 'cleaned')
    await settle(rest)
    expect({ done: done.slice(3), told: told.at(-1)?.state }).toEqual({ done: [], told: 'idle' })
    Object.assign(data, plans.get(base))
    refit.edited(['train/1', 'train/2', 'test/9'])
    await settle(rest)
    expect({ done: done.slice(3), edited: told.at(-1)?.edited }).toEqual({ done: ['begin 2'], edited: [] })
  })

  it('stops when it is switched off, and does what is due when it is switched on', async () => {
    keep('keypoint_linear', [0, 1])
    refit.goOn()
    await refit.setEnabled(true)
    edit('train/1', 'cleaned')
    await settle(rest)
    expect(brief(await refit.setEnabled(false))).toEqual({ state: 'idle', runId: 2, foldsDone: 0, logLossAfter: null, message: null })
    edit('train/2', 'cleaned')
    await settle(rest)
    expect(done).toEqual(['begin 2', 'halt 2'])
    await refit.setEnabled(true)
    await settle()
    expect(done).toEqual(['begin 2', 'halt 2', 'begin 2'])
  })

  it('leaves no fold behind that waits for nothing', async () => {
    keep('keypoint_linear', [0, 1])
    refit.goOn()
    await refit.setEnabled(true)
    refused = new HandloomError('storage', 'The disk is full.')
    edit('train/1', 'cleaned')
    await settle(rest)
    expect(brief(told.at(-1) as RefitState)).toEqual({ state: 'failed', runId: 2, foldsDone: 0, logLossAfter: null, message: 'The disk is full.' })
    expect({ done, folds: store.folds(2).map(({ state }) => state) }).toEqual({ done: ['halt 2'], folds: ['stopped', 'stopped'] })
    refused = null
    const { promise: first, resolve: firstPlanned } = Promise.withResolvers<void>()
    planned = first
    edit('train/1', 'cleaned again')
    await settle(rest)
    edit('train/1', 'other')
    edit('train/1', 'cleaned again')
    firstPlanned()
    await settle(rest)
    expect(done).toEqual(['halt 2', 'halt 2', 'begin 2'])
    const { promise, resolve } = Promise.withResolvers<void>()
    planned = promise
    edit('train/1', 'cleaned once more')
    await settle(rest)
    const off = refit.setEnabled(false)
    resolve()
    expect(brief(await off)).toEqual({ state: 'idle', runId: 2, foldsDone: 0, logLossAfter: null, message: null })
    expect({ done, folds: store.folds(2).map(({ state }) => state) }).toEqual({ done: ['halt 2', 'halt 2', 'begin 2', 'halt 2', 'halt 2'], folds: ['stopped', 'stopped'] })
  })

  it('says why it could not, and tries again after the next edit', async () => {
    keep('keypoint_linear', [0, 1])
    refit.goOn()
    await refit.setEnabled(true)
    unready = new HandloomError('no-engine', 'TensorFlow is missing.')
    edit('train/1', 'cleaned')
    await settle(rest)
    expect(brief(told.at(-1) as RefitState)).toEqual({ state: 'failed', runId: null, foldsDone: 0, logLossAfter: null, message: 'TensorFlow is missing.' })
    unready = null
    edit('train/1', 'cleaned again')
    await settle(rest)
    end(2, 0, 'failed', 'The disk is full.')
    await settle()
    expect(told.at(-1)?.state).toBe('fitting')
    end(2, 1, 'done')
    await settle()
    expect(brief(told.at(-1) as RefitState)).toEqual({ state: 'failed', runId: 2, foldsDone: 1, logLossAfter: null, message: 'The disk is full.' })
    edit('train/2', 'cleaned')
    await settle(rest)
    expect({ done, told: told.at(-1)?.state }).toEqual({ done: ['begin 2', 'begin 2'], told: 'fitting' })
  })

  it('goes on after a restart: with what was edited meanwhile, or where it was', async () => {
    keep('keypoint_linear', [0, 1])
    refit.goOn()
    await refit.setEnabled(true)
    edit('train/1', 'cleaned')
    await shut()
    open()
    // As on the command line: edits are made, and nothing begins.
    edit('train/2', 'cleaned')
    await settle(rest)
    expect(done).toEqual([])
    refit.goOn()
    await settle()
    expect({ done, told: told.at(-1)?.state }).toEqual({ done: ['begin 2'], told: 'fitting' })

    await shut()
    open()
    refit.goOn()
    await settle()
    // Its folds wait in the queue, which goes on by itself.
    expect({ done, told: told.at(-1)?.state }).toEqual({ done: [], told: 'fitting' })
    for (const fold of [0, 1]) end(2, fold, 'done')
    await shut()
    open()
    refit.goOn()
    await settle()
    expect({ done, told: told.at(-1)?.state }).toEqual({ done: [], told: 'idle' })
  })

  it('follows a newer run when that is finished, in a run of its own', async () => {
    keep('keypoint_linear', [0, 1])
    refit.goOn()
    await refit.setEnabled(true)
    edit('train/1', 'cleaned')
    await settle(rest)
    for (const fold of [0, 1]) end(2, fold, 'done')
    const newer = keep('keypoint_linear', [0, 1], null, 'training')
    data['train/2'] = 'edited while it was trained'
    for (const fold of [0, 1]) end(newer, fold, 'done')
    await settle()
    expect({ done, base: told.at(-1)?.baseRunId, run: told.at(-1)?.runId }).toEqual({ done: ['begin 2', 'begin 4'], base: 3, run: 4 })
  })
})

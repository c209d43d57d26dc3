import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { predictionOptions } from '../../src-main/contract/predict.ts'
import type { CropRoom, PredictionRow } from '../../src-main/contract/rooms.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { createBatchSize } from '../../src-main/predict/batchSize.ts'
import { meanOverRuns, unionOf } from '../../src-main/predict/overRuns.ts'
import { predictBatch, type BatchDeps } from '../../src-main/predict/predictBatch.ts'
import type { ReadSequence } from '../../src-main/predict/readGiven.ts'
import { createPredict } from '../../src-main/predict/service.ts'
import { madeRun } from '../ensemble/madeRooms.ts'

describe('the mean over runs', () => {
  it('gives 0 for a class that a run does not know, and leaves out runs that say nothing', () => {
    const poseIds = unionOf([[10, 20], [20, 7]])
    expect(poseIds).toEqual([7, 10, 20])
    const [one, other] = [{ poseIds: [10, 20], probabilities: [0.75, 0.25] }, { poseIds: [20, 7], probabilities: [0.5, 0.5] }]
    expect([...(meanOverRuns([one, { ...other, probabilities: [0.75, 0.25] }], poseIds) ?? [])]).toEqual([0.125, 0.375, 0.5])
    expect([...(meanOverRuns([one, other], poseIds) ?? [])]).toEqual([0, 0.75, 0.25])
    expect([meanOverRuns([other], poseIds), meanOverRuns([], poseIds)]).toEqual([null, null])
  })
})

const sequence = (name: string): ReadSequence => ({
  found: { name, pictures: [], json: null, stamp: '', problems: [] }, files: ['0.png', '1.png'], keypoints: 'none', poseId: null, problems: [],
  frames: [0, 1].map((number) => ({ number, file: `/x/${name}/${number}.png`, bytes: 1, modified: 1, width: 10, height: 10, points: [] })),
})
const row = (folder: string, frame: number, ...probabilities: number[]): PredictionRow => ({ folder, frame, probabilities: Float32Array.from(probabilities) })
const rowsOf: Record<number, PredictionRow[]> = {
  1: [row('a', 0, 1, 0), row('a', 1, 0.5, 0.5), row('b', 0, 0.25, 0.75), row('b', 1, 0.25, 0.75)],
  2: [row('a', 0, 0.25, 0.75), row('a', 1, 0.25, 0.75), row('b', 1, 0, 1)],
}

it('a batch: frames to sequences, each run’s own rules, then the mean over runs, by hand', async () => {
  const deps: BatchDeps = {
    train: { run: ({ id }) => madeRun(id), predict: async ({ runId }) => ({ poseIds: [5, 6], rows: rowsOf[runId] ?? [], failures: runId === 2 ? [{ folder: 'b', frame: 0, reason: 'cut off.' }] : [] }) },
    // Of run 1 all of sequence a goes to its first class.
    rules: { refineGiven: (runId, given) => given.flatMap(({ sequence: { name }, probabilities }) => (runId === 1 && name === 'a' ? (probabilities.set([1, 0]), name) : [])) },
    recipe: () => { throw new Error('The quality of crops was not asked for.') },
  }
  const shares: number[] = []
  const found = await predictBatch(deps, predictionOptions.parse({ folder: '/x', runIds: [1, 2], rules: true }), [sequence('a'), sequence('b'), sequence('c')], new AbortController().signal, (share) => shares.push(share))
  expect(found.map(({ name, probabilities, poseIds, record }) => ({ name, poseIds, probabilities: [...probabilities], changed: record.changedByRules, top: record.top.map(({ poseId }) => poseId), problems: record.problems.map(({ file, message }) => `${file}: ${message}`) }))).toEqual([
    { name: 'a', poseIds: [5, 6], probabilities: [0.625, 0.375, 0.625, 0.375, 0.25, 0.75], changed: true, top: [5, 6], problems: [] },
    { name: 'b', poseIds: [5, 6], probabilities: [0.125, 0.875, 0.25, 0.75, 0.125, 0.875], changed: false, top: [6, 5], problems: ['b/0.png: The picture cannot be read: cut off. The frame is not looked at.'] },
    { name: 'c', poseIds: [], probabilities: [], changed: false, top: [], problems: [1, 2].map((runId) => `c: Run ${runId} says nothing: it leaves frames without keypoints out (its crop recipe says so), or none could be read.`) },
  ])
  expect(shares).toEqual([0.5, 1])
})

it('batches grow while they are quick, shrink when they are slow, and stay within their frames', () => {
  const size = createBatchSize(false)
  const waiting = Array.from({ length: 100 }, () => 50)
  const next = () => size.next(waiting, (frames) => frames).length
  const lengths = [next()]
  for (const seconds of [5, 5, 100, 100, 100, 100, 100]) {
    size.took(seconds)
    lengths.push(next())
  }
  expect(lengths).toEqual([2, 6, 12, 9, 4, 2, 1, 1])
  expect([size.next([5000, 1], (frames) => frames), size.next([], () => 1)]).toEqual([[5000], []])
})

describe('runs that cannot be put together', () => {
  let root: string
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'handloom-over-'))))
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('are named before anything begins: no class in common, or no finished fold', async () => {
    const { db, close } = openDatabase(join(root, 'project'))
    const classes: Record<number, number[]> = { 1: [5, 6], 2: [6, 7], 3: [7, 8], 4: [5, 6] }
    const room = createPredict({
      db, dataset: { folder: '/nowhere', classRows: () => [] }, crop: {} as CropRoom, rules: { refineGiven: () => [] }, emit: () => undefined,
      evaluate: { runPoseIds: (id) => classes[id] ?? [] },
      train: { run: ({ id }) => madeRun(id, id === 4 ? ['training'] : ['done']), predict: () => Promise.reject(new Error('none')) },
    })
    const start = (...runIds: number[]) => room.start({ folder: root, runIds })
    await expect(start(1, 2, 3)).rejects.toMatchObject({ kind: 'bad-request', message: expect.stringContaining('Runs 1 and 3 have no class in common') })
    await expect(start(4)).rejects.toMatchObject({ kind: 'bad-request', message: expect.stringContaining('Run 4 has no finished fold') })
    expect(await room.sessions()).toEqual([])
    await room.close()
    close()
  })
})

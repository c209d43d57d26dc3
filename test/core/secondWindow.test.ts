import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { PointChange } from '../../src-main/contract/annotation.ts'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { trainConfig, type Metric } from '../../src-main/contract/train.ts'
import { startCoreProcess, type CoreProcess } from '../../src-main/core/bench/coreProcess.ts'
import { databaseName } from '../../src-main/db/open.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { createRunStore, newFold, type StoredFold } from '../../src-main/train/runStore.ts'

let root: string
let data: string
let project: string
let writer: CoreProcess
let reader: CoreProcess
let heard: HandloomEvent[]
let count = 0

const start = (name: string) => startCoreProcess({ data, project, tokenFile: join(root, name), env: { HANDLOOM_DATA: join(root, 'application') } })
const folder = 'train/475'

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'handloom-second-')))
  data = join(root, 'data')
  await generateSample({ folder: data, sequences: 12, width: 160, height: 90, seed: 5 })
})
beforeEach(async () => {
  project = join(root, `project-${++count}`)
  writer = await start('writer')
  await vi.waitUntil(async () => (await writer.api.dataset.status.query()).state === 'done', { timeout: 20_000 })
  reader = await start('reader')
  heard = []
  await reader.listen((event) => void heard.push(event))
})
afterEach(async () => {
  await Promise.all([writer.close(), reader.close()])
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const erase = (index: number): PointChange => ({ folder, frame: firstFrame, index, to: { erased: true } })
let firstFrame = 0
const erasedIn = async (core: CoreProcess): Promise<number[]> => {
  const { frameRecords } = await core.api.dataset.sequence.query({ folder })
  firstFrame = frameRecords[0]?.number ?? 0
  return frameRecords[0]?.erased ?? []
}
const edits = () => heard.flatMap((event) => (event.type === 'edit' ? [`${event.action} ${event.edit.id}`] : []))
const types = () => [...new Set(heard.map(({ type }) => type))]

it('a second process sees live what the first does, by the events of the first, and changes nothing itself', async () => {
  await erasedIn(writer)
  const [first, second] = [await writer.api.annotation.edit.mutate({ label: 'first', changes: [erase(1)] }), await writer.api.annotation.edit.mutate({ label: 'second', changes: [erase(2)] })]
  await expect.poll(edits, { timeout: 5000 }).toEqual([`applied ${first.id}`, `applied ${second.id}`])
  expect(await erasedIn(reader)).toEqual([1, 2])
  await writer.api.annotation.undo.mutate()
  await expect.poll(edits, { timeout: 5000 }).toContain(`undone ${second.id}`)
  await writer.api.annotation.redo.mutate()
  await expect.poll(edits, { timeout: 5000 }).toContain(`redone ${second.id}`)
  expect(heard.filter(({ type }) => type === 'sequences')).toContainEqual({ type: 'sequences', folders: [folder] })

  const refused = { data: { kind: 'conflict' } }
  await expect(reader.api.annotation.edit.mutate({ label: 'mine', changes: [erase(3)] })).rejects.toMatchObject(refused)
  await expect(reader.api.annotation.undo.mutate()).rejects.toMatchObject(refused)
  expect([(await reader.api.project.current.query())?.readOnly, await erasedIn(writer)]).toEqual([true, [1, 2]])
})

it('tells of everything else too: crops, splits, saved rules, other data', async () => {
  const { recipes } = await writer.api.crop.settings.query()
  await writer.api.crop.setRecipe.mutate({ role: 'train', recipe: { ...recipes.train, margin: 7 } })
  await expect.poll(types, { timeout: 5000 }).toContain('crop')
  const { id } = await writer.api.split.make.mutate({ splitter: 'KFold', folds: 2, seed: 1, shuffle: true, unit: 'sequence' })
  await expect.poll(() => heard, { timeout: 5000 }).toContainEqual({ type: 'split', splitId: id })
  heard.length = 0
  await writer.api.annotation.saveRule.mutate({ name: 'left edge', folders: [], terms: [[{ axis: 'x', relation: '<', value: 3 }]] })
  await expect.poll(types, { timeout: 5000 }).toEqual(expect.arrayContaining(['rules', 'project']))
  rmSync(join(data, folder, `${firstFrame}.png`))
  heard.length = 0
  await writer.api.dataset.rescan.mutate()
  await expect.poll(types, { timeout: 10_000 }).toEqual(expect.arrayContaining(['scan', 'sequences', 'project']))
  expect(heard.filter(({ type }) => type === 'sequences')).toEqual([{ type: 'sequences', folders: expect.arrayContaining([folder]) as string[] }])
})

it('tells how a run goes on: its folds, the points of its curves as they come, and when there is something to look at', async () => {
  await expect.poll(async () => (await reader.api.train.runs.query()).length).toBe(0)
  // The process that trains writes these tables; what it computes is not the question here.
  const db = new Database(join(project, databaseName))
  const store = createRunStore(db)
  const { recipes, augment } = defaultCropSettings
  const fold: StoredFold = { ...newFold(0, 9), state: 'training', trainFrames: 5, validationFrames: 2 }
  const provenance = { dataHash: '', editsHash: '', recipeHash: '', splitHash: '', version: '', machine: '', engine: null }
  const id = store.insert({ name: 'run', created: '2026-11-26T00:00:00Z', config: trainConfig.parse({}), splitId: 1, poseIds: [1, 2], provenance, recipes, augment, flipTargets: { horizontal: [-1, -1], vertical: [-1, -1] }, outputs: null, objects: null, sweep: null, madeFrom: null }, [fold])
  const metric = (step: number): Metric => ({ fold: 0, kind: 'step', step, epoch: 1, loss: 1 / step, learningRate: 0.1, gradientNorm: null, imagesPerSecond: null, trainAccuracy: null, validationLogLoss: null, validationAccuracy: null, load: null })
  const points = () => heard.flatMap((event) => (event.type === 'metric' && event.runId === id ? [event.metric.step] : []))
  store.addMetric(id, metric(1))
  await expect.poll(points, { timeout: 5000 }).toEqual([1])
  store.addMetric(id, metric(2))
  store.addMetric(id, metric(3))
  store.updateFold(id, 0, { state: 'done' })
  db.close()
  await expect.poll(() => heard, { timeout: 5000 }).toContainEqual({ type: 'evaluation', runId: id })
  expect([points(), heard.flatMap((event) => (event.type === 'run' ? [event.run.state] : [])).at(-1)]).toEqual([[1, 2, 3], 'done'])
})

it.each(['kill', 'close'] as const)('once the first is gone (%s), the second takes over where it stands, and loses nothing', async (way) => {
  await erasedIn(writer)
  const edit = await writer.api.annotation.edit.mutate({ label: 'last', changes: [erase(4)] })
  const stillHeld = await reader.api.project.open.mutate({ folder: data, project })
  await writer[way]()
  const taken = await reader.api.project.open.mutate({ folder: data })
  expect([stillHeld.readOnly, taken.readOnly, taken.project]).toEqual([true, false, project])
  const states = () => heard.flatMap((event) => (event.type === 'project' ? [event.project?.readOnly ?? 'none'] : []))
  await expect.poll(states, { timeout: 5000 }).toContain(false)
  // The pages stay where they are: there is no moment without a project.
  expect(states()).not.toContain('none')
  const own = await reader.api.annotation.edit.mutate({ label: 'mine', changes: [erase(5)] })
  expect({ erased: await erasedIn(reader), ids: (await reader.api.annotation.history.query({})).edits.map(({ id }) => id) }).toEqual({ erased: [4, 5], ids: [own.id, edit.id] })
  writer = await start('writer')
  expect((await writer.api.project.current.query())?.readOnly).toBe(true)
})

it('two pages of one process share it, and the one that saw an older state clobbers nothing', async () => {
  await erasedIn(writer)
  const { frameRecords } = await writer.api.dataset.sequence.query({ folder })
  const [x, y] = frameRecords[0]!.points[6]!
  const was = { x, y, visibility: 'visible' } as const
  const pages: string[][] = [[], []]
  for (const page of pages) await writer.listen((event) => void (event.type === 'edit' && page.push(event.edit.label)))
  const move = (label: string, to: number) => writer.api.annotation.edit.mutate({ label, changes: [{ folder, frame: firstFrame, index: 6, to: { x: to, y: to }, was }] })
  const answers = await Promise.allSettled([move('one', 11), move('other', 22)])
  const winner = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.label] : []))
  await expect.poll(() => pages, { timeout: 5000 }).toEqual([winner, winner])
  const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as { data: { kind: string } }).data.kind] : []))
  const point = (await writer.api.dataset.sequence.query({ folder })).frameRecords[0]!.points[6]!.slice(0, 2)
  expect([refusals, point]).toEqual([['conflict'], winner[0] === 'one' ? [11, 11] : [22, 22]])
})

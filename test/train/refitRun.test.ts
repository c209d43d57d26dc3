import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createAnnotation } from '../../src-main/annotation/service.ts'
import { openProject } from '../../src-main/core/project.ts'
import { createCrop } from '../../src-main/crop/service.ts'
import { createDataset } from '../../src-main/dataset/service.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { createSplit } from '../../src-main/split/service.ts'
import { createPlanning } from '../../src-main/train/planning.ts'
import { createPlanReader } from '../../src-main/train/planReader.ts'
import { createRunMaker } from '../../src-main/train/runMaker.ts'
import { createRunStore } from '../../src-main/train/runStore.ts'
import { makeTinyData } from './tinyData.ts'

let root = ''
let close: () => Promise<void> = async () => undefined
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-refit-run-'))
  await makeTinyData(join(root, 'data'))
})
afterEach(async () => {
  await close()
  await rm(root, { recursive: true, force: true })
})

/** Trains a run of two folds in the project. */
async function train(): Promise<number> {
  const project = openProject({ folder: join(root, 'data'), project: join(root, 'project'), emit: () => undefined })
  await project.dataset.scan()
  const { id } = await project.train.start({ config: { model: 'keypoint_linear', epochs: 2, folds: 2, threads: 1 }, folds: null })
  await project.train.idle()
  await project.close()
  return id
}

/** Goes on with a run's stopped or waiting folds. */
async function goOn(id: number): Promise<void> {
  const project = openProject({ folder: join(root, 'data'), project: join(root, 'project'), emit: () => undefined })
  await project.dataset.scan()
  await project.train.resume({ id })
  await project.train.idle()
  await project.close()
}

/** The rooms that runs are made of, over the same project. */
async function open() {
  const emit = (): void => undefined
  const [folder, projectFolder] = [join(root, 'data'), join(root, 'project')]
  const { db, close: closeDb } = openDatabase(projectFolder)
  const dataset = createDataset({ db, folder, emit, readOnly: false })
  const annotation = createAnnotation({ db, dataset, projectFolder, emit, readOnly: false })
  dataset.setOverlay(annotation)
  const crop = createCrop({ db, dataset, emit })
  const split = createSplit({ db, dataset, emit })
  const evaluate = createEvaluate({ db, dataset, crop, emit })
  const store = createRunStore(db)
  const planOf = createPlanReader(projectFolder)
  const maker = createRunMaker({ dataset, annotation, crop, split, evaluate, store, planning: createPlanning({ dataset, crop, split, store, projectFolder }), planOf, projectFolder, requireOpen: () => undefined })
  await dataset.scan()
  close = async () => {
    await evaluate.close()
    await split.close()
    annotation.close()
    await dataset.close()
    closeDb()
    close = async () => undefined
  }
  return { annotation, evaluate, store, planOf, maker }
}

it('is made of a run\'s settings over the data as they are, and made anew in its place; what it predicted stands until it is replaced', async () => {
  const base = await train()
  const first = await open()
  await first.annotation.apply({ label: '', changes: [{ folder: 'train/0', frame: 0, index: 0, to: { x: 1, y: 2 } }] })
  const made = await first.maker.refit(base, null)
  const refit = first.store.run(made.id)
  const { config, splitId, provenance } = first.store.run(base)
  expect({ folds: made.folds, name: refit.name, madeFrom: refit.madeFrom, config: refit.config, splitId: refit.splitId, states: first.store.folds(made.id).map(({ state }) => state) }).toEqual({
    folds: [0, 1], name: 'keypoint_linear · live', madeFrom: { runId: base, how: 'refit' }, config, splitId, states: ['queued', 'queued'],
  })
  expect(refit.provenance.editsHash).not.toBe(provenance.editsHash)
  await close()
  await goOn(made.id)

  const { annotation, evaluate, store, planOf, maker } = await open()
  const folder = join(root, 'project', 'runs', String(made.id))
  const before = { predictions: evaluate.sequenceProbabilities(made.id, 'validation'), metrics: store.metrics(made.id).length > 0, weights: existsSync(join(folder, 'fold-0')), point: (await planOf(made.id)).sequences[0]?.frames[0]?.points[0] }
  expect(before).toEqual({ predictions: expect.objectContaining({ length: 8 }) as unknown, metrics: true, weights: true, point: [1, 2, 0] })
  await annotation.apply({ label: '', changes: [{ folder: 'train/0', frame: 0, index: 0, to: { erased: true } }] })
  expect(await maker.refit(base, made.id)).toEqual(made)
  expect({
    runs: store.ids(),
    states: store.folds(made.id).map(({ state, epoch, bestLogLoss }) => [state, epoch, bestLogLoss]),
    predictions: evaluate.sequenceProbabilities(made.id, 'validation'),
    metrics: store.metrics(made.id),
    weights: existsSync(join(folder, 'fold-0')),
    point: (await planOf(made.id)).sequences[0]?.frames[0]?.points[0],
    onDisk: (JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as { sequences: { frames: { points: unknown[] }[] }[] }).sequences[0]?.frames[0]?.points[0],
    rest: { ...store.run(made.id), provenance: null },
    edits: store.run(made.id).provenance.editsHash === annotation.editsHash(),
  }).toEqual({ runs: [made.id, base], states: [['queued', 0, null], ['queued', 0, null]], predictions: before.predictions, metrics: [], weights: false, point: null, onDisk: null, rest: { ...refit, provenance: null }, edits: true })

  await expect(maker.refit(made.id, made.id)).rejects.toMatchObject({ kind: 'bad-request' })
  store.updateFold(made.id, 1, { state: 'training' })
  await expect(maker.refit(base, made.id)).rejects.toMatchObject({ kind: 'conflict' })
})

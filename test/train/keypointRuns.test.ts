import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Run, TrainConfigInput } from '../../src-main/contract/train.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { loadLast } from '../../src-main/train/checkpoint.ts'
import { forkCompute, type ComputeProcess, type SpawnCompute } from '../../src-main/train/computeProcess.ts'
import type { KeypointTrainJob } from '../../src-main/train/job.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { makeTinyData, tinyConfig } from './tinyData.ts'

const config: TrainConfigInput = { model: 'keypoint_temporal', epochs: 6, batchSize: 3, folds: 2, threads: 1 }
let root = ''
let project: Project

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-keypoint-runs-'))
  const data = join(root, 'data')
  await makeTinyData(data)
  // The right hand's fingers go up: something to tell the classes by.
  for (const number of [1, 3, 5, 7]) await writeSequence(number, (point) => [30 + point, 44 - point, 0])
})
afterEach(async () => {
  await project.close()
  await rm(root, { recursive: true, force: true })
})

const writeSequence = (number: number, place: ((point: number) => number[]) | null): Promise<void> => {
  const frames = [0, 1].map((frame) => ({ image_id: frame, data: place ? Array.from({ length: 21 }, (_, point) => place(point)) : [] }))
  const [role, action] = number < 8 ? ['train', { action: [100 + 10 * (number % 2), '총'] }] : ['test', {}]
  return writeFile(join(root, 'data', String(role), String(number), `${number}.json`), JSON.stringify({ actor: { id: 'a' }, image: {}, ...(action as object), annotations: frames }))
}

async function open(spawnCompute?: SpawnCompute): Promise<void> {
  project = openProject({ folder: join(root, 'data'), project: join(root, 'project'), emit: () => undefined, spawnCompute })
  await project.dataset.scan()
}

async function trained(changes: TrainConfigInput = {}, folds: number[] | null = null): Promise<Run> {
  const { id } = await project.train.start({ config: { ...config, ...changes }, folds })
  await project.train.idle()
  return project.train.run({ id })
}

const probabilities = (id: number) => [...project.evaluate.sequenceProbabilities(id, 'validation'), ...project.evaluate.sequenceProbabilities(id, 'test')]
const weights = async (id: number, fold: number) => (await loadLast(join(root, 'project', 'runs', String(id), `fold-${fold}`))).checkpoint?.state
const jobOf = async (id: number, fold: number) => JSON.parse(await readFile(join(root, 'project', 'runs', String(id), `fold-${fold}`, 'job.json'), 'utf8')) as KeypointTrainJob
const curve = async (id: number) => (await project.train.metrics({ runId: id })).filter(({ kind }) => kind === 'epoch').map((metric) => ({ ...metric, imagesPerSecond: null, load: null }))

/** Real processes; `at` is told what they say. */
const watched = (at: (message: ComputeMessage, compute: ComputeProcess) => void): SpawnCompute => (jobFile) => {
  const compute = forkCompute(jobFile)
  compute.onMessage((message) => at(message, compute))
  return compute
}

describe('a run that sees keypoints', () => {
  it('trains all folds without a crop, and stores a prediction for every frame of every sequence', async () => {
    await writeSequence(8, null)
    await open()
    const preflight = await project.train.preflight({ config, folds: null })
    const run = await trained()
    expect(preflight).toMatchObject({ trainFrames: 8, validationFrames: 8, skippedFrames: 2, stepsPerEpoch: 2, classesMissingInFolds: [], shardBytes: 0, measured: null })
    const { keypoints, augment, predictWith, testFlip } = run.config
    expect({ name: run.name, keypoints, augment: Object.keys(augment).toSorted(), predictWith, testFlip, crops: existsSync(join(root, 'project', 'crops')) }).toEqual({
      name: 'keypoint_temporal', keypoints: { normaliseRotation: false, place: false, frames: 32 },
      augment: ['colour', 'frameDrop', 'frameRepeat', 'keypointDrop', 'keypointJitter', 'perspective', 'perspectiveProbability', 'rotateDegrees', 'scale', 'strayHands', 'verticalFlipRatio'],
      predictWith: 'last', testFlip: true, crops: false,
    })
    const message = '1 sequence has no keypoints, so all classes get the same probability: test/8.'
    expect(run.folds.map(({ state, epoch, trainFrames, validationFrames, message: said }) => [state, epoch, trainFrames, validationFrames, said])).toEqual([['done', 6, 8, 8, message], ['done', 6, 8, 8, message]])
    const summary = await project.evaluate.summary({ runId: run.id })
    expect({ frames: summary.frame.count, sequences: summary.sequence.count }).toEqual({ frames: 16, sequences: 8 })
    expect(project.evaluate.sequenceProbabilities(run.id, 'test').map(({ folder, frames, probabilities: values }) => [folder, frames, [...values]])).toEqual([['test/8', expect.any(Number), [0.5, 0.5]]])
    // What is alike is found by its embeddings, and there is no picture to look at.
    expect((await project.evaluate.neighbours({ runId: run.id, group: 'train/0', limit: 3 })).sameClass.length).toBeGreaterThan(0)
    expect(await project.evaluate.activation({ runId: run.id, group: 'train/0' })).toEqual([])
  })

  it('predicts the data set as it is now, and says why it can predict no pictures, show none, and measure nothing', async () => {
    await open()
    const run = await trained({}, [0])
    const stored = project.evaluate.sequenceProbabilities(run.id, 'test')[0]?.probabilities ?? []
    const { rows, poseIds } = await project.train.predict({ runId: run.id, part: 'test' })
    const mean = poseIds.map((_, index) => rows.reduce((sum, row) => sum + (row.probabilities[index] ?? 0) / rows.length, 0))
    expect({ poseIds, frames: rows.map(({ folder, frame }) => [folder, frame]), mean }).toEqual({ poseIds: [100, 110], frames: [['test/8', 0], ['test/8', 1]], mean: [...stored].map((value) => expect.closeTo(value, 5) as number) })
    expect((await project.train.predict({ runId: run.id, part: 'train' })).rows.length).toBe(16)

    await expect(project.train.predict({ runId: run.id, part: 'images', images: ['a.png'] })).rejects.toMatchObject({ kind: 'bad-request', message: expect.stringMatching(/sees keypoints.*JSON/) as string })
    await expect(project.train.fedCrop({ runId: run.id, folder: 'train/0', frame: 0, hand: null })).rejects.toMatchObject({ kind: 'not-found', message: expect.stringContaining('keypoints') as string })
    expect(await project.train.batch({ runId: run.id, fold: 0 })).toBe(null)
    const refused = { kind: 'bad-request', message: expect.stringMatching(/^keypoint_temporal sees keypoints/) as string }
    await expect(project.train.measure({ config })).rejects.toMatchObject(refused)
    await expect(project.train.findBatch({ config })).rejects.toMatchObject(refused)
    await expect(project.train.findLearningRate({ config, fold: 0 })).rejects.toMatchObject(refused)
    await expect(project.train.start({ config: { model: 'keypoint_tmporal' }, folds: null })).rejects.toThrow(/keypoint_temporal or keypoint_linear/)
  })

  it('killed and gone on by itself, ends with the weights, curve and predictions of one that was never killed', async () => {
    let kills = 0
    await open(watched((message, compute) => {
      if (message.type !== 'metric' || message.metric.kind !== 'epoch' || (message.metric.epoch !== 2 && message.metric.epoch !== 20)) return
      if (kills++ < 2) compute.kill()
    }))
    const long = { epochs: 40 }
    const killed = await trained(long, [1])
    const whole = await trained(long, [1])
    expect({ kills: killed.folds[0]?.restarts, states: [killed.state, whole.state], curve: await curve(killed.id), weights: await weights(killed.id, 1), predictions: probabilities(killed.id) }).toEqual({
      kills: 2, states: ['done', 'done'], curve: await curve(whole.id), weights: await weights(whole.id, 1), predictions: probabilities(whole.id),
    })
  })

  it('does not wait for a run that sees pictures', async () => {
    const hanging: (() => void)[] = []
    await open((jobFile) => {
      if (!jobFile.includes(join('runs', '1', 'fold'))) return forkCompute(jobFile)
      const { promise, resolve } = Promise.withResolvers<Awaited<ComputeProcess['exited']>>()
      hanging.push(() => resolve({ code: null, signal: 'SIGTERM', lastLines: [] }))
      return { send: () => hanging[0]?.(), kill: () => hanging[0]?.(), onMessage: () => undefined, exited: promise }
    })
    const pictures = await project.train.start({ config: tinyConfig, folds: [0] })
    const { id } = await project.train.start({ config, folds: [0] })
    expect((await project.train.queue()).devices.map(({ name }) => name)).toContain('Keypoints')
    await expect.poll(async () => (await project.train.run({ id })).state, { timeout: 30_000 }).toBe('done')
    expect((await project.train.run({ id: pictures.id })).state).toBe('running')
    expect((await project.train.queue()).devices.map(({ name }) => name)).not.toContain('Keypoints')
    await project.train.stop({ id: pictures.id })
  })
})

describe('of the data as they were and as they are', () => {
  it('once more, it comes to the same bits, whatever was edited since', async () => {
    await open()
    const first = await trained()
    await project.annotation.apply({ label: '', changes: [{ folder: 'train/0', frame: 0, index: 0, to: { erased: true } }] })
    const { id } = await project.train.again({ id: first.id })
    await project.train.idle()
    expect({ madeFrom: (await project.train.run({ id })).madeFrom, weights: await weights(id, 0), predictions: probabilities(id) }).toEqual({ madeFrom: { runId: first.id, how: 'again' }, weights: await weights(first.id, 0), predictions: probabilities(first.id) })
  })

  it('says which folds know a sequence that was edited, and trains one anew, the other taken over', async () => {
    await open()
    const first = await trained()
    const { folds } = await project.split.get({ id: first.splitId })
    const asked = folds.find(({ folder }) => folder === 'train/2')?.fold ?? -1
    expect(await project.train.changesSince({ id: first.id })).toMatchObject({ folders: [], recipes: false })
    // Inside the box: a model that sees pictures would see no change. Where pictures are cut is of no matter either.
    await project.annotation.apply({ label: '', changes: [{ folder: 'train/2', frame: 0, index: 3, to: { x: 34, y: 23 } }] })
    await project.crop.setRecipe({ role: 'train', recipe: { ...(await project.crop.settings()).recipes.train, randomMargin: 3 } })
    expect(await project.train.changesSince({ id: first.id })).toEqual({
      folders: ['train/2'], added: [], removed: [], recipes: false, folds: [0, 1].map((fold) => (fold === asked ? { fold, validates: ['train/2'], trains: [] } : { fold, validates: [], trains: ['train/2'] })),
    })
    await project.crop.setAugment({ ...(await project.crop.settings()).augment, keypointJitter: 0.01 })
    expect(await project.train.changesSince({ id: first.id })).toMatchObject({ recipes: true })

    const { id } = await project.train.retrain({ id: first.id, folds: [asked] })
    await project.train.idle()
    const job = await jobOf(id, asked)
    const run = await project.train.run({ id })
    const of = (runId: number, fold: number) => project.evaluate.sequenceProbabilities(runId, 'validation').filter((row) => row.fold === fold)
    expect({ carried: run.folds.map(({ carriedFrom, state }) => [carriedFrom, state]), moved: job.sequences.find(({ folder }) => folder === 'train/2')?.frames[0]?.points[3], same: of(id, 1 - asked), jitter: job.augment.keypointJitter }).toEqual({
      carried: [0, 1].map((fold) => [fold === asked ? null : first.id, 'done']), moved: [34, 23, 0], same: of(first.id, 1 - asked), jitter: first.config.augment.keypointJitter,
    })
    expect(of(id, asked)).not.toEqual(of(first.id, asked))
  })

  it('is compared by what it sees: where pictures are cut makes no other run of it', async () => {
    await open()
    const one = await trained({ epochs: 1, flipRatio: 0.1 })
    await project.crop.setRecipe({ role: 'train', recipe: { ...(await project.crop.settings()).recipes.train, randomMargin: 3 } })
    const other = await trained({ epochs: 1, flipRatio: 0.4 })
    const third = await trained({ epochs: 1, flipRatio: 0.4, augment: { scale: 0.5 } })
    const texts = new Map((await project.train.compare()).map(({ runId, likeButFlipRatio }) => [runId, likeButFlipRatio]))
    expect([texts.get(other.id) === texts.get(one.id), texts.get(third.id) === texts.get(other.id)]).toEqual([true, false])
  })

  it('a split of frames learns the frames that it does not ask', async () => {
    await open()
    const split = await project.split.make({ splitter: 'KFold', unit: 'frame', folds: 2, seed: 1 })
    const run = await trained({ split: split.id })
    const { sequences, train, validation } = await jobOf(run.id, 0)
    const frames = (list: number[]): string[] => list.flatMap((position) => (sequences[position]?.frames ?? []).map(({ frame }) => `${sequences[position]?.folder} ${frame}`))
    expect({ state: run.state, all: [...frames(train), ...frames(validation)].toSorted(), count: (await project.evaluate.summary({ runId: run.id })).frame.count }).toEqual({
      state: 'done', all: Array.from({ length: 16 }, (_, index) => `train/${Math.floor(index / 2)} ${index % 2}`), count: 16,
    })
  })
})

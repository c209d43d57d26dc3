import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Point } from '../../src-main/contract/dataset.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { trainConfig } from '../../src-main/contract/train.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import type { PlannedFolds } from '../../src-main/train/foldLists.ts'
import { createJudge, type Judge, type OpenPredictor } from '../../src-main/train/opinion/judge.ts'
import { createOpinions } from '../../src-main/train/opinion/opinions.ts'
import { newFold, type StoredFold, type StoredRun } from '../../src-main/train/runStore.ts'
import { makeTinyData } from './tinyData.ts'

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))
const hand = (x: number): Point[] => Array.from({ length: 21 }, (_, row) => [x, 10 + row, 0])

let root = ''
let project: Project
/** Frames that the stand-in was asked to predict. */
let predicted = 0

/** Of two classes, the second is the more probable the further the middle of a frame's keypoints lies to the right of 48 pixels; a later fold is surer. */
const byPlace: OpenPredictor = async (folder) => ({
  predict: (frames) =>
    frames.map(({ points }) => {
      predicted++
      const there = points.filter((point) => point !== null)
      const second = there.length === 0 ? 0.5 : sigmoid((1 + Number(folder.at(-1))) * (there.reduce((sum, [x]) => sum + x, 0) / there.length / 10 - 4.8))
      return Float32Array.of(1 - second, second)
    }),
})

async function putKeypoints(folder: string, frames: Point[][], pose: number | null = 100): Promise<void> {
  const number = folder.split('/')[1] as string
  for (const frame of frames.keys()) if (frame > 1) await copyFile(join(root, 'data', folder, '0.png'), join(root, 'data', folder, `${frame}.png`))
  const annotations = frames.map((data, frame) => ({ image_id: frame, data }))
  await writeFile(join(root, 'data', folder, `${number}.json`), JSON.stringify({ actor: { id: 'a' }, image: { width: 96, height: 54 }, ...(pose === null ? {} : { action: [pose, '총'] }), annotations }))
}

const run = (id: number, changes: Partial<StoredRun> = {}): StoredRun =>
  ({ id, name: `run ${id}`, config: trainConfig.parse({ model: 'keypoint_temporal' }), poseIds: [100, 110], outputs: null, flipTargets: { horizontal: [1, 0], vertical: [-1, -1] }, madeFrom: null, ...changes }) as StoredRun

/** Opinions over runs (newest first), each with two folds whose checkpoints are there. */
async function opinionsOf(runs: { run: StoredRun; done: number[] }[], plan: PlannedFolds, { judge = createJudge(byPlace), refit = null }: { judge?: Judge; refit?: number | null } = {}) {
  const known = (id: number) => {
    const found = runs.find((one) => one.run.id === id)
    if (!found) throw new HandloomError('not-found', `There is no run ${id}.`)
    return found
  }
  for (const { run: { id } } of runs)
    for (const fold of [0, 1]) {
      const folder = join(root, 'project', 'runs', String(id), `fold-${fold}`)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'last-000000001.safetensors'), '')
    }
  return createOpinions({
    dataset: project.dataset,
    projectFolder: join(root, 'project'),
    keypointRunIds: () => runs.map((one) => one.run.id),
    store: { run: (id) => known(id).run, folds: (id) => [0, 1].map((fold): StoredFold => ({ ...newFold(fold, 1), state: known(id).done.includes(fold) ? 'done' : 'training' })) },
    planOf: async () => plan,
    refitRunId: () => refit,
    judge,
  })
}
const plan: PlannedFolds = { folds: { 'train/0': 0, 'train/1': 1, 'train/2': null }, frameFolds: null }
const only = [{ run: run(1), done: [0, 1] }]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-opinion-'))
  await makeTinyData(join(root, 'data'))
  // A hand at the left, and in the first frame a stray one at the right.
  await putKeypoints('train/0', [[...hand(38), ...hand(68)], hand(38)])
  predicted = 0
})
afterEach(async () => {
  await project.close()
  await rm(root, { recursive: true, force: true })
})
async function open(): Promise<void> {
  project = openProject({ folder: join(root, 'data'), project: join(root, 'project'), emit: () => undefined })
  await project.dataset.scan()
}
const eraseStray = () => project.annotation.apply({ label: '', changes: Array.from({ length: 21 }, (_, row) => ({ folder: 'train/0', frame: 0, index: 21 + row, to: { erased: true as const } })) })
const rounded = <T>(value: T): T => JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' ? Math.round(part * 1e5) / 1e5 : part))) as T

describe('what a keypoint run says of a sequence', () => {
  it('is the mean of the frames, with the hands whose removal changes the answer', async () => {
    await open()
    const { opinion } = await opinionsOf(only, plan)
    // Middle of the first frame 53, of the second 38.
    const [left, right] = [sigmoid(-1), sigmoid(0.5)]
    const [first, second] = [{ poseId: 100, name: '총' }, { poseId: 110, name: '총' }]
    const mean = (left + right) / 2
    expect(rounded(await opinion({ folder: 'train/0' }))).toEqual(rounded({
      runId: 1,
      runName: 'run 1',
      folds: [0],
      withoutKeypoints: false,
      top: [{ ...first, probability: 1 - mean }, { ...second, probability: mean }],
      answer: { ...first, probability: 1 - mean },
      before: null,
      frames: [{ frame: 0, ...second, probability: right, answerProbability: 1 - right }, { frame: 1, ...first, probability: 1 - left, answerProbability: 1 - left }],
      influences: [
        { frame: 0, rows: Array.from({ length: 21 }, (_, row) => 21 + row), changes: 'frame', ...first, frameChange: Math.log((1 - left) / (1 - right)), sequenceChange: Math.log((1 - left) / (1 - mean)) },
        { frame: 0, rows: Array.from({ length: 21 }, (_, row) => row), changes: 'sequence', ...second, frameChange: Math.log((1 - sigmoid(2)) / (1 - right)), sequenceChange: Math.log((1 - (sigmoid(2) + left) / 2) / (1 - mean)) },
      ],
    }))
  })

  it('tells what it was before the edits, and after each is asked anew', async () => {
    await open()
    const { opinion } = await opinionsOf(only, plan)
    await opinion({ folder: 'train/0' })
    const asked = predicted
    await opinion({ folder: 'train/0' })
    expect(predicted).toBe(asked)
    await eraseStray()
    const cleaned = await opinion({ folder: 'train/0' })
    const mean = (sigmoid(-1) + sigmoid(0.5)) / 2
    expect(rounded({ answer: cleaned?.answer?.probability, before: cleaned?.before, influences: cleaned?.influences })).toEqual(rounded({
      answer: 1 - sigmoid(-1), before: { poseId: 100, name: '총', probability: 1 - mean, answerProbability: 1 - mean }, influences: [],
    }))
    await project.annotation.undo()
    expect(rounded((await opinion({ folder: 'train/0' }))?.answer?.probability)).toBe(rounded(1 - mean))
  })

  it('finds single keypoints too, in a long sequence without looking at all of them in the whole', async () => {
    // One keypoint far off in each even frame: without it the frame is another.
    const astray = hand(47).map((point, row): Point => (row === 8 ? [95, 10, 0] : point))
    await putKeypoints('train/0', Array.from({ length: 20 }, (_, frame) => (frame % 2 === 0 ? astray : hand(47))))
    await open()
    const { opinion } = await opinionsOf(only, plan)
    const said = await opinion({ folder: 'train/0' })
    expect(said?.influences.map(({ frame, rows, poseId, changes }) => ({ frame, rows, poseId, changes })).sort((a, b) => a.frame - b.frame)).toEqual(Array.from({ length: 10 }, (_, index) => ({ frame: 2 * index, rows: [8], poseId: 100, changes: 'frame' })))
    expect(predicted).toBeLessThan(20 * 21 * 20)
  })

  it('is by the folds that did not learn from it: of a test sequence and of one that came later all', async () => {
    await open()
    const { opinion } = await opinionsOf(only, plan)
    const folds = async (folder: string) => (await opinion({ folder }))?.folds ?? null
    expect({ validated: await folds('train/1'), inEveryFold: await folds('train/2'), later: await folds('train/3'), test: await folds('test/8') }).toEqual({ validated: [1], inEveryFold: null, later: [0, 1], test: [0, 1] })
    // Its keypoints are in the middle at 40 and 41 pixels.
    const second = [4.0, 4.1].flatMap((place) => [1, 2].map((surer) => sigmoid(surer * (place - 4.8))))
    const test = await opinion({ folder: 'test/8' })
    expect(rounded({ answer: test?.answer, top: test?.top[1]?.probability })).toEqual(rounded({ answer: null, top: second.reduce((sum, value) => sum + value / 4, 0) }))
    const split = await opinionsOf(only, { ...plan, frameFolds: { 'train/0': { 0: 0, 1: 1 } } })
    expect(await split.opinion({ folder: 'train/0' })).toBeNull()
  })

  it('says that it can say nothing where there is no keypoint, and goes without a label', async () => {
    await putKeypoints('train/1', [[], []])
    await putKeypoints('train/3', [hand(38), hand(38)], null)
    await open()
    const { opinion } = await opinionsOf(only, plan)
    const empty = await opinion({ folder: 'train/1' })
    expect({ without: empty?.withoutKeypoints, top: empty?.top.map(({ probability }) => probability), influences: empty?.influences }).toEqual({ without: true, top: [0.5, 0.5], influences: [] })
    const unlabelled = await opinion({ folder: 'train/3' })
    expect({ answer: unlabelled?.answer, frames: unlabelled?.frames.map(({ answerProbability }) => answerProbability) }).toEqual({ answer: null, frames: [null, null] })
  })

  it('is by the refit where that is complete, else by the newest run that can answer', async () => {
    await open()
    const refit = run(3, { madeFrom: { runId: 1, how: 'refit' } })
    const by = async (runs: Parameters<typeof opinionsOf>[0], given?: number) => (await (await opinionsOf(runs, plan, { refit: runs.some((one) => one.run === refit) ? 3 : null })).opinion({ folder: 'train/0', runId: given }))?.runId ?? null
    const newer = { run: run(4), done: [1] }
    expect(await by([newer, { run: refit, done: [0, 1] }, ...only])).toBe(3)
    expect(await by([newer, { run: refit, done: [0] }, ...only])).toBe(1)
    expect(await by([newer, { run: refit, done: [0] }, ...only], 3)).toBe(3)
    expect(await by([newer])).toBeNull()
    await expect(by([{ run: run(5, { config: trainConfig.parse({ model: 'regnety_nano' }) }), done: [0, 1] }], 5)).rejects.toThrow('sees pictures')
    await expect(by(only, 9)).rejects.toThrow('no run 9')
  })

  it('answers who asked before an edit with what is said after it', async () => {
    await open()
    const { promise: begun, resolve: begins } = Promise.withResolvers<void>()
    const real = createJudge(byPlace)
    let asked = 0
    /** The first time it goes on until it is told to stop. */
    const judge: Judge = async (task, signal) => {
      begins()
      if (asked++ > 0) return real(task, signal)
      await once(signal, 'abort')
      throw new HandloomError('interrupted', 'No longer asked for.')
    }
    const { opinion } = await opinionsOf(only, plan, { judge })
    const early = opinion({ folder: 'train/0' })
    await begun
    await eraseStray()
    const late = opinion({ folder: 'train/0' })
    expect(await early).toEqual(await late)
    expect({ asked, probability: rounded((await late)?.answer?.probability) }).toEqual({ asked: 2, probability: rounded(1 - sigmoid(-1)) })
  })
})

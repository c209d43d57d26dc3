import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { makeTinyData } from './tinyData.ts'

let root = ''
let project: Project
let events: HandloomEvent[] = []

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-refit-whole-'))
  await makeTinyData(join(root, 'data'))
  await open()
})
afterEach(async () => {
  await project.close()
  await rm(root, { recursive: true, force: true })
})

async function open(): Promise<void> {
  events = []
  project = openProject({ folder: join(root, 'data'), project: join(root, 'project'), emit: (event) => void events.push(event) })
  await project.dataset.scan()
  project.train.goOn()
}
const refits = () => events.flatMap((event) => (event.type === 'refit' ? event.refit : []))

it('a keypoint run is fitted again after points were erased, and the opinion is what its fold predicts', async () => {
  const base = await project.train.start({ config: { model: 'keypoint_temporal', epochs: 3, folds: 2, batchSize: 4, threads: 1 }, folds: null })
  await project.train.idle()
  await project.train.setRefit({ enabled: true })
  const erased = Array.from({ length: 5 }, (_, row) => ({ folder: 'train/0', frame: 0, index: row, to: { erased: true as const } }))
  await project.annotation.apply({ label: '', changes: erased })

  await expect.poll(() => refits().at(-1)?.state, { timeout: 10_000 }).toBe('fitting')
  await expect.poll(() => refits().at(-1)?.state, { timeout: 60_000 }).toBe('idle')
  const [first, second] = (await project.train.runs()).map(({ id, state, madeFrom }) => ({ id, state, madeFrom }))
  const scores = await Promise.all([base.id, first?.id ?? 0].map(async (runId) => (await project.evaluate.summary({ runId })).sequence.logLoss))
  expect({ first, second, refit: refits().at(-1) }).toEqual({
    first: { id: 2, state: 'done', madeFrom: { runId: 1, how: 'refit' } },
    second: { id: 1, state: 'done', madeFrom: null },
    refit: { enabled: true, baseRunId: 1, runId: 2, state: 'idle', foldsDone: 2, folds: 2, edited: ['train/0'], logLossBefore: scores[0], logLossAfter: scores[1], message: null },
  })

  const opinion = await project.train.opinion({ folder: 'train/0' })
  const stored = project.evaluate.sequenceProbabilities(2, 'validation').find(({ folder }) => folder === 'train/0')
  const poseIds = project.evaluate.runPoseIds(2)
  expect(opinion).toMatchObject({ runId: 2, folds: [stored?.fold], answer: { poseId: 100 }, withoutKeypoints: false })
  for (const { poseId, probability } of opinion?.top ?? []) expect(probability).toBeCloseTo(stored?.probabilities[poseIds.indexOf(poseId)] ?? 0, 5)
  // By what the same fold says of the keypoints in the file.
  await project.annotation.undo()
  expect((await project.train.opinion({ folder: 'train/0', runId: 2 }))?.answer?.probability).toBeCloseTo(opinion?.before?.answerProbability ?? 0, 9)

  // Closed before edits rest: the next time it goes on with them.
  await project.close()
  await open()
  await expect.poll(() => refits().at(-1)?.state, { timeout: 60_000 }).toBe('idle')
  expect({ edited: refits().at(-1)?.edited, runs: (await project.train.runs()).length, now: (await project.train.changesSince({ id: 2 })).folders }).toEqual({ edited: [], runs: 2, now: [] })
}, 150_000)

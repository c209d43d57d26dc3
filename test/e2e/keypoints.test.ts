import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { KeypointOpinion } from '../../src-main/contract/keypoints.ts'
import type { Run } from '../../src-main/contract/train.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

/** One person's way with the hand model: trained in seconds, asked while cleaning, fitted again, put beside a picture model and together with it. */
let folder: string
let app: RunningApp

/** A bystander's hand is among its keypoints. */
const stray = 'train/475'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-keypoints-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 40, width: 160, height: 90, seed: 3 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('40 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-keypoints-${task.name.slice(0, 24).replaceAll(/\W+/g, '-')}.png`) })
})

const test = (id: string): Locator => app.page.getByTestId(id)
const slow = { timeout: 180_000, interval: 250 }
const run = (id: number): Promise<Run> => app.api.train.run.query({ id })
const go = (hash: string): Promise<unknown> => app.page.goto(`${new URL(app.address).origin}/#/${hash}`)
const opinion = async (): Promise<KeypointOpinion> => (await app.api.train.opinion.query({ folder: stray })) as KeypointOpinion

it('is trained from its preset, without a picture being cut', async () => {
  await go('train?preset=keypoints')
  await expect.poll(() => test('field-model').textContent(), slow).toContain('keypoint_temporal')
  await expect.poll(() => test('train-start').isEnabled(), slow).toBe(true)
  await test('train-start').click()
  await expect.poll(async () => (await run(1)).state, slow).toBe('done')
  const { config, folds } = await run(1)
  const { sequence, chance } = await app.api.evaluate.summary.query({ runId: 1 })
  expect([config.model, folds.length, sequence.count]).toEqual(['keypoint_temporal', 5, (await app.api.dataset.sequences.query({})).rows.filter(({ role }) => role === 'train').length])
  expect(sequence.logLoss).toBeLessThan(chance / 2)
})

it('says in the studio what it takes the sequence for, and which keypoints change its answer; one chosen there is erased the usual way, and undone', async () => {
  await go(`clean?s=${stray}`)
  await test('tab-model').click()
  await test('model-verdict').waitFor()
  const before = await opinion()
  await test('influence').first().click()
  await app.page.keyboard.press('Delete')
  await expect.poll(async () => (await app.api.annotation.history.query({ folder: stray })).edits.length, slow).toBe(1)
  await test('model-before').waitFor()
  await expect.poll(async () => (await opinion()).before !== null, slow).toBe(true)
  await app.page.keyboard.press('Control+z')
  await expect.poll(async () => (await opinion()).top, slow).toEqual(before.top)
})

it('is fitted again behind when the stray hand is erased, and the review shows what that changed', async () => {
  await test('refit-switch').click()
  const rule = (await app.api.annotation.presets.query()).find(({ name }) => name === 'contest-scaled')!
  await app.api.annotation.applyRule.mutate({ rule, folders: [stray] })
  await expect.poll(async () => (await app.api.train.refit.query()).runId, slow).toBe(2)
  await expect.poll(async () => (await app.api.train.refit.query()).state, slow).toBe('idle')
  const refit = await app.api.train.refit.query()
  expect({ edited: refit.edited, base: refit.baseRunId, madeFrom: (await run(2)).madeFrom }).toEqual({ edited: [stray], base: 1, madeFrom: { runId: 1, how: 'refit' } })
  await test('refit-changed').click()
  await test('comparison-summary').waitFor()
  const { rows } = await app.api.evaluate.groups.query({ runId: 2, against: 1, sort: 'change' })
  await expect.poll(() => test('group-row').first().getAttribute('data-group')).toBe(rows[0]?.group)
  expect(rows.find(({ group }) => group === stray)?.against?.change).toBeLessThan(0)
})

it('gives a second opinion on a run that sees pictures', async () => {
  const { id } = await app.api.train.start.mutate({ config: { imageSize: 32, epochs: 4, batchSize: 16 }, folds: null })
  await expect.poll(async () => (await run(id)).state, slow).toBe('done')
  await go(`review?run=${id}&against=1&differ=1`)
  await test('opinion-sentence').or(test('group-row').first()).first().waitFor()
  await test('group-row').first().click()
  const said = await test('opinion-sentence').textContent()
  const { rows } = await app.api.evaluate.groups.query({ runId: id, against: 1, disagreeOnly: true })
  expect([said?.includes('icture says'), said?.includes('hand says'), rows.every(({ predictedPoseId, against }) => against !== null && against.predictedPoseId !== predictedPoseId)]).toEqual([true, true, true])
})

it('is put together with it by weights that are shown with what they bring, and submitted', async () => {
  await go('submit')
  for (const id of [1, 3]) await test(`submit-run-${id}`).setChecked(true)
  await test('blend-member').nth(1).waitFor()
  await test('blend-fitted').first().click()
  await test('write-submission').click()
  await expect.poll(async () => (await app.api.ensemble.submissions.query()).length, slow).toBe(1)
  const [submission] = await app.api.ensemble.submissions.query()
  const blend = await app.api.ensemble.blend.query({ runIds: [1, 3] })
  const lineage = readFileSync(submission!.lineagePath, 'utf8')
  expect({ problems: submission?.problems, blend: submission?.blend, weights: Math.round(blend.members.reduce((sum, { weight }) => sum + weight, 0) * 1e9) / 1e9, said: lineage.includes('temperature') }).toEqual({ problems: [], blend: 'fitted', weights: 1, said: true })
  expect(blend.logLoss).toBeLessThan(Math.max(...blend.members.map(({ logLoss }) => logLoss)))
})

it('without a complaint of the page', () => {
  expect(app.complaints).toEqual([])
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Run } from '../../src-main/contract/train.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

/** Launching and the queue in a real browser: what the page says and does is what the core has. */
let folder: string
let app: RunningApp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-launch-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 16, width: 160, height: 90, seed: 3 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('16 sequences').first().waitFor()
  await app.page.goto(`${new URL(app.address).origin}/#/train`)
  await test('preset-quick').click()
  for (const [name, value] of [['imageSize', '32'], ['epochs', '2'], ['batchSize', '8'], ['folds', '2']] as const) await fill(name, value)
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-launch-${task.name.slice(0, 24).replaceAll(/\W+/g, '-')}.png`) })
})

const test = (id: string): Locator => app.page.getByTestId(id)
const slow = { timeout: 60_000, interval: 250 }

async function fill(name: string, value: string): Promise<void> {
  const input = test(`field-${name}`).locator('input').first()
  await input.fill(value)
  await input.press('Tab')
}
const runs = async (): Promise<Run[]> => (await app.api.train.runs.query()).toSorted((first, second) => first.id - second.id)
const waiting = async (): Promise<string[]> => (await app.api.train.queue.query()).waiting.map(({ runId, fold }) => `${runId}/${fold}`)
const shownQueue = (): Promise<(string | null)[]> => test('queue-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-row')))
const state = async (id: number): Promise<string> => (await app.api.train.run.query({ id })).state

/** Presses in the middle of one row and lets go in the middle of another. */
async function dragRow(from: number, to: number): Promise<void> {
  const grip = await test('queue-row').nth(from).locator('.grip').boundingBox()
  const goal = await test('queue-row').nth(to).boundingBox()
  if (grip === null || goal === null) throw new Error('the rows are not shown')
  await app.page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2)
  await app.page.mouse.down()
  await app.page.mouse.move(goal.x + 8, goal.y + goal.height / 2, { steps: 6 })
  await app.page.mouse.up()
}

it('measures a few real steps: memory, time of an epoch, and when all is done', async () => {
  await expect.poll(() => test('preflight-memory').textContent()).toBe('known when measured')
  await test('measure').click()
  await expect.poll(() => test('preflight-from').textContent(), slow).toMatch(/^from \d+ steps$/)
  expect(await test('preflight-memory').textContent()).toMatch(/^[\d.]+ [MG]B of [\d.]+ GB$|^cannot be told here$/)
  expect(await test('preflight-time').textContent()).toMatch(/^[\d.]+ (s|min) · done (\w{3} )?\d{2}:\d{2}$/)
  expect(await test('preflight-epoch').textContent()).toMatch(/^[\d.]+ (s|min) per epoch$/)
})

it('searches a learning rate with its curve, and takes it', async () => {
  await test('find-rate').click()
  await expect.poll(async () => Number(await test('rate-chart').getAttribute('data-points')), slow).toBeGreaterThan(3)
  await test('find-rate').waitFor({ timeout: 60_000 })
  const use = test('use-rate')
  await use.waitFor()
  const rate = /Use (\S+)/.exec((await use.textContent()) ?? '')?.[1]
  await use.click()
  expect(Number(await test('field-learningRate').locator('input').inputValue())).toBe(Number(rate))
})

it('starts a sweep: a run of each value, and says why a value cannot be', async () => {
  await app.api.train.pauseQueue.mutate({ when: 'now' })
  await test('sweep-add').click()
  await test('sweep-values-0').locator('input').fill('0.1, 1.3')
  await app.page.getByText('1.3 is too high: 1 at most.').waitFor()
  expect(await test('train-start').isDisabled()).toBe(true)
  await test('sweep-values-0').locator('input').fill('0, 0.4')
  await expect.poll(() => test('train-start').textContent()).toContain('Train 2 runs × 2 folds')
  await expect.poll(() => test('train-start').isEnabled()).toBe(true)
  await test('train-start').click()
  await test('sweep-head').waitFor()
  expect((await runs()).map(({ config, sweep, folds }) => [config.flipRatio, sweep?.values, folds.length])).toEqual([[0, { flipRatio: 0 }, 2], [0.4, { flipRatio: 0.4 }, 2]])
  await expect.poll(() => test('run-origin').textContent()).toBe('sweep: Flip ratio 0')
})

it('the queue is put in another order by keys and by dragging, and a fold is taken out', async () => {
  const [first, second] = (await runs()).map(({ id }) => id)
  const order = [`${first}/0`, `${first}/1`, `${second}/0`, `${second}/1`]
  await expect.poll(shownQueue).toEqual(order)
  await test('queue-row').nth(2).locator('.main').focus()
  await app.page.keyboard.press('Alt+ArrowUp')
  await app.page.keyboard.press('Alt+ArrowUp')
  await expect.poll(waiting).toEqual([`${second}/0`, `${first}/0`, `${first}/1`, `${second}/1`])
  await expect.poll(shownQueue).toEqual(await waiting())
  await dragRow(3, 1)
  await expect.poll(waiting).toEqual([`${second}/0`, `${second}/1`, `${first}/0`, `${first}/1`])
  await test('queue-remove').last().click()
  await expect.poll(waiting).toEqual([`${second}/0`, `${second}/1`, `${first}/0`])
  expect((await app.api.train.run.query({ id: first ?? 0 })).folds.map((fold) => fold.state)).toEqual(['queued', 'stopped'])
})

it('a paused queue says so everywhere, and goes on', async () => {
  const { page } = app
  for (const id of ['queue-held', 'queue-chip', 'queue-status']) expect(await test(id).textContent()).toContain('paused')
  expect(await test('preflight-epoch').textContent()).toContain('when the queue goes on')
  await page.keyboard.press('p')
  await expect.poll(async () => (await runs()).map(({ folds }) => folds.map((fold) => fold.state)), slow).toEqual([['done', 'stopped'], ['done', 'done']])
  await expect.poll(() => test('queue-chip').count()).toBe(0)
})

it('runs again what a run was, stops after an epoch, and pauses what runs', async () => {
  const { page } = app
  await fill('epochs', '200')
  await test('train-start').click()
  await test('queue-device').and(page.locator('[data-running*="/"]')).waitFor({ timeout: 60_000 })
  const long = (await runs()).at(-1)?.id ?? 0
  await page.locator('[data-testid="fold-row"][data-state="training"]').first().waitFor({ timeout: 60_000 })
  await test('measure').click()
  await page.getByText('Not possible just now').waitFor()
  await test('queue-pause-after').click()
  await expect.poll(() => test('queue').getAttribute('data-state'), slow).toBe('paused')
  expect((await waiting())[0]).toBe(`${long}/0`)
  await test('queue-continue').click()
  await page.locator('[data-testid="fold-row"][data-state="training"]').first().waitFor({ timeout: 60_000 })
  await test('train-stop-after').click()
  await expect.poll(() => state(long), slow).toBe('stopped')
  expect((await app.api.train.run.query({ id: long })).folds[0]).toMatchObject({ state: 'stopped' })

  const source = (await runs())[1]
  await page.locator(`[data-testid="run-row"][data-run="${source?.id}"] .main`).click()
  await test('run-again').click()
  await expect.poll(() => test('run-origin').textContent()).toContain(`again of run ${source?.id}`)
  await expect.poll(async () => (await runs()).at(-1)?.state, slow).toBe('done')
  const repeated = (await runs()).at(-1)
  expect({ ...repeated?.config, name: '' }).toEqual({ ...source?.config, name: '' })
  expect(repeated?.provenance).toEqual(source?.provenance)
})

it('offers to retrain the folds that an edit concerns, and takes the others over', async () => {
  const { page } = app
  const source = (await runs()).at(-1)
  const [edited] = (await app.api.split.get.query({ id: source?.splitId ?? 0 })).folds.filter(({ fold }) => fold === 1)
  const sequence = await app.api.dataset.sequence.query({ folder: edited?.folder ?? '' })
  const frame = sequence.frameRecords.find(({ points }) => points.length > 0)
  const fingers = Array.from({ length: 20 }, (_, row) => ({ folder: sequence.folder, frame: frame?.number ?? 0, index: 1 + row, to: { erased: true as const } }))
  await app.api.annotation.edit.mutate({ label: 'all but the wrist', changes: fingers })
  await page.getByText('1 sequence was edited since this run: fold 1 validates 1 of them, fold 0 learnt from them.').waitFor()
  await test('retrain-some').click()
  await expect.poll(() => test('run-origin').textContent()).toContain(`retrained from run ${source?.id}`)
  await expect.poll(async () => (await runs()).at(-1)?.state, slow).toBe('done')
  expect((await runs()).at(-1)?.folds.map(({ carriedFrom }) => carriedFrom)).toEqual([source?.id, null])
})

it('trains a hand model from the address: no pictures in its form, its own lane, scored in sequences, and compared with picture runs', async () => {
  const { page } = app
  const before = (await runs()).at(-1)?.id ?? 0
  await page.goto(`${new URL(app.address).origin}/#/train?preset=keypoints`)
  await expect.poll(() => test('preset-keypoints').getAttribute('aria-pressed')).toBe('true')
  await expect.poll(() => page.url()).not.toContain('preset')
  for (const id of ['field-imageSize', 'field-precision', 'find-rate', 'measure', 'preflight-memory', 'preflight-disk']) expect([id, await test(id).count()]).toEqual([id, 0])
  for (const id of ['field-keypoints.normaliseRotation', 'field-keypoints.frames', 'field-augment.strayHands']) expect([id, await test(id).count()]).toEqual([id, 1])
  await expect.poll(() => test('preflight-steps').textContent()).toMatch(/^\d+ of up to \d+ sequences$/)
  await fill('epochs', '4')
  await test('field-keypoints.place').click()
  await test('train-start').click()
  await test('queue-device').filter({ hasText: 'Keypoint models' }).first().waitFor()
  await expect.poll(() => test('run-name').inputValue()).toBe('keypoint_temporal')
  await expect.poll(async () => (await runs()).at(-1)?.state, slow).toBe('done')
  const made = (await runs()).at(-1)
  expect([made?.id, made?.config.model, made?.config.epochs, made?.config.keypoints.place]).toEqual([before + 1, 'keypoint_temporal', 4, true])
  await page.getByText('Validation log loss (sequences)').waitFor()
  expect([await test('run-tab-batch').count(), await test('panel-speed').textContent()]).toEqual([0, 'seq/s'])

  await page.locator(`[data-testid="run-row"][data-run="${before}"]`).hover()
  await page.locator(`[data-testid="run-row"][data-run="${before}"] [data-testid="run-compare"]`).click()
  await page.getByText('picture models: frames, keypoint models: sequences').first().waitFor()
  await test('run-tab-compare').click()
  await expect.poll(() => test('difference-table').locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key')))).toContain('model')
  expect(await test('difference-table').locator('[data-key="imageSize"]').count()).toBe(0)
})

it('another kind of model brings its own settings, and back', async () => {
  const { page } = app
  const choose = async (name: string): Promise<void> => {
    await test('field-model').click()
    await page.locator('.n-base-select-option').filter({ hasText: name }).first().click()
  }
  await choose('regnety_nano')
  await fill('imageSize', '48')
  await choose('keypoint_linear')
  expect([await test('field-imageSize').count(), await test('field-optimizer').textContent()]).toEqual([0, 'AdamW'])
  await choose('regnety_nano')
  expect([await test('field-imageSize').locator('input').inputValue(), await test('field-optimizer').textContent(), await test('field-keypoints.frames').count()]).toEqual(['48', 'Lamb', 0])
})

it('nothing in the page complained', () => {
  expect(app.complaints).toEqual([])
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { makeTinyData } from '../train/tinyData.ts'
import { startApp, type RunningApp } from './app.ts'

/** Watching a run in a real browser while it trains: its curves, the batch it is fed, its score beside those of others. */
let folder: string
let app: RunningApp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-monitor-'))
  const data = join(folder, 'data')
  await makeTinyData(data)
  app = await startApp({ data, env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-monitor-${task.name.slice(0, 20).replaceAll(/\W+/g, '-')}.png`) })
})

const config = { model: 'regnety_nano', imageSize: 32, batchSize: 4, folds: 2, optimizer: 'adamw', learningRate: 2e-3, warmupEpochs: 0.5, threads: 1 } as const
const test = (id: string) => app.page.getByTestId(id)
const show = (runId: number) => app.page.goto(`${new URL(app.address).origin}/#/train?run=${runId}`)
const points = async (): Promise<number> => Number(await test('curve-grid').getAttribute('data-points'))
/** How much of a chart's canvas is painted in colour (the curves), not in the greys of axes and words. */
const coloured = (curve: string): Promise<number> =>
  app.page.evaluate<number>(`(() => {
    const canvas = document.querySelector('[data-curve="${curve}"] canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 100 && Math.max(...data.slice(at, at + 3)) - Math.min(...data.slice(at, at + 3)) > 80) count++
    return count
  })()`)
const attributes = (locator: Locator, name: string): Promise<(string | null)[]> => locator.evaluateAll((elements, key) => elements.map((element) => element.getAttribute(key)), name)

/** A run that goes on until it is stopped. */
let endless: number

it('curves grow while a fold trains', async () => {
  await expect.poll(async () => (await app.api.dataset.status.query()).state, { timeout: 20_000 }).toBe('done')
  endless = (await app.api.train.start.mutate({ config: { ...config, name: 'endless', epochs: 10_000, batchSize: 2 }, folds: [0] })).id
  await show(endless)
  await app.page.locator('[data-testid="fold-row"][data-state="training"]').waitFor({ timeout: 60_000 })
  await expect.poll(points, { timeout: 30_000 }).toBeGreaterThan(5)
  const before = await points()
  await expect.poll(points, { timeout: 30_000 }).toBeGreaterThan(before)
  await expect.poll(() => coloured('logLoss'), { timeout: 10_000 }).toBeGreaterThan(20)
})

it('panels are chosen and kept, the loss is smoothed, and the pointer reads every fold', async () => {
  const { page } = app
  const curves = () => attributes(page.getByTestId('curve'), 'data-curve')
  expect(await curves()).toEqual(['logLoss', 'accuracy', 'loss', 'learningRate'])
  await test('panel-memory').click()
  expect(await curves()).toEqual(['logLoss', 'accuracy', 'loss', 'memory'])
  await expect.poll(() => coloured('memory'), { timeout: 10_000 }).toBeGreaterThan(5)
  await test('panel-accuracy').click()
  await test('smoothing').fill('0.9')
  await test('x-step').click()
  await page.reload()
  await test('curve').first().waitFor()
  expect([await curves(), await test('smoothing').inputValue(), await test('x-step').getAttribute('aria-pressed')]).toEqual([['logLoss', 'loss', 'memory'], '0.9', 'true'])
  // The value as it is in brackets, after the smoothed one.
  await expect.poll(points, { timeout: 30_000 }).toBeGreaterThan(5)
  const box = await page.locator('[data-curve="logLoss"] canvas').boundingBox()
  if (!box) throw new Error('the log loss is not shown')
  await expect.poll(async () => {
    await page.mouse.move(box.x + 60, box.y + box.height / 2)
    await page.mouse.move(box.x + 40, box.y + box.height / 2)
    return (await test('curve-readings').count()) === 0 ? '' : test('curve-readings').first().textContent()
  }, { timeout: 10_000 }).toMatch(/fold 0\d\.\d{4}\(\d\.\d{4}\)/)
})

it('the batch tab shows the pictures that the fold is fed, anew, and nothing when none trains', async () => {
  await test('run-tab-batch').click()
  await test('fed-sample').first().waitFor({ timeout: 30_000 })
  const samples = await attributes(test('fed-sample'), 'data-folder')
  expect(samples.length).toBeGreaterThan(1)
  expect(samples.every((name) => /^train\/\d$/.test(name ?? ''))).toBe(true)
  // Drawn from one picture, as wide as all of them.
  const size = await app.page.evaluate(`(async () => {
    const picture = new Image()
    picture.src = getComputedStyle(document.querySelector('[data-testid=fed-sample] .picture')).backgroundImage.slice(5, -2)
    await picture.decode()
    return [picture.naturalWidth, picture.naturalHeight]
  })()`)
  expect(size).toEqual([32 * samples.length, 32])
  const step = await test('fed-samples').getAttribute('data-step')
  await expect.poll(() => test('fed-samples').getAttribute('data-step'), { timeout: 15_000 }).not.toBe(step)
  await app.api.train.stop.mutate({ id: endless })
  await app.page.getByText('No fold is training').waitFor()
  // The curves end where the core's points end, none twice.
  await test('run-tab-curves').click()
  expect(await points()).toBe((await app.api.train.metrics.query({ runId: endless })).length)
})

it('a finished run stands in the comparison and leads to Review; settings that differ are named', async () => {
  const { id } = await app.api.train.start.mutate({ config: { ...config, name: 'short', epochs: 2, seed: 7 }, folds: null })
  await expect.poll(async () => (await app.api.train.run.query({ id })).state, { timeout: 100_000, interval: 500 }).toBe('done')
  await show(id)
  await app.page.locator(`[data-testid=run-row][data-run="${endless}"]`).getByTestId('run-compare').click()
  await test('run-tab-compare').click()
  const row = app.page.locator(`[data-testid=compare-row][data-run="${id}"]`)
  await row.waitFor()
  const [score] = await app.api.train.compare.query()
  expect(await row.textContent()).toContain(score?.sequence.logLoss.toFixed(4) ?? 'a score')
  expect(await attributes(test('difference-table').locator('tr[data-key]'), 'data-key')).toEqual(['epochs', 'batchSize', 'seed'])
  await row.getByRole('link').click()
  await app.page.waitForURL(new RegExp(`#/review\\?.*run=${id}`))
  expect(app.complaints).toEqual([])
})

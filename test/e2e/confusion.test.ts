import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Confusion, GroupPage } from '../../src-main/contract/evaluate.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

let folder: string
let app: RunningApp
let runId: number
let confusion: Confusion
let rows: GroupPage['rows']

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-e2e-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 24, width: 160, height: 90, seed: 4 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('24 sequences').first().waitFor()
})

afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-confusion-${task.name.slice(0, 20).replaceAll(/\W+/g, '-')}.png`) })
})

const test = (id: string) => app.page.getByTestId(id)
const go = async (tab: string) => {
  await app.page.goto(`${new URL(app.address).origin}/#/review?run=${runId}`)
  await test(`review-tab-${tab}`).click()
}

it('a real run, too short to be good, makes mistakes to look at', async () => {
  const { id } = await app.api.train.start.mutate({ config: { model: 'regnety_nano', imageSize: 32, epochs: 2, batchSize: 8, folds: 2, optimizer: 'adamw', learningRate: 2e-3, warmupEpochs: 0.5, threads: 1 }, folds: null })
  runId = id
  await expect.poll(async () => (await app.api.train.run.query({ id })).state, { timeout: 120_000, interval: 500 }).toBe('done')
  confusion = await app.api.evaluate.confusion.query({ runId })
  rows = (await app.api.evaluate.groups.query({ runId, limit: 1000 })).rows
}, 150_000)

it('the matrix shows the classes of the run, and its list the mistakes, most often first', async () => {
  await go('confusion')
  await test('confusion-matrix').waitFor()
  expect(await test('confusion-matrix').getAttribute('data-classes')).toBe(String(confusion.classes.length))
  const mistakes = confusion.cells.filter(({ answer, predicted }) => answer !== predicted)
  expect(mistakes.length).toBeGreaterThan(0)
  const first = await test('confused-pair').first().getAttribute('data-pair')
  const most = Math.max(...mistakes.map(({ count }) => count))
  expect(mistakes.filter(({ count }) => count === most).map(({ answer, predicted }) => `${answer}/${predicted}`)).toContain(first)
})

it('a click on a confused cell opens its sequences in the table', async () => {
  const { page } = app
  await test('confusion-order').click()
  await page.getByText('by id', { exact: true }).last().click()
  const matrix = test('confusion-matrix')
  const ids = confusion.classes.map(({ poseId }) => poseId).sort((a, b) => a - b)
  const mistake = confusion.cells.find(({ answer, predicted }) => answer !== predicted)
  if (!mistake) throw new Error('the run made no mistake')
  const [scale, x, y] = await Promise.all(['data-scale', 'data-x', 'data-y'].map(async (name) => Number(await matrix.getAttribute(name))))
  const box = await matrix.boundingBox()
  const corner = await test('matrix-corner').boundingBox()
  if (!box || !corner || scale === undefined || x === undefined || y === undefined) throw new Error('the matrix is not shown')
  const at = { x: corner.width + x + (ids.indexOf(mistake.predicted) + 0.5) * 16 * scale, y: corner.height + y + (ids.indexOf(mistake.answer) + 0.5) * 16 * scale }
  await matrix.hover({ position: at })
  await expect.poll(() => test('confusion-readout').textContent()).toMatch(new RegExp(`${mistake.answer}.*${mistake.predicted}.*log loss ${mistake.logLoss.toFixed(4)}`))
  await matrix.click({ position: at })
  await test('group-row').first().waitFor()
  const expected = rows.filter(({ poseId, predictedPoseId }) => poseId === mistake.answer && predictedPoseId === mistake.predicted).map(({ group }) => group)
  await expect.poll(() => test('group-row').evaluateAll((shown) => shown.map((row) => row.getAttribute('data-group')))).toEqual(expected)
})

it('the matrix is walked with the keys, and Enter opens', async () => {
  const { page } = app
  await go('confusion')
  await test('confusion-matrix').focus()
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => test('confusion-readout').textContent()).toContain('→')
  const before = Number(await test('confusion-matrix').getAttribute('data-scale'))
  await page.keyboard.press('-')
  await expect.poll(async () => Number(await test('confusion-matrix').getAttribute('data-scale'))).toBeLessThan(before)
  await page.keyboard.press('Enter')
  await test('group-row').first().waitFor()
})

it('the wheel zooms at the pointer, dragging moves, and 0 shows everything again', async () => {
  const { page } = app
  await go('confusion')
  const matrix = test('confusion-matrix')
  await matrix.waitFor()
  const view = async (): Promise<{ scale: number; x: number; y: number }> => {
    const [scale = 0, x = 0, y = 0] = await Promise.all(['data-scale', 'data-x', 'data-y'].map(async (name) => Number(await matrix.getAttribute(name))))
    return { scale, x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 }
  }
  const box = await matrix.boundingBox()
  const corner = await test('matrix-corner').boundingBox()
  if (!box || !corner) throw new Error('the matrix is not shown')
  const fitted = await view()
  const at = { x: 200, y: 150 }
  const under = ({ scale, x, y }: { scale: number; x: number; y: number }): number[] => [(at.x - x) / scale, (at.y - y) / scale].map((place) => Math.round(place * 10) / 10)
  await page.mouse.move(box.x + corner.width + at.x, box.y + corner.height + at.y)
  // Its few cells are as large as they get already.
  await page.mouse.wheel(0, 200)
  await expect.poll(async () => (await view()).scale).toBeLessThan(fitted.scale)
  const zoomed = await view()
  expect(under(zoomed)).toEqual(under(fitted))
  await page.mouse.down()
  await page.mouse.move(box.x + corner.width + at.x - 40, box.y + corner.height + at.y - 25, { steps: 3 })
  await page.mouse.up()
  await expect.poll(view).toEqual({ scale: zoomed.scale, x: expect.closeTo(zoomed.x - 40, 1), y: expect.closeTo(zoomed.y - 25, 1) })
  await page.keyboard.press('0')
  await expect.poll(view).toEqual(fitted)
})

it('calibration says how sure it was and how often it was right', async () => {
  await go('calibration')
  const calibration = await app.api.evaluate.calibration.query({ runId })
  await test('reliability').locator('svg').waitFor()
  expect(await test('stat-brier').textContent()).toContain(calibration.brier.toFixed(4))
  await test('calibration-verdict').waitFor()
})

it('the map is computed, and a lasso lists its sequences, which the table then shows', async () => {
  const { page } = app
  await go('map')
  await test('map-canvas').waitFor({ timeout: 60_000 })
  expect(await test('map-canvas').getAttribute('data-points')).toBe('24')
  const box = await test('map-canvas').boundingBox()
  if (!box) throw new Error('the map is not shown')
  await page.keyboard.press('l')
  const corners = [[0.01, 0.01], [0.99, 0.01], [0.99, 0.99], [0.01, 0.99]] as const
  await page.mouse.move(box.x + box.width * 0.01, box.y + box.height * 0.01)
  await page.mouse.down()
  for (const [x, y] of corners) await page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 4 })
  await page.mouse.up()
  await expect.poll(() => test('lasso-count').textContent()).toContain('24 sequences')
  const worst = rows[0]?.group
  expect(await test('map-row').first().getAttribute('data-folder')).toBe(worst)
  await test('lasso-open').click()
  await test('group-row').first().waitFor()
  await expect.poll(() => test('group-row').count()).toBe(rows.length)
})

it('nothing in the page complained', () => {
  expect(app.complaints).toEqual([])
})

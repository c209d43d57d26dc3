import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { makeTinyData, tinyConfig } from '../train/tinyData.ts'
import { startApp, type RunningApp } from './app.ts'

/** Folders that are not the data set, predicted by a real run: at once, while sequences come, and again after a reload. */
let folder: string
let app: RunningApp
const takes = () => join(folder, 'takes')
/** Copies a sequence of the data set, its JSON under its new name or left out. */
function copy(from: string, to: string, json = true): void {
  const [source, target] = [join(folder, 'data', from), join(takes(), to)]
  mkdirSync(target, { recursive: true })
  for (const frame of [0, 1]) cpSync(join(source, `${frame}.png`), join(target, `${frame}.png`))
  if (json) cpSync(join(source, `${from.split('/')[1]}.json`), join(target, `${to.split('/').at(-1)}.json`))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-predict-'))
  await makeTinyData(join(folder, 'data'))
  copy('train/0', 'walk/take 1')
  copy('train/1', 'walk/take 2', false)
  copy('train/3', 'broken')
  writeFileSync(join(takes(), 'broken/1.png'), 'no picture')
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('9 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-${task.name.slice(0, 20).replaceAll(/\W+/g, '-')}.png`) })
})

const soon = { timeout: 20_000 }
const test = (id: string) => app.page.getByTestId(id)
const go = (hash: string) => app.page.goto(`${new URL(app.address).origin}/#/${hash}`)
const shown = (): Promise<string[]> => test('predicted-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-name') ?? ''))
const row = (name: string) => app.page.locator(`[data-testid=predicted-row][data-name="${name}"]`)
const state = async (id: number) => (await app.api.predict.sessions.query()).find((session) => session.id === id)?.state
const frame = () => test('predicted-stage').getAttribute('data-frame')

async function download(id: string): Promise<{ name: string; text: string }> {
  await test('predict-export').click()
  const [file] = await Promise.all([app.page.waitForEvent('download'), test(id).click()])
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') }
}

it('says what it needs before anything is trained', { timeout: 120_000 }, async () => {
  await go('predict')
  await test('go-train').waitFor()
  const { id } = await app.api.train.start.mutate({ config: tinyConfig, folds: null })
  await expect.poll(async () => (await app.api.train.run.query({ id })).state, { timeout: 100_000, interval: 250 }).toBe('done')
  await test('predict-empty').waitFor()
})

it('predicts a folder that is chosen by hand: with and without keypoints, and all that is wrong with it is said', async () => {
  const { page } = app
  await page.keyboard.press('o')
  await page.getByTestId('picker-folder').getByText('takes', { exact: true }).click()
  await test('picker-take').click()
  expect(await test('predict-folder').inputValue()).toBe(takes())
  await page.keyboard.press('Control+Enter')
  await expect.poll(() => state(1), soon).toBe('done')
  await expect.poll(shown, soon).toEqual(['broken', 'walk/take 1', 'walk/take 2'])
  await expect.poll(() => test('stat-sequences').textContent(), soon).toMatch(/^Sequences3all/)
  await expect.poll(() => test('stat-right').textContent(), soon).toMatch(/of 2 labelled$/)
  expect(await row('walk/take 2').textContent()).toContain('none')
  expect(await test('mark-problems').count()).toBe(1)

  await test('stat-problems').click()
  await expect.poll(shown, soon).toEqual(['broken'])
  await page.keyboard.press('Escape')
  await expect.poll(() => test('predicted-row').count(), soon).toBe(3)
  await row('broken').click()
  const problems = test('predicted-problems')
  await expect.poll(() => problems.textContent(), soon).toContain('broken/1.png')
  await problems.getByRole('button').first().click()
  await test('predicted-stage').getByRole('alert').waitFor()
})

it('finds, sorts and plays what was predicted', async () => {
  const { page } = app
  await page.keyboard.press('/')
  await page.keyboard.type('take 2')
  await expect.poll(shown, soon).toEqual(['walk/take 2'])
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await test('order-confidence').click()
  const { rows } = await app.api.predict.sequences.query({ id: 1, sort: 'confidence' })
  await expect.poll(shown, soon).toEqual(rows.map(({ name }) => name))
  await row('walk/take 1').click()
  await expect.poll(() => test('predicted-detail').getAttribute('aria-label'), soon).toBe('walk/take 1')
  await expect.poll(frame, soon).toBe('0')
  await page.keyboard.press('ArrowRight')
  await expect.poll(frame, soon).toBe('1')
  await test('frame-lanes').click({ position: { x: 4, y: 10 } })
  await expect.poll(frame, soon).toBe('0')
  await page.keyboard.press('Space')
  const seen = new Set<string | null>()
  await expect.poll(async () => seen.add(await frame()).size, { timeout: 10_000, interval: 40 }).toBe(2)
  await page.keyboard.press('Space')
})

it('hands out all results as CSV and JSON', async () => {
  const { rows } = await app.api.predict.sequences.query({ id: 1 })
  const csv = await download('predict-csv')
  const [head = '', ...lines] = csv.text.trim().replace(/^\uFEFF/, '').split(/\r?\n/)
  expect([csv.name.endsWith('.csv'), lines.length, head.split(',').filter((column) => /^(100|110)$/.test(column))]).toEqual([true, 3, ['100', '110']])
  expect(rows.map(({ name }) => lines.some((line) => line.includes(name)))).toEqual([true, true, true])
  const json = await download('predict-json')
  expect(json.name.endsWith('.json')).toBe(true)
  expect(rows.every(({ name }) => json.text.includes(JSON.stringify(name)))).toBe(true)
  JSON.parse(json.text)
})

it('watches: what comes is predicted and told of, until it is stopped', { timeout: 60_000 }, async () => {
  const { page } = app
  await test('predict-watch').click()
  await test('predict-start').click()
  await expect.poll(() => state(2), soon).toBe('watching')
  await expect.poll(() => test('session-2').getAttribute('data-state'), soon).toBe('watching')
  await test('order-name').click()
  await expect.poll(shown, soon).toEqual(['broken', 'walk/take 1', 'walk/take 2'])
  await row('walk/take 2').click()
  copy('train/5', 'late')
  await expect.poll(shown, { timeout: 40_000 }).toEqual(['broken', 'late', 'walk/take 1', 'walk/take 2'])
  expect(await test('predicted-news').textContent()).toContain('1 new')
  expect(await row('late').getAttribute('data-fresh')).toBe('true')
  expect(await row('walk/take 2').getAttribute('aria-selected')).toBe('true')
  await page.keyboard.press('n')
  await expect.poll(() => row('late').getAttribute('aria-selected'), soon).toBe('true')
  expect(await test('predicted-news').count()).toBe(0)
  await page.keyboard.press('s')
  await expect.poll(() => state(2), soon).toBe('stopped')
})

it('is all there after a reload, and a session is removed with what it knows', async () => {
  const { page } = app
  const { top } = (await app.api.predict.sequences.query({ id: 2, search: 'late' })).rows[0] ?? { top: [] }
  await page.reload()
  await expect.poll(() => row('late').getAttribute('aria-selected'), soon).toBe('true')
  expect(await row('late').textContent()).toContain(top[0]?.probability.toFixed(3))
  expect(await test('session-1').getAttribute('data-state')).toBe('done')
  await test('predict-remove').click()
  expect(await test('predict-remove-sure').textContent()).toBe('Forget 4 results')
  await test('predict-remove-sure').click()
  await expect.poll(() => test('session-2').count(), soon).toBe(0)
  expect((await app.api.predict.sessions.query()).map(({ id }) => id)).toEqual([1])
  await expect.poll(shown, soon).toEqual(['broken', 'walk/take 1', 'walk/take 2'])
  expect(app.complaints).toEqual([])
})

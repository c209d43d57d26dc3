import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { makeTinyData, tinyConfig } from '../train/tinyData.ts'
import { startApp, type RunningApp } from './app.ts'

/** The review of a real run of two folds over eight sequences: by key, through reloads, and back again. */
let folder: string
let app: RunningApp
let runId: number
const data = () => join(folder, 'data')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-review-'))
  await makeTinyData(data())
  app = await startApp({ data: data(), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('9 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-${task.name.slice(0, 20).replaceAll(/\W+/g, '-')}.png`) })
})

const soon = { timeout: 15_000 }
const test = (id: string) => app.page.getByTestId(id)
const go = (hash: string) => app.page.goto(`${new URL(app.address).origin}/#/${hash}`)
const shown = (): Promise<string[]> => test('group-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-group') ?? ''))
const inFront = (): Promise<string | null> => app.page.locator('[data-testid=group-row].here').getAttribute('data-group')
const causes = async (): Promise<Record<string, string>> => Object.fromEntries((await app.api.evaluate.triage.query()).map(({ folder: name, cause, note }) => [name, note === '' ? cause : `${cause}: ${note}`]))

it('has a run to review', { timeout: 180_000 }, async () => {
  runId = (await app.api.train.start.mutate({ config: tinyConfig, folds: null })).id
  await expect.poll(async () => (await app.api.train.run.query({ id: runId })).state, { timeout: 150_000, interval: 500 }).toBe('done')
})

it('lists the worst first; sorts, narrows and changes the level, and the address goes back over it', async () => {
  const { page } = app
  await go('review')
  await test('group-row').nth(7).waitFor()
  const worstFirst = await shown()
  expect(worstFirst).toEqual((await app.api.evaluate.groups.query({ runId })).rows.map(({ group }) => group))
  expect(await test('review-count').textContent()).toMatch(/^8 sequences · mean log loss \d\.\d{4} · carry 100 %$/)

  await test('sort-group').click()
  await expect.poll(shown, soon).toEqual(worstFirst.toSorted())
  await page.keyboard.press('l')
  await expect.poll(() => test('group-row').count(), soon).toBe(16)
  await test('review-filters').click()
  await test('filter-poseId').click()
  await page.locator('.n-base-select-option').getByText('총 (110)').last().click()
  await test('chip-poseId').waitFor()
  await expect.poll(() => test('group-row').count(), soon).toBe(8)
  expect(page.url()).toMatch(/level=frame/)
  expect(page.url()).toMatch(/class=110/)
  await page.goBack()
  await expect.poll(() => test('group-row').count(), soon).toBe(16)
  await page.goBack()
  await page.goBack()
  await expect.poll(shown, soon).toEqual(worstFirst)
})

it('triages by key and goes on; what was set survives a reload, and is taken back', async () => {
  const { page } = app
  const [first = '', second = '', third = ''] = await shown()
  await test('group-row').first().click()
  await page.keyboard.press('1')
  await expect.poll(inFront, soon).toBe(second)
  await page.keyboard.press('5')
  await expect.poll(causes, soon).toEqual({ [first]: 'wrong-label', [second]: 'ambiguous' })
  await page.reload()
  await test('group-row').nth(7).waitFor()
  expect(await page.locator('[data-cause]').evaluateAll((rows) => rows.map((row) => `${row.getAttribute('data-group')} ${row.getAttribute('data-cause')}`))).toEqual([`${first} wrong-label`, `${second} ambiguous`])

  await test('group-row').first().click()
  await page.keyboard.press('n')
  await expect.poll(inFront, soon).toBe(third)
  await page.locator(`[data-group="${first}"]`).click()
  await page.locator(`[data-group="${third}"]`).click({ modifiers: ['Shift'] })
  await test('triage').getByText('3 sequences will be marked').waitFor()
  await page.keyboard.press('6')
  await expect.poll(causes, soon).toEqual({ [first]: 'hard', [second]: 'hard', [third]: 'hard' })
  await test('triage-undo').click()
  await expect.poll(causes, soon).toEqual({ [first]: 'wrong-label', [second]: 'ambiguous' })

  await page.locator(`[data-group="${second}"]`).click()
  await page.keyboard.press('t')
  await page.keyboard.type('dark or bright')
  await page.keyboard.press('Enter')
  await expect.poll(causes, soon).toEqual({ [first]: 'wrong-label', [second]: 'ambiguous: dark or bright' })
  const download = page.waitForEvent('download')
  await test('triage-export').click()
  await test('export-csv').click()
  expect(readFileSync(await (await download).path(), 'utf8')).toContain('dark or bright')
})

it('keeps a view under a name, and finds it again', async () => {
  const { page } = app
  await page.keyboard.press('Escape')
  await test('review-views').click()
  await test('view-triaged').click()
  await expect.poll(() => test('group-row').count(), soon).toBe(2)
  await test('review-views').click()
  await test('view-name').fill('judged')
  await page.keyboard.press('Enter')
  await test('saved-view').getByText('judged').waitFor()
  await test('view-all').click()
  await expect.poll(() => test('group-row').count(), soon).toBe(8)
  await page.reload()
  await test('review-views').click()
  await test('saved-view').click()
  await expect.poll(() => test('group-row').count(), soon).toBe(2)
  expect(await test('review-views').textContent()).toContain('judged')
  await test('chip-cause').click()
  await expect.poll(() => test('group-row').count(), soon).toBe(8)
})

it('shows what the network got, where it looked, and what it learnt from that is near', async () => {
  await go('review')
  await test('group-row').first().click()
  await test('as-fed').locator('[data-testid=fed-picture][data-shown]').first().waitFor()
  const seen = () => app.page.evaluate<boolean>(`document.querySelector('[data-testid=heat]')?.getContext('2d').getImageData(0, 0, 192, 192).data.some((value) => value > 0) ?? false`)
  await expect.poll(seen, soon).toBe(true)
  await app.page.keyboard.press('h')
  await expect.poll(() => test('heat').count(), soon).toBe(0)
  await app.page.keyboard.press('h')
  const group = (await inFront()) ?? ''
  const near = await app.api.evaluate.neighbours.query({ runId, group, limit: 6 })
  const folders = (id: string) => test(id).getByTestId('thumb').evaluateAll((thumbs) => thumbs.map((thumb) => thumb.getAttribute('data-folder')))
  await expect.poll(() => Promise.all([folders('near-sameClass'), folders('near-others')]), soon).toEqual([near.sameClass, near.others].map((list) => list.map(({ folder: name }) => name)))
  await test('near-others').getByTestId('thumb').first().click()
  await test('side-by-side').getByText(`${near.others[0]?.folder} · `).waitFor()
  await expect.poll(() => test('side-by-side').locator('[data-shown]').count(), soon).toBe(2)
})

it('breaks the loss down, and opens the sequences behind a row', async () => {
  await test('review-tab-breakdown').click()
  await test('by-fold').click()
  await expect.poll(() => test('breakdown-row').count(), soon).toBe(2)
  await app.page.locator('[data-testid=breakdown-row][data-key="0"]').click()
  await test('chip-fold').waitFor()
  expect((await shown()).toSorted()).toEqual((await app.api.evaluate.groups.query({ runId, fold: 0 })).rows.map(({ group }) => group).toSorted())
  await test('chip-fold').click()
})

it('corrects a label where it is doubted, and offers to train the folds anew that it touches', async () => {
  const { page } = app
  await test('group-row').nth(7).waitFor()
  const name = (await inFront()) ?? ''
  const { poseId } = await app.api.dataset.sequence.query({ folder: name })
  const other = poseId === 100 ? 110 : 100
  await page.keyboard.press('e')
  await page.locator('.n-base-select-option').getByText(`총 ${other}`).first().click()
  await expect.poll(async () => (await app.api.dataset.sequence.query({ folder: name })).poseId, soon).toBe(other)
  await test('retrain-all').waitFor()
  await page.keyboard.press('Escape')
  await app.api.annotation.undo.mutate()
  await expect.poll(() => test('retrain-all').count(), soon).toBe(0)
})

it('nothing in the page complained', () => {
  expect(app.complaints).toEqual([])
})

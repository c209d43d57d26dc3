import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { SequenceDetail } from '../../src-main/contract/dataset.ts'
import { checkSubmission } from '../../src-main/ensemble/check.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

let folder: string
let app: RunningApp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-e2e-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 24, width: 320, height: 180, seed: 2 })
  app = await startApp({ data: null, env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-${task.name.slice(0, 20).replaceAll(/\W+/g, '-')}.png`) })
})

/** What the core holds now, asked for by the page's own session. */
const query = <T>(path: string, input?: unknown): Promise<T> =>
  app.page.evaluate(
    async ([procedure, text]) => {
      const answer = await fetch(`/api/${procedure}${text === undefined ? '' : `?input=${encodeURIComponent(text)}`}`)
      return ((await answer.json()) as { result: { data: T } }).result.data
    },
    [path, input === undefined ? undefined : JSON.stringify(input)] as const,
  )
const sequence = (name: string): Promise<SequenceDetail> => query('dataset.sequence', { folder: name })
const erased = async (...names: string[]): Promise<number[]> => Promise.all(names.map(async (name) => (await sequence(name)).frameRecords.reduce((sum, frame) => sum + frame.erased.length, 0)))
const go = async (hash: string) => {
  await app.page.goto(`${new URL(app.address).origin}/#/${hash}`)
}
const test = (id: string) => app.page.getByTestId(id)

it('opens a folder, signed in by the ticket that then leaves the address', async () => {
  const { page } = app
  await page.getByLabel('Path of a data folder').fill(join(folder, 'data'))
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/browse/)
  expect(page.url()).not.toContain('ticket')
  await page.getByText('24 sequences').first().waitFor()
  await page.waitForURL(/[?&]s=train/)
})

it('scrubs frames with the skeleton drawn', async () => {
  const { page } = app
  await go('browse?s=train/475')
  const numbers = (await sequence('train/475')).frameRecords.map((frame) => frame.number)
  // From the cover frame on, round and round.
  const cover = (await sequence('train/475')).coverFrame ?? -1
  const from = numbers.indexOf(cover)
  for (const number of [...numbers.slice(from), ...numbers.slice(0, from)]) {
    await page.getByText(`Frame ${number}`, { exact: true }).waitFor()
    await page.keyboard.press('.')
  }
  // Keypoints of a left hand are squares, of a right one circles.
  expect(await page.locator('svg rect, svg circle').count()).toBeGreaterThan(20)
})

it('erases the strays of both folders by one rule, undoes and redoes it', async () => {
  const { page } = app
  expect(await erased('train/475', 'train/543')).toEqual([0, 0])
  await go('clean?s=train/475')
  await test('rule-choice').click()
  await page.getByText(/475 and 543.*scaled|contest-scaled/).last().click()
  await expect.poll(() => test('rule-count').textContent(), { timeout: 10_000 }).toMatch(/\d/)
  await test('rule-apply').click()
  await page.getByText('All edits saved').waitFor()
  await expect.poll(() => test('history').textContent(), { timeout: 10_000 }).toContain('2 sequences')
  const done = await erased('train/475', 'train/543')
  expect(done.every((count) => count > 0 && count % 21 === 0)).toBe(true)
  await page.keyboard.press('Control+z')
  await expect.poll(() => erased('train/475', 'train/543'), { timeout: 10_000 }).toEqual([0, 0])
  await page.keyboard.press('Control+Shift+z')
  await expect.poll(() => erased('train/475', 'train/543'), { timeout: 10_000 }).toEqual(done)
})

it('erases by hand what a rectangle takes in, and keeps it through a kill -9', async () => {
  const { page } = app
  const name = 'train/475'
  const frame = (await sequence(name)).frameRecords.find((record) => record.points.length === 21)
  const before = (await erased(name))[0] ?? 0
  await go(`clean?s=${name}&f=${frame?.number}`)
  await test('point-20').waitFor()
  await test('tool-rectangle').click()
  const box = await test('editor-stage').boundingBox()
  if (!box) throw new Error('the stage is not shown')
  await page.waitForTimeout(500)
  await page.mouse.move(box.x + 30, box.y + 30)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 30, box.y + box.height - 30, { steps: 5 })
  await page.mouse.up()
  await page.keyboard.press('e')
  await expect.poll(async () => (await erased(name))[0], { timeout: 10_000 }).toBeGreaterThanOrEqual(before + 21)
  const after = await erased(name)
  await app.killAndRestart()
  await go('')
  await page.getByText(join(folder, 'data')).first().click()
  await page.waitForURL(/#\/browse/)
  await expect.poll(() => erased(name).catch(() => null), { timeout: 20_000 }).toEqual(after)
})

it('crop: the box follows the slider, and the recipe is kept', async () => {
  await go('crop?s=train/475')
  const overlay = test('crop-overlay')
  const boxBefore = await overlay.getAttribute('data-box')
  await test('role-validation').click()
  const margin = test('number-margin')
  await margin.fill('150')
  await margin.press('Enter')
  await expect.poll(() => overlay.getAttribute('data-box'), { timeout: 10_000 }).not.toBe(boxBefore)
  await expect.poll(async () => (await query<{ recipes: { validation: { margin: unknown } } }>('crop.settings')).recipes.validation.margin, { timeout: 10_000 }).toEqual({ left: 150, top: 150, right: 150, bottom: 150 })
  // Only training draws at random.
  expect(await test('sample-0').count()).toBe(0)
  await test('role-train').click()
  await test('sample-0').waitFor()
})

it('trains two folds from the page: the curve grows, and they end done', async () => {
  const { page } = app
  await go('train')
  const set = async (name: string, value: string) => {
    const input = test(`field-${name}`).locator('input').first()
    await input.fill(value)
    await input.press('Tab')
  }
  await test('preset-quick').click()
  for (const [name, value] of [['imageSize', '32'], ['epochs', '3'], ['batchSize', '8'], ['folds', '2']] as const) await set(name, value)
  await test('train-start').click()
  await page.locator('[data-testid="fold-row"][data-state="training"]').first().waitFor({ timeout: 60_000 })
  await expect.poll(() => page.locator('[data-testid="fold-row"][data-state="done"]').count(), { timeout: 100_000, interval: 500 }).toBe(2)
  expect(await page.locator('[data-testid="curve"] canvas').count()).toBeGreaterThan(0)
  const [run] = await query<{ id: number; state: string }[]>('train.runs')
  const epochs = (await query<{ kind: string; fold: number; loss: number }[]>('train.metrics', { runId: run?.id })).filter((metric) => metric.kind === 'epoch')
  expect([run?.state, epochs.filter((metric) => metric.fold === 0).length]).toEqual(['done', 3])
})

it('review: the worst sequences first, and the frames behind one', async () => {
  await go('review')
  await test('group-row').first().waitFor()
  const shown = await test('group-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-group')))
  const [run] = await query<{ id: number }[]>('train.runs')
  const { rows: groups } = await query<{ rows: { group: string; logLoss: number }[] }>('evaluate.groups', { runId: run?.id })
  expect(groups.map((row) => row.logLoss)).toEqual(groups.map((row) => row.logLoss).toSorted((a, b) => b - a))
  expect(shown.length).toBeGreaterThan(3)
  expect(shown).toEqual(groups.slice(0, shown.length).map((row) => row.group))
  await test('group-row').first().click()
  await test('frame-probabilities').waitFor()
  expect(await test('stat-log-loss').textContent()).toMatch(/\d\.\d{4}/)
})

it('rules are fitted, and a submission is written, checked and downloaded', async () => {
  const { page } = app
  await go('rules')
  await test('fit-rules').click()
  await test('rule-card').first().waitFor()
  await go('submit')
  await test('write-submission').click()
  await test('submission-path').waitFor()
  const download = page.waitForEvent('download')
  await test('download').click()
  const text = readFileSync(await (await download).path(), 'utf8')
  const sample = readFileSync(join(folder, 'data/sample_submission.csv'), 'utf8')
  expect(checkSubmission(text, sample)).toEqual([])
  expect(text.split('\n')[0]).toBe(sample.split('\n')[0])
})

it('nothing in the page complained, and nothing was asked of any other host', () => {
  expect(app.complaints).toEqual([])
})

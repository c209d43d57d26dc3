import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkSubmission } from '../../src-main/ensemble/check.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

/** One person's way from two trained runs to a submission, a better one, what changed between them, the file that does it all again, and the model for another program. */
let folder: string
let app: RunningApp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-submit-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 24, width: 160, height: 90, seed: 3 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('24 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-submit-${task.name.slice(0, 24).replaceAll(/\W+/g, '-')}.png`) })
})

const test = (id: string): Locator => app.page.getByTestId(id)
const slow = { timeout: 90_000, interval: 250 }
const go = (hash: string): Promise<unknown> => app.page.goto(`${new URL(app.address).origin}/#/${hash}`)
const submissions = () => app.api.ensemble.submissions.query()

it('two tiny runs are trained, one that sees keypoints and one that sees pictures', async () => {
  for (const config of [{ model: 'keypoint_linear', epochs: 8, folds: 2 }, { imageSize: 32, epochs: 2, batchSize: 8, folds: 2 }]) {
    const { id } = await app.api.train.start.mutate({ config, folds: null })
    await expect.poll(async () => (await app.api.train.run.query({ id })).state, slow).toBe('done')
  }
})

it('shows what each way brings out of fold; one click chooses, and the sentence before the button says it', async () => {
  await go('submit')
  for (const id of [1, 2]) await test(`submit-run-${id}`).setChecked(true)
  await test('blend-member').nth(1).waitFor()
  await test('look-frames').click()
  await test('pooling-geometric').click()
  await test('bench-folds').click()
  await test('fold-row').nth(3).waitFor()
  await test('fold-caveat').getByText('Which fold is best cannot be told').waitFor()
  await test('folds-weighted').click()
  await test('bench-clip').click()
  await test('clip-own').fill('2e-3')
  await app.page.keyboard.press('Enter')
  await expect.poll(() => test('submit-will').textContent()).toMatch(/^\d+ test sequences × 2 runs: geometric mean over frames, weighted folds, equal runs, with the rules, nothing below 0\.002$/)
  const { poolings } = await app.api.ensemble.ways.query({ runIds: [2, 1] })
  expect(await test('submit-estimate').textContent()).toBe(poolings.find(({ pooling }) => pooling === 'geometric')?.logLoss.toFixed(4))
})

it('is written so, valid, with the clip held', async () => {
  await test('write-submission').click()
  await test('submission-path').waitFor()
  const [submission] = await submissions()
  const text = readFileSync(submission!.path, 'utf8')
  const least = Math.min(...text.trim().split('\n').slice(1).flatMap((line) => line.split(',').slice(1).map(Number)))
  expect({ ...submission, problems: checkSubmission(text, readFileSync(join(folder, 'data/sample_submission.csv'), 'utf8')) }).toMatchObject({ pooling: 'geometric', folds: 'weighted', clip: 0.002, problems: [] })
  expect(least).toBeGreaterThan(0.001)
  expect(await test('submission-made').textContent()).toContain('geometric mean over frames, weighted folds, equal runs, with the rules, nothing below 0.002')
  expect(await test('submission-clipped').textContent()).toContain(`${submission!.clipped} probabilit`)
})

it('is written another way, and held against the first: furthest apart on top, both opinions beside the frames', async () => {
  await test('blend-fitted').first().click()
  await test('look-frames').click()
  await test('pooling-mean').click()
  await test('write-submission').click()
  await expect.poll(async () => (await submissions()).length, slow).toBe(2)
  await test('submission-tab-changes').click()
  const { rows, otherClass } = await app.api.ensemble.changes.query({ id: 2, against: 1 })
  await expect.poll(() => test('change-line').first().getAttribute('data-folder')).toBe(rows[0]?.folder)
  await test('changes-facts').getByText(`${otherClass} other class`).waitFor()
  await app.page.keyboard.press('ArrowDown')
  await expect.poll(() => test('change-line').nth(1).getAttribute('aria-selected')).toBe('true')
  for (const [opinion, { probability }] of [['opinion-before', rows[1]!.before], ['opinion-after', rows[1]!.after]] as const) await expect.poll(() => test(opinion).textContent()).toContain(probability.toFixed(3))
  await app.page.keyboard.press('x')
  await expect.poll(() => test('change-line').count()).toBe(otherClass)
})

it('runs are predicted by other views, which then have a score, and are chosen', async () => {
  await test('submit-run-1').setChecked(false)
  await test('look-views').click()
  await test('predict-views').click()
  await expect.poll(() => test('views-mirrored').getAttribute('aria-pressed'), slow).toBe('true')
  const { views } = await app.api.ensemble.ways.query({ runIds: [2] })
  expect(views.map((row) => row.views)).toEqual([null, { testFlip: true, testMargins: [] }])
  await test('views-mirrored').getByText(views[1]!.logLoss.toFixed(4)).waitFor()
  await test('submission-row').first().click()
})

it('the pipeline file of a submission is downloaded, and says how it was put together', async () => {
  const download = app.page.waitForEvent('download')
  await test('pipeline-file').click()
  const file = await download
  const { handloom, steps } = parse(readFileSync(await file.path(), 'utf8')) as { handloom: number; steps: Record<string, unknown>[] }
  expect([file.suggestedFilename().endsWith('.yaml'), handloom, steps.filter((step) => 'train' in step).length, steps.at(-1)]).toEqual([true, 1, 2, { submit: expect.objectContaining({ blend: 'fitted', folds: 'weighted', clip: 0.002 }) as unknown }])
  await test('pipeline-note').waitFor()
})

it('the best fold is exported as safetensors and found to be the same', async () => {
  await go('train?run=2')
  await test('run-export').click()
  await test('export-safetensors').click()
  await test('export-go').click()
  await test('export-result').waitFor({ timeout: 60_000 })
  expect(await test('export-difference').textContent()).toMatch(/^(0|\d\.\de-\d+) of a logit from ours, over \d+ samples/)
  expect(statSync((await test('export-path').textContent()) ?? '').size).toBeGreaterThan(100_000)
  await app.page.keyboard.press('Escape')
  await expect.poll(() => test('export-panel').count()).toBe(0)
})

it('nothing in the page complained', () => {
  expect(app.complaints).toEqual([])
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { RulesState } from '../../src-main/contract/rules.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

/** One person's way through the rules lab, in the order of the tests. */
let folder: string
let app: RunningApp
let runId: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-rules-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 48, width: 320, height: 180, seed: 3 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('48 sequences').first().waitFor()
  runId = (await app.api.train.start.mutate({ config: { model: 'keypoint_temporal', epochs: 8, folds: 2 }, folds: null })).id
  while ((await app.api.train.run.query({ id: runId })).state !== 'done') await sleep(200)
}, 120_000)
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-${task.name.slice(0, 20).replaceAll(/\W+/g, '-')}.png`) })
})

const test = (id: string) => app.page.getByTestId(id)
const kept = (): Promise<RulesState> => app.api.rules.state.query({ runId })
const text = (id: string): Promise<string | null> => test(id).textContent()
const pick = async (id: string, option: string) => {
  await test(id).locator('.n-base-selection').click()
  await app.page.locator('.n-base-select-option:visible').getByText(option, { exact: true }).click()
}

it('opens a proposal as a draft: judged, and nothing kept', async () => {
  await app.page.goto(`${new URL(app.address).origin}/#/rules?run=${runId}`)
  await app.page.locator('[data-testid=rule-proposal][data-pair="0/42"]').click()
  await test('rule-point').first().waitFor()
  expect(await text('rule-unsaved')).toContain('nothing is applied yet')
  const judged = await app.api.rules.preview.query({ runId, draft: { stillPoseIds: [0], movingPoseIds: [42], feature: { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' } } })
  await expect.poll(() => test('rule-point').count()).toBe(judged.points.length)
  await expect.poll(() => text('pair-loss')).toContain(judged.logLossAfter.toFixed(4))
  expect(await test('rule-verdict').textContent()).not.toBe('')
  expect((await kept()).rules).toEqual([])
})

it('finds the best feature, with the honest score said, and takes one', async () => {
  await app.page.keyboard.press('f')
  await test('feature-rank').first().waitFor()
  expect(await text('search-honest')).toMatch(/Chosen from \d+ features\. Honest score.*\d\.\d{4} → \d\.\d{4}/)
  const chosen = await test('feature-rank').nth(1).locator('b').textContent()
  await test('feature-rank').nth(1).click()
  await expect.poll(() => test('feature-rank').nth(1).getAttribute('aria-pressed')).toBe('true')
  expect(await test('feature-point').textContent()).toBe(chosen?.split(' · ')[0])
  // The rule goes on with the usual feature, whose numbers are easy to tell.
  await pick('feature-point', 'topmost keypoint')
  await pick('feature-measure', 'range')
  await pick('feature-axis', 'x')
  if (await test('feature-unit').textContent() !== 'pixels') await pick('feature-unit', 'pixels')
})

it('moves the threshold by keys and by the mouse, and the numbers follow', async () => {
  const { page } = app
  const field = test('rule-threshold').locator('input')
  await page.locator('body').click({ position: { x: 5, y: 790 } })
  await page.keyboard.press('m')
  await expect.poll(() => test('method-maximum-plus-5').getAttribute('aria-pressed')).toBe('true')
  await page.keyboard.press('m')
  const before = Number(await field.inputValue())
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Shift+ArrowRight')
  await expect.poll(async () => Number(await field.inputValue())).toBeCloseTo(before + 11, 2)
  await expect.poll(() => test('method-by-hand').getAttribute('aria-pressed')).toBe('true')
  // Far to the right every moving sequence lies on the wrong side.
  const moving = (await app.api.rules.preview.query({ runId, draft: { stillPoseIds: [0], movingPoseIds: [42], feature: { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' }, method: 'by-hand', threshold: 100_000 } })).wrong
  const wrong = await text('rule-wrong')
  const handle = (await test('rule-threshold-handle').boundingBox())!
  const plot = (await page.locator('.plot svg').boundingBox())!
  await page.mouse.move(handle.x + handle.width / 2, handle.y + 4)
  await page.mouse.down()
  await page.mouse.move(plot.x + plot.width - 4, handle.y + 4, { steps: 8 })
  await expect.poll(() => text('rule-wrong')).toBe(String(moving))
  await page.mouse.up()
  expect(Number(await field.inputValue())).toBeGreaterThan(before + 11)
  await test('method-log-loss').click()
  await expect.poll(() => text('rule-wrong')).toBe(wrong)
})

it('leaves a sequence out of the fit, on record, and adds the rule', async () => {
  const { page } = app
  await test('rule-tab-pair').click()
  const first = test('rule-sequence').first()
  const out = await first.getAttribute('data-group')
  await first.click()
  await page.keyboard.press('x')
  await expect.poll(() => text('left-out-count')).toBe('1 left out')
  expect(await page.locator('.point.hollow').getAttribute('data-group')).toBe(out)
  await test('rule-name').fill('one or no')
  await page.keyboard.press('Control+Enter')
  await test('rule-card').waitFor()
  expect((await kept()).rules.map(({ name, leftOut, stillPoseIds, movingPoseIds }) => ({ name, leftOut, stillPoseIds, movingPoseIds }))).toEqual([{ name: 'one or no', leftOut: [out], stillPoseIds: [0], movingPoseIds: [42] }])
  expect(await test('rule-unsaved').count()).toBe(0)
})

it('changes a rule only when the change is applied; Escape takes it back', async () => {
  const { page } = app
  await page.locator('body').click({ position: { x: 5, y: 790 } })
  await page.keyboard.press('a')
  await expect.poll(() => text('rule-unsaved')).toBe('Not applied: action')
  await test('one-hot-warning').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => test('rule-unsaved').count()).toBe(0)
  expect((await kept()).rules[0]?.action).toBe('clamp')
  await test('action-one-hot').click()
  await test('rule-apply').click()
  await expect.poll(async () => (await kept()).rules[0]?.action).toBe('one-hot')
})

it('fits the presets, puts rules in another order, and switches one off', async () => {
  const { page } = app
  await test('fit-rules').click()
  await expect.poll(() => test('rule-card').count()).toBeGreaterThan(1)
  const before = (await kept()).rules.map(({ id }) => id)
  await test('rule-choose').nth(1).click()
  await page.keyboard.press('Shift+ArrowUp')
  const expected = [before[1], before[0], ...before.slice(2)]
  await expect.poll(async () => (await kept()).rules.map(({ id }) => id)).toEqual(expected)
  await expect.poll(() => test('rule-card').evaluateAll((cards) => cards.map((card) => Number(card.getAttribute('data-rule'))))).toEqual(expected)
  await test('rule-card').last().dragTo(test('rule-card').first())
  await expect.poll(async () => (await kept()).rules[0]?.id).toBe(expected.at(-1))
  const { enabled } = (await kept()).rules[0]!
  await test('rule-enabled').first().click()
  await expect.poll(async () => (await kept()).rules[0]?.enabled).toBe(!enabled)
})

it('brings an earlier version back, and hands rules on as a file', async () => {
  const { page } = app
  await page.keyboard.press('v')
  await test('rules-restore-1').click()
  await expect.poll(async () => (await kept()).rules.map(({ name, action }) => [name, action])).toEqual([['one or no', 'clamp']])
  const download = page.waitForEvent('download')
  await test('rules-export').click()
  const file = join(folder, 'rules.json')
  writeFileSync(file, readFileSync(await (await download).path()))
  await test('rule-remove').click()
  await expect.poll(async () => (await kept()).rules).toEqual([])
  await test('rules-import').setInputFiles(file)
  await expect.poll(async () => (await kept()).rules.map(({ name }) => name)).toEqual(['one or no'])
  writeFileSync(file, '{ "rules": 1 }')
  await test('rules-import').setInputFiles(file)
  await page.getByRole('alert').first().waitFor()
  expect((await kept()).rules).toHaveLength(1)
})

it('changes what the review shows', async () => {
  // Everything is moving to this rule, and surely so.
  const field = test('rule-threshold').locator('input')
  await field.fill('0')
  await field.press('Tab')
  await test('action-one-hot').click()
  await expect.poll(() => text('rule-unsaved')).toBe('Not applied: threshold, action')
  await test('rule-apply').click()
  await expect.poll(async () => (await kept()).rules[0]?.threshold).toBe(0)
  const { rules: [rule], logLossAfter } = await kept()
  const changed = rule!.changed[0]!.folder
  await app.page.goto(`${new URL(app.address).origin}/#/review?run=${runId}`)
  await expect.poll(() => text('stat-rules')).toContain(logLossAfter.toFixed(4))
  await app.page.goto(`${new URL(app.address).origin}/#/rules?run=${runId}&rule=${rule!.id}&s=${changed}`)
  await test('rule-tab-changed').click()
  await expect.poll(() => app.page.locator('[data-testid=changed-sequence][aria-pressed=true]').textContent()).toContain(changed)
  await test('keypoint-path').waitFor()
})

it('has nothing in the page that complained', () => {
  expect(app.complaints).toEqual([])
})

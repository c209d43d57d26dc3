import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { SplitRecord } from '../../src-main/contract/split.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

/** The fold planner in a real browser: what is dragged, typed and pressed is what the core has. */
let folder: string
let app: RunningApp
/** A sequence that is in the data folder twice. */
let twice: string
const copy = 'train/9000'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-folds-'))
  const data = join(folder, 'data')
  await generateSample({ folder: data, sequences: 40, width: 240, height: 135, seed: 4 })
  const first = readdirSync(join(data, 'train')).sort((a, b) => Number(a) - Number(b))[0]!
  twice = `train/${first}`
  cpSync(join(data, twice), join(data, copy), { recursive: true })
  renameSync(join(data, copy, `${first}.json`), join(data, copy, '9000.json'))
  app = await startApp({ data, env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('41 sequences').first().waitFor()
  await app.page.goto(`${new URL(app.address).origin}/#/folds`)
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-folds-${task.name.slice(0, 24).replaceAll(/\W+/g, '-')}.png`) })
})

const test = (id: string): Locator => app.page.getByTestId(id)
const newest = async (): Promise<SplitRecord> => {
  const split = await app.api.split.current.query()
  if (split === null) throw new Error('no split was made')
  return split
}
const foldOf = async (name: string): Promise<number | null | undefined> => (await newest()).folds.find((entry) => entry.folder === name)?.fold
const cell = (poseId: number, column: number | 'always'): Locator => app.page.locator(`[data-testid=heat-cell][data-pose="${poseId}"][data-column="${column}"]`)
const version = async (name: string): Promise<void> => app.page.locator('[data-testid=split-version]', { hasText: new RegExp(`^${name}$`) }).waitFor()
const frames = async (): Promise<number[]> => (await test('fold-frames').locator('> span:last-child').allTextContents()).map(Number)

async function center(of: Locator): Promise<{ x: number; y: number }> {
  const box = await of.boundingBox()
  if (box === null) throw new Error('it is not shown')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

async function choose(select: string, option: string | RegExp): Promise<void> {
  await test(select).click()
  await app.page.locator('.n-base-select-option', { hasText: option }).first().click()
}

async function makeSplit(options: { name: string; folds: number }): Promise<SplitRecord> {
  await test('split-name').locator('input').fill(options.name)
  await test('split-folds').locator('input').fill(String(options.folds))
  await app.page.keyboard.press('Tab')
  await test('make-split').click()
  await app.page.locator('[data-testid=split-row].here', { hasText: options.name }).waitFor()
  return newest()
}

it('says before the button is pressed that there are fewer groups than folds, and offers as many', async () => {
  const actors = (await app.api.split.groupColumns.query()).find(({ name }) => name === 'actor')
  await choose('split-group', /^actor ·/)
  await test('split-folds').locator('input').fill('50')
  await app.page.keyboard.press('Tab')
  expect(await test('few-groups').textContent()).toContain(`${actors?.values} groups`)
  expect(await test('make-split').isDisabled()).toBe(true)
  await test('use-fewer-folds').click()
  expect(await test('split-folds').locator('input').inputValue()).toBe(String(actors?.values))
  expect(await test('make-split').isEnabled()).toBe(true)
})

it('makes a split by actor: nobody is in two folds', async () => {
  const split = await makeSplit({ name: 'by actor', folds: 4 })
  const foldsOf = Map.groupBy(split.folds, ({ group }) => group)
  expect([split.options.group, split.frames.length, [...foldsOf.values()].filter((same) => new Set(same.map(({ fold }) => fold)).size > 1)]).toEqual(['actor', 4, []])
  expect(await frames()).toEqual(split.frames)
})

it('a sequence dragged over a fold shows the balance, dropped it is a new version, and undone the old one', async () => {
  const { page } = app
  const before = await newest()
  const moved = before.folds[3]!
  const from = moved.fold!
  const to = (from + 2) % 4
  const length = (await app.api.dataset.sequence.query({ folder: moved.folder })).frames
  const expected = before.frames.map((count, fold) => count + (fold === to ? length : fold === from ? -length : 0))
  await cell(moved.poseId, from).click()
  const handle = page.locator(`[data-testid=sequence-handle][data-folder="${moved.folder}"]`)
  await handle.locator('img.shown').waitFor()
  const start = await center(handle)
  const end = await center(cell(moved.poseId, to))
  await page.mouse.move(start.x, start.y)
  await page.mouse.down()
  await page.mouse.move(start.x + 20, start.y - 20, { steps: 3 })
  await page.mouse.move(end.x, end.y, { steps: 5 })
  await expect.poll(frames).toEqual(expected)
  expect(await cell(moved.poseId, to).textContent()).toContain(String((before.classes.find(({ poseId }) => poseId === moved.poseId)?.counts[to] ?? 0) + 1))
  expect((await newest()).id).toBe(before.id)
  await page.mouse.up()
  await version('v2')
  const after = await newest()
  expect([after.parent, after.version, after.moved, after.frames]).toEqual([before.id, 2, [{ folder: moved.folder, from, to }], expected])
  await page.keyboard.press('Control+z')
  await version('v1')
  expect(await frames()).toEqual(before.frames)
  await test('redo-move').click()
  await version('v2')
})

it('Escape in the midst of a drag changes nothing', async () => {
  const { page } = app
  const { id, folds } = await newest()
  const held = folds[6]!
  const [start, end] = [await center(cell(held.poseId, held.fold!)), await center(cell(held.poseId, (held.fold! + 1) % 4))]
  await page.mouse.move(start.x, start.y)
  await page.mouse.down()
  await page.mouse.move(end.x, end.y, { steps: 5 })
  await test('drag-label').waitFor()
  await page.keyboard.press('Escape')
  await page.mouse.up()
  await page.waitForTimeout(300)
  expect([await test('drag-label').count(), (await newest()).id]).toEqual([0, id])
})

it('moves without a mouse, and says so', async () => {
  const { page } = app
  const { folds } = await newest()
  const target = folds.find(({ fold }) => fold === 1)!
  await cell(target.poseId, 0).click()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  const name = await page.locator('[data-testid=sequence-handle].here').getAttribute('data-folder')
  await page.keyboard.press('3')
  await version('v3')
  expect(await foldOf(name ?? '')).toBe(3)
  await expect.poll(() => test('said').textContent()).toMatch(new RegExp(`${name} moved to Fold 3. Fold 3 has \\d+ frames`))
})

it('keeps a class with one sequence in training always', async () => {
  const single = (await newest()).classes.find(({ counts }) => counts.reduce((sum, count) => sum + count, 0) === 1)!
  const row = app.page.locator(`[data-testid=scarce-class][data-pose="${single.poseId}"]`)
  if ((await row.getByTestId('keep-always').count()) === 0) await row.getByRole('button').first().click()
  await row.getByTestId('keep-always').click()
  await cell(single.poseId, 'always').waitFor()
  expect(await cell(single.poseId, 'always').textContent()).toContain('1')
  const kept = await newest()
  expect([kept.name, kept.options.always, kept.classes.find(({ poseId }) => poseId === single.poseId)]).toEqual(['by actor', [single.poseId], { ...single, counts: [0, 0, 0, 0], always: 1 }])
  expect(await test('always-chip').count()).toBe(1)
})

it('finds the sequence that is there twice and puts both together', async () => {
  await choose('split-group', /^sequence ·/)
  await test('always-chip').getByRole('button').click()
  const split = await makeSplit({ name: 'by sequence', folds: 5 })
  const apart = split.folds.find(({ folder: name }) => name === copy)?.fold !== split.folds.find(({ folder: name }) => name === twice)?.fold
  expect(apart).toBe(true)
  await test('tab-leaks').click()
  await test('check-leaks').click()
  const pair = app.page.locator('[data-testid=leak-pair]:not(.quiet)', { hasText: copy })
  await pair.waitFor()
  expect(await pair.textContent()).toMatch(new RegExp(`${twice} .*${copy} `))
  await expect.poll(() => pair.locator('img.shown').count()).toBe(2)
  await pair.getByTestId('put-together').click()
  await test('no-leaks').waitFor()
  expect(await foldOf(copy)).toBe(await foldOf(twice))
})

it('derives samples for a class with one sequence, so that the fold that validates it trains on it too', async () => {
  await test('tab-look').click()
  const single = (await newest()).classes.find(({ counts }) => counts.reduce((sum, count) => sum + count, 0) === 1)!
  const row = app.page.locator(`[data-testid=scarce-class][data-pose="${single.poseId}"]`)
  const suggestion = (await app.api.crop.derived.query()).suggestions.find(({ poseId }) => poseId === single.poseId)
  const mirrored = suggestion?.options.filter(({ transform }) => transform.kind === 'mirror') ?? []
  const button = row.locator('[data-testid^=derive-mirror]')
  expect(await button.textContent()).toContain(`${mirrored.length} sequence`)
  await button.click()
  await row.getByText('derived', { exact: true }).waitFor()
  const { sequences } = await app.api.crop.derived.query()
  expect(sequences.map(({ parent, transform, poseId, problem }) => ({ parent, transform, poseId, problem }))).toEqual(mirrored.map((derivation) => ({ ...derivation, poseId: single.poseId, problem: null })))
  await test('tab-leaks').click()
  expect(await test('derived-kept').textContent()).toContain(`${mirrored.length} derived sequence`)
  await test('tab-look').click()
})

it('renames a split in place', async () => {
  await test('rename-split').click()
  await test('split-rename').fill('without leaks')
  await app.page.keyboard.press('Enter')
  await app.page.locator('[data-testid=split-row].here', { hasText: 'without leaks' }).waitFor()
  expect((await newest()).name).toBe('without leaks')
})

it('a split by frame says that it leaks, and lets no sequence be moved', async () => {
  await choose('split-splitter', /^StratifiedKFold/)
  await test('split-unit-frame').click()
  const split = await makeSplit({ name: 'by frame', folds: 3 })
  expect(split.leakingSequences).toBeGreaterThan(0)
  await test('not-movable').waitFor()
  await expect.poll(() => app.page.locator('[data-testid^=move-to-]:not([disabled])').count()).toBe(0)
})

it('nothing in the page complained', () => {
  expect(app.complaints).toEqual([])
})

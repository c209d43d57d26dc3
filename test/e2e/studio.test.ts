import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { EditSummary, HistoryState } from '../../src-main/contract/annotation.ts'
import type { FrameRecord, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'
import { differences } from './pictures.ts'

/** The keypoint studio, tool by tool, in a real browser: what the page does is what the core has. */
let folder: string
let data: string
let app: RunningApp
const name = 'train/475'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-studio-'))
  data = join(folder, 'data')
  await generateSample({ folder: data, sequences: 24, width: 480, height: 270, seed: 3 })
  app = await startApp({ data, env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('24 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-studio-${task.name.slice(0, 24).replaceAll(/\W+/g, '-')}.png`) })
})

const call = <T>(path: string, input?: unknown, mutation = false): Promise<T> =>
  app.page.evaluate(
    async ([procedure, text, change]) => {
      const answer = await fetch(`/api/${procedure}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text ?? null })
      const body = (await answer.json()) as { result?: { data: T }; error?: { message: string } }
      if (body.result === undefined) throw new Error(`${procedure}${change ? ' (mutation)' : ''}: ${body.error?.message}`)
      return body.result.data
    },
    [path, input === undefined ? undefined : JSON.stringify(input), mutation] as const,
  )
const sequence = (of = name): Promise<SequenceDetail> => call('dataset.sequence', { folder: of })
const record = async (frame: number, of = name): Promise<FrameRecord> => {
  const found = (await sequence(of)).frameRecords.find(({ number }) => number === frame)
  if (!found) throw new Error(`${of} has no frame ${frame}`)
  return found
}
const edits = async (): Promise<EditSummary[]> => (await call<HistoryState>('annotation.history', { limit: 50 })).edits
const test = (id: string) => app.page.getByTestId(id)
const press = (key: string) => app.page.keyboard.press(key)

/** A frame of the sequence with one whole hand, and the frame before it. */
let frame: number
let before: number
beforeEach(async () => {
  const { page } = app
  // Every test begins with no edits in force and the page on one frame.
  while ((await call<EditSummary | null>('annotation.undo', undefined, true)) !== null);
  const whole = (await sequence()).frameRecords
  const at = whole.findIndex((found, index) => index > 0 && found.points.length === 21 && (whole[index - 1]?.points.length ?? 0) >= 21)
  frame = whole[at]?.number ?? -1
  before = whole[at - 1]?.number ?? -1
  await page.goto(`${new URL(app.address).origin}/#/clean?s=${name}&f=${frame}`)
  await page.reload()
  await test('point-20').waitFor()
  await page.locator(`[data-testid=editor-stage][data-frame="${frame}"]`).waitFor()
})

/** Where a keypoint of the frame is in the window. */
async function placeOf(row: number, of: number = frame): Promise<{ x: number; y: number }> {
  const stage = test('editor-stage')
  const box = await stage.boundingBox()
  const [scale, x, y] = await Promise.all(['data-scale', 'data-x', 'data-y'].map(async (attribute) => Number(await stage.getAttribute(attribute))))
  const point = (await record(of)).points[row]
  if (!box || !point) throw new Error(`row ${row} is not on the stage`)
  return { x: box.x + point[0] * scale! + x!, y: box.y + point[1] * scale! + y! }
}
const saved = () => app.page.getByText('All edits saved').waitFor()

it('a click selects, a drag moves, and the point is where it was dropped', async () => {
  const { page } = app
  const from = await placeOf(8)
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + 30, from.y + 18, { steps: 6 })
  await page.mouse.up()
  await expect.poll(async () => (await record(frame)).moved).toEqual([8])
  const to = await placeOf(8)
  expect([Math.round(to.x - from.x), Math.round(to.y - from.y)]).toEqual([30, 18])
  expect((await edits())[0]?.kind).toBe('move')
})

it('Escape in the midst of a drag leaves everything as it was', async () => {
  const { page } = app
  const from = await placeOf(8)
  const count = (await edits()).length
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + 60, from.y + 40, { steps: 4 })
  await press('Escape')
  await page.mouse.up()
  await page.waitForTimeout(300)
  expect([(await record(frame)).moved, (await edits()).length]).toEqual([[], count])
})

it('points are reached, moved and announced without a mouse', async () => {
  const original = (await record(frame)).points[1]!
  await press(']')
  await press(']')
  await test('point-1').and(app.page.locator('[aria-pressed=true]')).waitFor()
  await press('ArrowRight')
  await press('ArrowRight')
  await press('Shift+ArrowDown')
  await expect.poll(async () => (await record(frame)).points[1]?.slice(0, 2)).toEqual([original[0] + 2, original[1] + 10])
  await saved()
  expect(await app.page.locator('[data-testid=editor-stage] [aria-live]').textContent()).toMatch(/thumb/i)
  await press('Escape')
  expect(await app.page.locator('[data-testid^=point-][aria-pressed=true]').count()).toBe(0)
})

it('a lasso, a rectangle and the whole-hand tool select what they take in', async () => {
  const { page } = app
  const box = await test('editor-stage').boundingBox()
  if (!box) throw new Error('no stage')
  const selected = () => page.locator('[data-testid^=point-][aria-pressed=true]').count()
  const [tip, wrist] = [await placeOf(8), await placeOf(0)]
  await press('l')
  await page.mouse.move(tip.x - 9, tip.y - 9)
  await page.mouse.down()
  for (const [dx, dy] of [[9, -9], [9, 9], [-9, 9]] as const) await page.mouse.move(tip.x + dx, tip.y + dy, { steps: 3 })
  await page.mouse.up()
  expect(await test('point-8').getAttribute('aria-pressed')).toBe('true')
  await press('h')
  await page.mouse.click(wrist.x, wrist.y)
  await expect.poll(selected).toBe(21)
  await press('Escape')
  await press('r')
  await page.mouse.move(box.x + 4, box.y + 4)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 60, box.y + box.height - 4, { steps: 4 })
  await page.mouse.up()
  await expect.poll(selected).toBe(21)
})

it('the same point in all frames is erased as one edit, and comes back with one key', async () => {
  await test('point-8').click()
  await press('a')
  await press('e')
  const having = (await sequence()).frameRecords.filter(({ points }) => points.length > 8).map(({ number }) => number)
  const erased = async () => (await sequence()).frameRecords.filter((found) => found.erased.includes(8)).map(({ number }) => number)
  await expect.poll(erased).toEqual(having)
  expect((await edits())[0]).toMatchObject({ kind: 'erase', points: having.length, frames: having.length })
  await press('Control+z')
  await expect.poll(erased).toEqual([])
})

it('occluded is said and taken back; original values are one key away', async () => {
  await test('point-12').click()
  await press('x')
  await expect.poll(async () => (await record(frame)).hidden).toEqual([12])
  await press('ArrowLeft')
  await expect.poll(async () => (await record(frame)).moved).toEqual([12])
  await press('x')
  await expect.poll(async () => (await record(frame)).hidden).toEqual([])
  await press('o')
  await expect.poll(async () => (await record(frame)).moved).toEqual([])
})

it('a lost hand is copied from the frame before, or interpolated between its neighbours', async () => {
  await press('Control+a')
  await press('e')
  await expect.poll(async () => (await record(frame)).erased.length).toBe(21)
  await press('Escape')
  await press('d')
  await expect.poll(async () => (await record(frame)).erased.length).toBe(0)
  const [copied, source] = [await record(frame), await record(before)]
  expect(copied.points.slice(0, 21)).toEqual(source.points.slice(0, 21))
  await press('Control+z')
  await expect.poll(async () => (await record(frame)).erased.length).toBe(21)
  await press('Escape')
  await press('i')
  await expect.poll(async () => (await record(frame)).erased.length).toBe(0)
  const records = (await sequence()).frameRecords
  const next = records.slice(records.findIndex(({ number }) => number === frame) + 1).find(({ points }) => points.length >= 21)!
  const [from, to] = [source.points[0]!, next.points[0]!]
  const share = (frame - before) / (next.number - before)
  expect((await record(frame)).points[0]?.slice(0, 2)).toEqual([0, 1].map((axis) => Math.round((from[axis]! + (to[axis]! - from[axis]!) * share) * 100) / 100))
})

it('left and right hands change places', async () => {
  const two = (await sequence()).frameRecords.find(({ points }) => points.length === 42)!
  await app.page.goto(`${new URL(app.address).origin}/#/clean?s=${name}&f=${two.number}`)
  await test('point-41').waitFor()
  await press('s')
  await expect.poll(async () => (await record(two.number)).points).toEqual([...two.points.slice(21), ...two.points.slice(0, 21)])
})

it('a region is drawn on the frame, counted, dragged by its edge, and applied as one edit', async () => {
  const { page } = app
  const stage = await test('editor-stage').boundingBox()
  if (!stage) throw new Error('no stage')
  const places = await Promise.all(Array.from({ length: 21 }, (_, row) => placeOf(row)))
  const [left, top, right, bottom] = [Math.min(...places.map(({ x }) => x)), Math.min(...places.map(({ y }) => y)), Math.max(...places.map(({ x }) => x)), Math.max(...places.map(({ y }) => y))]
  await test('rule-draw').click()
  const drag = async (from: readonly [number, number], to: readonly [number, number]) => {
    await page.mouse.move(...from)
    await page.mouse.down()
    await page.mouse.move(...to, { steps: 5 })
    await page.mouse.up()
  }
  await drag([left - 12, top - 12], [(left + right) / 2, bottom + 12])
  const counted = async () => Number(await test('rule-count').getAttribute('data-erased'))
  await expect.poll(counted, { timeout: 10_000 }).toBeGreaterThan(0)
  const some = await counted()
  await drag([(left + right) / 2, (top + bottom) / 2], [right + 14, (top + bottom) / 2])
  await expect.poll(counted, { timeout: 10_000 }).toBeGreaterThan(some)
  // The rule is for this sequence alone until a person says otherwise.
  const expected = await counted()
  await test('rule-apply').click()
  await expect.poll(async () => (await edits())[0]?.kind).toBe('rule')
  const [edit] = await edits()
  expect([edit?.points, edit?.sequences, edit?.source !== null && 'rule' in (edit?.source ?? {})]).toEqual([expected, 1, true])
  await press('Escape')
})

it('rules leave as a file and come back from it; a file of nonsense changes nothing and says where', async () => {
  const { page } = app
  const rule = { name: 'corner', folders: [name], frames: { from: 0, to: 3 }, terms: [[{ axis: 'x', relation: '<', value: 60 }, { axis: 'y', relation: '>', value: 200 }]] }
  await call('annotation.saveRule', rule, true)
  await page.reload()
  const download = page.waitForEvent('download')
  await test('rule-export').click()
  const file = join(folder, 'rules.json')
  writeFileSync(file, readFileSync(await (await download).path()))
  await call('annotation.removeRule', { name: 'corner' }, true)
  await page.reload()
  await test('rule-file').setInputFiles(file)
  await expect.poll(() => call('annotation.savedRules')).toEqual([rule])
  const broken = join(folder, 'broken.yaml')
  writeFileSync(broken, '- name: worse\n  terms:\n    - - { axis: x, relation: "<", value: .nan }\n')
  await test('rule-file').setInputFiles(broken)
  await page.getByText(/broken\.yaml.*line 3/).first().waitFor()
  expect(await call('annotation.savedRules')).toEqual([rule])
})

it('the history says who and from what, shows an edit on the frame, and takes back that one alone', async () => {
  const { page } = app
  await test('point-4').click()
  await press('ArrowUp')
  await expect.poll(async () => (await record(frame)).moved).toEqual([4])
  await saved()
  await test('point-7').click()
  await press('e')
  await expect.poll(async () => (await record(frame)).erased).toEqual([7])
  await saved()
  const [erase, move] = await edits()
  await test(`history-${move?.id}`).click()
  await expect.poll(async () => Number(await test('editor-stage').getAttribute('data-ghosts'))).toBe(1)
  await test(`revert-${move?.id}`).click()
  await expect.poll(async () => (await record(frame)).moved).toEqual([])
  expect((await record(frame)).erased).toEqual([7])
  expect(await test(`history-${erase?.id}`).textContent()).toContain(erase?.author)
  await page.reload()
  await test(`history-${erase?.id}`).waitFor()
})

it('the stray queue: one key erases and goes on, another keeps, and the history knows the detector', async () => {
  const queue = test('stray-queue')
  await queue.getByRole('option').first().click()
  const first = await queue.locator('[aria-selected=true]').getAttribute('data-testid')
  await press('k')
  await expect.poll(() => queue.locator('[aria-selected=true]').getAttribute('data-testid').catch(() => null)).not.toBe(first)
  await app.page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
  await queue.getByTestId(`finding-${name}-second-hand`).click()
  const second = await queue.locator('[aria-selected=true]').getAttribute('data-testid')
  await press('e')
  await expect.poll(async () => (await edits())[0]?.source).toEqual({ detector: 'second-hand' })
  expect(second).toBe(`finding-${name}-second-hand`)
  await expect.poll(() => queue.getByTestId(`finding-${name}-second-hand`).count()).toBe(0)
})

it('keypoints leave as COCO and come back as one edit', async () => {
  const { page } = app
  await test('point-9').click()
  await press('e')
  await expect.poll(async () => (await record(frame)).erased).toEqual([9])
  await test('tab-exchange').click()
  await test('export-write').click()
  await test('export-result').waitFor()
  const out = (await test('export-result').locator('code').getAttribute('title')) ?? ''
  await press('Control+z')
  await expect.poll(async () => (await record(frame)).erased).toEqual([])
  await test('import-file').setInputFiles(out)
  await test('import-take').click()
  await expect.poll(async () => (await record(frame)).erased).toEqual([9])
  expect((await edits())[0]).toMatchObject({ kind: 'import', points: 1 })
  await test('tab-rule').click()
  await page.waitForTimeout(100)
})

it('a file that changed on disk since it was edited is shown and settled by the person', async () => {
  const other = 'train/543'
  const file = join(data, other, '543.json')
  const text = readFileSync(file, 'utf8')
  const at = (await sequence(other)).frameRecords.find(({ points }) => points.length >= 21)!.number
  await call('annotation.edit', { label: '', changes: [{ folder: other, frame: at, index: 0, to: { x: 5, y: 6 } }] }, true)
  const json = JSON.parse(text) as { annotations: { image_id: number; data: number[][] }[] }
  json.annotations.find(({ image_id }) => Number(image_id) === at)!.data[0] = [77, 88, 0]
  writeFileSync(file, JSON.stringify(json))
  await call('dataset.rescan', undefined, true)
  await test('conflict-go').click()
  await test('conflict-file').click()
  await expect.poll(async () => (await record(at, other)).points[0]?.slice(0, 2)).toEqual([77, 88])
  await expect.poll(() => test('conflict').count()).toBe(0)
  await press('Control+z')
  await test('conflict-edits').click()
  await expect.poll(async () => (await record(at, other)).conflicts).toEqual([])
  expect((await record(at, other)).points[0]?.slice(0, 2)).toEqual([5, 6])
  writeFileSync(file, text)
  await call('dataset.rescan', undefined, true)
})

it('a second tab sees every edit at once, and an edit over what it did not see is refused', async () => {
  const { page } = app
  const second = await page.context().newPage()
  await second.goto(`${new URL(app.address).origin}/#/clean?s=${name}&f=${frame}`)
  await second.getByTestId('point-20').waitFor()
  await test('point-3').click()
  await press('e')
  await second.locator('[data-testid=point-3].erased').waitFor()
  const { points } = await record(frame)
  const stale = { x: points[3]![0], y: points[3]![1], visibility: 'visible' }
  const refused = await call('annotation.edit', { label: '', changes: [{ folder: name, frame, index: 3, to: { x: 1, y: 1 }, was: stale }] }, true).catch((error: Error) => error.message)
  expect(refused).toMatch(/changed in another window/)
  await second.close()
})

it('draws what it has drawn before: hands, names, occluded, erased and moved points, onion skin, a region and the crop boxes', async () => {
  const { page } = app
  const stage = test('editor-stage')
  const differ = async (name: string): Promise<string[]> => {
    // The picture is drawn sharp once the view rests, the onion skin a frame later.
    await page.mouse.move(2, 2)
    await page.waitForTimeout(600)
    const box = await stage.boundingBox()
    // Without the buttons at its right border.
    return differences(name, await page.screenshot({ animations: 'disabled', clip: { x: box?.x ?? 0, y: box?.y ?? 0, width: (box?.width ?? 0) - 56, height: box?.height ?? 0 } }))
  }
  const two = (await sequence()).frameRecords.find(({ points }) => points.length === 42)!.number
  await page.goto(`${new URL(app.address).origin}/#/clean?s=${name}&f=${two}`)
  await page.locator(`[data-testid=editor-stage][data-frame="${two}"]`).waitFor()
  await press('Escape')
  await press('t')
  const found = [await differ('two-hands-with-names')]
  await press('t')
  await press('w')
  await press('u')
  found.push(await differ('onion-skin-by-finger'))
  await press('w')
  await press('u')
  await test('rule-choice').click()
  await page.getByText(/475 and 543.*scaled/).last().click()
  await press('p')
  await expect.poll(() => test('rule-count').getAttribute('data-erased')).toMatch(/^[1-9]/)
  found.push(await differ('region-and-crop-boxes'))
  await press('p')
  await page.goto(`${new URL(app.address).origin}/#/clean?s=${name}&f=${frame}`)
  await page.locator(`[data-testid=editor-stage][data-frame="${frame}"]`).waitFor()
  const { points } = await record(frame)
  const to = (row: number, dx: number, dy: number) => ({ x: points[row]![0] + dx, y: points[row]![1] + dy })
  await call('annotation.edit', { label: '', changes: [
    { folder: name, frame, index: 8, to: { ...to(8, -40, -20) } }, { folder: name, frame, index: 12, to: { ...to(12, 20, -20), visibility: 'hidden' } }, { folder: name, frame, index: 20, to: { erased: true } }, { folder: name, frame, index: 4, to: { hidden: true } },
  ] }, true)
  await page.locator('[data-testid=point-20].erased').waitFor()
  await press('Escape')
  found.push(await differ('moved-occluded-erased'))
  expect(found).toEqual([[], [], [], []])
})

it('every action is in the palette, and its key can be another one', async () => {
  const { page } = app
  await press('Control+k')
  await page.keyboard.type('swap the left')
  await page.getByText('Swap the left and the right hand').first().waitFor()
  await press('Escape')
  await press('?')
  const line = page.locator('li', { hasText: 'Mark the selected points as occluded' })
  await line.locator('button.keys').click()
  await press('y')
  await press('Escape')
  await test('point-2').click()
  await press('y')
  await expect.poll(async () => (await record(frame)).hidden).toEqual([2])
})

it('nothing in the page complained, and nothing was asked of any other host', () => {
  expect(app.complaints).toEqual([])
})

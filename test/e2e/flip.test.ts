import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { flipTargets } from '../../src-main/augment/flipMap.ts'
import { samplePixels } from '../../src-main/augment/samplePixels.ts'
import { plainView, shardTransform, trainingColour, trainingView } from '../../src-main/augment/sampleTransform.ts'
import type { DerivedTransform } from '../../src-main/contract/crop.ts'
import { cutFrame } from '../../src-main/crop/cutFrame.ts'
import { derivedFrames, type DerivedFrame } from '../../src-main/crop/derive.ts'
import { regionOf, sequenceSeats, shardSizeFor } from '../../src-main/crop/geometry.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { boxedFrames } from '../../src-renderer/editor/cropBoxes.ts'
import { startApp, type RunningApp } from './app.ts'

/** Augmentation, flip and derived samples in a real browser: what is shown is what training gets. */
let folder: string
let data: string
let app: RunningApp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-flip-'))
  data = join(folder, 'data')
  await generateSample({ folder: data, sequences: 24, width: 480, height: 270, seed: 3 })
  // Two right hands and one left hand under one name, and a class with one sequence.
  writeFileSync(join(data, 'hand_gesture_pose.csv'), 'pose_id,pose_name,view_type,gesture_type,hand_type\n10,숫자 1,1st,my_hand,right\n67,숫자 1,1st,my_hand,right\n139,숫자 1,1st,my_hand,left\n155,꼬집기,3rd,your_hand,right\n')
  for (const number of [541, 542, 543, 544]) rmSync(join(data, 'train', String(number)), { recursive: true })
  app = await startApp({ data, env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('20 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-flip-${task.name.slice(0, 24).replaceAll(/\W+/g, '-')}.png`) })
})
beforeEach(async () => {
  await app.page.evaluate('localStorage.clear()')
})

const test = (id: string) => app.page.getByTestId(id)
const press = (key: string) => app.page.keyboard.press(key)

async function show(view: 'sheet' | 'flip' | 'derived', sequence: string, settings: Record<string, string> = {}): Promise<void> {
  const { page } = app
  // In one go, so that nothing of the page before can turn the address back.
  await page.evaluate(`
    for (const [name, value] of Object.entries(${JSON.stringify({ imageSize: '128', ...settings, view })})) localStorage.setItem('handloom.crop.' + name, value)
    document.body.dataset.before = ''
    history.replaceState(null, '', '#/crop?s=${sequence}')
    location.reload()
  `)
  await page.locator('body:not([data-before])').waitFor()
  await page.locator(`[data-testid=view-${view}][aria-pressed=true]`).waitFor()
}

/** The pixels of a tile, once they are drawn from the bytes that training reads. */
async function tile(id: string): Promise<number[]> {
  const canvas = app.page.locator(`[data-testid=${id}] canvas[data-state=exact]`)
  await canvas.waitFor()
  return canvas.evaluate((element) => {
    const { width, height, getContext } = element as unknown as Canvas
    return [...getContext.call(element, '2d').getImageData(0, 0, width, height).data]
  })
}

/** What is used of a canvas in the page. */
interface Canvas {
  width: number
  height: number
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): { data: Iterable<number> } }
}

/** The frame in front, by the address. */
const shownFrame = async (sequence: string): Promise<number> => {
  const asked = Number(new URLSearchParams(new URL(app.page.url()).hash.split('?')[1]).get('f') ?? NaN)
  const { coverFrame } = await app.api.dataset.sequence.query({ folder: sequence })
  return Number.isNaN(asked) ? (coverFrame ?? -1) : asked
}

/** What validation feeds the network of a frame. */
async function asked(sequence: string, frame: number, size = 128): Promise<number[]> {
  const [{ recipes }, { frameRecords }] = await Promise.all([app.api.crop.settings.query(), app.api.dataset.sequence.query({ folder: sequence })])
  const frames = boxedFrames(frameRecords)
  const [boxed, placed] = [frames.find((of) => of.frame === frame), sequenceSeats(frames, recipes.validation).seats.find((seat) => seat.frame === frame)]
  if (!boxed || !placed?.keypointBox) throw new Error(`${sequence} has no sample of frame ${frame}`)
  const seat = { keypointBox: placed.keypointBox, source: placed.source, width: boxed.width, height: boxed.height }
  const region = regionOf(seat, [recipes.train, recipes.validation], seat)
  const stored = shardSizeFor(size)
  return [...samplePixels({ data: await cutFrame(join(data, sequence, `${frame}.png`), region, stored), width: stored, height: stored }, shardTransform(plainView(seat, recipes.validation, size), region, stored), size)]
}

/** What training feeds the network of a frame in an epoch (from 1), made by the very functions of the core. */
async function fed(sequence: string, frame: number, { epoch, seed = 42, size = 128, transform = null, colourless = false }: { epoch: number; seed?: number; size?: number; transform?: DerivedTransform | null; colourless?: boolean }): Promise<number[]> {
  const [{ recipes, augment }, pairs, { frameRecords, poseId }] = await Promise.all([app.api.crop.settings.query(), app.api.crop.flipPairs.query(), app.api.dataset.sequence.query({ folder: sequence })])
  const frames = transform === null ? boxedFrames(frameRecords) : derivedFrames(frameRecords, transform)
  const boxed = frames.find((of) => of.frame === frame)
  const placed = sequenceSeats(frames, recipes.train).seats.find((seat) => seat.frame === frame)
  if (!boxed || !placed?.keypointBox) throw new Error(`${sequence} has no sample of frame ${frame}`)
  const seat = { keypointBox: placed.keypointBox, source: placed.source, toFrame: 'toFrame' in boxed ? (boxed as DerivedFrame).toFrame : null, width: boxed.width, height: boxed.height }
  const identity = { folder: sequence, frame, hand: placed.hand, transform }
  const poseIds = pairs.map((pair) => pair.poseId)
  const view = trainingView({ seed, epoch, sample: identity, recipe: recipes.train, augment, seat, imageSize: size, label: poseIds.indexOf(poseId ?? -1), targets: { horizontal: flipTargets(pairs, poseIds), vertical: flipTargets(pairs, poseIds, 'vertical') } })
  const region = regionOf(seat, transform === null ? [recipes.train, recipes.validation] : [recipes.train], seat)
  const stored = await cutFrame(join(data, sequence, `${frame}.png`), region, shardSizeFor(size))
  return [...samplePixels({ data: stored, width: shardSizeFor(size), height: shardSizeFor(size) }, shardTransform(view, region, shardSizeFor(size)), size, colourless ? null : trainingColour(seed, epoch, identity, augment.colour))]
}

it('a tile of the sheet is the sample that training feeds, byte for byte', async () => {
  const name = 'train/475'
  await show('sheet', name)
  const shown = await tile('sheet-tile-3')
  const frame = await shownFrame(name)
  expect(shown).toEqual(await fed(name, frame, { epoch: 4 }))
  expect(await tile('sheet-plain')).toEqual(await asked(name, frame))

  // The next page of epochs, another seed, another size of the network's input, one part left out.
  await test('sheet-later').click()
  await test('sheet-seed').fill('7')
  const first = Number(/\d+/.exec((await test('sheet-page').textContent()) ?? '')?.[0])
  await expect.poll(() => tile('sheet-tile-1')).toEqual(await fed(name, frame, { epoch: first + 1, seed: 7 }))
  await test('without-colour').click()
  await expect.poll(() => tile('sheet-tile-1')).toEqual(await fed(name, frame, { epoch: first + 1, seed: 7, colourless: true }))

  // Every frame in one epoch.
  await test('without-colour').click()
  await test('sheet-frames').click()
  const { frameRecords } = await app.api.dataset.sequence.query({ folder: name })
  await expect.poll(() => tile('sheet-tile-2')).toEqual(await fed(name, frameRecords[2]!.number, { epoch: first, seed: 7 }))
})

it('what the class table leaves open is decided by keyboard', async () => {
  await show('flip', 'train/475', { flipTab: 'map' })
  await test('decide-all').focus()
  await press('Enter')
  const asked = () => test('flip-decide').getAttribute('data-pose')
  await expect.poll(asked).toBe('10')
  await test('choice-139').waitFor()
  await press('1')
  // One choice settled both of the pair.
  await expect.poll(asked).toBe('67')
  await press('0')
  await app.page.getByText('All decided.').waitFor()
  const told = async () => (await app.api.crop.flipPairs.query()).map(({ poseId, partner, reason }) => `${poseId} ${partner} ${reason}`)
  expect(await told()).toEqual(['10 139 override', '67 null override', '139 10 override', '155 155 lone'])
  await press('Escape')
  await expect.poll(() => test('flip-class').getAttribute('data-partner')).toBe('10')
  expect(await test('flip-open').count()).toBe(0)

  // In the table, by keyboard too.
  await test('partner-155').focus()
  await press('Enter')
  await app.page.keyboard.type('never')
  await press('Enter')
  await expect.poll(async () => (await told())[3]).toBe('155 null override')
  await app.api.crop.setFlipPair.mutate({ poseId: 155, partner: 'automatic' })
})

it('the histogram follows the ratios at once', async () => {
  await show('flip', 'train/475', { flipTab: 'counts' })
  const rows = async (flipRatio: number, verticalFlipRatio: number) => Object.fromEntries((await app.api.crop.flipHistogram.query({ flipRatio, verticalFlipRatio })).map(({ poseId, expected }) => [`bar-${poseId}`, expected.toFixed(3)]))
  const bars = () => app.page.locator('[data-testid^=bar-]').evaluateAll((all) => Object.fromEntries(all.map((bar) => [bar.getAttribute('data-testid'), bar.getAttribute('data-expected')])))
  await expect.poll(bars).toEqual(await rows(0.3, 0))
  await test('setting-flipRatio').press('End')
  await expect.poll(bars).toEqual(await rows(1, 0))
  await test('number-verticalFlipRatio').fill('0.25')
  await expect.poll(bars).toEqual(await rows(1, 0.25))
  await expect.poll(async () => (await app.api.crop.settings.query()).augment).toMatchObject({ flipRatio: 1, verticalFlipRatio: 0.25 })
})

it('a class with one sequence gets a turned one, with its lineage', async () => {
  await app.api.crop.setDerived.mutate({ derivations: [] })
  await show('derived', 'train/475')
  await test('suggest-train-540-rotate--30').click()
  await test('derived-train-540-rotate--30').getByRole('button').first().click()
  await test('derived-list').getByText('꼬집기').waitFor()
  expect((await app.api.crop.derived.query()).sequences).toMatchObject([{ parent: 'train/540', poseId: 155, problem: null }])
  await expect.poll(() => test('derived-lineage').textContent()).toMatch(/^From train\/540, frames [\d–, ]+, turned by −30°, class 155; trained only in folds that do not validate train\/540\.$/)
  const transform = { kind: 'rotate', degrees: -30 } as const
  await expect.poll(async () => tile('derived-tile-2')).toEqual(await fed('train/540', await shownFrame('train/540'), { epoch: 2, transform }))

  // By hand, by an angle, and out again.
  await test('number-degrees').fill('45')
  await test('derive-add').click()
  await test('derive-remove').waitFor()
  await expect.poll(async () => (await app.api.crop.derived.query()).sequences.map((derived) => derived.transform)).toEqual([transform, { kind: 'rotate', degrees: 45 }])
  await test('derive-remove').click()
  await expect.poll(async () => (await app.api.crop.derived.query()).sequences.length).toBe(1)
})

it('without runs to compare, what would be trained is said before it starts', async () => {
  await show('flip', 'train/475', { flipTab: 'runs' })
  await app.page.getByText('No run to compare yet').waitFor()
  expect(await test('train-ratios').textContent()).toContain('0.10 · 0.20 · 0.30 · 0.40 · 0.50')
  await app.page.getByText('5 runs of 5 folds each').waitFor()
})

it('nothing went wrong in the page, and it asked nobody else', () => expect(app.complaints).toEqual([]))

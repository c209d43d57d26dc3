import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Colour } from '../../src-main/augment/colour.ts'
import { samplePixels } from '../../src-main/augment/samplePixels.ts'
import { plainView, shardTransform, trainingColour, trainingView, type SampleSeat, type SampleView } from '../../src-main/augment/sampleTransform.ts'
import { defaultCropSettings, type Box, type CropRecipe, type SequenceKeypoints } from '../../src-main/contract/crop.ts'
import { regionOf, seatBox, sequenceSeats, shardSizeFor } from '../../src-main/crop/geometry.ts'
import { trainingKeypoints } from '../../src-main/keypoints/augment.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { storedCropUrl } from '../../src-renderer/api/images.ts'
import { findFrames } from '../../src-renderer/pages/crop/boxes/boxFilter.ts'
import { surveyBoxes } from '../../src-renderer/pages/crop/boxes/boxSurvey.ts'
import { noEffect } from '../../src-renderer/pages/crop/boxes/cleaningEffect.ts'
import { numberClasses } from '../../src-renderer/pages/crop/flip/flipClasses.ts'
import { drawnHands, keypointFrames, shownKinds, windowOf, windowSide } from '../../src-renderer/pages/crop/sheet/sheetKeypoints.ts'
import { startApp, type RunningApp } from './app.ts'

let folder: string
let app: RunningApp
let origin: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-crop-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 24, width: 320, height: 180, seed: 5 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  origin = new URL(app.address).origin
  await app.page.getByText('24 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-${task.name.slice(0, 20).replaceAll(/\W+/g, '-')}.png`) })
})

const test = (id: string) => app.page.getByTestId(id)
const within = { timeout: 15_000 }
async function open(role: 'train' | 'validation' | 'test', hash = 'crop'): Promise<void> {
  await app.page.goto(`${origin}/#/${hash}`)
  await app.page.reload()
  await test(`role-${role}`).click()
  await test('crop-overlay').waitFor()
  await expect.poll(() => test('survey').textContent(), within).toMatch(/[1-9]/)
}
async function type(id: string, value: string): Promise<void> {
  await test(id).fill(value)
  await test(id).press('Enter')
}
const recipeOf = async (role: 'train' | 'validation' | 'test'): Promise<CropRecipe> => (await app.api.crop.settings.query()).recipes[role]
const used = async (role: 'train' | 'validation' | 'test'): Promise<{ name: string; version: number | null }> => {
  const { name, version } = (await app.api.crop.settings.query()).references[role]
  return { name, version }
}
const keypoints = async (part: 'train' | 'test'): Promise<SequenceKeypoints[]> => (await app.api.crop.keypointBoxes.query({ limit: 1000 })).filter(({ folder: name }) => name.startsWith(`${part}/`))
const shownBoxes = async (): Promise<number[][]> => ((await test('crop-overlay').getAttribute('data-box')) ?? '').split(', ').map((box) => box.split(' ').map(Number))
/** Which frame the page is at. */
const place = (): string => {
  const query = new URLSearchParams(app.page.url().split('?')[1])
  return `${query.get('s')} ${query.get('f')}`
}
const edges = ({ x0, y0, x1, y1 }: Box): number[] => [x0, y0, x1, y1].map((edge) => Number(edge.toFixed(1)))

it('a margin of one side moves that side of the box, and is kept as a version of its own', async () => {
  await open('validation', 'crop?s=train/475')
  const [before] = await shownBoxes()
  await test('unlink-sides').click()
  await type('number-margin-left', '200')
  await expect.poll(recipeOf.bind(null, 'validation'), within).toMatchObject({ margin: { left: 200, top: 50, right: 50, bottom: 50 } })
  const [after] = await shownBoxes()
  // Lengths are those of a frame 1920 px wide; this one has 320.
  expect(after).toEqual([Number(Math.max(0, (before?.[0] ?? NaN) - (150 * 320) / 1920).toFixed(1)), ...(before ?? []).slice(1)])
  expect(await used('validation')).toMatchObject({ version: 1 })
  // The other roles say what theirs is.
  await test('role-test').click()
  await expect.poll(() => app.page.getByText('validation left 200, others 50').count(), within).toBe(1)
})

it('an older version is restored, as the newest', async () => {
  await open('validation', 'crop?s=train/475')
  await type('number-margin-left', '120')
  await expect.poll(() => used('validation'), within).toMatchObject({ version: 2 })
  await test('object-picker').click()
  await expect.poll(() => test('object-version-2').textContent(), within).toContain('Margin left 200 → 120')
  await test('object-restore-1').click()
  await expect.poll(() => used('validation'), within).toMatchObject({ version: 3 })
  expect((await recipeOf('validation')).margin).toEqual({ left: 200, top: 50, right: 50, bottom: 50 })
  await expect.poll(() => test('number-margin-left').inputValue(), within).toBe('200')
})

it('a recipe with a name is used by two roles, which then change together', async () => {
  await open('validation', 'crop?s=train/475')
  await test('object-picker').click()
  await type('object-save-name', 'evaluation')
  await expect.poll(() => test('object-name').textContent(), within).toBe('evaluation')
  await test('role-test').click()
  await test('object-use-evaluation').click()
  await expect.poll(() => test('object-shared').textContent(), within).toContain('validation')
  await type('number-wristExtra', '80')
  await expect.poll(async () => [await used('validation'), await used('test'), (await recipeOf('validation')).wristExtra], within).toEqual([{ name: 'evaluation', version: 2 }, { name: 'evaluation', version: 2 }, 80])
})

it('a flag leads to its worst frame, and N to the next worst over all sequences', async () => {
  const all = await keypoints('train')
  const found = findFrames(surveyBoxes(all, await recipeOf('train')), noEffect, { kind: 'flag', flag: 'jumping' }).map((frame) => `${frame.folder} ${frame.frame}`)
  expect(found.length).toBeGreaterThan(3)
  // From a sequence without such a frame: who is at one already stays there.
  await open('train', `crop?s=${all.find((sequence) => !found.some((frame) => frame.startsWith(`${sequence.folder} `)))?.folder ?? ''}`)
  await test('total-jumping').click()
  await expect.poll(place, within).toBe(found[0])
  await expect.poll(() => test('box-reasons').textContent(), within).toMatch(/moved by \d+ %/)
  await app.page.keyboard.press('n')
  await app.page.keyboard.press('n')
  await expect.poll(place, within).toBe(found[2])
  await app.page.keyboard.press('Shift+N')
  await expect.poll(place, within).toBe(found[1])
  expect(await test('worst-place').textContent()).toBe(`worst 2 of ${found.length}`)
  // The list has these sequences alone, and each leads to its own worst frame.
  const folders = [...new Set(found.map((frame) => frame.split(' ')[0]))]
  expect(await test('crop-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-folder')))).toEqual(folders)
  await test('crop-row').nth(1).click()
  await expect.poll(place, within).toBe(found.find((frame) => frame.startsWith(`${folders[1]} `)))
})

it('a bar of a plot lists the sequences in it', async () => {
  await open('train')
  const bar = test('plot-width').locator('rect.hit:not([data-boxes="0"])').last()
  await bar.click()
  await expect.poll(() => test('worst-place').textContent(), within).toBe(`worst 1 of ${await bar.getAttribute('data-boxes')}`)
  await bar.click()
  await expect.poll(() => test('crop-row').count(), within).toBeGreaterThan(5)
})

it('margins that swallow the frame are said, with the largest that does not', async () => {
  await open('train')
  await type('number-margin', '1500')
  await test('lower-margin').click({ timeout: 15_000 })
  await expect.poll(async () => (await recipeOf('train')).margin.left, within).toBeLessThan(1500)
  const recipe = await recipeOf('train')
  const data = await keypoints('train')
  const share = (margin: number): number => {
    const { totals, count } = surveyBoxes(data, { ...recipe, margin: { left: margin, top: margin, right: margin, bottom: margin } })
    return totals.swallowed / count
  }
  expect([share(recipe.margin.left) <= 0.01, share(recipe.margin.left + 1) > 0.01]).toEqual([true, true])
  await expect.poll(() => test('warning-swallowed').count(), within).toBe(0)
  await type('number-margin', '0')
  await expect.poll(async () => (await recipeOf('train')).margin.left, within).toBe(0)
})

/** What is read of a canvas in the page. */
interface Canvas {
  width: number
  height: number
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray } } | null
}

/** What a canvas shows, and what it should: computed here from the bytes that the core would store. */
async function expectExact(id: string, { name, frame, hand }: { name: string; frame: number; hand: number | null }, size: number, view: (seat: SampleSeat) => { view: SampleView; colour: Colour | null }): Promise<void> {
  const { recipes } = await app.api.crop.settings.query()
  const sequence = (await keypoints('train')).find((one) => one.folder === name)
  const boxed = sequence?.frames.find((one) => one.frame === frame)
  const seat = sequenceSeats(sequence?.frames ?? [], recipes.train).seats.find((one) => one.frame === frame && one.hand === hand)
  if (!boxed || !seat?.keypointBox) throw new Error('The frame has no box.')
  const whole: SampleSeat = { keypointBox: seat.keypointBox, source: seat.source, width: boxed.width, height: boxed.height }
  const region = regionOf(whole, [recipes.train, recipes.validation], whole)
  const answer = await fetch(new URL(storedCropUrl(name, frame, region, shardSizeFor(size), 'test'), origin), { headers: { authorization: `Bearer ${readFileSync(join(folder, 'token'), 'utf8').trim()}` } })
  const { data, info } = await sharp(Buffer.from(await answer.arrayBuffer())).raw().toBuffer({ resolveWithObject: true })
  const drawn = view(whole)
  const expected = samplePixels({ data, width: info.width, height: info.height }, shardTransform(drawn.view, region, info.width), size, drawn.colour)
  const shown = await test(id).evaluate((element) => {
    const canvas = element as unknown as Canvas
    return { width: canvas.width, pixels: [...(canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [])] }
  })
  expect(shown.width).toBe(size)
  expect(Buffer.from(shown.pixels).equals(Buffer.from(expected))).toBe(true)
}

it('the crop and its samples are to the byte what training would see, at the size chosen', async () => {
  const { folder: name, frames } = (await keypoints('train')).find((one) => one.folder === 'train/475') as SequenceKeypoints
  const frame = frames.find(({ hands }) => hands.filter((hand) => hand !== null).length === 2)?.frame ?? -1
  await open('train', `crop?s=${name}&f=${frame}`)
  await test('image-size').click()
  await app.page.getByText('128 px', { exact: true }).click()
  const exact = app.page.locator('[data-testid=crop-samples][data-exact=true]')
  const drawnAt = (id: string): Promise<number> => test(id).evaluate((canvas) => (canvas as unknown as Canvas).width)
  await exact.waitFor()
  await expect.poll(() => drawnAt('sample-7'), within).toBe(128)

  const [{ recipes, augment }, pairs, { poseId }] = await Promise.all([app.api.crop.settings.query(), app.api.crop.flipPairs.query(), app.api.dataset.sequence.query({ folder: name })])
  const { targets, numberOf } = numberClasses(pairs)
  const sampleOf = (epoch: number, hand: number | null, recipe: CropRecipe) => (seat: SampleSeat) => {
    const sample = { folder: name, frame, hand, transform: null }
    return { view: trainingView({ seed: 42, epoch, sample, recipe, augment, seat, imageSize: 128, label: numberOf(poseId), targets }), colour: trainingColour(42, epoch, sample, augment.colour) }
  }
  await expectExact('crop-canvas', { name, frame, hand: null }, 128, (seat) => ({ view: plainView(seat, recipes.train, 128), colour: null }))
  for (const epoch of [1, 2, 3, 4, 5]) await expectExact(`sample-${epoch - 1}`, { name, frame, hand: null }, 128, sampleOf(epoch, null, recipes.train))
  // A mirrored sample says the class that it takes.
  const mirrored = await app.page.locator('canvas[data-flipped=true]').first().evaluate((canvas) => canvas.parentElement?.querySelector('figcaption')?.textContent)
  expect(mirrored).toContain(String(pairs.find((pair) => pair.poseId === poseId)?.partner))

  // Cut by hands, each hand has its box, its crop and its own random numbers.
  await test('setting-hands').click()
  await app.page.getByText('a crop for each').click()
  await expect.poll(async () => (await recipeOf('train')).hands, within).toBe('apart')
  const apart = await recipeOf('train')
  const boxed = frames.find((one) => one.frame === frame)
  const seats = sequenceSeats(frames, apart).seats.filter((seat) => seat.frame === frame)
  expect(await shownBoxes()).toEqual(seats.map(({ keypointBox, source }) => edges(seatBox({ keypointBox: keypointBox as Box, source }, apart, boxed ?? { width: 0, height: 0 }).box)))
  await exact.waitFor()
  await expect.poll(() => Promise.all([drawnAt('crop-canvas-2'), drawnAt('sample-7')]), within).toEqual([128, 128])
  await expectExact('crop-canvas-2', { name, frame, hand: 1 }, 128, (seat) => ({ view: plainView(seat, apart, 128), colour: null }))
  const columns = (await app.page.locator('canvas[data-testid^=sample-]').count()) / 2
  await expectExact(`sample-${columns}`, { name, frame, hand: 1 }, 128, sampleOf(1, 1, apart))
})

it('the keypoints of every epoch are drawn as training is shown them, and their settings are kept as a version', async () => {
  const { folder: name } = (await keypoints('train')).find(({ frames }) => frames.length > 4 && frames.every(({ hands }) => hands.length === 1)) as SequenceKeypoints
  const sequence = await app.api.dataset.sequence.query({ folder: name })
  const given = keypointFrames(sequence)
  const { frame } = given[2] as (typeof given)[number]
  await open('train', `crop?s=${name}&f=${frame}`)
  await test('view-sheet').click()
  await test('sheet-keypoints').click()
  await type('number-strayHands', '1')
  await type('number-frameDrop', '0.5')
  await expect.poll(async () => (await app.api.crop.versions.query({ kind: 'augment', name: 'augmentation' })).map(({ changed }) => changed), within).toEqual([[{ setting: 'frameDrop', before: defaultCropSettings.augment.frameDrop, after: 0.5 }], []])

  const [{ augment }, pairs] = await Promise.all([app.api.crop.settings.query(), app.api.crop.flipPairs.query()])
  const { targets, numberOf } = numberClasses(pairs)
  const tileIn = (epoch: number) => {
    const view = trainingKeypoints({ seed: 42, epoch, folder: name, transform: null, frames: given, label: numberOf(sequence.poseId), augment, targets })
    const shown = view.frames.find((one) => one.frame === frame)
    if (shown === undefined) return []
    return drawnHands(shown.points, shownKinds([sequence.hand === 'left' ? 'left' : 'right'], frame, view.draw), windowOf(view, shown, windowSide(given))).map(({ kind, bones }) => [kind, bones])
  }
  const drawnIn = (at: number) => test(`sheet-tile-${at}`).locator('g').evaluateAll((hands) => hands.map((one) => [one.getAttribute('class'), one.querySelector('.bones')?.getAttribute('d')]))
  const epochs = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const expected = epochs.map(tileIn)
  await expect.poll(() => Promise.all(epochs.map((epoch) => drawnIn(epoch - 1))), within).toEqual(expected)
  expect([expected.some((hands) => hands.length === 0), expected.some((hands) => hands.some(([kind]) => kind === 'stray'))]).toEqual([true, true])

  // Left out of the preview, nothing is changed in training.
  await test('without-strayHands').click()
  await expect.poll(() => test('sheet-grid').locator('g.stray').count(), within).toBe(0)
  expect((await app.api.crop.settings.query()).augment.strayHands).toBe(1)
  // All frames of an epoch: those that are left out are not there.
  await test('sheet-frames').click()
  await expect.poll(() => test('sheet-dropped').textContent(), within).toMatch(/leaves \d+ frame/)
  await test('view-boxes').click()
})

it('what cleaning did to the boxes is drawn and listed', async () => {
  const name = 'train/475'
  const { frameRecords } = await app.api.dataset.sequence.query({ folder: name })
  const two = frameRecords.filter(({ points }) => points.length === 42)
  await app.api.annotation.edit.mutate({ label: 'strays', changes: two.flatMap(({ number, points }) => points.slice(21).map((_, row) => ({ folder: name, frame: number, index: 21 + row, to: { erased: true as const } }))) })
  await open('validation')
  await test('show-changed').click({ timeout: 15_000 })
  await expect.poll(() => test('crop-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-folder'))), within).toEqual([name])
  expect(await test('cleaning').textContent()).toMatch(new RegExp(`changed ${two.length} frame.*\\d+×\\d+ → \\d+×\\d+`))
  expect(await test('plot-width').locator('path.before').count()).toBe(1)
  expect(app.complaints).toEqual([])
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { serve, type Served } from '../serve.ts'
import { handsAt, longFolder, writeEditorFolder } from './editorFolder.ts'
import { median } from './alternate.ts'
import { inChromium } from './browser.ts'
import { percentile, round } from './figures.ts'
import { recordInPage, type FrameTimes } from './pageFrames.ts'

export interface EditorFramesOptions {
  /** Where the measured data set is drawn and kept for the next time. */
  folder: string
  signal: AbortSignal
  progress: (done: number, total: number) => void
  /** Built renderer; that of the checkout when absent. */
  rendererFolder?: string
}

/** With the panels beside it the stage is about 1500 × 900. */
const viewport = { width: 2176, height: 1320 }
/** Onion skin of 50 frames to either side, and everything else that the stage can show in motion. */
const settings = {
  'handloom.clean.view': JSON.stringify({ minimap: true, names: false, colours: 'hand', onion: true, onionSpan: 50 }),
  'handloom.clean.crop': 'true',
  'handloom.language': 'en',
}
const repeats = 3
/** Row of the point that is dragged. */
const indexTip = 8
const opens = 20

/**
 * Frame times of the editor in a real Chromium while a point is dragged, the wheel zooms and the hand pans, with 42 points, 100 onion-skinned frames
 * and 1920×1080 pictures; and how long the next frame (warm) and the next sequence (cold) take from the key to the paint.
 * `*_p95_ms`: 95th percentile of the time between frames (16.7 = every frame of a 60 Hz screen); `*_work_p95_ms`: what the page's own thread takes of it.
 * @throws HandloomError `not-found` without a Chromium or a built renderer
 */
export async function benchEditorFrames({ folder, signal, progress, rendererFolder }: EditorFramesOptions): Promise<Record<string, unknown>> {
  await writeEditorFolder(folder, signal, progress)
  const project = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  const served = await serve({ open: { folder, project }, ...(rendererFolder === undefined ? {} : { rendererFolder }) })
  try {
    return await inChromium(signal, async (browser) => {
      const page = await browser.newPage({ viewport, locale: 'en-US' })
      return { ...(await measureEditor(page, served)), chromium: browser.version() }
    })
  } finally {
    await served.close()
    await rm(project, { recursive: true, force: true })
  }
}

async function measureEditor(page: Page, { address, auth }: Served): Promise<Record<string, unknown>> {
  await page.addInitScript({ content: `Object.entries(${JSON.stringify(settings)}).forEach(([name, value]) => localStorage.setItem(name, value))` })
  await page.addInitScript({ content: recordInPage })
  await page.goto(`${address}#ticket=${auth.makeTicket()}`)
  // Signed in, and the page has chosen its first sequence.
  await page.waitForURL(/#\/browse.*[?&]s=train/)
  await page.goto(`${address}#/clean?s=${longFolder}&f=60`)
  await page.locator(`[data-testid=editor-stage][data-folder="${longFolder}"][data-frame="60"]`).waitFor()
  await page.waitForTimeout(1500)
  const box = await page.getByTestId('editor-stage').boundingBox()
  const motion = await measureMotion(page)
  const warm = await measureOpens(page, '.', 'frame')
  const cold = await measureOpens(page, 'ArrowDown', 'folder')
  return { stage_width: box?.width, stage_height: box?.height, ...motion, ...inOpens('open_warm', warm), ...inOpens('open_cold', cold) }
}

async function measureMotion(page: Page): Promise<Record<string, number>> {
  const times: Record<string, FrameTimes[]> = { pan: [], zoom: [], drag: [] }
  const during = async (name: string, move: () => Promise<void>): Promise<void> => {
    await page.evaluate('frameTimes.start()')
    await move()
    times[name]?.push(await page.evaluate<FrameTimes>('frameTimes.stop()'))
    await page.waitForTimeout(600)
  }
  const { x, y } = await aLivePoint(page)
  for (let turn = 0; turn < repeats; turn++) {
    await page.mouse.move(x + 60, y + 60)
    await during('zoom', async () => {
      for (let step = 0; step < 60; step++) await page.mouse.wheel(0, step < 30 ? -40 : 40)
    })
    await page.mouse.down({ button: 'middle' })
    await during('pan', () => circle(page, x + 60, y + 60, 160))
    await page.mouse.up({ button: 'middle' })
    await page.keyboard.press('f')
    await page.waitForTimeout(600)
    await page.mouse.move(x, y)
    await page.mouse.down()
    // The point is in the hand, not the ground beside it.
    await page.locator(`[data-testid=point-${indexTip}][aria-pressed=true]`).waitFor()
    await during('drag', () => circle(page, x, y, 120))
    // Let go by Escape: measuring changes no keypoint.
    await page.keyboard.press('Escape')
    await page.mouse.up()
    await page.keyboard.press('Escape')
    await page.waitForTimeout(300)
  }
  return Object.fromEntries(
    Object.entries(times).flatMap(([name, turns]) => {
      const [intervals, work] = [turns.flatMap((turn) => turn.intervals), turns.flatMap((turn) => turn.work)]
      return [[`${name}_p95_ms`, percentile(intervals, 0.95)], [`${name}_median_ms`, percentile(intervals, 0.5)], [`${name}_work_p95_ms`, percentile(work, 0.95)], [`${name}_frames`, intervals.length]]
    }),
  )
}

/** Where on the page the tip of the first hand's index finger is, by the stage's own numbers. */
async function aLivePoint(page: Page): Promise<{ x: number; y: number }> {
  const stage = page.getByTestId('editor-stage')
  const on = async (name: string): Promise<number> => Number(await stage.getAttribute(`data-${name}`))
  const [scale, x, y, frame, box] = await Promise.all([on('scale'), on('x'), on('y'), on('frame'), stage.boundingBox()])
  const [pointX = 0, pointY = 0] = handsAt(frame, 0)[indexTip] ?? []
  return { x: (box?.x ?? 0) + x + pointX * scale, y: (box?.y ?? 0) + y + pointY * scale }
}

async function circle(page: Page, x: number, y: number, radius: number): Promise<void> {
  for (let step = 1; step <= 90; step++) await page.mouse.move(x + radius * Math.sin(step / 9), y + radius * (1 - Math.cos(step / 9)))
}

/** From a key to the paint of what it opens. */
async function measureOpens(page: Page, key: string, changes: 'frame' | 'folder'): Promise<number[]> {
  const times: number[] = []
  for (let turn = 0; turn < opens; turn++) {
    await page.evaluate(`frameTimes.watch('${changes}')`)
    await page.keyboard.press(key)
    times.push(await page.evaluate<number>('frameTimes.opened'))
    await page.waitForTimeout(700)
  }
  return times
}

const inOpens = (name: string, times: readonly number[]): Record<string, number> => ({ [`${name}_ms`]: round(median(times)), [`${name}_p95_ms`]: percentile(times, 0.95) })

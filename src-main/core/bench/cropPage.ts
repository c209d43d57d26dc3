import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '../serve.ts'
import { inChromium } from './browser.ts'
import { longFolder, writeEditorFolder } from './editorFolder.ts'
import { percentile, round } from './figures.ts'
import { recordInPage, type FrameTimes } from './pageFrames.ts'

export interface CropPageOptions {
  /** Where the measured data set is drawn and kept for the next time. */
  folder: string
  signal: AbortSignal
  progress: (done: number, total: number) => void
}

const viewport = { width: 1920, height: 1080 }
const seconds = 4
const turns = 3

/** Moves the margin's slider with every frame, as a hand does, and counts how often the box over the frame became another. */
const moveSlider = `new Promise((done) => {
  const slider = document.querySelector('[data-testid=setting-margin]')
  const overlay = document.querySelector('[data-testid=crop-overlay]')
  const began = performance.now()
  let [step, boxes, shown] = [0, 0, overlay.dataset.box]
  const move = () => {
    if (overlay.dataset.box !== shown) boxes++
    shown = overlay.dataset.box
    const passed = (performance.now() - began) / 1000
    if (passed > ${seconds}) return done(boxes / passed)
    slider.value = Math.round(150 - 150 * Math.cos(++step / 25))
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    requestAnimationFrame(move)
  }
  move()
})`

/**
 * How the crop page follows a slider in a real Chromium: 1920×1080 pictures, two hands, the box, crop and augmented samples drawn anew with each
 * step, the whole data set surveyed behind. `box_updates_per_second`: of the slowest turn, after one that nobody counts.
 * @throws HandloomError `not-found` without a Chromium or a built renderer
 */
export async function benchCropPage({ folder, signal, progress }: CropPageOptions): Promise<Record<string, number>> {
  await writeEditorFolder(folder, signal, progress)
  const project = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  const served = await serve({ open: { folder, project } })
  try {
    return await inChromium(signal, async (browser) => {
      const page = await browser.newPage({ viewport, locale: 'en-US' })
      await page.addInitScript({ content: recordInPage })
      await page.goto(`${served.address}#ticket=${served.auth.makeTicket()}`)
      await page.waitForURL(/#\/browse.*[?&]s=train/)
      await page.goto(`${served.address}#/crop?s=${longFolder}&f=60`)
      await page.getByTestId('crop-overlay').waitFor()
      await page.waitForTimeout(2000)
      const updates: number[] = []
      const intervals: number[] = []
      for (let turn = 0; turn <= turns; turn++) {
        await page.evaluate('frameTimes.start()')
        const perSecond = await page.evaluate<number>(moveSlider)
        const times = await page.evaluate<FrameTimes>('frameTimes.stop()')
        await page.waitForTimeout(600)
        if (turn === 0) continue
        updates.push(perSecond)
        intervals.push(...times.intervals)
      }
      return { box_updates_per_second: round(Math.min(...updates)), frame_median_ms: percentile(intervals, 0.5), frame_p95_ms: percentile(intervals, 0.95) }
    })
  } finally {
    await served.close()
    await rm(project, { recursive: true, force: true })
  }
}

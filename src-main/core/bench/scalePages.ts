import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { HandloomError } from '../../contract/errors.ts'
import { inChromium } from './browser.ts'
import { startCoreProcess, type CoreProcess } from './coreProcess.ts'
import { recordInPage, type FrameTimes } from './pageFrames.ts'
import { percentile } from './figures.ts'

/** What is typed into the search box, key by key, in both languages. */
const searches = ['left a01', '왼손 숫자', 'train/123'] as const
const wheelSteps = 150
/** Pixels a wheel step: reading, leafing, flinging through thousands of rows. */
const paces = { slow: 40, quick: 300, fling: 3000 } as const

/**
 * Browse on a big data folder in a real Chromium, the core in a process of its own. `*_p95_ms`: 95th percentile of the time between frames while scrolling
 * (16.7 = every frame of a 60 Hz screen), `*_work_p95_ms` what the page's own thread takes of it; `filter_to_rows_*`: from the key press to the right rows on screen.
 * @throws HandloomError `not-found` without a Chromium, `interrupted`
 */
export async function measureBigPages({ folder, scratch, signal }: { folder: string; scratch: string; signal: AbortSignal }): Promise<Record<string, unknown>> {
  const tokenFile = join(scratch, 'token')
  const core = await startCoreProcess({ data: folder, project: join(scratch, 'project'), tokenFile, env: { HANDLOOM_DATA: join(scratch, 'application') } })
  try {
    return await inChromium(signal, async (browser) => {
      while ((await core.api.dataset.status.query()).state !== 'done') await wait(100, null, { signal })
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' })
      await context.request.post(`${core.address}login`, { data: { token: (await readFile(tokenFile, 'utf8')).trim() } })
      const page = await context.newPage()
      await page.addInitScript({ content: recordInPage })
      return { ...(await measurePages(page, core)), chromium: browser.version() }
    })
  } finally {
    await core.close()
  }
}

async function measurePages(page: Page, { address, api }: CoreProcess): Promise<Record<string, number>> {
  const began = performance.now()
  await page.goto(`${address}#/browse`)
  await page.locator('[role=option] img.shown').first().waitFor()
  const opened = performance.now() - began
  await page.waitForTimeout(1500)
  const grid = await measureScrolling(page)
  const filters = await measureTyping(page, api)
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.waitForTimeout(1000)
  const list = await measureScrolling(page)
  return {
    page_open_ms: Math.round(opened), ...named('grid', grid), ...named('list', list), scroll_p95_ms: percentile([...grid, ...list].flatMap(({ times }) => times.intervals), 0.95),
    filter_to_rows_ms: percentile(filters, 0.5), filter_to_rows_p95_ms: percentile(filters, 0.95),
  }
}

interface Scrolled {
  pace: keyof typeof paces
  times: FrameTimes
}

/** Turns the wheel over the list in front, at each pace. */
async function measureScrolling(page: Page): Promise<Scrolled[]> {
  const box = await page.getByRole('listbox').boundingBox()
  if (!box) throw new HandloomError('internal', 'Browse shows no list to scroll.')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const scrolled: Scrolled[] = []
  for (const pace of Object.keys(paces) as Scrolled['pace'][]) {
    await page.evaluate('frameTimes.start()')
    for (let step = 0; step < wheelSteps; step++) await page.mouse.wheel(0, paces[pace])
    scrolled.push({ pace, times: await page.evaluate<FrameTimes>('frameTimes.stop()') })
    await page.waitForTimeout(1000)
  }
  return scrolled
}

const named = (where: string, scrolled: readonly Scrolled[]): Record<string, number> =>
  Object.fromEntries(scrolled.flatMap(({ pace, times }) => [[`${where}_${pace}_p95_ms`, percentile(times.intervals, 0.95)], [`${where}_${pace}_work_p95_ms`, percentile(times.work, 0.95)]]))

/** Milliseconds from each key press in the search box that changes the answer until the count and the first card are those of the search. */
async function measureTyping(page: Page, api: CoreProcess['api']): Promise<number[]> {
  const field = page.getByRole('textbox', { name: 'Search sequences' })
  const times: number[] = []
  for (const search of searches) {
    await field.focus()
    let before = ''
    for (let length = 1; length <= search.length; length++) {
      const { total, rows } = await api.dataset.sequences.query({ search: search.slice(0, length), limit: 1 })
      await page.evaluate(watchSearch(total, rows[0]?.folder ?? null))
      const key = search.charAt(length - 1)
      await (/[ -~]/.test(key) ? page.keyboard.press(key === ' ' ? 'Space' : key) : page.keyboard.insertText(key))
      const time = await page.evaluate<number>('searchAnswered')
      const answer = `${total} ${rows[0]?.folder}`
      if (answer !== before) times.push(time)
      before = answer
      await page.waitForTimeout(150)
    }
    await page.keyboard.press('Escape')
    await page.waitForTimeout(500)
  }
  return times
}

/** Script that makes `searchAnswered` a promise of the milliseconds from the next input until the toolbar counts `total` and the grid begins with `folder`. */
const watchSearch = (total: number, folder: string | null): string => `
window.searchAnswered = new Promise((resolve, reject) => {
  document.querySelector('.toolbar input').addEventListener('input', () => {
    const began = performance.now()
    const look = () => {
      const counted = document.querySelector('.toolbar [role=status]').textContent.replace(/\\D/g, '') === '${total}'
      const first = document.querySelector('[aria-posinset="1"] .strong')?.textContent ?? null
      if (counted && (first === null || first === ${JSON.stringify(folder)})) resolve(performance.now() - began)
      else if (performance.now() - began > 10000) reject(new Error('The rows of a search did not come for ten seconds.'))
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }, { capture: true, once: true })
})
void window.searchAnswered.catch(() => undefined)`

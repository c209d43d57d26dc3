import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AxeResults, RunOptions } from 'axe-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

/** Every page, panel and overlay, in both themes, against the A and AA rules of WCAG 2.2 that a machine can check. */
const rules: RunOptions = { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let folder: string
let app: RunningApp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-axe-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 24, width: 320, height: 180, seed: 2 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('24 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What is wrong with the page as it is now: rule, element, reason. */
async function violations(): Promise<string[]> {
  const { page } = app
  // Nothing is judged half way through a fade.
  await page.evaluate('Promise.all(document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity).map((animation) => animation.finished.catch(() => null))).then(() => null)')
  await page.evaluate(axe)
  const found = await page.evaluate<AxeResults>(`window.axe.run(document, ${JSON.stringify(rules)})`)
  expect(found.passes.length).toBeGreaterThan(8)
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary ?? ''}`))
}

/** A view by its address, what shows that it is there, and keys pressed to get to it. */
interface View { name: string; hash: string; ready: string; keys?: string[]; clicks?: string[] }

const views: View[] = [
  { name: 'open', hash: 'open', ready: 'input[type=text]' },
  { name: 'browse', hash: 'browse?s=train/475', ready: '[role=listbox] img.shown' },
  { name: 'browse without a match', hash: 'browse?q=nothing-is-called-so', ready: 'text=No sequence matches' },
  { name: 'browse, enlarged', hash: 'browse?s=train/475', keys: ['Enter'], ready: '.strip .here' },
  { name: 'problems', hash: 'browse?panel=problems', ready: '[role=option]' },
  { name: 'clean', hash: 'clean?s=train/475', ready: '[data-testid=point-20]' },
  { name: 'clean, the hand model', hash: 'clean?s=train/475', clicks: ['tab-model'], ready: '[data-testid=model-train]' },
  { name: 'clean, a point chosen among names and neighbours', hash: 'clean?s=train/475', keys: ['t', 'w', 'u', ']', 'x'], ready: '[data-testid^=point-][aria-pressed=true]' },
  { name: 'clean, a region drawn', hash: 'clean?s=train/475', keys: ['g', 'p'], ready: '[data-testid=rule-draw][aria-pressed=true]' },
  { name: 'clean, import and export', hash: 'clean?s=train/475', clicks: ['tab-exchange'], ready: '[data-testid=exchange-panel]' },
  { name: 'clean, an edit of the history', hash: 'clean?s=train/475', clicks: ['history-1'], ready: '[data-testid=revert-1]' },
  { name: 'crop', hash: 'crop?s=train/475', ready: '[data-testid=crop-overlay]' },
  { name: 'crop, versions and sides', hash: 'crop?s=train/475', clicks: ['role-validation', 'unlink-sides', 'object-picker'], ready: '[data-testid=object-save-name]' },
  { name: 'augmentation', hash: 'crop?s=train/475', clicks: ['view-sheet', 'sheet-pictures'], ready: '[data-testid=sheet-tile-0] canvas[data-state=exact]' },
  { name: 'augmentation of keypoints', hash: 'crop?s=train/475', clicks: ['view-sheet', 'sheet-keypoints'], ready: '[data-testid=sheet-tile-0] svg[data-state=drawn]' },
  { name: 'flip', hash: 'crop?s=train/475', clicks: ['view-flip'], ready: '[data-testid=flip-bars] svg' },
  { name: 'flip map', hash: 'crop?s=train/475', clicks: ['view-flip', 'flip-tab-map'], ready: '[data-testid^=pair-]' },
  { name: 'runs by ratio', hash: 'crop?s=train/475', clicks: ['view-flip', 'flip-tab-runs'], ready: '[data-testid=ratio-runs]' },
  { name: 'derived', hash: 'crop?s=train/475', clicks: ['view-derived'], ready: '[data-testid=derived-class]' },
  { name: 'folds', hash: 'folds', ready: 'main button' },
  { name: 'folds, a split', hash: 'folds', clicks: ['make-split'], ready: '[data-testid=heat-cell]' },
  { name: 'train', hash: 'train', ready: '[data-testid=field-model]' },
  { name: 'review', hash: 'review', ready: 'main h2, main p' },
  { name: 'rules', hash: 'rules', ready: 'main h2, main p' },
  { name: 'submit', hash: 'submit', ready: 'main h2, main p' },
  { name: 'predict', hash: 'predict', ready: '[data-testid=go-train]' },
  { name: 'palette', hash: 'browse', keys: ['Control+k'], ready: '[role=dialog] [role=option]' },
  { name: 'key sheet', hash: 'clean', keys: ['?'], ready: '[role=dialog] section' },
]

/** As another tab of the app would do it: the page follows at once. */
async function setTheme(name: 'dark' | 'light'): Promise<void> {
  await app.page.evaluate(`
    localStorage.setItem('handloom.theme', '${name}')
    window.dispatchEvent(new StorageEvent('storage', { key: 'handloom.theme', newValue: '${name}', storageArea: localStorage }))
  `)
  await app.page.locator(`html[data-theme=${name}]`).waitFor()
}

/** What there is once a run is finished. */
const reviewViews: View[] = [
  { name: 'train, curves', hash: 'train', ready: '[data-testid=curve] canvas' },
  { name: 'train, runs side by side', hash: 'train', clicks: ['run-tab-compare'], ready: '[data-testid=compare-row]' },
  { name: 'review, sequences', hash: 'review', ready: '[data-testid=group-row]' },
  { name: 'review, frames', hash: 'review?level=frame', ready: '[data-testid=group-row]' },
  { name: 'review, filters', hash: 'review', clicks: ['review-filters'], ready: '[data-testid=filter-panel]' },
  { name: 'review, views', hash: 'review', clicks: ['review-views'], ready: '[data-testid=view-all]' },
  { name: 'review, causes as a file', hash: 'review', clicks: ['triage-export'], ready: '[data-testid=export-csv]' },
  { name: 'review, report', hash: 'review', clicks: ['review-report'], ready: '[role=dialog]' },
  { name: 'review, breakdown', hash: 'review?tab=breakdown', ready: '[data-testid=breakdown]' },
  { name: 'review, confusion', hash: 'review?tab=confusion', ready: '[data-testid=confused-pair]' },
  { name: 'review, map', hash: 'review?tab=map', ready: '[data-testid=map-canvas]' },
  { name: 'review, calibration', hash: 'review?tab=calibration', ready: 'main svg' },
  { name: 'rules, fitted', hash: 'rules', clicks: ['fit-rules', 'rule-tab-changed'], ready: '[data-testid=rule-point]' },
  { name: 'rules, points by fold and versions', hash: 'rules', clicks: ['plot-folds', 'rule-tab-pair', 'rules-tab-versions', 'action-one-hot'], ready: '[data-testid=one-hot-warning]' },
  { name: 'rules, features', hash: 'rules', clicks: ['rule-tab-features', 'feature-search'], ready: '[data-testid=feature-rank]' },
  { name: 'rules, a new one', hash: 'rules', clicks: ['rule-new'], ready: '[data-testid=rule-draft]' },
  { name: 'predict, a sequence in front', hash: 'predict', ready: '[data-testid=frame-lanes]' },
  { name: 'predict, a folder being chosen', hash: 'predict', clicks: ['predict-choose'], ready: '[data-testid=picker-folder]' },
]

it.each(views)('$name has no violation, dark and light', hasNoViolation)

describe('with a finished run', () => {
  beforeAll(async () => {
    const { id } = await app.api.train.start.mutate({ config: { model: 'regnety_nano', imageSize: 32, epochs: 1, batchSize: 8, folds: 2 }, folds: null })
    while ((await app.api.train.run.query({ id })).state !== 'done') await sleep(250)
    await app.api.predict.start.mutate({ folder: join(folder, 'data/train'), runIds: [id] })
    while ((await app.api.predict.sessions.query())[0]?.state !== 'done') await sleep(250)
  }, 130_000)

  it.each(reviewViews)('$name has no violation, dark and light', hasNoViolation)
})

async function hasNoViolation({ hash, ready, keys, clicks }: View): Promise<void> {
  const { page } = app
  await page.goto(`${new URL(app.address).origin}/#/${hash}`)
  await page.evaluate('localStorage.clear()')
  await page.reload()
  await page.locator('main :is(button, input)').first().waitFor()
  if (keys?.includes(']') === true) await page.getByTestId('point-20').waitFor()
  for (const key of keys ?? []) await page.keyboard.press(key)
  for (const id of clicks ?? []) await page.getByTestId(id).click()
  await page.locator(ready).first().waitFor()
  for (const theme of ['dark', 'light'] as const) {
    await setTheme(theme)
    expect({ theme, violations: await violations() }).toEqual({ theme, violations: [] })
  }
}

it('the login page has no violation', async () => {
  const { page } = app
  await page.context().clearCookies()
  await page.reload()
  await page.locator('input[type=password]').waitFor()
  expect(await violations()).toEqual([])
})

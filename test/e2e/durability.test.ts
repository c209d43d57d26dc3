import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EditedPlace } from '../../src-main/contract/annotation.ts'
import { projectFolderOf } from '../../src-main/core/paths.ts'
import { databaseName } from '../../src-main/db/open.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { fitted, toStage } from '../../src-renderer/editor/viewport.ts'
import { startApp, type RunningApp } from './app.ts'

/** Bursts that are cut; half by the end of the server, half by that of the browser. */
const bursts = Number(process.env.HANDLOOM_TEST_BURSTS ?? 10)
const name = 'train/475'
const [width, height] = [320, 180]

let folder: string
let app: RunningApp
let frame: number
/** Ids of edits that a page has shown as made, all in all. */
const shown = new Set<number>()
const random = randomStream(41)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-durability-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 12, width, height, seed: 2 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the page on the frame and notes from then on which edits its history lists. */
async function openPage(): Promise<void> {
  const { page } = app
  await page.exposeFunction('tellShown', (ids: number[]) => {
    for (const id of ids) shown.add(id)
  })
  await page.addInitScript(`new MutationObserver(() => {
    const ids = [...document.querySelectorAll('[data-testid^="history-"]')].map((row) => Number(row.dataset.testid.slice(8))).filter((id) => id > 0)
    if (ids.length > 0) window.tellShown(ids)
  }).observe(document, { childList: true, subtree: true })`)
  await page.goto(`${new URL(app.address).origin}/#/clean?s=${name}&f=${frame}`)
  await page.reload()
  await ready()
}

const ready = async (): Promise<void> => {
  await app.page.getByTestId('point-0').waitFor()
  await app.page.getByText('All edits saved').waitFor()
}

/** A stroke after the other, as fast as hands and keys can: hide and show, nudge, drag, erase and take back. */
async function burst(): Promise<void> {
  const { page } = app
  const row = random.integer(21)
  await page.getByTestId(`point-${row}`).click()
  for (let stroke = 0; stroke < 12; stroke++) {
    const kind = random.uniform()
    if (kind < 0.5) await page.keyboard.press('x')
    else if (kind < 0.65) for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowRight')
    else if (kind < 0.8) await drag(row)
    else if (kind < 0.9) await page.keyboard.press('Control+z')
    else await page.getByTestId(`point-${random.integer(21)}`).click().then(() => page.keyboard.press('e'))
  }
}

async function drag(row: number): Promise<void> {
  const { page } = app
  const [box, text] = [await page.getByTestId('editor-stage').boundingBox(), await page.getByTestId(`point-${row}`).textContent()]
  const [, x, y] = /(\d+), (\d+)$/.exec(text?.trim() ?? '') ?? []
  if (!box || x === undefined || y === undefined) return
  const [atX, atY] = toStage(fitted({ width, height }, box), [Number(x), Number(y)])
  await page.mouse.move(box.x + atX, box.y + atY)
  await page.mouse.down()
  await page.mouse.move(box.x + atX + 5 - random.integer(11), box.y + atY + 5 - random.integer(11), { steps: 2 })
  await page.mouse.up()
}

/** Every keypoint of the sequence as the edits in force, one after the other, leave it. */
async function replayed(): Promise<Map<string, EditedPlace>> {
  const { edits } = await app.api.annotation.history.query({ limit: 10_000 })
  const rows = new Map<string, EditedPlace>()
  for (const { id } of edits.filter(({ undone }) => !undone).reverse())
    for (const point of (await app.api.annotation.editDetail.query({ editId: id, folder: name, limit: 1000 })).points) if (point.after) rows.set(`${point.frame} ${point.index}`, point.after)
  return rows
}

async function stored(keys: Iterable<string>): Promise<Map<string, EditedPlace>> {
  const { frameRecords } = await app.api.dataset.sequence.query({ folder: name })
  return new Map([...keys].map((key): [string, EditedPlace] => {
    const [number, row] = key.split(' ').map(Number) as [number, number]
    const record = frameRecords.find((entry) => entry.number === number)
    const visibility = record?.erased.includes(row) ? 'erased' : record?.hidden.includes(row) ? 'hidden' : 'visible'
    return [key, { x: record?.points[row]?.[0] ?? null, y: record?.points[row]?.[1] ?? null, visibility, changed: visibility !== 'visible' || record?.moved.includes(row) === true }]
  }))
}

const historyIds = async (): Promise<number[]> => (await app.api.annotation.history.query({ limit: 10_000 })).edits.map(({ id }) => id)

it(`keeps every edit that the page showed as made, through ${bursts} bursts cut by kill -9 of the server or of the browser`, { timeout: 1_200_000 }, async () => {
  const { frameRecords } = await app.api.dataset.sequence.query({ folder: name })
  frame = frameRecords.find(({ points }) => points.length === 21)?.number ?? 0
  await openPage()
  for (let cut = 0; cut < bursts; cut++) {
    // What was on its way to the page or from it when it was cut fails, and is to.
    const working = burst().catch(() => undefined)
    const enough = shown.size + random.integer(6)
    for (let tries = 0; tries < 60 && shown.size < enough; tries++) await wait(50)
    await wait(random.uniform() * 150)
    if (cut % 2 === 0) await app.killAndRestart()
    else await app.killBrowser()
    await working
    if (cut % 2 === 0) await app.page.getByText('No connection to the core').waitFor({ state: 'hidden' })
    else await openPage()
    const ids = await historyIds()
    expect({ cut, lost: [...shown].filter((id) => !ids.includes(id)), whole: ids.length === (ids[0] ?? 0) }).toEqual({ cut, lost: [], whole: true })
  }
  await app.page.reload()
  await ready()
  const rows = await replayed()
  expect(await stored(rows.keys())).toEqual(rows)
  // And the page goes on as if nothing had been.
  const [newest = 0] = await historyIds()
  const erased = (await app.api.dataset.sequence.query({ folder: name })).frameRecords.find(({ number }) => number === frame)?.erased ?? []
  await app.page.getByTestId(`point-${Array.from({ length: 21 }, (_, row) => row).find((row) => !erased.includes(row))}`).click()
  await app.page.keyboard.press('x')
  await app.page.getByTestId(`history-${newest + 1}`).waitFor()
  const database = new Database(join(projectFolderOfTest(), databaseName), { readonly: true })
  expect([database.pragma('integrity_check', { simple: true }), database.pragma('foreign_key_check'), shown.size > bursts]).toEqual(['ok', [], true])
  database.close()
  if (process.env.HANDLOOM_TEST_BURSTS) console.log({ bursts, edits: newest + 1, shown: shown.size })
})

function projectFolderOfTest(): string {
  process.env.HANDLOOM_DATA = join(folder, 'handloom')
  try {
    return projectFolderOf(join(folder, 'data'))
  } finally {
    delete process.env.HANDLOOM_DATA
  }
}

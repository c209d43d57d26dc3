import { createAdaptorServer } from '@hono/node-server'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { generateSample } from '../../sample/generate.ts'
import { HandloomError } from '../../contract/errors.ts'
import { createApp, type App } from '../app.ts'
import { createAuth } from '../auth.ts'
import { createEventHub, type EventHub } from '../eventHub.ts'
import { createHandler } from '../http.ts'
import { alternate, median } from './alternate.ts'
import { inChromium } from './browser.ts'
import { startContestant, type Contestant } from './contestant.ts'
import { percentile, round } from './figures.ts'
import type { BenchOptions, BenchTools } from './measures.ts'
import { folds, pointsPerRun, stepsPerFold, streamRun, writeRuns } from './monitorRuns.ts'
import { recordInPage, type FrameTimes } from './pageFrames.ts'
import { findPeer } from './peer.ts'

const viewport = { width: 1920, height: 1080 }
const streamSeconds = 20
const aim = { frames_per_second: 50 }
const readRounds = 5

/** Long tasks of the page's thread, milliseconds each: script for the page, run before its own. */
const recordTasks = `
window.longTasks = []
new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => window.longTasks.push(duration))).observe({ entryTypes: ['longtask'] })`

/** Scripts for the page: clicks a run in the list; resolves with the milliseconds until the curves have so many points and they are painted. */
const openRun = (runId: number, points: number): string => `new Promise((resolve, reject) => {
  const began = performance.now()
  document.querySelector('[data-testid=run-row][data-run="${runId}"] button').click()
  const look = () => {
    const shown = Number(document.querySelector('[data-testid=curve-grid][data-run="${runId}"]')?.dataset.points)
    if (shown >= ${points}) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)))
    else if (performance.now() - began > 60000) reject(new Error('The curves did not come for a minute.'))
    else requestAnimationFrame(look)
  }
  look()
})`

/**
 * How the curves of a run keep up in a real Chromium at 1920×1080: 5 folds × 20,000 steps come as events within 20 seconds while six panels draw them,
 * smoothed; then a run with as many stored points is opened. `frames_per_second` and `frame_p95_ms` over the whole stream, `longest_task_ms` of the page's
 * thread meanwhile. `read_*`: the core's answer with all points, beside TensorBoard's reading of as many from its event files. `ratio`: its time over ours.
 * @throws HandloomError `not-found` without a Chromium or a built renderer, `interrupted`
 */
export async function benchMonitor({ peer: wanted }: Pick<BenchOptions, 'peer'>, { signal, progress, note }: BenchTools, rendererFolder = join(import.meta.dirname, '../../../out/renderer')): Promise<Record<string, unknown>> {
  const scratch = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  const rival = wanted ? await startPeer(scratch, signal, note) : null
  const hub = createEventHub()
  const app = createApp({ hub })
  try {
    progress('점 쓰는 중', 'monitor, writing points')
    const [folder, project] = [join(scratch, 'data'), join(scratch, 'project')]
    await generateSample({ folder, sequences: 24, width: 320, height: 180, seed: 1 }, () => undefined, signal)
    const runs = writeRuns(project)
    await app.api.project.open({ folder, project })
    progress('곡선 그리는 중', 'monitor, drawing curves')
    const drawn = await inChromium(signal, async (browser) => {
      const page = await browser.newPage({ viewport, locale: 'en-US' })
      return { ...(await measurePage(page, { app, hub, rendererFolder, runs, signal })), chromium: browser.version() }
    })
    const read = { round: async () => reading(app, runs.full) }
    const [ours = [], theirs = []] = await alternate([read, ...(rival === null ? [] : [rival])], readRounds)
    const [seconds, peerSeconds] = [ours, theirs].map((rounds) => (rounds.length === 0 ? null : median(rounds.map((each) => each.seconds)))) as [number, number | null]
    return { folds, steps_per_fold: stepsPerFold, aim, ...drawn, read_ms: round(seconds * 1000), peer: peerSeconds === null ? null : { ...rival?.facts, read_ms: round(peerSeconds * 1000) }, ratio: peerSeconds === null ? null : round(peerSeconds / seconds) }
  } finally {
    rival?.close()
    await app.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Measured {
  app: App
  hub: EventHub
  rendererFolder: string
  runs: { full: number; empty: number }
  signal: AbortSignal
}

async function measurePage(page: Page, { app, hub, rendererFolder, runs, signal }: Measured): Promise<Record<string, number>> {
  const auth = createAuth()
  const hosts = new Set<string>()
  const server = createAdaptorServer({ fetch: createHandler({ app, hub, auth, rendererFolder, hosts }).fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  hosts.add(`127.0.0.1:${port}`)
  try {
    await page.addInitScript({ content: `localStorage.setItem('handloom.train.smoothing', '0.9')` })
    await page.addInitScript({ content: recordInPage + recordTasks })
    await page.goto(`http://127.0.0.1:${port}/#ticket=${auth.makeTicket()}`)
    await page.waitForURL(/#\/browse.*[?&]s=train/)
    await page.goto(`http://127.0.0.1:${port}/#/train?run=${runs.empty}`)
    await page.locator('[data-testid=curve-grid]').waitFor()
    await page.waitForTimeout(2000)
    const panels = await page.locator('[data-testid=curve]').count()
    const run = await app.project().train.run({ id: runs.empty })
    const stream = await measureStream(page, () => streamRun(hub.emit, run, streamSeconds, signal))
    const opened = await page.evaluate<number>(openRun(runs.full, pointsPerRun))
    return { panels, ...stream, open_stored_ms: round(opened) }
  } finally {
    server.close()
    ;(server as { closeAllConnections?: () => void }).closeAllConnections?.()
  }
}

async function measureStream(page: Page, stream: () => Promise<void>): Promise<Record<string, number>> {
  await page.evaluate('window.longTasks.length = 0; frameTimes.start()')
  await stream()
  const { intervals, work } = await page.evaluate<FrameTimes>('frameTimes.stop()')
  const tasks = await page.evaluate<number[]>('window.longTasks')
  await page.waitForTimeout(1500)
  const shown = Number(await page.getByTestId('curve-grid').getAttribute('data-points'))
  if (shown !== pointsPerRun) throw new HandloomError('internal', `The page shows ${shown} of ${pointsPerRun} points that it was told of.`)
  return {
    points_shown: shown,
    frames_per_second: round((1000 * intervals.length) / intervals.reduce((sum, interval) => sum + interval, 0)),
    frame_median_ms: percentile(intervals, 0.5),
    frame_p95_ms: percentile(intervals, 0.95),
    frame_work_p95_ms: percentile(work, 0.95),
    longest_task_ms: round(Math.max(0, ...tasks)),
  }
}

async function reading(app: App, runId: number): Promise<{ items: number; seconds: number; peak_memory_bytes: number }> {
  const began = performance.now()
  const text = JSON.stringify(await app.api.train.metrics({ runId }))
  return { items: text.length, seconds: (performance.now() - began) / 1000, peak_memory_bytes: process.memoryUsage.rss() }
}

async function startPeer(folder: string, signal: AbortSignal, note: BenchTools['note']): Promise<Contestant | null> {
  const program = await findPeer('scalars.py', { folder, folds, steps: stepsPerFold })
  if ('missing' in program) {
    note(program.missing)
    return null
  }
  return startContestant(program, signal)
}


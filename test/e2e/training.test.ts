import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Run } from '../../src-main/contract/train.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { startApp, type RunningApp } from './app.ts'

/** One person's way through a run: launched, killed, finished, reviewed, mended, trained anew, reported. */
let folder: string
let app: RunningApp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-training-'))
  await generateSample({ folder: join(folder, 'data'), sequences: 16, width: 160, height: 90, seed: 3 })
  app = await startApp({ data: join(folder, 'data'), env: { HANDLOOM_DATA: join(folder, 'handloom') }, tokenFile: join(folder, 'token') })
  await app.page.getByText('16 sequences').first().waitFor()
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app.page.screenshot({ path: join(import.meta.dirname, `../../out/failed-training-${task.name.slice(0, 24).replaceAll(/\W+/g, '-')}.png`) })
})

const test = (id: string): Locator => app.page.getByTestId(id)
const slow = { timeout: 120_000, interval: 250 }
const run = (id: number): Promise<Run> => app.api.train.run.query({ id })

/** Processes that train a fold of this test's project. */
const trainers = (): number[] =>
  execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n').flatMap((line) => (line.includes('compute.') && line.includes(folder) ? [Number.parseInt(line, 10)] : []))

async function fill(name: string, value: string): Promise<void> {
  const input = test(`field-${name}`).locator('input').first()
  await input.fill(value)
  await input.press('Tab')
}

it('is launched, drawn while it trains, and goes on by itself after its trainer was killed', async () => {
  await app.page.goto(`${new URL(app.address).origin}/#/train`)
  await test('preset-quick').click()
  for (const [name, value] of [['imageSize', '32'], ['epochs', '30'], ['batchSize', '8'], ['folds', '2']] as const) await fill(name, value)
  await expect.poll(() => test('train-start').isEnabled(), slow).toBe(true)
  await test('train-start').click()
  const epoch = async (): Promise<number> => (await run(1)).folds[0]?.epoch ?? 0
  await expect.poll(epoch, slow).toBeGreaterThan(2)
  const [trainer] = trainers()
  process.kill(trainer ?? 0, 'SIGKILL')
  await expect.poll(async () => (await run(1)).folds[0]?.restarts, slow).toBe(1)
  await expect.poll(async () => (await run(1)).state, slow).toBe('done')
  const epochs = await Promise.all([0, 1].map(async (fold) => (await app.api.train.metrics.query({ runId: 1, fold })).filter(({ kind }) => kind === 'epoch').map((metric) => metric.epoch)))
  expect(epochs).toEqual([0, 1].map(() => Array.from({ length: 30 }, (_, index) => index + 1)))
  await expect.poll(() => test('fold-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-state')))).toEqual(['done', 'done'])
})

it('goes on by itself after the server was killed, to the curve of a run that was never killed', async () => {
  const { id } = await app.api.train.again.mutate({ id: 1 })
  await expect.poll(async () => (await run(id)).folds[0]?.epoch, slow).toBeGreaterThan(2)
  await app.killAndRestart()
  await expect.poll(async () => (await run(id)).state, slow).toBe('done')
  const curve = async (of: number) => (await app.api.train.metrics.query({ runId: of })).filter(({ kind }) => kind === 'epoch').map(({ fold, epoch, step, loss, validationLogLoss }) => ({ fold, epoch, step, loss, validationLogLoss }))
  expect({ restarts: (await run(id)).folds.map(({ restarts }) => restarts), curve: await curve(id) }).toEqual({ restarts: [1, 0], curve: await curve(1) })
  await app.page.goto(`${new URL(app.address).origin}/#/train?run=1`)
})

it('is reviewed: the worst sequence gets a cause by one key, on disk when it is shown', async () => {
  await test('run-row').filter({ hasText: 'again' }).waitFor()
  await app.page.goto(`${new URL(app.address).origin}/#/review?run=1`)
  await test('group-row').first().waitFor()
  const [worst] = await test('group-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-group')))
  await test('group-row').first().click()
  await app.page.keyboard.press('2')
  await expect.poll(async () => (await app.api.evaluate.triage.query()).map(({ folder: group, cause }) => [group, cause])).toEqual([[worst, 'bad-keypoints']])
})

it('after the keypoints are mended, offers the fold that validates the sequence, and trains it anew', async () => {
  const [worst] = (await app.api.evaluate.groups.query({ runId: 1 })).rows
  const { frameRecords } = await app.api.dataset.sequence.query({ folder: worst?.group ?? '' })
  const changes = frameRecords.filter(({ points }) => points.length > 0).map(({ number }) => ({ folder: worst?.group ?? '', frame: number, index: 0, to: { x: 2, y: 2 } }))
  await app.api.annotation.edit.mutate({ label: 'wrist to the corner', changes })
  await test('retrain-offer').waitFor()
  await test('retrain-some').first().click()
  await expect.poll(async () => (await app.api.train.runs.query()).length, slow).toBe(3)
  await expect.poll(async () => (await run(3)).state, slow).toBe('done')
  const { folds, madeFrom } = await run(3)
  expect({ madeFrom, carried: folds.map(({ carriedFrom }) => carriedFrom) }).toEqual({ madeFrom: { runId: 1, how: 'retrained' }, carried: [0, 1].map((fold) => (fold === worst?.fold ? null : 1)) })
  expect((await app.api.evaluate.summary.query({ runId: 3 })).sequence.count).toBe((await app.api.evaluate.summary.query({ runId: 1 })).sequence.count)
})

it('is reported in one page that needs nothing else', async () => {
  const made = await app.api.report.make.mutate({ runId: 3, language: 'ko', pictures: true, worst: 5 })
  const text = readFileSync(made.path, 'utf8')
  const answer = await app.page.request.get(`${new URL(app.address).origin}/download/report/${made.name}`)
  expect({ served: (await answer.text()) === text, outside: [...text.matchAll(/(?:src|href)="(?!data:|#)([^"]*)"/g)].map(([, address]) => address), scripts: text.includes('<script') }).toEqual({ served: true, outside: [], scripts: false })
})

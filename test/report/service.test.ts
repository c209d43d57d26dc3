import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import sharp from 'sharp'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findChromium } from '../../scripts/setup/browser.mjs'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { reportOptions } from '../../src-main/contract/report.ts'
import { createThumbnails } from '../../src-main/dataset/image.ts'
import { createReport } from '../../src-main/report/service.ts'
import { hostileNames, reportSources, type MadeRun } from './standIns.ts'

const root = join(import.meta.dirname, '../..')
let picture: Buffer
beforeAll(async () => {
  picture = await sharp({ create: { width: 1920, height: 1080, channels: 3, background: '#407090', noise: { type: 'gaussian', mean: 120, sigma: 30 } } }).png().toBuffer()
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-report-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The report room with real pictures, of which those of frame 3 are gone. */
function openReport(made: MadeRun) {
  const projectFolder = temporaryFolder()
  const pictures = temporaryFolder()
  for (const frame of [0, 1, 2, 4, 5, 6, 7]) writeFileSync(join(pictures, `${frame}.png`), picture)
  const events: HandloomEvent[] = []
  const sources = reportSources({ imagePath: (_, frame) => join(pictures, `${frame}.png`), ...made })
  const room = createReport({ ...sources, projectFolder, thumbnails: createThumbnails({ projectFolder }), emit: (event) => events.push(structuredClone(event)) })
  const make = (options: object = {}) => room.make(reportOptions.parse({ runId: 1, ...options }))
  return { room, make, events, projectFolder }
}

/** Run in the page: elements that no report has, and whether what it has is whole. */
const look = `({
  strange: [...document.querySelectorAll('script, iframe, object, embed, link, base, form, foreignObject, body style, [onerror], [onmouseover], [href]:not([href^="#"]), [src]:not([src^="data:image/webp"])')].map((element) => element.outerHTML),
  shown: [...document.images].every((image) => image.naturalWidth > 0),
  heading: document.querySelector('h1').textContent,
  title: document.title,
  sections: [...document.querySelectorAll('nav a')].every((link) => document.querySelector(link.getAttribute('href')).tagName === 'SECTION'),
  wide: document.documentElement.scrollWidth <= innerWidth,
})`

async function failure(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof HandloomError) return error.kind
    throw error
  }
  return 'none'
}

describe('a report', () => {
  it('is one file among the exports, with the frames of the worst sequences; a picture that is gone leaves a hole', async () => {
    const { room, make, events, projectFolder } = openReport({ sequences: 12, classes: 4 })
    const { path, name, bytes } = await make({ worst: 3 })
    const page = readFileSync(path, 'utf8')
    const images = [...page.matchAll(/<img src="data:image\/webp;base64,([^"]*)"/g)].map(([, data]) => Buffer.from(data!, 'base64'))
    const { width, height } = await sharp(images[0]).metadata()
    expect({
      path, name, bytes, found: room.reportPath(name), images: images.length, holes: page.match(/class="hole"/g)?.length, size: [width, height],
      jobs: events.map((event) => event.type === 'job' && [event.job.kind, event.job.state, event.job.done, event.job.total]),
    }).toEqual({
      path: join(projectFolder, 'exports', 'run-1.html'), name: 'run-1.html', bytes: Buffer.byteLength(page), found: path, images: 15, holes: 3, size: [320, 180],
      jobs: [['report', 'running', 0, 4], ['report', 'running', 1, 4], ['report', 'running', 2, 4], ['report', 'running', 3, 4], ['report', 'done', 4, 4]],
    })
  })

  it('without pictures has none, and takes the place of the one before', async () => {
    const { make, events } = openReport({ sequences: 12, classes: 4 })
    const [first, second] = await Promise.all([make({ worst: 2 }), make({ pictures: false, language: 'ko' })])
    const page = readFileSync(first.path, 'utf8')
    expect([first.path === second.path, Buffer.byteLength(page), page.includes('<img'), page.includes('lang="ko"')]).toEqual([true, second.bytes, false, true])
    expect(events.filter((event) => event.type === 'job' && event.job.state === 'done')).toHaveLength(2)
  })

  it('says what is not there, and what the disk refuses, and goes on afterwards', async () => {
    const { room, make, events, projectFolder } = openReport({ sequences: 12, classes: 4 })
    writeFileSync(join(projectFolder, 'exports'), '')
    const kinds = [await failure(() => make({ runId: 2 })), await failure(() => make({ pictures: false }))]
    const last = events.at(-1)
    expect([kinds[0], kinds[1] !== 'none', last?.type === 'job' && last.job.state]).toEqual(['not-found', true, 'failed'])
    rmSync(join(projectFolder, 'exports'))
    await make({ pictures: false })
    mkdirSync(join(projectFolder, 'exports', 'run-9.html'))
    const asked = ['run-2.html', '../project.sqlite', 'run-1.html/..', 'coco-1.json', 'run-9.html', '']
    expect(await Promise.all(asked.map((name) => failure(() => room.reportPath(name))))).toEqual(asked.map(() => 'not-found'))
  })
})

it('opens from a file with the network off: nothing is asked for, nothing runs, nothing complains, in both languages', { timeout: 120_000 }, async () => {
  const executablePath = findChromium(root)
  if (!executablePath) throw new Error('No Chromium was found. `npm test` finds or installs one; or set HANDLOOM_CHROMIUM.')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'] })
  onTestFinished(() => browser.close())
  for (const language of ['en', 'ko']) {
    const { make } = openReport({ sequences: 60, classes: 20, names: hostileNames })
    const { path } = await make({ language, worst: 12 })
    const context = await browser.newContext({ offline: true })
    const page = await context.newPage()
    const complaints: string[] = []
    const requests: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('dialog', (dialog) => void dialog.dismiss().finally(() => complaints.push(`dialog: ${dialog.message()}`)))
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(path).href)
    const found = await page.evaluate<object>(look)
    expect({ ...found, complaints, requests: requests.filter((url) => !url.startsWith('data:')) }).toEqual({
      strange: [], shown: true, heading: hostileNames[0], title: `${hostileNames[0]} · ${language === 'en' ? 'Report' : '보고서'}`, sections: true, wide: true, complaints: [], requests: [pathToFileURL(path).href],
    })
    await context.close()
  }
})

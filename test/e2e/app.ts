import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client'
import { chromium, type Browser, type Page } from 'playwright-core'
import { findChromium } from '../../scripts/setup/browser.mjs'
import type { AppRouter } from '../../src-main/contract/router.ts'

const root = join(import.meta.dirname, '../..')

export interface RunningApp {
  /** The page in front; another one after `killBrowser`. */
  readonly page: Page
  address: string
  /** The core asked beside the page, with the token. */
  api: TRPCClient<AppRouter>
  /** What went wrong in the page: errors, violations of the content security policy, requests to anywhere else. */
  complaints: string[]
  /** Kills the server as a power cut would, and starts it again on the same port. */
  killAndRestart(): Promise<void>
  /** Kills the browser with everything that is in it, and starts another one, signed in. */
  killBrowser(): Promise<void>
  close(): Promise<void>
}

/** `handloom serve` in a process of its own and a real Chromium, signed in by the printed ticket. */
export async function startApp({ data, env, tokenFile }: { data: string | null; env: Record<string, string>; tokenFile: string }): Promise<RunningApp> {
  let { child, address } = await startServer(data, env, tokenFile, 0)
  const { origin, port } = new URL(address)
  const complaints: string[] = []
  const token = readFileSync(tokenFile, 'utf8').trim()
  let { browser, page } = await startBrowser(origin, complaints)
  await page.goto(address)
  // Browse selects its first sequence, by the address: written in between, another address would be lost.
  if (data !== null) await page.waitForURL(/[?&]s=/, { waitUntil: 'commit' })
  return {
    get page() {
      return page
    },
    address,
    complaints,
    api: createTRPCClient<AppRouter>({ links: [httpLink({ url: `${origin}/api`, headers: { authorization: `Bearer ${token}` }, methodOverride: 'POST' })] }),
    async killAndRestart() {
      child.kill('SIGKILL')
      await once(child, 'exit')
      child = (await startServer(data, env, tokenFile, Number(port))).child
    },
    async killBrowser() {
      const session = await browser.newBrowserCDPSession()
      const { processInfo } = await session.send('SystemInfo.getProcessInfo')
      const gone = once(browser as unknown as NodeJS.EventEmitter, 'disconnected')
      for (const { type, id } of processInfo) if (type === 'browser') process.kill(id, 'SIGKILL')
      await gone
      ;({ browser, page } = await startBrowser(origin, complaints))
      await page.context().addCookies([{ name: 'handloom', value: token, url: origin, httpOnly: true, sameSite: 'Strict' }])
    },
    async close() {
      await browser.close()
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

async function startBrowser(origin: string, complaints: string[]): Promise<{ browser: Browser; page: Page }> {
  const executablePath = findChromium(root)
  if (!executablePath) throw new Error('No Chromium was found. `npm test` finds or installs one; or set HANDLOOM_CHROMIUM.')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'] })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', acceptDownloads: true })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) complaints.push(`request to ${request.url()}`)
  })
  return { browser, page }
}

async function startServer(data: string | null, env: Record<string, string>, tokenFile: string, port: number): Promise<{ child: ChildProcess; address: string }> {
  const args = [join(root, 'src-main/core/cli.ts'), 'serve', ...(data === null ? [] : [data]), '--token-file', tokenFile, '--port', String(port)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env, LANG: 'C.UTF-8' } })
  let said = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = /http:\S+/.exec(said)
      if (found) resolve(found[0])
    })
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${said}`)))
  })
  return { child, address }
}

import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { HandloomError } from '../../contract/errors.ts'

const root = join(import.meta.dirname, '../../..')

/**
 * Work in a real Chromium, which is closed afterwards and when the signal aborts.
 * @throws HandloomError `not-found` without a Chromium, `interrupted`
 */
export async function inChromium<T>(signal: AbortSignal, work: (browser: Browser) => Promise<T>): Promise<T> {
  const { chromium } = await import('playwright-core')
  const { findChromium } = await import('../../../scripts/setup/browser.mjs')
  const executablePath = findChromium(root)
  if (executablePath === undefined) throw new HandloomError('not-found', 'No Chromium was found. Install one (apt-get install chromium), or name it in HANDLOOM_CHROMIUM.')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] })
  const stop = (): void => void browser.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await work(browser)
  } catch (error) {
    if (signal.aborted) throw new HandloomError('interrupted', 'Measuring in the browser was stopped.', { cause: error })
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await browser.close()
  }
}

import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ensureChromium, ensureVirtualDisplay } from './browser.mjs'
import { ensureEngine } from './engine.mjs'
import { ensureNode24, linkNode, projectEnvironment } from './node24.mjs'
import { ensureOperations } from './operations.mjs'
import { ensurePackages } from './packages.mjs'
import { describeProblem } from './problem.mjs'
import { note, seconds } from './progress.mjs'
import { ensureRenderer } from './renderer.mjs'

/** The project's folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '')

/**
 * @typedef {'engine' | 'renderer' | 'chromium' | 'display'} Part
 * @typedef {object} Setup
 * @property {string} node the Node that runs the project
 * @property {NodeJS.ProcessEnv} env the environment in which to run it
 * @property {boolean} engine whether TensorFlow is ready
 */

/**
 * Makes ready what a command needs. Packages and Node 24 always; without the engine all but training works, so a problem with it is
 * told and the command goes on; a problem with any other part ends it.
 * @param {Part[]} parts
 * @param {{ quiet?: boolean }} [options] quiet: say nothing when nothing had to be done
 * @returns {Promise<Setup>}
 */
export async function setUp(parts, { quiet = false } = {}) {
  // Ending by process.exit lets the steps kill their children, give back their locks and remove what is unfinished.
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    note('set-up interrupted; the same command goes on with it')
    process.exit(128 + constants.signals[signal])
  }
  for (const signal of signals) process.on(signal, stop)
  try {
    return await makeReady(parts, quiet)
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

/**
 * @param {Part[]} parts
 * @param {boolean} quiet
 * @returns {Promise<Setup>}
 */
async function makeReady(parts, quiet) {
  const began = Date.now()
  const { node, fetched } = await ensureNode24()
  let worked = (await ensurePackages(root, node)) || fetched
  linkNode(root, node)
  const env = projectEnvironment(root, node)
  const ready = [`Node ${node === process.execPath ? process.versions.node : '24'}`, 'packages']
  let engine = true
  if (parts.includes('engine')) {
    try {
      const result = await ensureEngine({ root, node, env })
      worked ||= result.made
      ready.push(result.description)
    } catch (error) {
      engine = false
      note(describeProblem('TensorFlow is not set up', error))
      note('all but training and predicting works without it')
    }
    try {
      if (engine) worked = (await ensureOperations({ root, env })) || worked
    } catch (error) {
      note(describeProblem('the operations for this processor are not compiled', error))
      note('training works without them, more slowly')
    }
  }
  if (parts.includes('renderer')) {
    worked = (await ensureRenderer({ root, node, env })) || worked
    ready.push('app')
  }
  if (parts.includes('chromium')) {
    env.HANDLOOM_CHROMIUM = await ensureChromium({ root, node, env })
    ready.push('Chromium')
  }
  if (parts.includes('display')) await ensureVirtualDisplay(env)
  if (!quiet || worked) note(`${worked ? 'set up' : 'already set up, nothing to do'}: ${ready.join(', ')} (${seconds(began)})`)
  return { node, env, engine }
}

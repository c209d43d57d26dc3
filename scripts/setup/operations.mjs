import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { engineFolder, operationsPath, operationsSource, readManifest } from '../../src-main/engine/runtime/location.mjs'
import { run } from './child.mjs'
import { withLock } from './lock.mjs'
import { SetupProblem } from './problem.mjs'
import { withProgress } from './progress.mjs'
import { findTools } from './tools.mjs'

/**
 * Compiles Handloom's own TensorFlow operations (`src-main/engine/native`) for this machine's processor, into the per-user cache. They
 * compute on the CPU; an engine of another origin than the set-up's, and Windows, go without.
 * @param {{ root: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<boolean>} whether something was made
 * @throws {SetupProblem} when they cannot be compiled; TensorFlow's own operations are used then, which are slower
 */
export async function ensureOperations({ root, env = process.env }) {
  const path = operationsPath(env)
  const engine = /** @type {const} */ (['cpu', 'cuda']).map((kind) => engineFolder(kind, env)).find((folder) => readManifest(folder))
  if (path === undefined || engine === undefined || env.HANDLOOM_OPERATIONS || existsSync(path)) return false
  const { compiler } = await findTools(env)
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true })
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(path)) return false
    await withProgress('compiling the operations for this processor', () => compile({ root, compiler, tensorflow: join(engine, 'tensorflow'), path }))
    removeOld(dirname(folder))
    return true
  })
}

/**
 * Operations that were made of other sources, or for other processors, two months ago and more.
 * @param {string} parent
 */
function removeOld(parent) {
  const longAgo = Date.now() - 60 * 24 * 3600_000
  for (const name of readdirSync(parent)) {
    const path = join(parent, name)
    if (statSync(path).mtimeMs < longAgo) rmSync(path, { recursive: true, force: true })
  }
}

/** @param {{ root: string, compiler: string, tensorflow: string, path: string }} options */
async function compile({ root, compiler, tensorflow, path }) {
  const mac = process.platform === 'darwin'
  const scratch = `${path}.building-${process.pid}`
  mkdirSync(scratch, { recursive: true })
  try {
    const sources = readdirSync(operationsSource).filter((name) => name.endsWith('.cc'))
    const common = ['-O3', process.arch === 'x64' ? '-march=native' : '-mcpu=native', '-std=c++17', '-fPIC', '-fvisibility=hidden', '-DNAPI_VERSION=8']
    const include = [`-I${join(root, 'node_modules', 'node-api-headers', 'include')}`, `-I${join(tensorflow, 'include')}`]
    const objects = sources.map((name) => join(scratch, `${name}.o`))
    await Promise.all(sources.map((name, index) => call(compiler, [...common, ...include, '-c', join(operationsSource, name), '-o', /** @type {string} */ (objects[index])])))
    const library = mac ? [join(tensorflow, 'libtensorflow_framework.2.dylib'), '-undefined', 'dynamic_lookup', '-bundle'] : ['-shared', `-L${tensorflow}`, '-l:libtensorflow_framework.so.2']
    await call(compiler, [...objects, ...library, '-o', join(scratch, 'operations.node')])
    renameSync(join(scratch, 'operations.node'), path)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/**
 * @param {string} compiler
 * @param {string[]} args
 */
async function call(compiler, args) {
  const { code, stderr } = await run(compiler, args)
  if (code === 0) return
  const reason = stderr.split('\n').find((line) => /error|undefined/i.test(line)) ?? stderr.trim().split('\n').pop()
  throw new SetupProblem(`${compiler} could not compile Handloom's operations.\n  ${reason}`, 'install a newer C++17 compiler (g++ 12 or clang 15, or later), then run: npm run setup')
}

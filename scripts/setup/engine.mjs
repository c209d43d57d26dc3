import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bindingPath, engineFolder, quietPath, readManifest, tensorflowVersion, tfjsVersion, wantedEngine } from '../../src-main/engine/runtime/location.mjs'
import { run } from './child.mjs'
import { withLock } from './lock.mjs'
import { SetupProblem } from './problem.mjs'
import { megabytes, note, withProgress } from './progress.mjs'
import { findTools } from './tools.mjs'
import { extraRequirements, fetchWheel, unpackWheel } from './wheels.mjs'

/** @typedef {import('../../src-main/engine/runtime/location.mjs').EngineKind} EngineKind */

/** What of a wheel is needed: the libraries and the few headers of their C API; of the CUDA packages the libraries and the compiler's parts. */
const patterns = [
  'tensorflow/libtensorflow_*',
  'tensorflow/THIRD_PARTY_NOTICES.txt',
  'tensorflow/include/tensorflow/c/*',
  'tensorflow/include/tensorflow/core/platform/ctstring*',
  'tensorflow/include/tensorflow/core/common_runtime/next_pluggable_device/c/*',
  'tensorflow/include/tsl/platform/ctstring*',
  'tensorflow/include/tsl/platform/platform.h',
  'tensorflow/include/xla/tsl/c/*',
  'nvidia/*/lib/*',
  'nvidia/cuda_nvcc/*',
  'nvidia/*/LICENSE*',
]

/** Bytes that must be free: the wheels and what is unpacked from them lie side by side for a while. */
const needed = { cpu: 1.3e9, cuda: 11e9 }

/**
 * Makes sure that this machine has its engine, in the per-user cache.
 * @param {{ root: string, node: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ made: boolean, description: string }>}
 * @throws {SetupProblem} what is missing, with the command that mends it
 */
export async function ensureEngine({ root, node, env = process.env }) {
  if (env.HANDLOOM_ENGINE_BINDING) return { made: false, description: `TensorFlow from ${env.HANDLOOM_ENGINE_BINDING}` }
  const kind = wantedEngine(env)
  const folder = engineFolder(kind, env)
  const ready = describe(folder)
  if (ready) return { made: false, description: ready }
  if (process.platform === 'win32') return packageDownload(root, node)
  checkPlatform()
  makeFolder(dirname(folder))
  return withLock(
    `${folder}.lock`,
    async () => {
      removeLeftovers(folder)
      const meanwhile = describe(folder)
      if (meanwhile) return { made: false, description: meanwhile }
      await makeEngine({ root, node, kind, folder, env })
      return { made: true, description: describe(folder) ?? '' }
    },
    (pid) => note(`process ${pid} is setting up TensorFlow; waiting for it`),
  )
}

/**
 * One phrase on a whole engine, undefined where there is none.
 * @param {string} folder
 */
function describe(folder) {
  const manifest = readManifest(folder)
  return manifest && `TensorFlow ${manifest.tensorflow} for ${manifest.device}${manifest.kind === 'cuda' ? ' (CUDA build)' : ''}`
}

/** @param {string} folder */
function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new SetupProblem(`the cache folder ${folder} cannot be written (${error instanceof Error ? error.message : error}).`, 'set HANDLOOM_CACHE to a folder that can be written')
  }
}

function checkPlatform() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.platform === 'linux' ? process.report?.getReport() : {})
  if (process.platform === 'linux' && report.header && !report.header.glibcVersionRuntime)
    throw new SetupProblem('TensorFlow has no build for musl (Alpine) systems; all but training works.', 'use a glibc system such as Debian, Ubuntu or Fedora')
  const known = ['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(`${process.platform}-${process.arch}`)
  if (!known) throw new SetupProblem(`TensorFlow ${tensorflowVersion} has no build for ${process.platform}-${process.arch}; all but training works.`, 'use Linux, or macOS on Apple silicon')
}

/**
 * What killed runs left behind. Only the holder of the lock calls this, so whatever is unfinished is dead. Wheels that are whole are kept.
 * @param {string} folder
 */
function removeLeftovers(folder) {
  const parent = dirname(folder)
  for (const name of readdirSync(parent)) if (name.startsWith(`${basename(folder)}.building-`)) rmSync(join(parent, name), { recursive: true, force: true })
}

/** @param {{ root: string, node: string, kind: EngineKind, folder: string, env: NodeJS.ProcessEnv }} options */
async function makeEngine({ root, node, kind, folder, env }) {
  const tools = await findTools(env)
  await checkSpace(dirname(folder), kind)
  const wheels = `${folder}.wheels`
  const building = `${folder}.building-${process.pid}-${Date.now()}`
  const removeBuilding = () => rmSync(building, { recursive: true, force: true })
  mkdirSync(building)
  process.on('exit', removeBuilding)
  try {
    const names = await fetchAll({ python: tools.python, kind, wheels, scratch: building })
    const files = await withProgress('unpacking the libraries', async () => {
      const unpacked = []
      for (const name of names) unpacked.push(...(await unpackWheel({ python: tools.python, wheel: join(wheels, name), folder: building, patterns })))
      return unpacked
    })
    if (kind === 'cuda') linkSolver(building)
    await withProgress('building the TensorFlow binding', () => buildBinding({ root, compiler: tools.compiler, folder: building }))
    const device = await withProgress('checking it with a real computation', async (line) => {
      const found = await selfTest({ node, folder: building })
      line.update(found)
      return found
    })
    for (const path of [bindingPath, quietPath]) files.push({ path, bytes: statSync(join(building, path)).size })
    for (const scratch of ['wheel', 'pip']) rmSync(join(building, scratch), { recursive: true, force: true })
    const libraries = files.filter((file) => !file.path.includes('/include/') && !/LICENSE|NOTICES/.test(file.path))
    const manifest = { kind, tensorflow: tensorflowVersion, tfjs: tfjsVersion, device, files: libraries, made: new Date().toISOString(), wheels: names }
    writeFileSync(join(building, 'engine.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(building, folder)
    rmSync(wheels, { recursive: true, force: true })
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOSPC') throw new SetupProblem('the disk is full.', 'free some space, then run: npm run setup')
    throw error
  } finally {
    removeBuilding()
    process.off('exit', removeBuilding)
  }
}

/**
 * TensorFlow takes no GPU unless it can open libcusolver, which it looks for beside CUDA's runtime and the libraries of other packages, but
 * not in the folder of its own package.
 * @param {string} folder
 */
function linkSolver(folder) {
  const solver = join(folder, 'nvidia', 'cusolver', 'lib')
  const runtime = join(folder, 'nvidia', 'cuda_runtime', 'lib')
  if (!existsSync(solver) || !existsSync(runtime)) return
  for (const name of readdirSync(solver).filter((name) => name.startsWith('libcusolver.so'))) {
    if (!existsSync(join(runtime, name))) symlinkSync(join('..', '..', 'cusolver', 'lib', name), join(runtime, name))
  }
}

/**
 * @param {string} folder
 * @param {EngineKind} kind
 */
async function checkSpace(folder, kind) {
  const { bavail, bsize } = await statfs(folder)
  const problem = spaceProblem(folder, kind, bavail * bsize)
  if (problem) throw problem
}

/**
 * The problem with so many free bytes in a folder, undefined when they are enough.
 * @param {string} folder
 * @param {EngineKind} kind
 * @param {number} free
 */
export function spaceProblem(folder, kind, free) {
  if (free >= needed[kind]) return undefined
  const other = kind === 'cuda' ? ', or take the smaller CPU build: HANDLOOM_ENGINE=cpu npm run setup' : ''
  return new SetupProblem(
    `TensorFlow needs ${megabytes(needed[kind])} in ${folder}, where ${megabytes(free)} are free.`,
    `free some space there, or set HANDLOOM_CACHE to a folder on another disk${other}`,
  )
}

/**
 * @param {{ python: string, kind: EngineKind, wheels: string, scratch: string }} options
 * @returns {Promise<string[]>} the wheels' names
 */
async function fetchAll({ python, kind, wheels, scratch }) {
  const distribution = kind === 'cpu' && process.platform === 'linux' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow'
  const main = await fetchWheel({ python, requirement: `${distribution}==${tensorflowVersion}`, folder: wheels, scratch })
  const names = [main]
  if (kind === 'cuda')
    for (const requirement of await extraRequirements({ python, wheel: join(wheels, main), extra: 'and-cuda' }))
      names.push(await fetchWheel({ python, requirement, folder: wheels, scratch }))
  return names
}

/**
 * Compiles the npm package's own C++ source against the wheel's C API, and the helper beside it. The libraries are found relative to the
 * binding, so the folder may be moved.
 * @param {{ root: string, compiler: string, folder: string }} options
 */
async function buildBinding({ root, compiler, folder }) {
  const mac = process.platform === 'darwin'
  const source = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'binding')
  const headers = join(root, 'node_modules', 'node-api-headers', 'include')
  const tensorflow = join(folder, 'tensorflow')
  mkdirSync(dirname(join(folder, bindingPath)), { recursive: true })
  const common = ['-O2', '-std=c++17', '-fPIC', '-DNAPI_VERSION=8', `-I${headers}`, `-I${join(tensorflow, 'include')}`, ...(mac ? ['-undefined', 'dynamic_lookup', '-bundle'] : ['-shared'])]
  const link = mac
    ? [join(tensorflow, 'libtensorflow_cc.2.dylib'), join(tensorflow, 'libtensorflow_framework.2.dylib'), '-Wl,-rpath,@loader_path/../../tensorflow']
    : [`-L${tensorflow}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../../tensorflow']
  const jobs = [
    [...common, join(source, 'tfjs_backend.cc'), join(source, 'tfjs_binding.cc'), ...link, '-o', join(folder, bindingPath)],
    [...common, fileURLToPath(new URL('../../src-main/engine/runtime/quiet.cc', import.meta.url)), '-o', join(folder, quietPath)],
  ]
  for (const result of await Promise.all(jobs.map((args) => run(compiler, args)))) {
    if (result.code === 0) continue
    const reason = result.stderr.split('\n').find((line) => /error|undefined/i.test(line)) ?? result.stderr.trim().split('\n').pop()
    throw new SetupProblem(`${compiler} could not build the TensorFlow binding.\n  ${reason}`, 'install a C++17 compiler (g++ 8 or clang 7, or later), then run: npm run setup')
  }
}

/**
 * Loads the binding in a child process, multiplies and convolves for real, and compares with plain arithmetic.
 * @param {{ node: string, folder: string }} options
 * @returns {Promise<string>} the device it ran on
 */
async function selfTest({ node, folder }) {
  const script = fileURLToPath(new URL('selfTest.mjs', import.meta.url))
  const result = await run(node, [script, join(folder, bindingPath)], { limit: 300_000, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' } })
  if (result.code !== 0) throw new SetupProblem(`the engine was built but failed its self-test (code ${result.code}).\n  ${result.stderr.trim().split('\n').slice(-3).join('\n  ')}`, 'npm run setup')
  return JSON.parse(result.stdout.trim().split('\n').pop() ?? '{}').device
}

/**
 * Windows: the npm package's own download (an older TensorFlow), since the wheels there bring no library to link with.
 * @param {string} root
 * @param {string} node
 */
async function packageDownload(root, node) {
  const folder = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu')
  const lib = join(folder, 'lib')
  if (existsSync(lib) && readdirSync(lib).some((name) => existsSync(join(lib, name, 'tfjs_binding.node')))) return { made: false, description: 'TensorFlow of the npm package' }
  const result = await withProgress('fetching the npm package\'s own TensorFlow', () => run(node, ['scripts/install.js', 'gpu', 'download'], { cwd: folder, limit: 600_000 }))
  if (result.code !== 0) throw new SetupProblem(`the npm package's own TensorFlow could not be fetched.\n  ${result.stderr.trim().split('\n').pop()}`, 'use Handloom under WSL 2 (Ubuntu)')
  return { made: true, description: 'TensorFlow of the npm package' }
}

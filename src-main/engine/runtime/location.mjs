// Where the engine of this machine lies, shared by the set-up scripts (any Node from 18, nothing installed yet) and the program.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { cpus, homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The TensorFlow release whose wheel is fetched, and the tfjs-node release whose binding is built against it. */
export const tensorflowVersion = '2.21.0'
export const tfjsVersion = '4.22.0'

/** Raised when the layout of the engine's folder changes, so that older folders are not taken for today's. */
const layout = 2

/**
 * @typedef {'cpu' | 'cuda'} EngineKind
 * @typedef {{ path: string, bytes: number }} EngineFile
 * @typedef {object} EngineManifest
 * @property {EngineKind} kind
 * @property {string} tensorflow version of the wheel
 * @property {string} tfjs version of tfjs-node-gpu
 * @property {string} device what the self-test ran on
 * @property {EngineFile[]} files the files that must be there, relative to the engine's folder, with their sizes
 * @property {string} made ISO time
 * @property {string[]} wheels names of the wheels it was made from
 */

/**
 * The per-user cache folder: HANDLOOM_CACHE, else the platform's own place.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 */
export function cacheFolder(env = process.env, platform = process.platform) {
  if (env.HANDLOOM_CACHE) return env.HANDLOOM_CACHE
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'handloom')
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'handloom', 'Cache')
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'handloom')
}

/**
 * Which engine this machine should have: HANDLOOM_ENGINE (cpu or cuda), else cuda where Linux has an NVIDIA driver.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {EngineKind}
 */
export function wantedEngine(env = process.env) {
  if (env.HANDLOOM_ENGINE === 'cpu' || env.HANDLOOM_ENGINE === 'cuda') return env.HANDLOOM_ENGINE
  return process.platform === 'linux' && process.arch === 'x64' && hasNvidiaDriver(env) ? 'cuda' : 'cpu'
}

/**
 * Whether an NVIDIA driver is there: its kernel module, or nvidia-smi (WSL 2 and some containers have only that).
 * @param {NodeJS.ProcessEnv} env
 */
function hasNvidiaDriver(env) {
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/lib/wsl/lib']
  return existsSync('/proc/driver/nvidia/version') || folders.some((folder) => folder && existsSync(join(folder, 'nvidia-smi')))
}

/**
 * The folder of an engine, named after everything that its contents depend on.
 * @param {EngineKind} kind
 * @param {NodeJS.ProcessEnv} [env]
 */
export function engineFolder(kind, env = process.env) {
  const key = `tensorflow-${tensorflowVersion}-${kind}-tfjs-${tfjsVersion}-napi-v8-${process.platform}-${process.arch}-${layout}`
  return join(cacheFolder(env), 'engine', key)
}

/** The binding inside an engine's folder. */
export const bindingPath = join('lib', 'napi-v8', 'tfjs_binding.node')

/** The helper, built beside the binding, that holds back TensorFlow's start-up notes. */
export const quietPath = join('lib', 'napi-v8', 'quiet.node')

/** The C++ sources of Handloom's own operations. */
export const operationsSource = fileURLToPath(new URL('../native/', import.meta.url))

/**
 * Where Handloom's own operations for this machine lie, or would lie: they are compiled for its very processor and for these sources.
 * Undefined where the sources are not at hand.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function operationsPath(env = process.env) {
  if (!existsSync(operationsSource)) return undefined
  const hash = createHash('sha256').update(`${tensorflowVersion} ${process.platform} ${process.arch} ${processorKind()}`)
  for (const name of readdirSync(operationsSource).sort()) hash.update(name).update(readFileSync(join(operationsSource, name)))
  return join(cacheFolder(env), 'operations', hash.digest('hex').slice(0, 16), 'operations.node')
}

/** What machine code the processor runs: its instruction sets on Linux, its model elsewhere. */
function processorKind() {
  return process.platform === 'linux' ? processorFlags().join(' ') : (cpus()[0]?.model ?? '')
}

/** The processor's features as Linux names them; none elsewhere. */
export function processorFlags() {
  if (process.platform !== 'linux') return []
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
  return line.split(/\s+/).filter(Boolean)
}

/**
 * The manifest of a whole engine, or undefined when there is none or a file that it lists is missing or cut short.
 * @param {string} folder
 * @returns {EngineManifest | undefined}
 */
export function readManifest(folder) {
  try {
    const manifest = /** @type {EngineManifest} */ (JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8')))
    return manifest.files.every((file) => statSync(join(folder, file.path)).size === file.bytes) ? manifest : undefined
  } catch {
    return undefined
  }
}

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bindingPath, engineFolder, operationsPath, quietPath, readManifest, wantedEngine } from './location.mjs'
import type { EngineKind, EngineManifest } from './location.mjs'

/** A TensorFlow binding that was found, and how. */
export interface FoundEngine {
  /** Path of tfjs_binding.node. */
  binding: string
  /** Path of the helper that holds back TensorFlow's start-up notes, where the engine has one. */
  quiet: string | undefined
  /** `override`: HANDLOOM_ENGINE_BINDING; `cache`: made by the set-up; `package`: the npm package's own download. */
  source: 'override' | 'cache' | 'package'
  kind: EngineKind | undefined
  folder: string
  manifest: EngineManifest | undefined
}

/** The one command that makes an engine, for messages. */
export const mendCommand = 'npm run setup'

/**
 * Finds a TensorFlow binding without loading it (a few stat calls). In this order: the file named by HANDLOOM_ENGINE_BINDING; the per-user
 * cache, the kind this machine should have first, then the other (a CUDA build computes on the CPU too); the npm package's own download.
 */
export function findEngine(env: NodeJS.ProcessEnv = process.env): FoundEngine | undefined {
  const override = env.HANDLOOM_ENGINE_BINDING
  if (override) {
    const quiet = join(dirname(override), 'quiet.node')
    return existsSync(override) ? found(override, 'override', existsSync(quiet) ? quiet : undefined) : undefined
  }
  const first = wantedEngine(env)
  for (const kind of [first, first === 'cpu' ? 'cuda' : 'cpu'] satisfies EngineKind[]) {
    const folder = engineFolder(kind, env)
    const manifest = readManifest(folder)
    if (manifest) {
      const quiet = join(folder, quietPath)
      return { ...found(join(folder, bindingPath), 'cache', existsSync(quiet) ? quiet : undefined), kind, folder, manifest }
    }
  }
  const own = packageBinding()
  return own && existsSync(own) ? found(own, 'package', undefined) : undefined
}

/** Handloom's own operations, compiled for this machine, if the set-up has made them; HANDLOOM_OPERATIONS names another file, or is `off`. */
export function findOperations(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const path = env.HANDLOOM_OPERATIONS ?? operationsPath(env)
  return path !== undefined && existsSync(path) ? path : undefined
}

function found(binding: string, source: FoundEngine['source'], quiet: string | undefined): FoundEngine {
  return { binding, quiet, source, kind: undefined, folder: dirname(binding), manifest: undefined }
}

function packageBinding(): string | undefined {
  const require = createRequire(import.meta.url)
  const root = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'))
  return join(root, 'lib', `napi-v${process.versions.napi}`, 'tfjs_binding.node')
}

import { createRequire } from 'node:module'
import type * as core from '@tensorflow/tfjs-core'
import type { DataId, DataType, Tensor, TensorInfo } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js'
import type { TFEOpAttr, TFJSBinding, TensorMetadata } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding.js'
import { HandloomError } from '../../contract/errors.ts'
import { findEngine, findOperations, mendCommand } from './find.ts'
import type { FoundEngine } from './find.ts'

/** An attribute of a TensorFlow op: its name, `binding.TF_ATTR_…`, its value. */
export type OpAttribute = TFEOpAttr

/** The native addon: eager ops, tensors by number, SavedModels. */
export type TensorFlowBinding = TFJSBinding

/** What the backend keeps for a tensor. `values` is set (and `id` −1) until the tensor is first used by an op. */
export interface StoredTensor {
  shape: number[]
  dtype: number
  values: ArrayBufferView | string[] | null
  id: number
  refCount: number
}

/** tfjs-node's backend, with the members typed that its declarations keep private and tracing needs. */
export type TensorFlowBackend = Omit<Pick<NodeJSKernelBackend, keyof NodeJSKernelBackend>, 'binding'> & {
  /** May be replaced for a while by a proxy, to record the ops. */
  binding: TensorFlowBinding
  tensorMap: { get(dataId: DataId): StoredTensor; set(dataId: DataId, value: StoredTensor): void; has(dataId: DataId): boolean }
  /** A tensor for an output of `binding.executeOp` or `binding.runSavedModel`. */
  createOutputTensor(metadata: TensorMetadata): Tensor
  /** The native numbers of tensors; uploads values which the device does not have yet. */
  getInputTensorIds(tensors: TensorInfo[]): number[]
}

/** tfjs on native TensorFlow: tfjs-core with gradients and chained ops, the backend typed. */
export type TensorFlow = Omit<typeof core, 'backend'> & { backend(): TensorFlowBackend }

export type { DataId, DataType, Tensor, TensorInfo }
export type { NamedTensorMap, Rank, Scalar, Tensor1D, Tensor2D, Tensor3D, Tensor4D, TensorLike, TypedArray, Variable } from '@tensorflow/tfjs-core'

export interface LoadOptions {
  /** Threads of one op and of independent ops side by side. Default: TensorFlow's own choice, all cores. Counts on the first load in a process. */
  threads?: number
  /** Ops side by side, where it should differ from `threads`. */
  interOpThreads?: number
}

let loading: Promise<TensorFlow> | undefined
let loaded: FoundEngine | undefined

/**
 * Loads TensorFlow into this process: the JavaScript of @tensorflow/tfjs-node-gpu on the binding that `findEngine` finds. The second call
 * in a process gives the same object.
 * @throws HandloomError `no-engine`, with the command that mends it, when there is no engine or it does not load.
 */
export function loadTensorFlow(options: LoadOptions = {}): Promise<TensorFlow> {
  loading ??= load(options).catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

/** The engine that this process has loaded, if it has. */
export function loadedEngine(): FoundEngine | undefined {
  return loaded
}

let operations = false

/** Whether this process has Handloom's own operations for the CPU: TensorFlow is loaded, computes on the CPU, and they were built for it. */
export function hasNativeOperations(): boolean {
  return operations
}

async function load({ threads, interOpThreads = threads }: LoadOptions): Promise<TensorFlow> {
  const engine = findEngine()
  if (!engine) {
    const override = process.env.HANDLOOM_ENGINE_BINDING
    throw new HandloomError(
      'no-engine',
      override
        ? `HANDLOOM_ENGINE_BINDING names ${override}, which does not exist. Correct it or unset it.`
        : `TensorFlow is not set up on this machine. Run: ${mendCommand}`,
      { file: override },
    )
  }
  if (threads) process.env.TF_NUM_INTRAOP_THREADS = String(threads)
  if (interOpThreads) process.env.TF_NUM_INTEROP_THREADS = String(interOpThreads)
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'
  // Only oneDNN's CPU kernels have gradients of grouped convolutions, and TensorFlow leaves them off on older processors.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1'
  try {
    const tf = await start(engine)
    loaded = engine
    operations = !tf.backend().binding.isUsingGpuDevice() && loadOperations()
    return tf
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HandloomError('no-engine', `TensorFlow did not load (${reason}). Run: ${mendCommand}`, { file: engine.binding, cause: error })
  }
}

async function start(engine: FoundEngine): Promise<TensorFlow> {
  restoreNodeUtil()
  const load = createRequire(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'))
  const tf = loadCore(load)
  const binding = loadWithoutNotes(engine, load)
  if (!tf.findBackend('tensorflow')) {
    load('./dist/register_all_kernels.js')
    const { NodeJSKernelBackend } = load('./dist/nodejs_kernel_backend.js') as { NodeJSKernelBackend: new (binding: unknown, name: string) => never }
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu'), 3)
  }
  if (!(await tf.setBackend('tensorflow'))) throw new Error('the backend did not start')
  return tf
}

/** Registers Handloom's own operations with TensorFlow. Without them TensorFlow's are used, which are slower. */
function loadOperations(): boolean {
  const path = findOperations()
  if (path === undefined) return false
  createRequire(import.meta.url)(path)
  return true
}

/** The package calls functions of node:util that Node 23 removed. */
function restoreNodeUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  util.isArray ??= Array.isArray
}

/**
 * Loads @tensorflow/tfjs with only its core: ops, gradients and chained ops. Its Keras layers, data pipelines, model converter and browser
 * backends have no use here and would double the time of loading the JavaScript, so empty modules stand in for them.
 */
function loadCore(load: NodeJS.Require): TensorFlow {
  const entry = load.resolve('@tensorflow/tfjs')
  const fromEntry = createRequire(entry)
  if (!load.cache[entry]) {
    for (const part of ['tfjs-layers', 'tfjs-converter', 'tfjs-data', 'tfjs-backend-cpu', 'tfjs-backend-webgl']) {
      const path = fromEntry.resolve(`@tensorflow/${part}`)
      load.cache[path] ??= { id: path, filename: path, path, loaded: true, exports: {}, children: [], paths: [], require: load, isPreloading: false, parent: null }
    }
  }
  return load(entry) as TensorFlow
}

const notes = [/^WARNING: All log messages before absl::InitializeLog/, /oneDNN custom operations are on\./]

/**
 * Loads the binding and drops the two notes that TensorFlow prints while its libraries are loaded, whatever the log level; all else that is
 * printed meanwhile is printed after it.
 */
function loadWithoutNotes(engine: FoundEngine, load: NodeJS.Require): unknown {
  if (!engine.quiet) return load(engine.binding)
  const quiet = load(engine.quiet) as { hold(): void; release(): string }
  quiet.hold()
  try {
    return load(engine.binding)
  } finally {
    const lines = quiet.release().split('\n')
    const rest = lines.filter((line) => line && !notes.some((note) => note.test(line)))
    if (rest.length) process.stderr.write(`${rest.join('\n')}\n`)
  }
}

import { execFile } from 'node:child_process'
import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import { promisify } from 'node:util'
import { SetupProblem } from '../../../scripts/setup/problem.mjs'
import { findTools } from '../../../scripts/setup/tools.mjs'
import { toHandloomError } from '../../contract/errors.ts'
import { findEngine, mendCommand } from './find.ts'
import type { FoundEngine } from './find.ts'
import { hasNativeOperations, loadTensorFlow } from './load.ts'
import type { Tensor4D, TensorFlow } from './load.ts'
import { processorFlags } from './location.mjs'

export interface MachineReport {
  platform: string
  arch: string
  node: string
  processor: string
  /** Cores this process may use. */
  cores: number
  memoryBytes: number
  freeMemoryBytes: number
  /** Vector and matrix instructions that matter for speed, as Linux names them; empty where they cannot be read. */
  instructions: string[]
}

export interface GpuReport {
  name: string
  memoryBytes: number
  driver: string
  /** NVIDIA's number of its generation, 8.0 and later compute with bfloat16; null where an older driver does not tell. */
  computeCapability: number | null
}

export interface SelfTestReport {
  passed: boolean
  /** Largest relative difference between the gradient and finite differences along random directions. */
  worstDifference: number
  seconds: number
}

/** What is wrong, and the command that mends it. */
export interface EngineProblem {
  message: string
  mend: string
}

export interface EngineReport {
  machine: MachineReport
  gpus: GpuReport[]
  /** The engine that was found, and, once it was loaded, what it computes on and whether with our own operations for CPUs. */
  engine: (Pick<FoundEngine, 'source' | 'kind' | 'binding'> & { tensorflow: string | undefined; device: 'CPU' | 'GPU' | undefined; operations: boolean }) | undefined
  selfTest: SelfTestReport | undefined
  problems: EngineProblem[]
  /** Whether there are no problems. */
  ok: boolean
  /** The report as text. */
  lines: string[]
}

type Findings = Omit<EngineReport, 'ok' | 'lines'>

/**
 * Looks at the machine and its engine, and has the engine prove itself: the gradient of a small convolutional net against finite
 * differences. Loads TensorFlow into this process. Never throws: what is wrong is in `problems`.
 */
export async function checkEngine(): Promise<EngineReport> {
  const findings = await examine()
  return { ...findings, ok: findings.problems.length === 0, lines: describe(findings) }
}

async function examine(): Promise<Findings> {
  const gpus = await listGpus()
  const report: Findings = { machine: describeMachine(), gpus, engine: undefined, selfTest: undefined, problems: [] }
  const found = findEngine()
  if (!found) {
    report.problems.push(await missingEngine())
    return report
  }
  report.engine = { source: found.source, kind: found.kind, binding: found.binding, tensorflow: found.manifest?.tensorflow, device: undefined, operations: false }
  try {
    const tf = await loadTensorFlow()
    const { binding } = tf.backend()
    report.engine.tensorflow = binding.TF_Version
    report.engine.device = binding.isUsingGpuDevice() ? 'GPU' : 'CPU'
    report.engine.operations = hasNativeOperations()
    report.selfTest = testGradient(tf)
  } catch (error) {
    report.problems.push({ message: toHandloomError(error).message, mend: mendCommand })
  }
  if (report.selfTest && !report.selfTest.passed)
    report.problems.push({ message: `The engine computes wrong gradients (off by ${report.selfTest.worstDifference}).`, mend: `remove ${found.folder}, then run: ${mendCommand}` })
  if (gpus.length && report.engine.device === 'CPU') report.problems.push(unusedGpu(found))
  return report
}

function describe({ machine, gpus, engine, selfTest, problems }: Findings): string[] {
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  const lines = [
    `Machine: ${machine.processor}, ${machine.cores} cores, ${gib(machine.memoryBytes)} memory (${gib(machine.freeMemoryBytes)} free), ${machine.platform}-${machine.arch}`,
    ...(machine.instructions.length ? [`Instructions: ${machine.instructions.join(' ')}`] : []),
    ...(gpus.length ? gpus.map((gpu) => `GPU: ${gpu.name}, ${gib(gpu.memoryBytes)}, driver ${gpu.driver}`) : ['GPU: none by NVIDIA']),
    engine ? `Engine: TensorFlow ${engine.tensorflow ?? '(version unknown)'}${engine.device ? ` on the ${engine.device}` : ''}, ${sources[engine.source]}: ${engine.binding}` : 'Engine: none',
  ]
  if (engine?.device === 'CPU') lines.push(`Handloom's own operations: ${engine.operations ? 'loaded' : 'none, so TensorFlow\'s are used, which are slower'}`)
  if (selfTest) lines.push(`Self-test: ${selfTest.passed ? 'passed' : 'FAILED'}, gradients differ by ${selfTest.worstDifference.toExponential(1)} (${selfTest.seconds.toFixed(2)} s)`)
  return [...lines, ...problems.map(({ message, mend }) => `Problem: ${message}\n  To mend it: ${mend}`)]
}

const sources: Record<FoundEngine['source'], string> = {
  override: 'named by HANDLOOM_ENGINE_BINDING',
  cache: 'from the cache',
  package: 'of the npm package',
}

async function missingEngine(): Promise<EngineProblem> {
  const override = process.env.HANDLOOM_ENGINE_BINDING
  if (override) return { message: `HANDLOOM_ENGINE_BINDING names ${override}, which does not exist.`, mend: 'unset HANDLOOM_ENGINE_BINDING' }
  try {
    await findTools()
    return { message: 'TensorFlow is not set up on this machine.', mend: mendCommand }
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error
    return { message: `TensorFlow is not set up on this machine, and for that ${error.message}`, mend: `${error.mend}, then: ${mendCommand}` }
  }
}

function unusedGpu(found: FoundEngine): EngineProblem {
  return found.kind === 'cuda'
    ? { message: 'There is an NVIDIA GPU, but TensorFlow computes on the CPU.', mend: 'TF_CPP_MIN_LOG_LEVEL=0 TF_CPP_VMODULE=dso_loader=1 npx handloom doctor (shows which library or driver is missing)' }
    : { message: 'There is an NVIDIA GPU, but the engine is a CPU build.', mend: `HANDLOOM_ENGINE=cuda ${mendCommand}` }
}

function describeMachine(): MachineReport {
  return {
    platform: process.platform,
    arch: process.arch,
    node: process.versions.node,
    processor: cpus()[0]?.model.trim() ?? '',
    cores: availableParallelism(),
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
    freeMemoryBytes: Math.min(freemem(), process.availableMemory()),
    instructions: processorFlags().filter((flag) => telling.test(flag)),
  }
}

const telling = /^(avx|avx2|fma|avx512f|avx512_(bf16|fp16|vnni)|avx_vnni|amx_(tile|bf16|int8|fp16)|asimd|sve|bf16)$/

/** The NVIDIA GPUs, as nvidia-smi lists them; none where there is no nvidia-smi or it fails. */
async function listGpus(): Promise<GpuReport[]> {
  const query = (fields: string): Promise<string> =>
    promisify(execFile)('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'], { timeout: 20_000 }).then(
      (result) => result.stdout,
      () => '',
    )
  const fields = 'name,memory.total,driver_version'
  // Drivers before 510 do not know the last one.
  return parseGpus((await query(`${fields},compute_cap`)) || (await query(fields)))
}

/** @param csv lines of name, memory in MiB, driver version and, where it is known, compute capability */
export function parseGpus(csv: string): GpuReport[] {
  return csv
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', memory = '', driver = '', capability = ''] = line.split(',').map((cell) => cell.trim())
      return { name, memoryBytes: Number(memory) * 2 ** 20, driver, computeCapability: Number.parseFloat(capability) || null }
    })
}

/** The 16-bit format that a device computes with faster than with float32; null: none. */
export function halfPrecision(device: 'cpu' | 'gpu', { machine, gpus }: Pick<EngineReport, 'machine' | 'gpus'>): 'bfloat16' | 'float16' | null {
  if (device === 'cpu') return machine.instructions.some((name) => /^(avx512_bf16|amx_bf16|bf16)$/.test(name)) ? 'bfloat16' : null
  return (gpus[0]?.computeCapability ?? 0) >= 8 ? 'bfloat16' : 'float16'
}

/**
 * Two convolutions with tanh and a mean, all sizes small and odd: the derivative along a random direction of all weights against the
 * central difference, which float32 lets agree to about 1e-3.
 */
function testGradient(tf: TensorFlow): SelfTestReport {
  const began = performance.now()
  const worstDifference = tf.tidy(() => {
    const random = (shape: number[], deviation: number, seed: number) => tf.randomNormal(shape as [number, number, number, number], 0, deviation, 'float32', seed) as Tensor4D
    const image = random([3, 9, 11, 3], 1, 1)
    const weights = [random([3, 3, 3, 5], 0.3, 2), random([3, 3, 5, 4], 0.3, 3)]
    const loss = (first: Tensor4D, second: Tensor4D) => tf.mean(tf.square(tf.conv2d(tf.tanh(tf.conv2d(image, first, 2, 'same')), second, 1, 'valid'))).asScalar()
    const at = (shift: number, directions: Tensor4D[]) => {
      const [first, second] = weights.map((weight, index) => tf.add(weight, tf.mul(directions[index] as Tensor4D, shift)))
      return loss(first as Tensor4D, second as Tensor4D).dataSync()[0] ?? NaN
    }
    const gradients = tf.grads((first, second) => loss(first as Tensor4D, second as Tensor4D))(weights)
    const differences = [11, 12, 13].map((seed) => {
      const directions = weights.map((weight, index) => random(weight.shape, 1, seed * 10 + index))
      const along = gradients.reduce((sum, gradient, index) => sum + (tf.sum(tf.mul(gradient, directions[index] as Tensor4D)).dataSync()[0] ?? NaN), 0)
      const step = 2e-3
      const finite = (at(step, directions) - at(-step, directions)) / (2 * step)
      return Math.abs(along - finite) / Math.max(Math.abs(along), Math.abs(finite), 0.1)
    })
    return Math.max(...differences)
  })
  return { passed: worstDifference < 1e-2, worstDifference, seconds: (performance.now() - began) / 1000 }
}

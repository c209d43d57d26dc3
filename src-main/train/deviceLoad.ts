import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { DeviceLoad } from '../contract/train.ts'

const run = promisify(execFile)
const askEveryMilliseconds = 5000

/** What a GPU says of itself: bytes, and the share of time that it was busy. */
export interface GpuFacts {
  /** null: it does not say, as a slice of a GPU. */
  busy: number | null
  usedBytes: number
  totalBytes: number
}

/**
 * Asks NVIDIA's driver for a GPU.
 * @param gpu its number or id, as CUDA_VISIBLE_DEVICES has it
 * @returns null where there is no `nvidia-smi`, or it does not say
 */
export async function askGpu(gpu: string): Promise<GpuFacts | null> {
  try {
    const { stdout } = await run('nvidia-smi', ['--query-gpu=utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits', '-i', gpu], { timeout: 4000 })
    return gpuFacts(stdout)
  } catch {
    // No driver or no such program: what the GPU does stays unknown, and training does not need to know it.
    return null
  }
}

/** Reads `35, 2048, 81559` (percent, MiB, MiB); what is unknown is `[N/A]`. */
export function gpuFacts(line: string): GpuFacts | null {
  const [busy = NaN, used = NaN, total = NaN] = line.split(',').map((text) => (text.trim() === '' ? NaN : Number(text)))
  if (!Number.isFinite(used) || !Number.isFinite(total)) return null
  return { busy: Number.isFinite(busy) ? busy / 100 : null, usedBytes: used * 2 ** 20, totalBytes: total * 2 ** 20 }
}

/** Lets this process see one GPU alone, by its number as the driver counts; before TensorFlow loads. */
export function useGpu(gpu: number): void {
  // Where the user chose GPUs, they are counted as the user counts them.
  if (process.env.CUDA_VISIBLE_DEVICES === undefined) process.env.CUDA_DEVICE_ORDER ??= 'PCI_BUS_ID'
  process.env.CUDA_VISIBLE_DEVICES = String(gpu)
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'
}

/** Lets this process see no GPU: it computes on the CPU; before TensorFlow loads. */
export function hideGpus(): void {
  process.env.CUDA_VISIBLE_DEVICES = '-1'
}

/** The GPU that TensorFlow takes in this process when it takes one. */
export const visibleGpu = (environment: NodeJS.ProcessEnv = process.env): string => environment.CUDA_VISIBLE_DEVICES?.split(',')[0]?.trim() || '0'

/**
 * Begins to measure what this process takes of the machine; each call tells of the time since the one before. A GPU is asked beside the
 * work, at most every five seconds, and is told as it was last; one that does not answer is not asked again.
 * @param gpu null: none is in use
 */
export function deviceLoad(gpu: string | null, ask: typeof askGpu = askGpu): () => DeviceLoad {
  let last = { time: performance.now(), cpu: process.cpuUsage() }
  let facts: GpuFacts | null = null
  let asked = -Infinity
  const refresh = (): void => {
    if (gpu === null || last.time - asked < askEveryMilliseconds) return
    asked = last.time
    void ask(gpu).then((answer) => {
      facts = answer
      if (answer === null) asked = Infinity
    })
  }
  refresh()
  return () => {
    const now = { time: performance.now(), cpu: process.cpuUsage() }
    const { user, system } = process.cpuUsage(last.cpu)
    const microseconds = (now.time - last.time) * 1000 * availableParallelism()
    last = now
    refresh()
    return { cpu: microseconds > 0 ? Math.min(1, (user + system) / microseconds) : 0, memoryBytes: process.memoryUsage.rss(), gpu: facts?.busy ?? null, gpuMemoryBytes: facts?.usedBytes ?? null }
  }
}

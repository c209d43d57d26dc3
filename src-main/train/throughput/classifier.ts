import type { Precision } from '../../contract/train.ts'
import { shardSizeFor } from '../../crop/geometry.ts'
import { cropBytes } from '../../crop/shards.ts'
import { hasNativeOperations, loadTensorFlow } from '../../engine/runtime/load.ts'
import { createClassifier, type Batch } from '../classifier.ts'
import { repeated, type Workload } from './workload.ts'

export interface ClassifierTask {
  kind: 'train' | 'infer'
  /** A model's name. */
  model: string
  /** Side in pixels of what the network sees. */
  size: number
  batch: number
  classes: number
  precision: Precision
  threads: number
  /** How long a round should take about. */
  roundSeconds: number
}

/** The optimiser of the benchmarks, the peer's AdamW with its defaults. */
export const benchOptimizer = { name: 'adamw', weightDecay: 0.01, gradientClip: 0 } as const
export const benchLearningRate = 1e-3

/** Training steps or predictions, one batch again and again, as a fold's training does them: warp and normalisation included. */
export async function classifierWorkload({ kind, model, size, batch, classes, precision, threads, roundSeconds }: ClassifierTask): Promise<Workload> {
  const sourceSize = shardSizeFor(size)
  const classifier = await createClassifier({
    architecture: model, classes, sourceSize, imageSize: size, batchSize: batch, optimizer: benchOptimizer, dropPath: 0, labelSmoothing: 0, ema: 0, seed: 1,
    precision, threads, training: kind === 'train',
  })
  const pictures = noiseBatch(batch, sourceSize, size, classes)
  let steps = 0
  const step = kind === 'train' ? () => void classifier.step(pictures, benchLearningRate, steps++) : () => void classifier.predict(pictures)
  return { facts: { ...(await deviceFacts()), compile_seconds: classifier.compileSeconds, parameters: classifier.parameterCount }, round: await repeated(step, batch, roundSeconds) }
}

/** What this process computes on, and whether with our own operations. */
export async function deviceFacts(threads = 0): Promise<{ device: 'cpu' | 'gpu'; tensorflow: string; operations: boolean }> {
  const { binding } = (await loadTensorFlow({ threads })).backend()
  return { device: binding.isUsingGpuDevice() ? 'gpu' : 'cpu', tensorflow: binding.TF_Version, operations: hasNativeOperations() }
}

/** A batch of noise with classes in turn, seen whole. */
export function noiseBatch(batch: number, sourceSize: number, size: number, classes: number): Batch {
  const scale = sourceSize / size
  return {
    // Knuth's multiplicative hash of the position: cheap, and the same everywhere.
    images: Uint8Array.from({ length: batch * cropBytes(sourceSize) }, (_, at) => Math.imul(at + 1, 0x9e3779b1) >>> 24),
    transforms: Float32Array.from(Array.from({ length: batch }, () => [scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2, 0, 0]).flat()),
    labels: Int32Array.from({ length: batch }, (_, sample) => sample % classes),
    count: batch,
  }
}

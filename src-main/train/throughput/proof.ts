import { toHandloomError } from '../../contract/errors.ts'
import type { Precision } from '../../contract/train.ts'
import { createClassifier } from '../classifier.ts'
import { benchLearningRate, benchOptimizer, deviceFacts, noiseBatch } from './classifier.ts'
import { timed } from './workload.ts'

export interface ProofTask {
  kind: 'proof'
  model: string
  size: number
  batch: number
  /** Steps on one batch. */
  steps: number
  precisions: readonly Precision[]
}

/** How a model learnt one batch of noise by heart. */
export interface TrainingProof {
  device: 'cpu' | 'gpu'
  precision: Precision
  /** Before the first step; the same weights and pictures everywhere. */
  firstLoss: number | null
  /** After the last step. */
  lastLoss: number | null
  imagesPerSecond: number | null
  compileSeconds: number | null
  /** Why there are no figures (they are null then), or null. */
  error: string | null
}

const classes = 5

/**
 * Compiles a training step in each precision and takes it some times on one batch of noise, which the loss must show. Each is tried, whatever
 * became of the others. Never throws for what the engine does with them, but for an engine that does not load.
 */
export async function proveTraining({ model, size, batch, steps, precisions }: ProofTask): Promise<TrainingProof[]> {
  const { device } = await deviceFacts()
  const pictures = noiseBatch(batch, size, size, classes)
  const proofs: TrainingProof[] = []
  for (const precision of precisions) {
    const proof: TrainingProof = { device, precision, firstLoss: null, lastLoss: null, imagesPerSecond: null, compileSeconds: null, error: null }
    proofs.push(proof)
    try {
      const classifier = await createClassifier({
        architecture: model, classes, sourceSize: size, imageSize: size, batchSize: batch, optimizer: benchOptimizer, dropPath: 0, labelSmoothing: 0, ema: 0, seed: 1, precision,
      })
      const losses: number[] = []
      const step = (): void => void losses.push(classifier.step(pictures, benchLearningRate, losses.length).loss)
      // The kernels are planned in the first two.
      for (let warm = 0; warm < 2; warm++) step()
      const seconds = await timed(() => {
        for (let done = 2; done < steps; done++) step()
      })
      classifier.dispose()
      Object.assign(proof, { firstLoss: losses[0], lastLoss: losses.at(-1), imagesPerSecond: ((steps - 2) * batch) / seconds, compileSeconds: classifier.compileSeconds })
    } catch (error) {
      proof.error = toHandloomError(error).message
    }
  }
  return proofs
}

import { readFileSync } from 'node:fs'

type Fingerprints = Record<string, [length: number, product: number]>

export interface GoldenSteps {
  /** Samples of each step's batch. */
  counts: number[]
  curve: [loss: number, gradientNorm: number][]
  state: Fingerprints
  average: Fingerprints
}

/** What `goldens/make_training_goldens.py` wrote. */
export interface TrainingGoldens {
  optimizers: { sizes: number[]; rates: number[]; weights: Record<string, number[][]> }
  clipping: { limit: number; norm: number; gradient: number[] }[]
  loss: { labels: number[]; weights: number[]; cases: { smoothing: number; loss: number; gradient: number[] }[] }
  schedules: Record<'one_cycle' | 'cosine' | 'multi_step' | 'constant', number[]>
  steps: { classes: number; size: number; learning_rate: number; class_weights: number[] } & Record<'lamb' | 'adamw' | 'sgd' | 'lamb_accumulated', GoldenSteps>
}

export const trainingGoldens = JSON.parse(readFileSync(new URL('../goldens/training.json', import.meta.url), 'utf8')) as TrainingGoldens

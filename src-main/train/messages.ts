import type { ErrorKind } from '../contract/errors.ts'
import type { Measurement, Metric } from '../contract/train.ts'
import type { Progress } from './checkpoint.ts'

/** How a few training steps went. */
export type Measured = Omit<Measurement, 'created'>

/** What the compute process tells the core. */
export type ComputeMessage =
  /**
   * Training begins (or goes on) after `step` steps. `notes`: what was odd about the checkpoints. `epochs`, `best`: what the checkpoint knows
   * of the epochs before; the core may have been gone when they were told.
   */
  | { type: 'started'; step: number; epoch: number; parameters: number; compileSeconds: number; notes: string[]; epochs: Metric[]; best: Progress['best'] }
  | { type: 'metric'; metric: Metric; secondsLeft: number | null }
  | { type: 'best'; epoch: number; step: number; logLoss: number; accuracy: number }
  | { type: 'checkpoint'; step: number; epoch: number }
  | { type: 'predicting'; done: number; total: number }
  /** Answer to `show-batch`: `file` (in the fold's folder) holds the pictures, RGB, one after the other, `size` × `size` each. */
  | { type: 'batch'; step: number; epoch: number; size: number; file: string; samples: { position: number; output: number; mirrored: boolean }[] }
  /** How far a probe of steps is, and what it found. */
  | { type: 'stage'; done: number; total: number }
  | { type: 'measured'; measured: Measured }
  /** A step of a learning-rate range test; `loss` as it was, not smoothed. */
  | { type: 'rate'; step: number; steps: number; learningRate: number; loss: number }
  /** How a model that was written in another program's format compares with the app's own. */
  | { type: 'checked'; largestDifference: number | null; samples: number; checkedWith: string }
  | { type: 'done'; notes: string[] }
  | { type: 'stopped'; step: number; epoch: number }
  | { type: 'failed'; kind: ErrorKind; message: string }
  | { type: 'heartbeat' }

/** What the core tells the compute process. */
export type CoreMessage =
  /** `after-epoch`: when the running epoch is validated and its checkpoint is kept. */
  | { type: 'stop'; when?: 'now' | 'after-epoch' }
  /** Asks for the batch of the next step. */
  | { type: 'show-batch' }

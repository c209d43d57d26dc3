import type { StepResult } from './classifier.ts'
import type { ComputeMessage } from './messages.ts'
import type { TensorMap } from './tensorFile.ts'

/** A batch as it was fed, for whoever asked: the pictures' file in the fold's folder. */
export type FedPictures = Pick<Extract<ComputeMessage, { type: 'batch' }>, 'file' | 'size' | 'samples'>

/** What the training loop (`loop.ts`) trains. The loop says when; a trainee knows what its samples are and how they are learnt. */
export interface Trainee<Batch> {
  readonly parameterCount: number
  readonly compileSeconds: number
  /** Memory of two batches: one is filled while the other is used. */
  readonly buffers: readonly [Batch, Batch]
  /** Puts training samples into a batch as they look in an epoch, counted from 0. */
  fill(batch: Batch, positions: readonly number[], epoch: number): Promise<void>
  /** @throws NotFiniteError when loss or gradient is not finite */
  step(batch: Batch, learningRate: number, stepIndex: number): StepResult
  /**
   * Scores the validation samples; null when there are none.
   * @param between awaited between batches; what it throws ends the validation
   */
  validate(between: () => Promise<void>): Promise<{ logLoss: number; accuracy: number } | null>
  /** Called where there is no checkpoint to go on from; says what is worth knowing. */
  begin(): Promise<string[]>
  /** Writes a batch down for whoever wants to see it; null where it cannot be shown. */
  show(batch: Batch, positions: readonly number[], epoch: number): Promise<FedPictures | null>
  /** Predicts the validation and test samples with the weights as they are, and writes down what explains them. @throws HandloomError `interrupted` */
  predict(): Promise<void>
  state(): TensorMap
  restore(state: TensorMap): void
  /** `train/475/3`, for errors. */
  nameOf(position: number): string
  dispose(): void
}

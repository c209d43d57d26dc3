import { dirname, resolve } from 'node:path'
import type { PipelineStepKind, PipelineSteps } from '../../contract/pipeline.ts'
import type { Run } from '../../contract/train.ts'
import type { Project } from '../project.ts'

/** What the steps of a pipeline share. */
export interface StepContext {
  project: Project
  /** The pipeline file: relative paths are from its folder. */
  file: string
  /** Runs by their `as`, and the last one. */
  runs: Map<string, number>
  lastRun: number | null
  /** The split of the last `split` step. */
  splitId: number | null
  signal: AbortSignal
  /** Picks the words of the language that results are told in. */
  words(korean: string, english: string): string
  /** Trains (or goes on with) a run until all its folds are over; an abort stops it with checkpoints. */
  train(run: Run): Promise<Run>
}

/** What a step led to. */
export interface StepResult {
  /** In a few words, for people. */
  text: string
  /** There was nothing to do: it was done before. */
  already: boolean
  json: Record<string, unknown>
}

export type Step<Kind extends PipelineStepKind> = (value: PipelineSteps[Kind], context: StepContext) => Promise<StepResult>

export const pathFrom = ({ file }: Pick<StepContext, 'file'>, path: string): string => resolve(dirname(file), path)

/** The run of a name, or the last one; the reader made sure that there is one. */
export function runOf({ runs, lastRun }: Pick<StepContext, 'runs' | 'lastRun'>, name: string | undefined): number {
  const id = name === undefined ? lastRun : runs.get(name)
  if (id === null || id === undefined) throw new RangeError(`The pipeline has trained no run ${name ?? ''}`)
  return id
}

/** How many things, in English words: `1 keypoint`, `3 keypoints`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

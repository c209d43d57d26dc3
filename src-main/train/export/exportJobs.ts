import type { ModelFormat, TrainConfig } from '../../contract/train.ts'
import type { KeypointPredictJob, PredictJob } from '../job.ts'
import type { ModelRecipe } from './recipe.ts'

interface ExportTarget {
  format: ModelFormat
  /** File, or folder for savedmodel, that is written. Its own folder is there. */
  staged: string
  /** Is stored with the model. */
  recipe: ModelRecipe
  /** Samples that the file is tried on: the job's own, then noise. */
  tried: number
}

/**
 * Writes the model of a fold (the one of `folders`) in another program's format, and to `predictions` what the app's own makes of some samples, which `check-export`
 * reads. On the CPU, in float32.
 */
export interface ExportJob extends Omit<PredictJob, 'kind' | 'lists'>, ExportTarget {
  kind: 'export'
}

/** The same of a model that sees keypoints. */
export interface KeypointExportJob extends Omit<KeypointPredictJob, 'kind' | 'lists'>, ExportTarget {
  kind: 'export-keypoints'
}

/** Runs a model that was written. */
export interface CheckExportJob {
  version: 1
  gpu: null
  kind: 'check-export'
  config: TrainConfig
  format: ModelFormat
  staged: string
  /** What the job that wrote it calls `predictions`. */
  reference: string
}

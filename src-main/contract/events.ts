import type { EditSummary } from './annotation.ts'
import type { ScanStatus } from './dataset.ts'
import type { RefitState } from './keypoints.ts'
import type { PredictionSession } from './predict.ts'
import type { Job, ProjectState } from './project.ts'
import type { Metric, QueueState, Run } from './train.ts'

/** What the core tells everyone who listens on `/events`, as server-sent events with rising ids. */
export type HandloomEvent =
  | { type: 'project'; project: ProjectState | null }
  | { type: 'scan'; status: ScanStatus }
  /** Sequences whose rows are new or changed. */
  | { type: 'sequences'; folders: string[] }
  | { type: 'edit'; action: 'applied' | 'undone' | 'redone'; edit: EditSummary }
  /** The stray detectors have looked at more sequences. */
  | { type: 'detection'; sequencesDone: number; sequencesTotal: number }
  | { type: 'crop' }
  | { type: 'split'; splitId: number }
  /** The leak check went on, ended or was cancelled. */
  | { type: 'leaks'; done: number; total: number }
  | { type: 'run'; run: Run }
  | { type: 'metric'; runId: number; metric: Metric }
  /** Folds began, ended or were put in another order. */
  | { type: 'queue'; queue: QueueState }
  /** A point of a running learning-rate range test. */
  | { type: 'rate'; learningRate: number; loss: number }
  /** Weights are safely on disk. */
  | { type: 'checkpoint'; runId: number; fold: number; epoch: number; step: number; best: boolean }
  | { type: 'evaluation'; runId: number }
  /** The keypoint model is fitted again, or was. */
  | { type: 'refit'; refit: RefitState }
  | { type: 'rules' }
  /** Causes were set or taken away. */
  | { type: 'triage'; folders: string[] }
  | { type: 'views' }
  | { type: 'submission'; id: number }
  /** A folder's prediction began, went on or ended; `names`: sequences with new results. */
  | { type: 'prediction'; session: PredictionSession; names: string[] }
  | { type: 'job'; job: Job }

export type Emit = (event: HandloomEvent) => void

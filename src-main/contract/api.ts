/**
 * What the core can do, room by room. Each room's service implements its part; the router below checks the arguments and calls it;
 * the renderer gets the same types through tRPC. Every method may throw a HandloomError.
 */
import type { z } from 'zod'
import type { EditConflict, EditDetail, EditSummary, ExportedKeypoints, ExportFormat, FindingKind, FindingList, HistoryState, ImportedKeypoints, ImportFormat, LabelChange, PointChange, RegionRule, RulePreview } from './annotation.ts'
import type { augmentRecipe, cropRecipe, CropRole, CropSettings, Derivation, DerivedState, FlipDirection, FlipHistogramRow, FlipPair, FrameBox, NamedObject, ObjectKind, ObjectSlot, ObjectVersion, SequenceKeypoints } from './crop.ts'
import type { ClassRow, ProblemPage, ProblemQuery, ScanStatus, SequenceDetail, SequencePage, SequenceQuery } from './dataset.ts'
import type { Blend, EnsembleWays, Submission, SubmissionComparison, SubmissionProblem, SubmissionRow, submitOptions } from './ensemble.ts'
import type { ActivationFrame, BreakdownBy, BreakdownRow, Calibration, Confusion, EmbeddingMap, EmbeddingMapOptions, EvaluationSummary, GroupDetail, GroupPage, GroupQuery, Neighbour, ReviewLevel, reviewView, ReviewView, TriageCause, TriageEntry } from './evaluate.ts'
import type { KeypointOpinion, RefitState } from './keypoints.ts'
import type { DescribedPipeline } from './pipeline.ts'
import type { PredictedDetail, PredictedQuery, PredictedSequence, predictionOptions, PredictionSession } from './predict.ts'
import type { AppInfo, FolderListing, Job, ProjectState, RecentProject } from './project.ts'
import type { ReportFile, ReportOptions } from './report.ts'
import type { FeatureSearch, PreviewedRule, RuleChange, RuleDraftInput, ruleFitOptions, RuleProposal, RulesState, RulesVersion, SequenceRule } from './rules.ts'
import type { GroupColumn, LeakReport, SplitListEntry, SplitRecord, SplitRequest } from './split.ts'
import type { BatchFit, EngineStatus, ExportedModel, FedBatch, Measurement, Metric, ModelExportOptions, ModelInfo, Preflight, QueueState, RateSearch, ResumeChanges, Run, RunChangesSince, RunScore, StopRequest, SweepVary, TestViews, TrainConfigInput, TrainPreset, TrialKind } from './train.ts'

type Awaitable<T> = T | Promise<T>

export interface ProjectApi {
  info(): Awaitable<AppInfo>
  current(): Awaitable<ProjectState | null>
  /** Opens a data folder (closing another), shows what is known at once and scans behind it. */
  open(input: { folder: string; project?: string | undefined }): Awaitable<ProjectState>
  close(): Awaitable<void>
  recent(): Awaitable<RecentProject[]>
  /** Folders on the machine the core runs on, for choosing a data set from a browser. */
  listFolders(input: { path?: string | undefined }): Awaitable<FolderListing>
  jobs(): Awaitable<Job[]>
}

export interface DatasetApi {
  status(): Awaitable<ScanStatus>
  rescan(): Awaitable<ScanStatus>
  sequences(query: SequenceQuery): Awaitable<SequencePage>
  sequence(input: { folder: string }): Awaitable<SequenceDetail>
  classes(): Awaitable<ClassRow[]>
  problems(query: ProblemQuery): Awaitable<ProblemPage>
}

export interface AnnotationApi {
  /** One edit, one transaction; on disk when this returns. Throws `conflict` when nothing would change, or when a row is no longer as the caller saw it. */
  apply(input: { label: string; changes: PointChange[]; detector?: FindingKind | undefined }): Awaitable<EditSummary>
  /** Corrects labels of training sequences, as one edit in the same history. Throws `conflict` when nothing would change, `bad-request` for a class that the data set does not have. */
  setLabels(input: { label: string; changes: LabelChange[] }): Awaitable<EditSummary>
  undo(): Awaitable<EditSummary | null>
  redo(): Awaitable<EditSummary | null>
  /** A new edit that takes one earlier edit back. */
  revert(input: { editId: number }): Awaitable<EditSummary>
  history(input: { limit: number; folder?: string | undefined }): Awaitable<HistoryState>
  /** What an edit changed, for a look at it before it is taken back. */
  editDetail(input: { editId: number; folder?: string | undefined; limit: number }): Awaitable<EditDetail>
  /** Edited sequences whose files changed on disk since, in folder order. */
  conflicts(): Awaitable<EditConflict[]>
  /** Settles a conflict by an edit of its own: the edits stay, over the file as it is now, or the file's keypoints are taken for those rows. */
  resolveConflict(input: { folder: string; keep: 'edits' | 'file' }): Awaitable<EditSummary>
  presets(): Awaitable<RegionRule[]>
  /** What a rule would erase. `brief`: of each sequence the counts and the first point only. */
  previewRule(input: { rule: RegionRule; folders?: string[] | undefined; brief?: boolean | undefined }): Awaitable<RulePreview>
  applyRule(input: { rule: RegionRule; folders?: string[] | undefined }): Awaitable<EditSummary>
  savedRules(): Awaitable<RegionRule[]>
  saveRule(input: RegionRule): Awaitable<RegionRule[]>
  removeRule(input: { name: string }): Awaitable<RegionRule[]>
  /** Region rules from the text of a JSON or YAML file, not saved. Throws `bad-input` with file and place. */
  readRules(input: { fileName: string; text: string }): Awaitable<RegionRule[]>
  /** Suspicious points and hands, most suspicious first; those that were kept or erased are left out. */
  /** `wait`: when the whole data set was looked at; else what is known by now, while `detection` events tell of more. */
  findings(input: { folder?: string | undefined; limit: number; wait?: boolean | undefined }): Awaitable<FindingList>
  /** Marks a finding as looked at and fine, or (`kept: false`) puts it back into the queue. */
  keepFinding(input: { id: string; kept: boolean }): Awaitable<void>
  /** Writes the keypoints as they are now to `out`, by default a new file or folder among the project's exports. Never into the data folder. */
  exportKeypoints(input: { format: ExportFormat; out?: string | undefined }): Awaitable<ExportedKeypoints>
  /** Takes keypoints in as one edit: from the text of a file, or from a file or folder on the core's machine. `dry`: only says what would change. */
  importKeypoints(input: { format: ImportFormat; path?: string | undefined; file?: { name: string; text: string } | undefined; dry: boolean }): Awaitable<ImportedKeypoints>
}

export interface CropApi {
  settings(): Awaitable<CropSettings>
  /** A new version of the recipe that the role uses. Other roles that use it too change with it. */
  setRecipe(input: { role: CropRole; recipe: z.input<typeof cropRecipe> }): Awaitable<CropSettings>
  setAugment(input: z.input<typeof augmentRecipe>): Awaitable<CropSettings>
  /** Every named object with its newest version: those that were kept, and what is in use. */
  objects(): Awaitable<NamedObject[]>
  /** Versions of an object, newest first. */
  versions(input: { kind: ObjectKind; name: string }): Awaitable<ObjectVersion[]>
  /** Makes an earlier version the newest again, by a version of its own. */
  restoreVersion(input: { kind: ObjectKind; name: string; version: number }): Awaitable<CropSettings>
  /** Has a role (or the project) use the object of another name from now on. */
  useObject(input: { slot: ObjectSlot; name: string }): Awaitable<CropSettings>
  /** Keeps what a role (or the project) uses now under a new name too, and uses that. Throws `conflict` where the name is taken. */
  saveObjectAs(input: { slot: ObjectSlot; name: string }): Awaitable<CropSettings>
  /** Boxes of a sequence by a role's recipe, with the random margin left out. */
  boxes(input: { folder: string; role: CropRole }): Awaitable<FrameBox[]>
  /** Boxes around the keypoints of many sequences, in folder order, to try recipes on the whole data set. */
  keypointBoxes(input: { offset: number; limit: number }): Awaitable<SequenceKeypoints[]>
  flipPairs(): Awaitable<FlipPair[]>
  setFlipPair(input: { poseId: number; partner: number | null | 'automatic'; direction: FlipDirection }): Awaitable<FlipPair[]>
  flipHistogram(input: { flipRatio: number; verticalFlipRatio: number }): Awaitable<FlipHistogramRow[]>
  derived(): Awaitable<DerivedState>
  /** The whole derived set. Throws `bad-request` for one that is there twice. */
  setDerived(input: { derivations: Derivation[] }): Awaitable<DerivedState>
}

export interface SplitApi {
  make(request: SplitRequest): Awaitable<SplitRecord>
  /** The newest split; null when none was made. */
  current(): Awaitable<SplitRecord | null>
  get(input: { id: number }): Awaitable<SplitRecord>
  /** Newest first. */
  list(): Awaitable<SplitListEntry[]>
  /** Moves sequences to other folds (null: trained in every fold), as a new version of the split; the one before stays as it is. */
  move(input: { id: number; moves: { folder: string; fold: number | null }[] }): Awaitable<SplitRecord>
  rename(input: { id: number; name: string }): Awaitable<SplitListEntry[]>
  groupColumns(): Awaitable<GroupColumn[]>
  /** What is known of leaks between a split's folds. */
  leaks(input: { id: number }): Awaitable<LeakReport>
  /** Begins to look at the frames that were not looked at yet; `leaks` events tell how far it is. What was looked at is kept, also when it is cancelled. */
  checkLeaks(input: { id: number }): Awaitable<LeakReport>
  cancelLeakCheck(): Awaitable<void>
}

export interface TrainApi {
  engine(): Awaitable<EngineStatus>
  models(): Awaitable<ModelInfo[]>
  presets(): Awaitable<TrainPreset[]>
  preflight(input: { config: TrainConfigInput; folds: number[] | null }): Awaitable<Preflight>
  /** Queues a run over the given folds (null = all) and returns it; events tell the rest. */
  start(input: { config: TrainConfigInput; folds: number[] | null }): Awaitable<Run>
  runs(): Awaitable<Run[]>
  run(input: { id: number }): Awaitable<Run>
  metrics(input: { runId: number; fold?: number | undefined }): Awaitable<Metric[]>
  /** Learning rate of every step of a config, for the curve before the start. */
  schedule(input: { config: TrainConfigInput; stepsPerEpoch: number }): Awaitable<number[]>
  /** Stops after the current step (or epoch) with a checkpoint; resumable. `now` resolves when it has stopped, `after-epoch` at once. */
  stop(input: StopRequest): Awaitable<Run>
  /** Goes on with the unfinished folds, from their last checkpoints; `config`: what shall be another from here on. */
  resume(input: { id: number; config?: ResumeChanges | undefined }): Awaitable<Run>
  rename(input: { id: number; name: string }): Awaitable<Run>
  /** Scores of all runs that have out-of-fold predictions, newest first, and what tells them apart. */
  compare(): Awaitable<RunScore[]>
  /** What runs and what waits. */
  queue(): Awaitable<QueueState>
  /** Puts what waits in this order; what is left out comes after it, as it was. */
  arrangeQueue(input: { order: { runId: number; fold: number }[] }): Awaitable<QueueState>
  /** Nothing starts any more; what runs stops at once or after its epoch and is then first in the queue. Holds until `continueQueue`, also when Handloom is started again. */
  pauseQueue(input: { when: 'now' | 'after-epoch' }): Awaitable<QueueState>
  continueQueue(): Awaitable<QueueState>
  /** A run for each combination of values. Throws `bad-request` naming key and value that a config cannot have; none is made then. */
  startSweep(input: { config: TrainConfigInput; folds: number[] | null; vary: SweepVary }): Awaitable<Run[]>
  /** The same run once more: same frames, boxes, labels, split, config and seed, whatever was edited since. Throws `conflict` when pictures it needs are gone. */
  again(input: { id: number }): Awaitable<Run>
  /** What of the data is no longer as a run saw it. */
  changesSince(input: { id: number }): Awaitable<RunChangesSince>
  /** A run with the same settings over the data as they are now: some folds are trained anew, finished others taken over as they are. */
  retrain(input: { id: number; folds: number[] }): Awaitable<Run>
  /** A few real steps on a free device: time and memory. Throws `conflict` while all devices train, `out-of-memory`, `interrupted`. `job` events tell how far it is. */
  measure(input: { config: TrainConfigInput }): Awaitable<Measurement>
  /** Batches of 1, 2, 4, … pictures until one does not fit. As `measure`. */
  findBatch(input: { config: TrainConfigInput }): Awaitable<BatchFit>
  /** A learning-rate range test on a fold's training frames; `rate` events tell of each point. As `measure`. */
  findLearningRate(input: { config: TrainConfigInput; fold: number }): Awaitable<RateSearch>
  cancelTrial(input: { kind: TrialKind }): Awaitable<void>
  /** The batch that a running fold is fed right now; null when none runs. Its pictures are kept until the next is asked for. */
  batch(input: { runId: number; fold: number }): Awaitable<FedBatch | null>
  /** What a keypoint run (default: the refit, else the newest that is finished) says of a sequence with its keypoints as they are now. null: no keypoint run has a finished fold that may be asked. */
  opinion(input: { folder: string; runId?: number | undefined }): Awaitable<KeypointOpinion | null>
  /** Whether and how far the keypoint model is fitted again behind; `refit` events tell of changes. */
  refit(): Awaitable<RefitState>
  setRefit(input: { enabled: boolean }): Awaitable<RefitState>
  /** Writes a fold's model in another program's format and runs what was written against our own logits; `job` events of kind `export` tell how far it is. All or nothing: a file that was there stays until the new one is whole. Throws `conflict` without a finished fold, `interrupted`. */
  exportModel(options: ModelExportOptions): Awaitable<ExportedModel>
  cancelExport(): Awaitable<void>
}

export interface EvaluateApi {
  summary(input: { runId: number; against?: number | undefined }): Awaitable<EvaluationSummary>
  groups(query: GroupQuery): Awaitable<GroupPage>
  /** Scores by a property of the sequences, highest share first. */
  breakdown(input: { runId: number; by: BreakdownBy; level: ReviewLevel; afterRules: boolean }): Awaitable<BreakdownRow[]>
  group(input: { runId: number; group: string; against?: number | undefined }): Awaitable<GroupDetail>
  confusion(input: { runId: number; level: ReviewLevel; afterRules: boolean }): Awaitable<Confusion>
  calibration(input: { runId: number; level: ReviewLevel; bins: number }): Awaitable<Calibration>
  views(): Awaitable<{ name: string; view: ReviewView }[]>
  /** Keeps a view under a name, over one of that name. */
  saveView(input: { name: string; view: z.input<typeof reviewView> }): Awaitable<{ name: string; view: ReviewView }[]>
  removeView(input: { name: string }): Awaitable<{ name: string; view: ReviewView }[]>
  /** Newest first. */
  triage(): Awaitable<TriageEntry[]>
  /** One transaction; on disk when it returns. `cause` null takes it away. Returns what was there before, to undo it. */
  setTriage(input: { folders: string[]; cause: TriageCause | null; note?: string | undefined }): Awaitable<{ folder: string; before: TriageEntry | null }[]>
  /** All causes with answer, prediction and log loss of a run: text of a CSV (UTF-8 with BOM, for spreadsheets) or JSON file. */
  exportTriage(input: { runId: number; format: 'csv' | 'json' }): Awaitable<{ name: string; text: string }>
  /** Training sequences that the fold which validates the group learnt from, nearest first; those of the answer's class and of others apart. Empty for a run of an older Handloom. */
  neighbours(input: { runId: number; group: string; limit: number }): Awaitable<{ fold: number; sameClass: Neighbour[]; others: Neighbour[] }>
  /** Empty for a run of an older Handloom. */
  activation(input: { runId: number; group: string }): Awaitable<ActivationFrame[]>
  /** Computed in a thread of its own and kept; `job` events of kind `embedding-map` tell how far it is. Throws `not-found` for a run of an older Handloom, `interrupted`. */
  embeddingMap(input: EmbeddingMapOptions): Awaitable<EmbeddingMap>
  cancelEmbeddingMap(): Awaitable<void>
}

export interface ReportApi {
  /** Writes a self-contained HTML page about a run among the project's exports. `job` events of kind `report` tell how far it is. */
  make(input: ReportOptions): Awaitable<ReportFile>
}

/** The rules lab. A run's rules are one ordered list; every change makes a new version of it, on disk when it returns. */
export interface RulesApi {
  /** Throws `not-found` for a run without out-of-fold predictions. */
  state(input: { runId: number }): Awaitable<RulesState>
  /** Preset pairs that the data have, then the pairs (and clusters) that the run takes for each other most, most to win first. */
  proposals(input: { runId: number }): Awaitable<RuleProposal[]>
  /** Looks through features for the one that tells the two best apart; `job` events of kind `rule-search` tell how far it is. Throws `bad-request` for an empty or overlapping pair and for classes without sequences, `interrupted`. */
  search(input: { runId: number; stillPoseIds: number[]; movingPoseIds: number[]; leftOut?: string[] | undefined }): Awaitable<FeatureSearch>
  cancelSearch(): Awaitable<void>
  /** What a rule would do, nothing kept; `replaces`: in the place of that rule, else after all others. */
  preview(input: { runId: number; draft: RuleDraftInput; replaces?: number | undefined }): Awaitable<PreviewedRule>
  /** Adds a rule at the end. */
  add(input: { runId: number; draft: RuleDraftInput }): Awaitable<RulesState>
  /** What is fitted is fitted anew; a threshold or clamp that is given is one by hand. */
  change(input: { runId: number; id: number; change: RuleChange }): Awaitable<RulesState>
  remove(input: { runId: number; id: number }): Awaitable<RulesState>
  /** Puts the rules in this order; those left out come after, as they were. */
  arrange(input: { runId: number; ids: number[] }): Awaitable<RulesState>
  /** Fits the preset pairs (those whose classes the data set has) on the run's out-of-fold predictions, replacing the rules on those pairs; one that does not help is kept disabled. */
  fit(options: z.input<typeof ruleFitOptions>): Awaitable<RulesState>
  /** Newest first. */
  versions(input: { runId: number }): Awaitable<RulesVersion[]>
  /** Makes an earlier version the newest again, by a version of its own; 0: no rules. */
  restore(input: { runId: number; version: number }): Awaitable<RulesState>
  /** The run's rules as a JSON file. */
  exportRules(input: { runId: number }): Awaitable<{ name: string; text: string }>
  /** Rules from the text of such a file (JSON or YAML), after those that are there; thresholds as they stand in it. Throws `bad-input` with file and place; nothing is kept then. */
  importRules(input: { runId: number; fileName: string; text: string }): Awaitable<RulesState>
  list(): Awaitable<SequenceRule[]>
}

export interface EnsembleApi {
  /** How runs would best be put together, and what it brings. Throws `bad-request` for runs of different classes or without common out-of-fold sequences. */
  blend(input: { runIds: number[] }): Awaitable<Blend>
  /** Ways from frames and folds to a sequence, scored out of fold. Throws as `blend`. */
  ways(input: { runIds: number[] }): Awaitable<EnsembleWays>
  /** Predicts the validated and test frames of runs by other views than their configs', to be scored and submitted; `job` events of kind `views` tell how far it is. What is done is kept when it is cancelled. Throws `interrupted`. */
  predictViews(input: { runIds: number[]; views: TestViews }): Awaitable<EnsembleWays>
  cancelViews(): Awaitable<void>
  submit(options: z.input<typeof submitOptions>): Awaitable<Submission>
  submissions(): Awaitable<Submission[]>
  rows(input: { id: number }): Awaitable<SubmissionRow[]>
  /** What is another than in an earlier submission. Throws `not-found` when the rows of either are gone (made by an older Handloom, its file removed or changed). */
  changes(input: { id: number; against: number }): Awaitable<SubmissionComparison>
  check(input: { file: string; sample: string }): Awaitable<SubmissionProblem[]>
}

/** Prediction of folders that are not the data set. */
export interface PredictApi {
  /** The hand detector that `HANDLOOM_HAND_DETECTOR` names, and whether it answered when it was asked last (null: not asked yet). */
  detector(): Awaitable<{ command: string | null; works: boolean | null; message: string | null }>
  /** Begins, and returns at once. Throws `not-found` for a folder that is not there, `bad-request` for runs of different classes, the data folder itself, or a run without a finished fold. */
  start(options: z.input<typeof predictionOptions>): Awaitable<PredictionSession>
  /** Stops after the sequences that are being predicted; those that are done stay. */
  stop(input: { id: number }): Awaitable<PredictionSession>
  /** Goes on with what is not done or changed since. */
  goOn(input: { id: number }): Awaitable<PredictionSession>
  /** Newest first. */
  sessions(): Awaitable<PredictionSession[]>
  sequences(query: PredictedQuery): Awaitable<{ total: number; rows: PredictedSequence[] }>
  sequence(input: { id: number; name: string }): Awaitable<PredictedDetail>
  /** All results: a CSV (a row a sequence, a column a class) or JSON (frames too) file. */
  results(input: { id: number; format: 'csv' | 'json' }): Awaitable<{ name: string; text: string }>
  /** Forgets a session and its results; the folder stays as it is. */
  remove(input: { id: number }): Awaitable<PredictionSession[]>
}

export interface PipelineApi {
  /** The pipeline file that does what was done: up to a submission, or up to now. */
  describe(input: { submissionId?: number | undefined }): Awaitable<DescribedPipeline>
}

export interface HandloomApi {
  project: ProjectApi
  dataset: DatasetApi
  annotation: AnnotationApi
  crop: CropApi
  split: SplitApi
  train: TrainApi
  evaluate: EvaluateApi
  rules: RulesApi
  ensemble: EnsembleApi
  report: ReportApi
  predict: PredictApi
  pipeline: PipelineApi
}


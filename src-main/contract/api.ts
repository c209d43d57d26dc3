/**
 * What the core can do, room by room. Each room's service implements its part; the router below checks the arguments and calls it;
 * the renderer gets the same types through tRPC. Every method may throw a HandloomError.
 */
import type { z } from 'zod'
import type { EditConflict, EditDetail, EditSummary, ExportedKeypoints, ExportFormat, FindingKind, FindingList, HistoryState, ImportedKeypoints, ImportFormat, PointChange, RegionRule, RulePreview } from './annotation.ts'
import type { augmentRecipe, cropRecipe, CropRole, CropSettings, Derivation, DerivedState, FlipDirection, FlipHistogramRow, FlipPair, FrameBox, NamedObject, ObjectKind, ObjectSlot, ObjectVersion, SequenceKeypoints } from './crop.ts'
import type { ClassRow, ProblemPage, ProblemQuery, ScanStatus, SequenceDetail, SequencePage, SequenceQuery } from './dataset.ts'
import type { Submission, SubmissionProblem, SubmissionRow, SubmitOptions } from './ensemble.ts'
import type { ConfusionCell, EvaluationSummary, GroupDetail, GroupQuery, GroupRow } from './evaluate.ts'
import type { AppInfo, FolderListing, Job, ProjectState, RecentProject } from './project.ts'
import type { RuleFitOptions, RulesState, SequenceRule } from './rules.ts'
import type { GroupColumn, LeakReport, SplitListEntry, SplitRecord, SplitRequest } from './split.ts'
import type { EngineStatus, Metric, ModelInfo, Preflight, ResumeChanges, Run, RunScore, TrainConfigInput, TrainPreset } from './train.ts'

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
  /** Stops after the current step with a checkpoint; resumable. */
  stop(input: { id: number }): Awaitable<Run>
  /** Goes on with the unfinished folds, from their last checkpoints; `config`: what shall be another from here on. */
  resume(input: { id: number; config?: ResumeChanges | undefined }): Awaitable<Run>
  rename(input: { id: number; name: string }): Awaitable<Run>
  /** Scores of all runs that have out-of-fold predictions, newest first, and what tells them apart. */
  compare(): Awaitable<RunScore[]>
}

export interface EvaluateApi {
  summary(input: { runId: number }): Awaitable<EvaluationSummary>
  groups(query: GroupQuery): Awaitable<GroupRow[]>
  group(input: { runId: number; group: string }): Awaitable<GroupDetail>
  confusion(input: { runId: number }): Awaitable<ConfusionCell[]>
}

export interface RulesApi {
  state(input: { runId: number }): Awaitable<RulesState>
  /** Fits the preset pairs (those whose classes the data set has) on the run's out-of-fold predictions, replacing the run's rules. */
  fit(options: RuleFitOptions): Awaitable<RulesState>
  set(input: { id: number; enabled?: boolean | undefined; threshold?: number | undefined; clamp?: number | undefined }): Awaitable<RulesState>
  list(): Awaitable<SequenceRule[]>
}

export interface EnsembleApi {
  submit(options: SubmitOptions): Awaitable<Submission>
  submissions(): Awaitable<Submission[]>
  rows(input: { id: number }): Awaitable<SubmissionRow[]>
  check(input: { file: string; sample: string }): Awaitable<SubmissionProblem[]>
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
}


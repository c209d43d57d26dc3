/** What the rooms of the core offer each other beside the API. A room is made by its `createX` in `<room>/service.ts`; `core/project.ts` puts them together. */
import type { AnnotationApi, CropApi, DatasetApi, EnsembleApi, EvaluateApi, PredictApi, ReportApi, RulesApi, SplitApi, TrainApi } from './api.ts'
import type { AugmentRecipe, Box, BoxSource, CropRecipe, CropRole, DerivedTransform, ObjectReference, ObjectSlot } from './crop.ts'
import type { FoldChoice, Pooling } from './ensemble.ts'
import type { PredictionSession } from './predict.ts'
import type { RuleDefinition, RuleDraftInput, RulesState } from './rules.ts'
import type { SplitRecord, SplitRequest } from './split.ts'
import type { ClassRow, FrameRecord, Point, Role, SequenceSummary } from './dataset.ts'
import type { Run, TestViews, TrainConfigInput } from './train.ts'

/** A frame as the data folder has it. */
export interface SourceFrame {
  number: number
  /** `0.png` */
  file: string
  /** null when the picture cannot be read. */
  width: number | null
  height: number | null
  size: number
  modified: number
  /** Rows of the JSON; null when `annotations` has no entry for the frame. */
  original: Point[] | null
  unreadable: string | null
}

/** Current keypoints over the source frames, and corrected labels; the annotation room gives it, the dataset room shows it. */
export interface EditOverlay {
  /** Pose id that an edit gave the sequence; null: as in the file. */
  correctedLabel(folder: string): number | null
  /** Points of the sequence that differ from the file now. */
  editedPoints(folder: string): number
  /** Rises with every edit, undo and redo that touches the sequence; 0 when none did. */
  version(folder: string): number
  /** The frames with all edits applied. */
  overlay(folder: string, frames: readonly SourceFrame[]): FrameRecord[]
}

export interface DatasetRoom extends DatasetApi {
  /** Absolute path of the data folder. Never written to. */
  readonly folder: string
  /** Starts (or joins) the scan and resolves when it is over. */
  scan(): Promise<void>
  /** Stops a running scan and waits for its end. */
  close(): Promise<void>
  /** Every sequence in folder order, train first. */
  summaries(role?: Role): SequenceSummary[]
  summary(folder: string): SequenceSummary
  /** Whether there is such a sequence; `summary` and the frames throw `not-found` where there is none. */
  has(folder: string): boolean
  sourceFrames(folder: string): SourceFrame[]
  /** Frames with edits. */
  frames(folder: string): FrameRecord[]
  classRows(): ClassRow[]
  /** Pose ids of the training folders, ascending: position = class index. */
  poseIds(): number[]
  /** Absolute path of a frame's picture; throws `not-found` for a sequence or frame that was not scanned. */
  imagePath(folder: string, frame: number): string
  /** Column order and rows of sample_submission.csv; null when there is none. */
  sampleSubmission(): { idColumn: string; rows: string[]; poseIds: number[]; path: string } | null
  /** What is known of every training sequence, to group by: `actor`, keys of the JSON files, columns of the class table. null: no value. */
  groupColumns(): { name: string; valueOf(folder: string): string | null }[]
  /** Hash over every sequence's JSON, frame names, sizes and times, and the class table. */
  dataHash(): string
}

export interface AnnotationRoom extends AnnotationApi, EditOverlay {
  /** Hash over all current edits ('' when there are none). */
  editsHash(): string
  /** Sequences that were ever edited, with their versions. */
  versions(): ReadonlyMap<string, number>
  /** Cleaned copies of every sequence JSON below `out` (never in the data folder). */
  writeCleaned(out: string): Promise<{ out: string; files: number; changed: number }>
  /** Stops what goes on behind. */
  close(): void
}

/** A frame of the crop list: where to cut, or why it is left out. */
export interface CropFrame {
  folder: string
  frame: number
  /** Class of the sample: the sequence's, or what the transform makes of it. */
  poseId: number | null
  /** Which hand (0 or 1) where hands are cut apart; null for all keypoints together. */
  hand: number | null
  /** How the sample's picture comes from the frame; null: it is the frame. */
  transform: DerivedTransform | null
  /** Pixels of the picture. */
  width: number
  height: number
  /** Picture → frame, pixels, as a 3 × 3 matrix row by row; null: the same. */
  toFrame: readonly number[] | null
  /** Box around the keypoints before any margin (the whole frame when there are none), pixels of the picture. */
  keypointBox: Box | null
  source: BoxSource
  /** Set when the frame is left out; says why. */
  skipped: string | null
}

export interface CropRoom extends CropApi {
  recipe(role: CropRole): CropRecipe
  augment(): AugmentRecipe
  /** Crop list of all sequences of a role of the data set; with hands cut apart a frame can be in it twice. */
  cropFrames(role: Role, recipe: CropRecipe): CropFrame[]
  /** The samples of the derived set as the training recipe cuts them. */
  derivedFrames(recipe: CropRecipe): CropFrame[]
  /** Class index that a sample mirrored left to right (or top to bottom) takes, by class index; -1 = never mirrored. Same order as `DatasetRoom.poseIds()`. */
  flipTargets(direction?: 'horizontal' | 'vertical'): Int32Array
  references(): Record<ObjectSlot, ObjectReference>
  recipeHash(): string
  /** How good the crops of a sequence's frames are by the test recipe, 0 … 1 each (crop/quality.ts); frames without a picture are left out. */
  frameQuality(folder: string): Map<number, number>
}

export interface SplitRoom extends SplitApi {
  /** What `make` would make, without keeping it. @throws HandloomError as `make` */
  plan(request: SplitRequest): Omit<SplitRecord, 'id' | 'created' | 'version'>
  /** Stops a leak check. */
  close(): Promise<void>
}

export interface PredictionRow {
  folder: string
  frame: number
  /** One probability per pose id of the run. */
  probabilities: Float32Array
}

/** How predictions of frames become those of a sequence. */
export interface SequenceWay {
  pooling?: Pooling | undefined
  /** Of test sequences. */
  folds?: FoldChoice | undefined
  /** Absent: as the run's config says. */
  views?: TestViews | undefined
}

export interface EvaluateRoom extends EvaluateApi {
  /** Replaces the predictions of a run's fold; `validation` rows are out of fold. One transaction. */
  store(input: { runId: number; fold: number; part: 'validation' | 'test'; poseIds: readonly number[]; rows: readonly PredictionRow[]; /** Other views than the config's: kept beside those; replaced, and forgotten when the fold is trained anew. */ views?: TestViews | undefined }): void
  /** Which other views are there for both parts of all of a run's folds that have predictions. */
  storedViews(runId: number): TestViews[]
  /** Replaces what a run's fold can tell of why: embeddings of all sequences, activation maps of the frames it validates. One transaction. */
  storeExplanations(input: { runId: number; fold: number } & Explanations): void
  /** Copies all that is kept of a run's fold (predictions, embeddings, maps) to another run. One transaction. */
  carryOver(input: { from: number; to: number; fold: number }): void
  /** Gives the rules, so that scores after them can be told; `core/project.ts` calls it once. */
  setRules(rules: Pick<RulesRoom, 'refine' | 'rulesKey'>): void
  /** Ends what goes on in threads of its own. */
  close(): Promise<void>
  /** Frames (and, for test, folds) put together per sequence; by default their mean. A sequence whose frames were in several folds has the fold of most. @throws HandloomError `not-found` for views that were not predicted */
  sequenceProbabilities(runId: number, part: 'validation' | 'test', how?: SequenceWay): { folder: string; fold: number | null; probabilities: Float64Array; frames: number }[]
  /** Out-of-fold log loss of each fold's own sequences, and its share by `weighted`. */
  foldScores(runId: number, how?: Omit<SequenceWay, 'folds'>): { fold: number; losses: Float64Array; weight: number }[]
  runPoseIds(runId: number): number[]
}

export interface Explanations {
  /** Means over a sequence's frames of the globally pooled features. */
  embeddings: readonly { folder: string; embedding: Float32Array }[]
  /** One entry per frame (and hand), `classes` the answer first; values row by row, height × width. */
  maps: readonly { folder: string; frame: number; hand: number | null; height: number; width: number; classes: readonly { poseId: number; values: Float32Array }[] }[]
}

/** A sequence that is not the data set's. */
export interface GivenSequence {
  /** Its rows have this as `folder`. */
  name: string
  frames: readonly { number: number; /** Absolute path of the picture; null: there is none, only keypoints. */ file: string | null; bytes: number; modified: number; width: number; height: number; points: readonly (readonly [x: number, y: number, z: number])[] }[]
}

export interface TrainRoom extends TrainApi {
  /** Resolves when no fold is queued or running. */
  idle(): Promise<void>
  /** Probabilities for any frames from the checkpoints of a run's finished folds, averaged over folds and views (default: those of the run's config). */
  predict(input: { runId: number; part: Role | 'images' | 'sequences'; images?: readonly string[]; sequences?: readonly GivenSequence[]; views?: Partial<TestViews>; signal?: AbortSignal; onProgress?: (done: number, total: number) => void }): Promise<{ poseIds: number[]; rows: PredictionRow[]; /** Frames whose picture could not be read. */ failures: { folder: string; frame: number; reason: string }[] }>
  /** Predicts what each finished fold validates and the test frames, as the run was made (its plan), by other views. */
  predictFolds(input: { runId: number; views: TestViews; signal?: AbortSignal; onProgress?: (done: number, total: number) => void }): Promise<{ poseIds: number[]; folds: { fold: number; validation: PredictionRow[]; test: PredictionRow[] }[] }>
  /** The newest run of this config over the data as they are now (the same data, edits, recipes, split, settings and classes; whatever its name and threads), with all of the folds; null: there is none. */
  findSame(input: { config: TrainConfigInput; folds: number[] | null }): Promise<Run | null>
  /** Goes on with the queue as it was when the last process ended; where it is not called, nothing starts that was not asked for in this process. */
  goOn(): void
  /** A validated frame as a run's network saw it: RGB, `size` × `size`. @throws HandloomError `not-found` */
  fedCrop(input: { runId: number; folder: string; frame: number; hand: number | null }): Promise<{ size: number; pixels: Uint8Array }>
  /** The pictures of the batch that `batch` answered last: RGB, side by side, (samples · size) × size. @throws HandloomError `not-found` when it is another by now */
  batchPictures(input: { runId: number; fold: number; step: number }): Promise<{ width: number; height: number; pixels: Uint8Array }>
  /** Stops every child process, with checkpoints. */
  close(): Promise<void>
}

export type ReportRoom = ReportApi & {
  /** Absolute path of a report that was made. @throws HandloomError `not-found` */
  reportPath(name: string): string
}

export interface RulesRoom extends RulesApi {
  /** The run's rules as they are now, with their version. */
  definitions(runId: number): { version: number; rules: RuleDefinition[] }
  /** Replaces all rules of a run in one version, each fitted as its draft says. */
  setRules(input: { runId: number; drafts: readonly RuleDraftInput[]; label: string }): RulesState
  /** What the run's enabled rules would do to sequences that are not the data set's, in place; sequences are measured by the given frames. */
  refineGiven(runId: number, rows: { sequence: GivenSequence; probabilities: Float64Array }[], poseIds: readonly number[]): string[]
  /** Tells a run's enabled rules from others: another text when they change, '' when it has none. */
  rulesKey(runId: number): string
  /** Applies the run's enabled rules to sequence probabilities, in place; returns the folders that changed. */
  refine(runId: number, rows: { folder: string; probabilities: Float64Array }[], poseIds: readonly number[]): string[]
}

export type EnsembleRoom = EnsembleApi

export interface PredictRoom extends PredictApi {
  /** Absolute path of a frame's picture of a session. @throws HandloomError `not-found` */
  imagePath(id: number, name: string, frame: number): string
  /** Resolves when a session neither runs nor looks for more. */
  settled(id: number): Promise<PredictionSession>
  /** Stops what runs; it goes on by `goOn`. */
  close(): Promise<void>
}

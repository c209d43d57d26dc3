import { z } from 'zod'
import { regionRule } from './annotation.ts'
import { augmentRecipe, cropRecipe, derivedSet, flipDirections } from './crop.ts'
import { sequenceFolder } from './dataset.ts'
import { submitOptions } from './ensemble.ts'
import { ruleDraft } from './rules.ts'
import { splitRequest } from './split.ts'
import { modelExportOptions } from './train.ts'

const path = z.string().min(1).max(4096)
const runName = z.string().regex(/^[\w .-]{1,60}$/)
const whole = z.string().regex(/^\d{1,9}$/)
const rows = z.array(z.number().int().min(0).max(1000)).max(1001)

/** What was done by hand to a frame's keypoints, by row; places in pixels of the frame. */
export const frameEdits = z.object({
  erased: rows.optional(),
  hidden: rows.optional(),
  moved: z.record(whole, z.tuple([z.number(), z.number()], z.number())).optional(),
}).strict()

/** The steps of a pipeline file by their key. Paths in them are from the file's folder. */
export const pipelineSteps = {
  scan: z.object({}).strict().nullable(),
  /** Erases by region rules: of a preset, of a file, or written here. */
  clean: z.object({ preset: z.string().max(200).optional(), file: path.optional(), rules: z.array(regionRule).max(1000).optional(), folders: z.array(sequenceFolder).max(100_000).optional() }).strict(),
  /** Keypoints as cleaned JSON files have them (a folder in the data set's layout), as one edit. */
  keypoints: z.object({ from: path }).strict(),
  /** What was erased, hidden and moved by hand, by sequence and frame, as one edit. */
  edits: z.record(sequenceFolder, z.record(whole, frameEdits)),
  /** Corrected labels, pose id by sequence. */
  labels: z.record(sequenceFolder, z.number().int().min(0)),
  crop: z.object({
    recipes: z.object({ train: cropRecipe, validation: cropRecipe, test: cropRecipe }).partial().optional(),
    augment: augmentRecipe.optional(),
    flips: z.array(z.object({ poseId: z.number().int(), partner: z.number().int().nullable(), direction: z.enum(flipDirections).default('horizontal') }).strict()).max(20_000).optional(),
    derived: derivedSet.optional(),
  }).strict(),
  /** Planned as the Folds room does; `moves`: what a person moved to another fold after. */
  split: splitRequest.extend({ moves: z.array(z.object({ folder: sequenceFolder, fold: z.number().int().min(0).max(49).nullable() }).strict()).max(100_000).optional() }).strict(),
  /** A train config over the split of the step before; `as`: what later steps call the run (they take the last one where they call none); `only`: these folds. */
  train: z.looseObject({ as: runName.optional(), only: z.array(z.number().int().min(0)).min(1).max(50).optional() }),
  /** Fits the preset pairs, or puts the rules written here, or those of a file that Handloom exported, in place of the run's. */
  rules: z.object({ run: runName.optional(), fit: z.enum(['log-loss', 'maximum-plus-5']).optional(), action: z.enum(['clamp', 'one-hot']).optional(), clamp: z.number().min(0).max(0.5).optional(), file: path.optional(), rules: z.array(ruleDraft).max(1000).optional() }).strict(),
  /** `withRules: false`: as the runs predict. */
  submit: submitOptions.omit({ runIds: true, rules: true }).partial().extend({ runs: z.array(runName).max(100).optional(), withRules: z.boolean().optional() }).strict(),
  export: modelExportOptions.omit({ runId: true }).extend({ run: runName.optional() }).strict(),
} as const
export type PipelineSteps = { [Kind in keyof typeof pipelineSteps]: z.infer<(typeof pipelineSteps)[Kind]> }
export type PipelineStepKind = keyof typeof pipelineSteps
/** One step: its key, and what it says. */
export type PipelineStep = { [Kind in PipelineStepKind]: { kind: Kind; value: PipelineSteps[Kind] } }[PipelineStepKind]

/** The file's own keys; its steps are looked at one by one, so that what is wrong is named by its place. */
export const pipelineHead = z.object({
  handloom: z.literal(1),
  /** The data folder. */
  folder: path,
  project: path.optional(),
  steps: z.array(z.record(z.string(), z.unknown())).min(1).max(200),
}).strict()

export interface DescribedPipeline {
  /** Suggested name. */
  name: string
  /** The YAML file. */
  text: string
  /** What it cannot say, for example that a run used a recipe that is another by now. */
  warnings: string[]
}

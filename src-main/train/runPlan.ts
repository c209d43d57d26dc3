import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HandloomError } from '../contract/errors.ts'
import { writeDurably } from '../crop/durableFile.ts'
import { shardSizeFor } from '../crop/geometry.ts'
import type { PlannedFolds } from './foldLists.ts'
import type { JobSequence } from './job.ts'
import type { PlannedSample, SkippedFrame } from './samples.ts'

/** What a run was made from, frame by frame; written once, so that later edits do not change a run half-way. Only a refit is planned anew. */
export interface RunPlan extends PlannedFolds {
  /** Of a run that sees pictures. */
  samples: PlannedSample[]
  /** Of a run that sees keypoints. */
  sequences: JobSequence[]
  /** Frames that nothing is learnt from. */
  skipped: SkippedFrame[]
  /** Frames of which something is left out. */
  partial: SkippedFrame[]
}

export const runFolder = (projectFolder: string, runId: number): string => join(projectFolder, 'runs', String(runId))
export const foldFolder = (projectFolder: string, runId: number, fold: number): string => join(runFolder(projectFolder, runId), `fold-${fold}`)
export const shardFolder = (projectFolder: string, imageSize: number): string => join(projectFolder, 'crops', String(shardSizeFor(imageSize)))

const planFile = (projectFolder: string, runId: number): string => join(runFolder(projectFolder, runId), 'plan.json')

export async function writePlan(projectFolder: string, runId: number, plan: RunPlan): Promise<void> {
  await mkdir(runFolder(projectFolder, runId), { recursive: true })
  await writeDurably(planFile(projectFolder, runId), [JSON.stringify(plan)])
}

/** @throws HandloomError `not-found` when the plan is gone or damaged */
export async function readPlan(projectFolder: string, runId: number): Promise<RunPlan> {
  const file = planFile(projectFolder, runId)
  try {
    const plan = JSON.parse(await readFile(file, 'utf8')) as RunPlan
    // Plans of an older Handloom know neither hands apart nor derived samples nor keypoints.
    return {
      ...plan,
      frameFolds: plan.frameFolds ?? null,
      samples: plan.samples.map((sample) => ({ ...sample, hand: sample.hand ?? null, transform: sample.transform ?? null, toFrame: sample.toFrame ?? null })),
      sequences: plan.sequences ?? [],
      partial: plan.partial ?? [],
    }
  } catch (error) {
    throw new HandloomError('not-found', `${file}, the list of the run's frames, cannot be read. Start a new run.`, { file, cause: error })
  }
}

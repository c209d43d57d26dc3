import type { Blend } from '../contract/ensemble.ts'
import { HandloomError } from '../contract/errors.ts'
import type { Run } from '../contract/train.ts'
import { saysNothing } from '../evaluate/metrics.ts'
import type { BlendFit } from './blend/fit.ts'
import { mix } from './blend/mix.ts'
import { partsOf } from './blend/parts.ts'
import { describeBlend, fitAndCrossFit, type FittedBlend } from './blend/summary.ts'
import { spread, spreadLogs, unionOf, type BlendTable } from './blend/table.ts'
import { logsOf, withTemperature } from './blend/temperature.ts'
import { requireCommonClasses } from './classTables.ts'
import type { Member } from './combine.ts'

/** A run's out-of-fold probabilities, one row a sequence. */
export interface OutOfFold {
  run: Run
  poseIds: readonly number[]
  rows: readonly { folder: string; fold: number | null; probabilities: Float64Array }[]
}

export interface RunsBlend {
  table: BlendTable
  fitted: FittedBlend
  blend: Blend
}

/**
 * Fits the blend of some runs on the sequences that all of them predicted out of fold.
 * @param labels pose id of each training sequence that has one, in the data set's order
 * @throws HandloomError `bad-request` when runs have no class or no sequence in common
 */
export function blendRuns(runs: readonly OutOfFold[], labels: ReadonlyMap<string, number>, nameOf: (poseId: number) => string): RunsBlend {
  for (const { run, rows } of runs)
    if (rows.length === 0) throw new HandloomError('bad-request', `Run ${run.id} has no out-of-fold predictions, so it cannot be put together with others by them. Train one of its folds to the end, or leave it out.`)
  requireCommonClasses(runs.map(({ run, poseIds }) => ({ runId: run.id, poseIds })))

  const byFolder = runs.map(({ rows }) => new Map(rows.map((row) => [row.folder, row])))
  const folders = [...labels.keys()].filter((folder) => byFolder.every((rows) => rows.has(folder)))
  if (folders.length === 0)
    throw new HandloomError('bad-request', `There is no labelled sequence that runs ${runs.map(({ run }) => run.id).join(', ')} all predicted out of fold, so nothing can be fitted. Train the same folds of each, or leave one out.`)
  const poseIds = unionOf(runs.map((run) => run.poseIds))
  const answers = folders.map((folder) => poseIds.indexOf(labels.get(folder) as number))
  const rowsOf = byFolder.map((rows) => folders.map((folder) => rows.get(folder) as OutOfFold['rows'][number]))
  const { parts, foldsDiffer } = partsOf(rowsOf.map((rows) => rows.map(({ fold }) => fold)), answers)
  const over = <T>(lay: (row: Float64Array, own: readonly number[]) => T): T[][] => rowsOf.map((rows, member) => rows.map(({ probabilities }) => lay(probabilities, (runs[member] as OutOfFold).poseIds)))
  const table: BlendTable = { poseIds, folders, answers, parts, logs: over((row, own) => spreadLogs(row, own, poseIds)) }
  const fitted = fitAndCrossFit(table)
  const members = runs.map(({ run }) => ({ runId: run.id, name: run.name, model: run.config.model }))
  return { table, fitted, blend: describeBlend(table, fitted, members, over((row, own) => spread(row, own, poseIds, 0)), { foldsDiffer, nameOf }) }
}

/** The fit that an out-of-fold sequence is scored by: without its part; that on all sequences for any other. */
export function fitFor({ table, fitted }: RunsBlend): (folder: string) => BlendFit {
  const parts = new Map(table.folders.map((folder, sequence) => [folder, table.parts[sequence] as number]))
  return (folder) => {
    const part = parts.get(folder)
    return part === undefined ? fitted.whole : (fitted.without.get(part) as BlendFit)
  }
}

/** Gives a run's rows their temperatures, in place; a row that says nothing stays as it is. */
export function calibrate(rows: readonly { folder: string; probabilities: Float64Array }[], member: number, fitOf: (folder: string) => BlendFit): void {
  for (const { folder, probabilities } of rows)
    if (!saysNothing(probabilities)) probabilities.set(withTemperature(logsOf(probabilities), fitOf(folder).temperatures[member] as number))
}

/**
 * Puts calibrated members together to one. A member that has not predicted a sequence leaves it to the others, as one that says nothing of it.
 * @param members in the order of the fit
 */
export function blendMembers(members: readonly Member[], poseIds: readonly number[], fitOf: (folder: string) => BlendFit): Member {
  const folders = new Set(members.flatMap(({ sequences }) => [...sequences.keys()]))
  const sequences = [...folders].map((folder): [string, Float64Array] => {
    const rows = members.map((member) => {
      const row = member.sequences.get(folder)
      return row && !saysNothing(row) ? spread(row, member.poseIds, poseIds, 0) : null
    })
    return [folder, mix(rows, fitOf(folder), poseIds.length)]
  })
  return { poseIds, sequences: new Map(sequences) }
}

import { HandloomError } from '../contract/errors.ts'
import { some } from './naming.ts'

/** The classes of a run. */
export interface ClassTable {
  runId: number
  poseIds: readonly number[]
}

/** @throws HandloomError `bad-request` when a run has no class in common with the others */
export function requireCommonClasses(tables: readonly ClassTable[]): void {
  for (const { runId, poseIds } of tables) {
    const others = tables.filter((table) => table.runId !== runId)
    const known = new Set(others.flatMap((table) => table.poseIds))
    if (others.length === 0 || poseIds.some((poseId) => known.has(poseId))) continue
    const who = others.length === 1 ? `Runs ${runId} and ${others[0]?.runId} have no class in common` : `Run ${runId} has no class in common with ${some('run', others.map((table) => table.runId))}`
    throw new HandloomError('bad-request', `${who}, so they cannot be put together. Choose runs of the same class table.`)
  }
}

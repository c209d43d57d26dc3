import { viewsKey, type TestViews } from '../contract/train.ts'
import type { Db } from '../db/open.ts'
import { loadPredictions, type PredictionPart } from './predictionStore.ts'
import type { PredictionTable } from './predictionTable.ts'

/** Memory that kept tables may take together; the one asked for last is kept whatever it takes. A run of the contest's size takes about 5 MB, one of 100,000 frames 90. */
const keptBytes = 256e6

export interface TableCache {
  /** @param views others than its config's. @throws HandloomError `not-found` where not all of its folds were predicted by them */
  table(runId: number, part: PredictionPart, views?: TestViews): PredictionTable
  forget(runId: number): void
}

/** Predictions as they are stored, kept in memory for the next time. */
export function createTableCache(db: Db): TableCache {
  const tables = new Map<string, PredictionTable>()
  let written = 0
  return {
    table(runId, part, views) {
      // Another process writes here: what it predicted since is read anew.
      if (db.readonly && written !== (written = db.pragma('data_version', { simple: true }) as number)) tables.clear()
      const key = [runId, part, ...(views ? [viewsKey(views)] : [])].join('/')
      const found = tables.get(key) ?? loadPredictions(db, runId, part, views)
      tables.delete(key)
      tables.set(key, found)
      let bytes = [...tables.values()].reduce((sum, table) => sum + table.bytes, 0)
      for (const [oldest, table] of tables) {
        if (bytes <= keptBytes || oldest === key) break
        bytes -= table.bytes
        tables.delete(oldest)
      }
      return found
    },
    forget(runId) {
      for (const key of tables.keys()) if (key.startsWith(`${runId}/`)) tables.delete(key)
    },
  }
}

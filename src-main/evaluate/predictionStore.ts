import { HandloomError } from '../contract/errors.ts'
import type { PredictionRow } from '../contract/rooms.ts'
import type { TestViews } from '../contract/train.ts'
import type { Db } from '../db/open.ts'
import { frameListText, readFrameList } from './frameList.ts'
import { predictionTable, type PredictionBlock, type PredictionTable } from './predictionTable.ts'
import { carryViews, forgetViews, viewsText } from './viewBlocks.ts'

export type PredictionPart = 'validation' | 'test'

/**
 * Replaces what a run's fold predicted for a part (by other views than its config's, where these are given), in one transaction. What it predicted anew by its config's views makes those by others old: they go.
 * @throws HandloomError `bad-request` when a row is not a probability vector over `poseIds`, or a frame is there twice; `conflict` when the run's other folds have other classes
 */
export function storePredictions(
  db: Db,
  input: { runId: number; fold: number; part: PredictionPart; poseIds: readonly number[]; rows: readonly PredictionRow[]; views?: TestViews | undefined },
): void {
  const { runId, fold, part, poseIds, rows, views } = input
  checkRows(rows, poseIds.length)
  const ordered = rows.toSorted((a, b) => (a.folder === b.folder ? a.frame - b.frame : a.folder < b.folder ? -1 : 1))
  const probabilities = new Float32Array(rows.length * poseIds.length)
  for (const [row, { probabilities: own }] of ordered.entries()) probabilities.set(own, row * poseIds.length)
  const classes = JSON.stringify(poseIds)
  const values = [runId, fold, part, classes, frameListText(ordered), Buffer.from(probabilities.buffer)]
  db.transaction(() => {
    checkClasses(db, { runId, fold, part, classes, views })
    if (views) {
      db.prepare('INSERT OR REPLACE INTO view_block (run_id, fold, part, pose_ids, frames, probabilities, views) VALUES (?, ?, ?, ?, ?, ?, ?)').run(...values, viewsText(views))
      return
    }
    db.prepare('INSERT OR REPLACE INTO prediction_block (run_id, fold, part, pose_ids, frames, probabilities) VALUES (?, ?, ?, ?, ?, ?)').run(...values)
    forgetViews(db, runId, fold)
  })()
}

/**
 * Copies a fold's predictions of both parts, by all views, to another run, over what that has of the fold.
 * @throws HandloomError `not-found` when the fold has none, `conflict` when the other run has other classes
 */
export function carryPredictions(db: Db, { from, to, fold }: { from: number; to: number; fold: number }): void {
  db.transaction(() => {
    const kept = db.prepare('SELECT part, pose_ids AS classes FROM prediction_block WHERE run_id = ? AND fold = ?').all(from, fold) as { part: PredictionPart; classes: string }[]
    if (kept.length === 0) throw new HandloomError('not-found', `Run ${from} has no predictions of fold ${fold} to take over. Train the fold anew.`)
    for (const { part, classes } of kept) checkClasses(db, { runId: to, fold, part, classes })
    db.prepare('DELETE FROM prediction_block WHERE run_id = ? AND fold = ?').run(to, fold)
    db.prepare(
      'INSERT INTO prediction_block (run_id, fold, part, pose_ids, frames, probabilities) SELECT ?, fold, part, pose_ids, frames, probabilities FROM prediction_block WHERE run_id = ? AND fold = ?',
    ).run(to, from, fold)
    carryViews(db, { from, to, fold })
  })()
}

function checkClasses(db: Db, { runId, fold, part, classes, views }: { runId: number; fold: number; part: PredictionPart; classes: string; views?: TestViews | undefined }): void {
  const others = db.prepare('SELECT 1 FROM prediction_block WHERE run_id = ? AND (? OR NOT (fold = ? AND part = ?)) AND pose_ids <> ?')
  if (others.get(runId, Number(views !== undefined), fold, part, classes)) throw new HandloomError('conflict', `Fold ${fold} of run ${runId} predicts other classes than the run's other folds. Start a new run.`)
}

function checkRows(rows: readonly PredictionRow[], classes: number): void {
  const seen = new Set<string>()
  for (const { folder, frame, probabilities } of rows) {
    const place = `${folder}, frame ${frame}`
    const refuse = (what: string) => new HandloomError('bad-request', `The prediction of ${place} ${what}; nothing was stored.`, { file: folder, place: `frame ${frame}` })
    if (seen.has(place)) throw refuse('is there twice')
    seen.add(place)
    if (probabilities.length !== classes) throw refuse(`has ${probabilities.length} probabilities for ${classes} classes`)
    let sum = 0
    for (const probability of probabilities) {
      if (!(probability >= 0 && probability <= 1.001)) throw refuse(`holds ${probability}, which is no probability`)
      sum += probability
    }
    if (Math.abs(sum - 1) > 1e-2) throw refuse(`sums to ${sum}, not to 1`)
  }
}

/** Class order of a run's stored predictions; null when it has none. */
export function storedPoseIds(db: Db, runId: number): number[] | null {
  const text = db.prepare('SELECT pose_ids FROM prediction_block WHERE run_id = ? LIMIT 1').pluck().get(runId) as string | undefined
  return text === undefined ? null : (JSON.parse(text) as number[])
}

/**
 * Reads what a run predicted for a part; without rows when nothing is stored.
 * @param views others than its config's
 * @throws HandloomError `bad-input` when a stored block does not fit its class list; `not-found` when one of the folds was not predicted by those views
 */
export function loadPredictions(db: Db, runId: number, part: PredictionPart, views?: TestViews): PredictionTable {
  const poseIds = storedPoseIds(db, runId) ?? []
  const met = new Map<string, number>()
  const blocks = storedBlocks(db, runId, part, views).map(({ fold, frames, probabilities }): PredictionBlock => {
    const rows = readFrameList(frames, met)
    if (!rows || probabilities.byteLength !== rows.frame.length * poseIds.length * Float32Array.BYTES_PER_ELEMENT)
      throw new HandloomError('bad-input', `The stored predictions of fold ${fold} in run ${runId} are damaged. Train the fold anew.`)
    return { fold, ...rows, probabilities: floatsOf(probabilities) }
  })
  return predictionTable({ poseIds, met: [...met.keys()], blocks, meanOverFolds: part === 'test' })
}

interface StoredBlock {
  fold: number
  frames: string
  probabilities: Buffer
}

function storedBlocks(db: Db, runId: number, part: PredictionPart, views: TestViews | undefined): StoredBlock[] {
  if (!views) return db.prepare('SELECT fold, frames, probabilities FROM prediction_block WHERE run_id = ? AND part = ? ORDER BY fold').all(runId, part) as StoredBlock[]
  const blocks = db.prepare('SELECT fold, frames, probabilities FROM view_block WHERE run_id = ? AND part = ? AND views = ? ORDER BY fold').all(runId, part, viewsText(views)) as StoredBlock[]
  const there = new Set(blocks.map(({ fold }) => fold))
  const wanted = db.prepare('SELECT fold FROM prediction_block WHERE run_id = ? AND part = ? ORDER BY fold').pluck().all(runId, part) as number[]
  const missing = wanted.find((fold) => !there.has(fold))
  if (missing !== undefined) throw new HandloomError('not-found', `Fold ${missing} of run ${runId} was not predicted by these views. Predict the run by them first.`)
  return blocks.filter(({ fold }) => wanted.includes(fold))
}

/** The bytes as numbers: a view where they lie so that it can be one. */
function floatsOf(bytes: Buffer): Float32Array {
  return bytes.byteOffset % 4 === 0 ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4) : new Float32Array(Uint8Array.from(bytes).buffer)
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { sql as rooms } from '../../src-main/db/migrations/0001-rooms.ts'
import { sql as redo } from '../../src-main/db/migrations/0002-redo.ts'
import { sql as plans } from '../../src-main/db/migrations/0003-plans.ts'
import { databaseName, openDatabase } from '../../src-main/db/open.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { madeCrop, madeDataset } from './standIns.ts'

it('brings the predictions of an older project over, row by row as they were', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-older-'))
  const old = new Database(join(folder, databaseName))
  for (const sql of [rooms, redo, plans]) old.exec(sql)
  old.pragma('user_version = 3')
  const set = old.prepare('INSERT INTO prediction_set (run_id, fold, part, pose_ids) VALUES (?, ?, ?, ?)')
  const insert = old.prepare('INSERT INTO prediction (run_id, fold, part, folder, frame, probabilities) VALUES (?, ?, ?, ?, ?, ?)')
  const put = (fold: number, part: string, sequence: string, frame: number, ...probabilities: number[]) => insert.run(1, fold, part, sequence, frame, Buffer.from(Float32Array.from(probabilities).buffer))
  for (const fold of [0, 1]) for (const part of ['validation', 'test']) set.run(1, fold, part, '[0,10,42]')
  // Neither in order nor numbers that a float32 holds exactly; fold 1 has validated nothing.
  put(0, 'validation', 'train/10', 12, 0.1, 0.2, 0.7)
  put(0, 'validation', 'train/10', 9, 0.3, 0.3, 0.4)
  put(0, 'validation', 'train/2', 0, 1 / 3, 1 / 3, 1 / 3)
  put(0, 'test', 'test/7', 1, 0.25, 0.75, 0)
  put(1, 'test', 'test/7', 1, 0.75, 0.25, 0)
  old.close()

  const { db, close } = openDatabase(folder)
  const dataset = madeDataset({ sequences: [{ folder: 'train/2', poseId: 0 }, { folder: 'train/10', poseId: 42 }] })
  const evaluate = createEvaluate({ db, dataset, crop: madeCrop([]), emit: () => undefined })
  const [p, half] = [(value: number) => Math.fround(value), (a: number, b: number) => (Math.fround(a) + Math.fround(b)) / 2]
  expect({ poseIds: evaluate.runPoseIds(1), validation: evaluate.sequenceProbabilities(1, 'validation'), test: evaluate.sequenceProbabilities(1, 'test'), frames: evaluate.group({ runId: 1, group: 'train/10' }).frameRows.map(({ frame, answerProbability }) => [frame, answerProbability]) }).toEqual({
    poseIds: [0, 10, 42],
    validation: [
      { folder: 'train/2', fold: 0, frames: 1, probabilities: Float64Array.of(p(1 / 3), p(1 / 3), p(1 / 3)) },
      { folder: 'train/10', fold: 0, frames: 2, probabilities: Float64Array.of(half(0.3, 0.1), half(0.3, 0.2), half(0.4, 0.7)) },
    ],
    test: [{ folder: 'test/7', fold: null, frames: 1, probabilities: Float64Array.of(0.5, 0.5, 0) }],
    frames: [[9, p(0.4)], [12, p(0.7)]],
  })
  expect(db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('prediction', 'prediction_set')").all()).toEqual([])
  close()
  rmSync(folder, { recursive: true, force: true })
})

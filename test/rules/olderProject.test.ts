import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { sql as rooms } from '../../src-main/db/migrations/0001-rooms.ts'
import { sql as redo } from '../../src-main/db/migrations/0002-redo.ts'
import { sql as plans } from '../../src-main/db/migrations/0003-plans.ts'
import { sql as review } from '../../src-main/db/migrations/0004-review.ts'
import { databaseName, openDatabase } from '../../src-main/db/open.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { createRules } from '../../src-main/rules/service.ts'
import { madeCrop, madeDataset } from '../evaluate/standIns.ts'

it('brings the rules of an older project over, with their numbers, order and what was fitted without each fold', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-older-'))
  const old = new Database(join(folder, databaseName))
  for (const sql of [rooms, redo, plans, review]) old.exec(sql)
  old.pragma('user_version = 4')
  const insert = old.prepare('INSERT INTO sequence_rule (id, run_id, rule) VALUES (?, ?, ?)')
  const number = { name: '숫자1 / 부정 (0/42)', stillPoseId: 0, movingPoseId: 42, feature: 'topmost-x-range', threshold: 31.85, clamp: 0.02, enabled: true, method: 'maximum-plus-5', foldThresholds: [[0, 31.85], [1, null]] }
  insert.run(7, 1, JSON.stringify({ ...number, name: 'fists', stillPoseId: 146, movingPoseId: 163, feature: 'rightmost-x-range', enabled: false, method: 'by-hand', foldThresholds: null }))
  insert.run(3, 1, JSON.stringify(number))
  old.close()

  const { db, close } = openDatabase(folder)
  const dataset = madeDataset({ sequences: [{ folder: 'train/1', poseId: 0, travel: [800, 805] }, { folder: 'train/2', poseId: 42, travel: [800, 900] }, { folder: 'train/3', poseId: 146 }, { folder: 'train/4', poseId: 163 }] })
  const evaluate = createEvaluate({ db, dataset, crop: madeCrop([]), emit: () => undefined })
  const row = (sequence: string) => ({ folder: sequence, frame: 0, probabilities: Float32Array.of(0.5, 0.5, 0, 0) })
  evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds: [0, 42, 146, 163], rows: [row('train/1')] })
  evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds: [0, 42, 146, 163], rows: [row('train/2')] })
  const rules = createRules({ db, dataset, evaluate, emit: () => undefined })
  const { version, rules: list } = rules.state({ runId: 1 })
  expect([version, list.map(({ id, name, enabled }) => [id, name, enabled])]).toEqual([1, [[3, number.name, true], [7, 'fists', false]]])
  // Fold 0 is decided by 31.85, fold 1 by nothing; the rest is as it was.
  expect(list[0]).toMatchObject({
    feature: { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' }, threshold: 31.85, method: 'maximum-plus-5', action: 'clamp', clamp: 0.02, clampFrom: 'by-hand', leftOut: [], note: '', thresholdInterval: null,
    fits: [{ fold: 0, threshold: 31.85, clamp: 0.02 }, { fold: 1, threshold: null, clamp: 0.02 }], decisions: 1, wrong: 0, changed: [{ folder: 'train/1', answerBefore: 0.5, answerAfter: 0.98 }],
  })
  expect([list[1]?.feature.point, list[1]?.fits, rules.versions({ runId: 1 }).map(({ author, label, rules: count }) => [author, label, count])]).toEqual(['rightmost', [], [['', '', 2]]])
  expect(rules.change({ runId: 1, id: 7, change: { enabled: true } })).toMatchObject({ version: 2 })
  expect(rules.add({ runId: 1, draft: { stillPoseIds: [0], movingPoseIds: [42], feature: list[0]!.feature } }).rules.at(-1)?.id).toBe(8)
  close()
  rmSync(folder, { recursive: true, force: true })
})

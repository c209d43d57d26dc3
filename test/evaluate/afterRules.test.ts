import { afterEach, beforeEach, expect, it } from 'vitest'
import { groupQuery } from '../../src-main/contract/evaluate.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { createRules } from '../../src-main/rules/service.ts'
import { madeCrop, madeDataset, scratchProject } from './standIns.ts'

// 100/142: number 1 and the finger wag, told apart by how far the topmost keypoint travels.
const poseIds = [5, 100, 142]
const travel = (range: number): number[] => [800, 800 + range]
const dataset = madeDataset({
  sequences: [
    { folder: 'train/0', poseId: 100, travel: travel(10) },
    { folder: 'train/1', poseId: 100, travel: travel(40) },
    { folder: 'train/2', poseId: 142, travel: travel(60) },
    { folder: 'train/3', poseId: 142, travel: travel(30) },
    { folder: 'train/4', poseId: 5, travel: travel(5) },
    { folder: 'train/5', poseId: null, travel: travel(5) },
  ],
})

let project: ReturnType<typeof scratchProject>
beforeEach(() => {
  project = scratchProject()
})
afterEach(() => project.close())

function rooms() {
  const evaluate = createEvaluate({ db: project.db, dataset, crop: madeCrop([]), emit: project.emit })
  const rules = createRules({ db: project.db, dataset, evaluate, emit: project.emit })
  evaluate.setRules(rules)
  const row = (number: number, ...probabilities: number[]) => ({ folder: `train/${number}`, frame: 0, probabilities: Float32Array.from(probabilities) })
  evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: [row(0, 0, 0.5, 0.5), row(2, 0, 0.5, 0.5), row(4, 0.75, 0.125, 0.125)] })
  evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds, rows: [row(1, 0, 0.5, 0.5), row(3, 0, 0.5, 0.5), row(5, 0, 0.5, 0.5)] })
  return { evaluate, rules }
}

it('means by "after rules" what the rules page means: each sequence judged with thresholds fitted without its fold', () => {
  const { evaluate, rules } = rooms()
  expect(evaluate.summary({ runId: 1 }).afterRules).toBeNull()
  const rule = rules.fit({ runId: 1, method: 'log-loss', clamp: 0.125 }).rules.find(({ stillPoseIds }) => stillPoseIds[0] === 100)
  rules.change({ runId: 1, id: rule?.id ?? -1, change: { enabled: true } })
  const state = rules.state({ runId: 1 })
  const summary = evaluate.summary({ runId: 1 })
  // Fold 0 taught a threshold of 35, by which both of fold 1 are wrong: a threshold that had seen them would do better.
  const losses = evaluate.groups(groupQuery.parse({ runId: 1, changedByRules: true, sort: 'group', descending: false })).rows.map(({ group, afterRules }) => [group, afterRules?.logLoss])
  expect([summary.afterRules, summary.sequence.logLoss]).toEqual([{ logLoss: expect.closeTo(state.logLossAfter, 12), accuracy: expect.any(Number), count: 5 }, expect.closeTo(state.logLossBefore, 12)])
  expect(losses.filter(([group]) => group === 'train/1' || group === 'train/3')).toEqual([['train/1', expect.closeTo(-Math.log(0.125), 12)], ['train/3', expect.closeTo(-Math.log(0.125), 12)]])
  rules.change({ runId: 1, id: rule?.id ?? -1, change: { threshold: 1000 } })
  expect(evaluate.summary({ runId: 1 }).afterRules?.logLoss).toBeCloseTo(rules.state({ runId: 1 }).logLossAfter, 12)
  rules.change({ runId: 1, id: rule?.id ?? -1, change: { enabled: false } })
  for (const other of rules.state({ runId: 1 }).rules) rules.change({ runId: 1, id: other.id, change: { enabled: false } })
  expect(evaluate.summary({ runId: 1 }).afterRules).toBeNull()
})

it('shows a process that only reads what the other one predicts, judges and rules', () => {
  const { evaluate, rules } = rooms()
  const second = openDatabase(project.folder)
  expect(second.readOnly).toBe(true)
  const reading = createEvaluate({ db: second.db, dataset, crop: madeCrop([]), emit: project.emit })
  reading.setRules(createRules({ db: second.db, dataset, evaluate: reading, emit: project.emit }))
  const seen = () => {
    const { afterRules, sequence, triaged } = reading.summary({ runId: 1 })
    return { after: afterRules?.logLoss ?? null, sequences: sequence.count, triaged }
  }
  expect(seen()).toEqual({ after: null, sequences: 5, triaged: 0 })
  evaluate.setTriage({ folders: ['train/3'], cause: 'hard' })
  evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: [{ folder: 'train/0', frame: 0, probabilities: Float32Array.of(0, 0.5, 0.5) }] })
  rules.fit({ runId: 1, method: 'log-loss', clamp: 0.125 })
  for (const { id } of rules.state({ runId: 1 }).rules) rules.change({ runId: 1, id, change: { enabled: true, threshold: 35 } })
  expect(seen()).toEqual({ after: expect.closeTo(rules.state({ runId: 1 }).logLossAfter, 12), sequences: 3, triaged: 1 })
  second.close()
})

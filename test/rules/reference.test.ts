import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src-main/db/open.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { createRules } from '../../src-main/rules/service.ts'
import { madeCrop, madeDataset, scratchProject, type MadeSequence } from '../evaluate/standIns.ts'

/**
 * Data to the description of the winning pipeline: four pairs "number 1" / "no, wagging the index finger", whose stillest classes travel at most 26.85 px but for one outlier that was dropped by
 * hand, and two pairs of fists, at most 24.80 and 29.34 px.
 */
const pairs = [
  { still: [0, 6, 14.5], moving: [42, 95, 160], classes: [0, 42] },
  { still: [3, 26.85, 8], moving: [88, 130, 200], classes: [10, 67] },
  { still: [5, 12, 9], moving: [60, 75, 140], classes: [100, 142] },
  { still: [2, 7, 310], moving: [52, 90, 66], classes: [110, 167] },
  { still: [24.8, 11, 4], moving: [61, 180, 77], classes: [146, 163] },
  { still: [10, 29.34, 20], moving: [58, 99, 44], classes: [171, 191] },
] as const
const outlier = 310
const poseIds = pairs.flatMap(({ classes }) => classes).sort((a, b) => a - b)
const sequences = pairs.flatMap(({ still, moving, classes }) => [...still.map((range) => ({ range, poseId: classes[0] })), ...moving.map((range) => ({ range, poseId: classes[1] }))])
  .map(({ range, poseId }, index): MadeSequence & { range: number } => ({ folder: `train/${index}`, poseId, range, travel: [700, 700 + range, 700 + range / 3] }))
const dropped = sequences.find(({ range }) => range === outlier)!.folder
/** Test sequences that travel as those do. */
const tests = sequences.map((sequence, index) => ({ ...sequence, folder: `test/${index}`, poseId: null }))
const dataset = madeDataset({ sequences: [...sequences, ...tests] })

let project: ReturnType<typeof scratchProject>
let evaluate: ReturnType<typeof createEvaluate>
let rules: ReturnType<typeof createRules>

/** Each pair's classes are told from all others, and not from each other. */
const torn = (poseId: number | null): Float32Array => {
  const pair = pairs.find(({ classes }) => (classes as readonly (number | null)[]).includes(poseId))!
  return Float32Array.from(poseIds, (own) => ((pair.classes as readonly number[]).includes(own) ? 0.5 : 0))
}

beforeEach(() => {
  project = scratchProject()
  evaluate = createEvaluate({ db: project.db, dataset, crop: madeCrop([]), emit: project.emit })
  rules = createRules({ db: project.db, dataset, evaluate, emit: project.emit })
  for (const fold of [0, 1, 2]) evaluate.store({ runId: 1, fold, part: 'validation', poseIds, rows: sequences.flatMap(({ folder, poseId }, index) => (index % 3 === fold ? [{ folder, frame: 0, probabilities: torn(poseId) }] : [])) })
})
afterEach(() => project.close())

/** Fits the presets with the outlier dropped by hand, as a person does: seen, left out, fitted again. */
function fitAsReference(action: 'clamp' | 'one-hot') {
  const first = rules.fit({ runId: 1, method: 'maximum-plus-5', action })
  const own = first.rules.find(({ points }) => points.some(({ group }) => group === dropped))!
  rules.change({ runId: 1, id: own.id, change: { leftOut: [dropped] } })
  return { first, state: rules.fit({ runId: 1, method: 'maximum-plus-5', action }) }
}

it('gives the reference\'s thresholds once the outlier is left out, and keeps on record that it is', () => {
  const { first, state } = fitAsReference('clamp')
  expect(first.rules[0]?.threshold).toBe(315)
  expect(state.rules.map(({ stillPoseIds: [still], movingPoseIds: [moving], threshold }) => [still, moving, Number(threshold.toFixed(10))])).toEqual([[0, 42, 31.85], [10, 67, 31.85], [100, 142, 31.85], [110, 167, 31.85], [146, 163, 29.8], [171, 191, 34.34]])
  const judged = state.rules.find(({ leftOut }) => leftOut.length > 0)!
  // It is judged all the same: one of its six is wrong.
  expect([judged.leftOut, judged.points.find(({ group }) => group === dropped)?.leftOut, judged.wrong, judged.decisions]).toEqual([[dropped], true, 1, 6])
})

it('one-hot writes the reference\'s rows', () => {
  fitAsReference('one-hot')
  for (const { id } of rules.state({ runId: 1 }).rules) rules.change({ runId: 1, id, change: { enabled: true } })
  const rows = tests.map(({ folder }, index) => ({ folder, probabilities: Float64Array.from(torn(sequences[index]!.poseId)) }))
  rules.refine(1, rows, poseIds)
  const decided = rows.map(({ probabilities }) => [poseIds[probabilities.indexOf(1)], probabilities.reduce((sum, value) => sum + value, 0)])
  expect(decided).toEqual(sequences.map(({ folder, poseId }) => [folder === dropped ? 167 : poseId, 1]))
})

it('shows what one wrong one-hot costs against the clamp', () => {
  const lossOf = (action: 'clamp' | 'one-hot') => {
    const rule = fitAsReference(action).state.rules.find(({ leftOut }) => leftOut.length > 0)!
    return { loss: rule.logLossAfter, before: rule.logLossBefore, enabled: rule.enabled, clamp: rule.clamp, fits: rule.fits }
  }
  const [oneHot, clamp] = [lossOf('one-hot'), lossOf('clamp')]
  const smallest = 2 ** -52
  expect([oneHot.before, oneHot.loss, oneHot.enabled]).toEqual([expect.closeTo(Math.LN2, 12), expect.closeTo((-Math.log(smallest) - 5 * Math.log(1 - smallest)) / 6, 10), false])
  // Without fold f the clamp is (wrong + 1) / (4 + 2): 1/6 for the fold of the outlier, 2/6 for both others.
  expect([clamp.clamp, clamp.loss, clamp.enabled]).toEqual([2 / 8, expect.closeTo(-(Math.log(1 / 6) + Math.log(5 / 6) + 4 * Math.log(4 / 6)) / 6, 10), true])
})

it('are on disk when a call returns: another process reads them', () => {
  const { state } = fitAsReference('clamp')
  const { db, close } = openDatabase(project.folder)
  expect(createRules({ db, dataset, evaluate, emit: project.emit }).state({ runId: 1 })).toEqual(state)
  close()
})

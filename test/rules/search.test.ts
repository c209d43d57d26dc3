import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { randomStream } from '../../src-main/engine/random.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { featureText } from '../../src-main/rules/featureText.ts'
import { createRules } from '../../src-main/rules/service.ts'
import { madeCrop, madeDataset, scratchProject, type MadeSequence } from '../evaluate/standIns.ts'

// Class 1 goes once across, class 2 as far but back and forth: the range tells nothing. 3 and 4 look like nothing else; 0/42 are a preset pair.
const poseIds = [0, 1, 2, 3, 4, 42]
const random = randomStream(5, 1)
const across = () => [800, 820, 840, 860, 880, 900].map((x) => x + random.integer(3))
const back = () => [800, 900, 800, 900, 800, 900].map((x) => x + random.integer(3))
const sequences: MadeSequence[] = Array.from({ length: 48 }, (_, index) => {
  const poseId = poseIds[index % 6]!
  return { folder: `train/${index}`, poseId, travel: poseId === 2 || poseId === 42 ? back() : across() }
})
/** 1 and 2 get nearly the same, 3 and 4 are sure, 0 and 42 nearly. */
const predicted = (poseId: number, wrong: boolean): number[] => poseIds.map((own) => {
  if (poseId === 1 || poseId === 2) return own === poseId ? (wrong ? 0.3 : 0.55) : own === 1 || own === 2 ? (wrong ? 0.6 : 0.35) : 0.025
  return own === poseId ? 0.975 : 0.005
})

let project: ReturnType<typeof scratchProject>
let rules: ReturnType<typeof createRules>
beforeEach(() => {
  project = scratchProject()
  const dataset = madeDataset({ sequences })
  const evaluate = createEvaluate({ db: project.db, dataset, crop: madeCrop([]), emit: project.emit })
  rules = createRules({ db: project.db, dataset, evaluate, emit: project.emit })
  for (const fold of [0, 1, 2, 3])
    evaluate.store({ runId: 1, fold, part: 'validation', poseIds, rows: sequences.flatMap(({ folder, poseId }, index) => (Math.floor(index / 6) % 4 === fold ? [{ folder, frame: 0, probabilities: Float32Array.from(predicted(poseId!, index % 12 < 6)) }] : [])) })
})
afterEach(() => project.close())

const jobs = () => project.events.flatMap((event) => (event.type === 'job' ? [event.job] : []))

describe('the search for a feature', () => {
  it('finds what tells the classes apart, ranked by what it wins out of fold', async () => {
    const { ranks, tried, logLossBefore, logLossAfter } = await rules.search({ runId: 1, stillPoseIds: [1], movingPoseIds: [2] })
    expect(logLossBefore).toBeCloseTo(-(Math.log(0.3) + Math.log(0.55)) / 2, 6)
    expect([tried, ranks.length, ranks.some(({ feature: { measure } }) => measure === 'range'), ranks[0]?.wrong, ranks[0]?.decisions]).toEqual([297, 20, false, 0, 16])
    expect(ranks.map(({ logLossAfter: own }) => own)).toEqual(ranks.map(({ logLossAfter: own }) => own).toSorted((a, b) => a - b))
    // A rule made of the best one is judged to the same: mass 0.9, of which without each fold 1/14 of the losing side is left.
    const preview = rules.preview({ runId: 1, draft: { stillPoseIds: [1], movingPoseIds: [2], feature: ranks[0]!.feature } })
    expect([preview.threshold, preview.logLossBefore, preview.logLossAfter]).toEqual([ranks[0]!.threshold, expect.closeTo(logLossBefore, 10), expect.closeTo(ranks[0]!.logLossAfter, 10)])
    expect(ranks[0]!.logLossAfter).toBeCloseTo(-Math.log(0.9 * (13 / 14)), 6)
    // Here each fold chooses as well without it.
    expect(logLossAfter).toBeCloseTo(ranks[0]!.logLossAfter, 6)
    expect([jobs().at(0), jobs().at(-1)]).toMatchObject([{ kind: 'rule-search', state: 'running', done: 0, total: 297 }, { kind: 'rule-search', state: 'done', done: 297 }])
  })

  it('tells that the best of so many features is worth nothing where nothing tells the classes apart', async () => {
    // Classes 1 and 3 both go across: whatever seems to tell them apart is chance.
    const { ranks, logLossAfter } = await rules.search({ runId: 1, stillPoseIds: [1], movingPoseIds: [3] })
    expect(logLossAfter).toBeGreaterThanOrEqual(ranks[0]!.logLossAfter)
  })

  it('can be cancelled; another search ends the one before', async () => {
    const first = rules.search({ runId: 1, stillPoseIds: [1], movingPoseIds: [2] })
    const second = rules.search({ runId: 1, stillPoseIds: [2], movingPoseIds: [1] })
    await expect(first).rejects.toMatchObject({ kind: 'interrupted' })
    rules.cancelSearch()
    await expect(second).rejects.toMatchObject({ kind: 'interrupted' })
    expect(jobs().filter(({ state }) => state !== 'running').map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
  })

  it('refuses pairs that make no sense', async () => {
    await expect(rules.search({ runId: 1, stillPoseIds: [], movingPoseIds: [2] })).rejects.toMatchObject({ kind: 'bad-request' })
    await expect(rules.search({ runId: 1, stillPoseIds: [2], movingPoseIds: [2] })).rejects.toMatchObject({ kind: 'bad-request' })
    await expect(rules.search({ runId: 1, stillPoseIds: [9], movingPoseIds: [2] })).rejects.toMatchObject({ kind: 'not-found' })
    await expect(rules.search({ runId: 9, stillPoseIds: [1], movingPoseIds: [2] })).rejects.toMatchObject({ kind: 'not-found' })
  })
})

describe('proposals', () => {
  it('are the presets that the run has, then what it takes for each other, the side that moves less first', () => {
    rules.fit({ runId: 1 })
    const proposals = rules.proposals({ runId: 1 })
    expect(proposals.map(({ source, stillPoseIds, movingPoseIds, feature, sequences: count, confused, ruleIds }) => [source, stillPoseIds, movingPoseIds, feature && featureText(feature), count, confused, ruleIds])).toEqual([
      ['preset', [0], [42], 'topmost-x-range', 16, 0, [1]],
      ['confusion', [1], [2], null, 16, 8, []],
    ])
    expect(proposals[1]!.logLoss).toBeCloseTo(-(Math.log(0.3) + Math.log(0.55)) / 2, 6)
  })
})

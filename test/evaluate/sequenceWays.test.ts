import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestViews } from '../../src-main/contract/train.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { madeCrop, madeDataset, scratchProject } from './standIns.ts'

const poseIds = [3, 8]
const dataset = madeDataset({ sequences: [{ folder: 'train/0', poseId: 3 }, { folder: 'train/1', poseId: 8 }, { folder: 'train/2', poseId: 3 }, { folder: 'test/7', poseId: null }, { folder: 'test/8', poseId: null }] })
const crop = madeCrop([0, 1], { 'train/0': { 0: 0, 1: 0.25, 2: 0.75 }, 'test/7': { 0: 1, 1: 0 } })
const mirrored: TestViews = { testFlip: true, testMargins: [] }
const wider: TestViews = { testFlip: false, testMargins: [50] }

let project: ReturnType<typeof scratchProject>
let evaluate: ReturnType<typeof createEvaluate>
beforeEach(() => {
  project = scratchProject()
  evaluate = createEvaluate({ db: project.db, dataset, crop, emit: project.emit })
})
afterEach(() => project.close())

const frames = (folder: string, ...first: number[]) => first.map((value, frame) => ({ folder, frame, probabilities: Float32Array.of(value, 1 - value) }))
const said = (...args: Parameters<typeof evaluate.sequenceProbabilities>) => evaluate.sequenceProbabilities(...args).map(({ folder, fold, frames: count, probabilities }) => [folder, fold, count, probabilities[0]])
const close = (value: number): unknown => expect.closeTo(value, 7)

/** Fold 0 validates train/0 and train/2, fold 1 validates train/1; both predicted the test sequences, fold 1 only the first. */
function storeRun(runId = 1): void {
  evaluate.store({ runId, fold: 0, part: 'validation', poseIds, rows: [...frames('train/0', 0, 0.5, 0.75), ...frames('train/2', 0.5)] })
  evaluate.store({ runId, fold: 0, part: 'test', poseIds, rows: [...frames('test/7', 0.25, 0.75, 0.625), ...frames('test/8', 0.25)] })
  evaluate.store({ runId, fold: 1, part: 'validation', poseIds, rows: frames('train/1', 0.75) })
  evaluate.store({ runId, fold: 1, part: 'test', poseIds, rows: frames('test/7', 0.5, 1, 0) })
}

function storeViews(runId: number, views: TestViews, folds = [0, 1]): void {
  for (const fold of folds) {
    evaluate.store({ runId, fold, part: 'validation', poseIds, rows: fold === 0 ? [...frames('train/0', 1, 1, 1), ...frames('train/2', 1)] : frames('train/1', 0), views })
    evaluate.store({ runId, fold, part: 'test', poseIds, rows: fold === 0 ? [...frames('test/7', 1, 1, 1), ...frames('test/8', 1)] : frames('test/7', 0, 0, 0), views })
  }
}

describe('sequences', () => {
  it('are put together from their frames as asked, the mean of frames and folds by default', () => {
    storeRun()
    expect(said(1, 'validation')).toEqual([['train/0', 0, 3, 1.25 / 3], ['train/1', 1, 1, 0.75], ['train/2', 0, 1, 0.5]])
    expect([said(1, 'validation', {}), said(1, 'validation', { pooling: 'mean', folds: 'best' }), said(1, 'test', { pooling: 'mean', folds: 'equal' })]).toEqual([said(1, 'validation'), said(1, 'validation'), said(1, 'test')])
    expect([said(1, 'validation', { pooling: 'median' })[0], said(1, 'validation', { pooling: 'quality' })]).toEqual([['train/0', 0, 3, 0.5], [['train/0', 0, 3, close(0.6875)], ['train/1', 1, 1, 0.75], ['train/2', 0, 1, 0.5]]])
  })

  it('of test are put together by fold first, then from the folds', () => {
    storeRun()
    // Medians 0.625 and 0.5; qualities leave the first frame alone.
    expect([said(1, 'test', { pooling: 'median' }), said(1, 'test', { pooling: 'quality' })[0]]).toEqual([[['test/7', null, 3, close(0.5625)], ['test/8', null, 1, 0.25]], ['test/7', null, 3, close(0.375)]])
  })

  it('of test take the best fold, or each fold by what it validates', () => {
    storeRun()
    // Fold 0: −ln of 1.25 / 3 and of 0.5, so √(1.25 / 6); fold 1: 0.25.
    const [zero, one] = [Math.sqrt(1.25 / 6), 0.25]
    const share = zero / (zero + one)
    const [meanZero, meanOne] = [1.625 / 3, 0.5]
    expect([said(1, 'test', { folds: 'weighted' }), said(1, 'test', { folds: 'best' })]).toEqual([
      [['test/7', null, 3, close(share * meanZero + (1 - share) * meanOne)], ['test/8', null, 1, 0.25]],
      [['test/7', null, 3, close(meanZero)], ['test/8', null, 1, 0.25]],
    ])
    expect(evaluate.foldScores(1)).toEqual([
      { fold: 0, losses: Float64Array.of(-Math.log(1.25 / 3), -Math.log(0.5)), weight: close(share) }, { fold: 1, losses: Float64Array.of(-Math.log(0.25)), weight: close(1 - share) },
    ])
    // By medians fold 0 gives both answers a half.
    expect(evaluate.foldScores(1, { pooling: 'median' }).map(({ losses }) => [...losses])).toEqual([[close(Math.log(2)), close(Math.log(2))], [close(Math.log(4))]])
  })

  it('score each fold by the frames that it predicted', () => {
    evaluate.store({ runId: 2, fold: 0, part: 'validation', poseIds, rows: frames('train/0', 0.5) })
    evaluate.store({ runId: 2, fold: 3, part: 'validation', poseIds, rows: frames('train/0', 0.25, 0.25, 0.25).slice(1) })
    expect(evaluate.foldScores(2).map(({ fold, losses }) => [fold, ...losses])).toEqual([[0, Math.log(2)], [3, Math.log(4)]])
    expect(said(2, 'validation', { pooling: 'median' })).toEqual([['train/0', 3, 3, 0.25]])
  })

  it('follow labels as they are; without any nothing is known of the folds, and all count alike', () => {
    storeRun()
    const unlabelled = createEvaluate({ db: project.db, dataset: madeDataset({ sequences: [{ folder: 'train/0', poseId: null }] }), crop, emit: project.emit })
    expect([unlabelled.foldScores(1), unlabelled.sequenceProbabilities(1, 'test', { folds: 'best' }), unlabelled.sequenceProbabilities(1, 'validation', { pooling: 'quality' })[2]?.probabilities[0]]).toEqual([[], evaluate.sequenceProbabilities(1, 'test', { folds: 'equal' }), 0.5])
  })
})

describe('other views', () => {
  it('are kept beside those of the config, and used where they are asked for', () => {
    storeRun()
    storeViews(1, mirrored)
    expect([evaluate.storedViews(1), said(1, 'validation', { views: mirrored }), said(1, 'test', { views: mirrored, folds: 'best' }), said(1, 'validation')[0]]).toEqual([
      [mirrored], [['train/0', 0, 3, 1], ['train/1', 1, 1, 0], ['train/2', 0, 1, 1]], [['test/7', null, 3, 1], ['test/8', null, 1, 1]], ['train/0', 0, 3, 1.25 / 3],
    ])
    expect(evaluate.foldScores(1, { views: mirrored }).map(({ weight }) => weight)).toEqual([0.5, 0.5])
  })

  it('are replaced by new ones, and not there before all folds were predicted by them', () => {
    storeRun()
    storeViews(1, wider)
    storeViews(1, mirrored, [0])
    expect(evaluate.storedViews(1)).toEqual([wider])
    expect(() => evaluate.sequenceProbabilities(1, 'validation', { views: mirrored })).toThrow(/Fold 1 of run 1 was not predicted by these views/)
    expect(evaluate.sequenceProbabilities(4, 'test', { views: mirrored })).toEqual([])
    evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds, rows: frames('train/1', 0.125), views: wider })
    expect(said(1, 'validation', { views: wider })[1]).toEqual(['train/1', 1, 1, 0.125])
    storeViews(1, mirrored, [1])
    expect(evaluate.storedViews(1)).toEqual([wider, mirrored])
  })

  it('are forgotten when their fold is trained anew, those of others stay', () => {
    storeRun()
    storeRun(2)
    for (const runId of [1, 2]) storeViews(runId, mirrored)
    evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds, rows: frames('train/1', 0.5) })
    evaluate.store({ runId: 1, fold: 1, part: 'test', poseIds, rows: frames('test/7', 0.5, 0.5, 0.5) })
    expect([evaluate.storedViews(1), evaluate.storedViews(2)]).toEqual([[], [mirrored]])
    expect(() => evaluate.sequenceProbabilities(1, 'test', { views: mirrored })).toThrow(/Fold 1 of run 1 was not predicted/)
    storeViews(1, mirrored, [1])
    expect(evaluate.storedViews(1)).toEqual([mirrored])
  })

  it('are carried over with their fold', () => {
    storeRun()
    storeRun(2)
    storeViews(1, mirrored, [0])
    storeViews(2, wider, [0])
    evaluate.carryOver({ from: 1, to: 2, fold: 0 })
    storeViews(2, mirrored, [1])
    expect([evaluate.storedViews(2), said(2, 'test', { views: mirrored })]).toEqual([[mirrored], [['test/7', null, 3, 0.5], ['test/8', null, 1, 1]]])
  })

  it('have the classes of the run', () => {
    storeRun()
    expect(() => evaluate.store({ runId: 1, fold: 0, part: 'test', poseIds: [3, 9], rows: [], views: mirrored })).toThrow(/other classes/)
    expect(() => evaluate.store({ runId: 1, fold: 0, part: 'test', poseIds, rows: frames('test/7', 2), views: mirrored })).toThrow(/no probability/)
    expect(evaluate.storedViews(1)).toEqual([])
  })

  it('are told like any prediction', () => {
    storeRun()
    project.events.length = 0
    storeViews(1, mirrored, [1])
    expect(project.events).toEqual([{ type: 'evaluation', runId: 1 }, { type: 'evaluation', runId: 1 }])
  })
})

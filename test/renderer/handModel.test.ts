import { describe, expect, it } from 'vitest'
import type { FrameRecord, Point, SequenceDetail } from '../../src-main/contract/dataset.ts'
import type { KeypointOpinion, RefitState } from '../../src-main/contract/keypoints.ts'
import { useFormat } from '../../src-renderer/composables/useFormat.ts'
import { influenceKey, lossChange, removalName } from '../../src-renderer/pages/clean/model/influenceWords.ts'
import { agrees, cellShare, isOdd } from '../../src-renderer/pages/clean/model/opinionWords.ts'
import { refitWords, whatChanged } from '../../src-renderer/pages/clean/model/refitWords.ts'

/** Says which words were chosen and what was put in them. */
const t = (key: string, values: Record<string, unknown> = {}): string => `${key}${JSON.stringify(values)}`
const rows = (from: number): number[] => Array.from({ length: 21 }, (_, row) => row + from)

describe('what is taken away', () => {
  const hand = (x: number): Point[] => rows(0).map((row) => [x + row, 500, 0])
  const record = (number: number, points: Point[]): FrameRecord => ({ number, file: `${number}.png`, width: 1920, height: 1080, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null })
  // Seen from the person's own eyes the hand on the left of the picture is the left one.
  const sequence = { folder: 'train/1', hand: 'both', view: '1st', frameRecords: [record(4, [...hand(200), ...hand(1400)])] } as unknown as SequenceDetail

  it('is called by its keypoint or as a whole hand, and by its side', () => {
    const name = (of: number[]): string => removalName({ frame: 4, rows: of }, sequence, t)
    expect([name([8]), name([29]), name(rows(21))]).toEqual([
      t('clean.model.ofHand', { what: 'data.keypoint.index_tip{}', hand: 'data.hand.left{}' }),
      t('clean.model.ofHand', { what: 'data.keypoint.index_tip{}', hand: 'data.hand.right{}' }),
      t('clean.model.ofHand', { what: 'clean.model.wholeHand{}', hand: 'data.hand.right{}' }),
    ])
  })

  it('is known again in another answer', () => {
    expect([influenceKey({ frame: 4, rows: [8] }), influenceKey({ frame: 4, rows: [8] }) === influenceKey({ frame: 48, rows: [] })]).toEqual(['4 8', false])
  })

  it('lowers the log loss by as much as it raises the log of the probability', () => {
    expect([lossChange(Math.log(0.9) - Math.log(0.3)), lossChange(Math.log(0.2) - Math.log(0.4)), lossChange(0.004), lossChange(-0.004)]).toEqual(['−1.10', '+0.69', '±0.00', '±0.00'])
  })
})

describe('what the model says', () => {
  const fist = { poseId: 171, name: 'fist', probability: 0.61 }
  const one = { poseId: 100, name: 'number 1', probability: 0.3 }
  const frame = (poseId: number, probability: number, answerProbability: number | null): KeypointOpinion['frames'][number] => ({ frame: 0, poseId, name: '', probability, answerProbability })

  it('agrees with the label or not; without a label there is nothing to agree with', () => {
    expect([agrees({ top: [fist, one], answer: fist }), agrees({ top: [fist, one], answer: one }), agrees({ top: [fist, one], answer: null })]).toEqual([true, false, null])
  })

  it('shows for a frame how probable the label is, or how sure the model is where there is none', () => {
    expect([cellShare(frame(100, 0.9, 0.08)), cellShare(frame(100, 0.9, null))]).toEqual([0.08, 0.9])
  })

  it('points out frames taken for another class than the label, or than the whole sequence', () => {
    const [labelled, unlabelled] = [{ top: [fist, one], answer: one }, { top: [fist, one], answer: null }]
    expect([isOdd(frame(100, 0.9, 0.9), labelled), isOdd(frame(171, 0.9, 0.1), labelled), isOdd(frame(171, 0.9, null), unlabelled), isOdd(frame(100, 0.9, null), unlabelled)]).toEqual([false, true, false, true])
  })
})

describe('the refit', () => {
  const idle: RefitState = { enabled: true, baseRunId: 3, runId: null, state: 'idle', foldsDone: 0, folds: 5, edited: [], logLossBefore: null, logLossAfter: null, message: null }
  const done: RefitState = { ...idle, runId: 4, foldsDone: 5, edited: ['train/475'], logLossBefore: 0.2141, logLossAfter: 0.18734 }
  const words = (state: Partial<RefitState>): string => refitWords({ ...idle, ...state }, t, useFormat())

  it('says how far it is and what it brought', () => {
    expect([words({ enabled: false }), words({ baseRunId: null }), words({}), words({ edited: ['train/1', 'train/2'] }), words({ state: 'waiting' }), words({ state: 'fitting', foldsDone: 2 }), words({ state: 'failed', message: 'No room on the disk.' }), words({ state: 'failed' }), words(done), words({ ...done, state: 'fitting' })]).toEqual([
      t('clean.refit.off'), t('clean.refit.noBase'), t('clean.refit.noEdits'), t('clean.refit.edited', { sequences: t('data.sequences', { n: 2 }) }), t('clean.refit.waiting'), t('clean.refit.fitting', { done: 2, folds: 5 }), 'No room on the disk.', t('clean.refit.failed'),
      t('clean.refit.change', { before: '0.2141', after: '0.1873' }), t('clean.refit.fitting', { done: 5, folds: 5 }),
    ])
  })

  it('leads to the review of what it changed once there is something to compare', () => {
    expect([whatChanged(idle), whatChanged({ ...done, logLossAfter: null }), whatChanged(done)]).toEqual([null, null, { path: '/review', query: { run: '4', against: '3', sort: 'change' } }])
  })
})

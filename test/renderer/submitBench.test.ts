import { describe, expect, it } from 'vitest'
import type { Blend, EnsembleWays, SubmissionChange } from '../../src-main/contract/ensemble.ts'
import { i18n, translate } from '../../src-renderer/i18n/index.ts'
import { clipCosts, clipText, readClip } from '../../src-renderer/pages/submit/bench/clip.ts'
import { estimateOf } from '../../src-renderer/pages/submit/bench/estimate.ts'
import { bestFold, lossAxis, shareOf, type FoldRow } from '../../src-renderer/pages/submit/bench/folds.ts'
import { areOwnViews, looksOf } from '../../src-renderer/pages/submit/bench/views.ts'
import { againstOf, changeRows, distanceBars } from '../../src-renderer/pages/submit/changes/changeRows.ts'
import { optionsOf, plainChoice } from '../../src-renderer/pages/submit/choice.ts'
import { shortWay, viewsText, wayText } from '../../src-renderer/pages/submit/wayWords.ts'

const gain = (value: number) => ({ gain: value, low: value - 0.01, high: value + 0.01 })
const mirrored = { testFlip: true, testMargins: [] }
const blend = { logLoss: 0.2, equal: { logLoss: 0.25, accuracy: 0.9 } } as Blend
const ways = {
  poolings: [{ pooling: 'mean', logLoss: 0.25, accuracy: 0.9, gain: gain(0) }, { pooling: 'geometric', logLoss: 0.22, accuracy: 0.9, gain: gain(0.03) }],
  views: [{ views: null, logLoss: 0.25, accuracy: 0.9, gain: gain(0) }, { views: mirrored, logLoss: 0.24, accuracy: 0.9, gain: gain(0.01) }],
} as EnsembleWays

describe('the estimate of what is chosen', () => {
  it('is the score itself where one choice was made, a sum of gains where several were, and nothing for views without a score', () => {
    const rounded = (choice: Partial<typeof plainChoice>) => {
      const estimate = estimateOf(blend, ways, { ...plainChoice, ...choice })
      return estimate && [Math.round(estimate.logLoss * 1e6) / 1e6, estimate.measured]
    }
    expect([rounded({}), rounded({ blend: 'fitted' }), rounded({ pooling: 'geometric' }), rounded({ pooling: 'geometric', blend: 'fitted', views: mirrored }), rounded({ views: { testFlip: false, testMargins: [20] } }), rounded({ folds: 'best', clip: 1e-6 })]).toEqual([
      [0.25, true], [0.2, true], [0.22, true], [0.16, false], null, [0.25, true],
    ])
    expect(estimateOf(null, ways, plainChoice)).toBeNull()
    expect(estimateOf(blend, null, { ...plainChoice, pooling: 'median' })).toBeNull()
  })

  it('asks the core for the configs’ own views by leaving them out', () => {
    expect([optionsOf([2], plainChoice), optionsOf([2, 3], { ...plainChoice, rules: false, views: mirrored })]).toEqual([
      { runIds: [2], blend: 'equal', pooling: 'mean', folds: 'equal', rules: true, clip: 1e-15 }, { runIds: [2, 3], blend: 'equal', pooling: 'mean', folds: 'equal', rules: false, clip: 1e-15, views: mirrored },
    ])
  })
})

describe('views', () => {
  it('that all runs have by themselves are no others', () => {
    const [plain, twice] = [{ config: { testFlip: false, testMargins: [] } }, { config: mirrored }] as unknown as Parameters<typeof areOwnViews>[1]
    expect([areOwnViews(mirrored, [twice!]), areOwnViews(mirrored, [twice!, plain!]), areOwnViews({ testFlip: true, testMargins: [20] }, [twice!]), areOwnViews(mirrored, [])]).toEqual([true, false, false, false])
    expect([looksOf(mirrored), looksOf({ testFlip: false, testMargins: [20, 40] }), looksOf({ testFlip: true, testMargins: [20, 40] })]).toEqual([2, 3, 6])
  })
})

describe('a clip', () => {
  it('is read as a person writes it, within the contract’s limits', () => {
    expect(['1e-6', '0.001', ' 0,005 ', '5E-5', '', '0.5', '0', 'few'].map(readClip)).toEqual([1e-6, 0.001, 0.005, 5e-5, null, null, null, null])
    expect([1e-6, 5e-5, 0.001].map(clipText)).toEqual(['1e-6', '5e-5', '0.001'])
  })

  it('costs a right row little and caps what a wrong one costs', () => {
    const { right, wrong } = clipCosts(1e-3, 101)
    expect([right, wrong]).toEqual([expect.closeTo(Math.log(1.1), 12), expect.closeTo(-Math.log(1e-3 / 1.1), 12)])
  })
})

describe('folds', () => {
  const fold = (runId: number, number: number, logLoss: number, weight: number, best: boolean): FoldRow => ({ runId, fold: number, sequences: 10, logLoss, low: logLoss - 0.1, high: logLoss + 0.1, weight, best })
  const folds = [fold(1, 0, 0.5, 0.4, false), fold(1, 1, 0.3, 0.6, true), fold(2, 0, 0.45, 1, true), fold(2, 1, 0.9, 0, false)]

  it('count among those of their run', () => {
    expect((['equal', 'weighted', 'best'] as const).map((choice) => folds.map((one) => shareOf(one, folds, choice)))).toEqual([[0.5, 0.5, 0.5, 0.5], [0.4, 0.6, 1, 0], [0, 1, 1, 0]])
  })

  it('say which is best', () => {
    expect(bestFold(folds)).toBe(folds[1])
    expect(bestFold([])).toBeNull()
    expect([lossAxis(folds)(0), lossAxis(folds)(1) < 1, lossAxis([])(0)]).toEqual([0, true, 0])
  })
})

describe('what changed', () => {
  const change = (folder: string, before: number, after: number, distance: number): SubmissionChange => ({ folder, before: { poseId: before, name: `class ${before}`, probability: 0.8 }, after: { poseId: after, name: `class ${after}`, probability: 0.7 }, distance, drop: 0 })
  const rows = [change('test/3', 1, 2, 0.8), change('test/1', 1, 1, 0.04), change('test/2', 2, 2, 0)]
  const folders = (filter: Partial<Parameters<typeof changeRows>[1]>): string[] => changeRows(rows, { words: '', otherClass: false, bar: null, ...filter }).map(({ folder }) => folder)

  it('is filtered by class, by distance and by words, furthest first as it came', () => {
    expect([folders({}), folders({ otherClass: true }), folders({ bar: 0 }), folders({ bar: 2 }), folders({ words: 'CLASS 2' }), folders({ words: 'test/1' })]).toEqual([['test/3', 'test/1', 'test/2'], ['test/3'], ['test/2'], ['test/1'], ['test/3', 'test/2'], ['test/1']])
    expect(distanceBars(rows)).toEqual([1, 0, 1, 0, 0, 0, 1])
  })

  it('is held against the submission before, of the first one against the next', () => {
    expect([againstOf([1, 2, 5], 5), againstOf([5, 2, 1], 1), againstOf([4], 4)]).toEqual([2, 2, null])
  })
})

describe('a way in words', () => {
  it('says in one sentence all that was chosen', () => {
    i18n.global.locale.value = 'en'
    const way = { rows: 217, runs: 2, pooling: 'geometric', folds: 'equal', views: null, blend: 'fitted', rules: true, clip: 1e-6 } as const
    expect(wayText(way, translate)).toBe('217 test sequences × 2 runs: geometric mean over frames, equal folds, fitted weights, with the rules, nothing below 1e-6')
    expect(wayText({ ...way, runs: 1, pooling: 'mean', folds: 'best', views: { testFlip: true, testMargins: [20, -10] }, rules: false, clip: 1e-15 }, translate)).toBe(
      '217 test sequences × 1 run: mean over frames, best fold alone, plain + mirrored + 20 px wider + 10 px narrower, calibrated, without rules',
    )
    expect([shortWay({ ...way, pooling: 'mean', blend: 'equal', clip: 1e-15 }, translate), shortWay(way, translate), viewsText(null, translate)]).toEqual(['2 runs · with rules', '2 runs · Geometric mean · fitted · with rules · ≥ 1e-6', 'as the runs’ settings say'])
  })
})
